/** What is let go of after a while, and what never is, on whichever database. */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Inbox } from "refund-core/ports/Inbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { pruneAll } from "refund-core/ports/Retention"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import * as settings from "refund-testkit/buildSettings"
import { nextTurn } from "../../src/internal/slices.ts"

const { tenant } = B.caller()
const all = { limit: 5_000, before: null }
const aDay = 86_400_000
/** Of the database's clock: whatever was done before this moment is older than that. */
const longAgo = -1_000

type Command = Parameters<Refunds["Service"]["execute"]>[0]
const execute = (...commands: ReadonlyArray<Command>) =>
  Refunds.use((refunds) => Effect.forEach(commands, (command) => refunds.execute(command), { discard: true }))
const refunded = (number: number) =>
  execute(
    B.register(B.order({ captures: [B.capture(`c-${number}`)] }), { id: `o-${number}` }),
    B.request({ amount: 10n, id: B.refundId(number), order: `o-${number}` })
  )
const news = (eventId: string): ProviderNews => ({ eventId, at: B.noon, about: { _tag: "other", type: "ping" } })
const told = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => news(`${prefix}-${index}`))

const deliveries = Deliveries.use(({ list }) =>
  Effect.map(list(tenant, {}, all), (found) => found.map(({ state }) => state))
)
const events = Inbox.use(({ list }) => Effect.map(list(tenant, {}, all), (found) => found.map(({ state }) => state)))
const prune = (milliseconds: number) => pruneAll(milliseconds)

/** Takes what is due and says that it arrived, until there is nothing; answers what was sent. */
const deliver = Effect.gen(function* () {
  const { done, fanOut, take } = yield* Deliveries
  const sent: Array<string> = []
  while (true) {
    const noted = yield* fanOut(100)
    const taken = yield* take(100)
    for (const each of taken) {
      sent.push(each.told.id)
      yield* done(each, { state: "delivered", dueAt: null, answer: "200" })
    }
    if (noted + taken.length === 0) return sent
  }
})

export const retentionTests = <E>(open: () => Layer.Layer<Refunds | Deliveries | Inbox, E>): void => {
  it.live(
    "drops what arrived and what was applied, once it is old enough, and nothing that is open, nor the newest",
    () =>
      Effect.gen(function* () {
        const { applied, left } = yield* Effect.gen(function* () {
          yield* execute(settings.setEndpoint(settings.endpoint("shop")))
          for (let number = 1; number <= 4; number++) yield* refunded(number)
          const { done, fanOut, take } = yield* Deliveries
          yield* fanOut(100)
          const taken = yield* take(100)
          assert.lengthOf(taken, 4)
          for (const [index, each] of taken.entries()) {
            const state = index === 0 ? "dead" : "delivered"
            yield* done(each, { state, dueAt: null, answer: "200" })
          }
          const inbox = yield* Inbox
          const kept = yield* inbox.put(tenant, "stripe", told(4, "event"), B.noon)
          for (const [index, each] of kept.entries()) {
            yield* inbox.done(each, { state: index === 1 ? "parked" : "applied", detail: null, dueAt: null })
          }
          assert.deepStrictEqual(yield* prune(aDay * 36_500), { deliveries: 0, inbox: 0 })
          assert.deepStrictEqual(yield* prune(longAgo), { deliveries: 2, inbox: 2 })
          assert.deepStrictEqual(yield* prune(longAgo), { deliveries: 0, inbox: 0 })
          return { left: yield* deliveries, applied: yield* events }
        })
        assert.deepStrictEqual(left, ["delivered", "dead"])
        assert.deepStrictEqual(applied, ["applied", "parked"])
        const { verify } = yield* Refunds
        assert.isTrue((yield* verify(B.caller())).ok)
      }).pipe(Effect.provide(open()))
  )

  it.live("goes through all there is, a portion at a time, and takes an event again that it dropped", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const count = 2_300
      const kept = yield* inbox.put(tenant, "stripe", told(count, "event"), B.noon)
      yield* Effect.forEach(kept, (each) => inbox.done(each, { state: "applied", detail: null, dueAt: null }), {
        concurrency: 32
      })
      const portions: Array<number> = []
      const pruned = yield* pruneAll(longAgo, (dropped) => Effect.sync(() => portions.push(dropped)))
      assert.deepStrictEqual(pruned, { deliveries: 0, inbox: count - 1 })
      assert.deepStrictEqual(portions, [0, 1_000, 1_000, count - 2_001])
      assert.lengthOf(yield* inbox.put(tenant, "stripe", [news("event-0")], B.noon), 1)
      assert.lengthOf(yield* inbox.put(tenant, "stripe", [news(`event-${count - 1}`)], B.noon), 0)
    }).pipe(Effect.provide(open()))
  )

  it.live("goes on beside those who deliver: everything is sent once, in its order", () =>
    Effect.gen(function* () {
      yield* execute(settings.setEndpoint(settings.endpoint("shop")))
      let [isOver, dropped] = [false, 0]
      const pruning = Effect.gen(function* () {
        while (!isOver) dropped += (yield* prune(longAgo))?.deliveries ?? 0
      })
      const delivering = Effect.gen(function* () {
        const sent: Array<string> = []
        for (let number = 1; number <= 40; number++) {
          // Neither is done before the other has begun, whoever of them is kept waiting.
          while (dropped < number - 15) yield* nextTurn
          yield* refunded(number)
          sent.push(...(yield* deliver))
        }
        isOver = true
        return sent
      })
      const [, sent] = yield* Effect.all([pruning, delivering], { concurrency: 2 })
      assert.strictEqual(sent.length, 40)
      assert.strictEqual(new Set(sent).size, 40)
      assert.isAbove(dropped, 20)
      assert.isTrue((yield* Refunds.use(({ verify }) => verify(B.caller()))).ok)
    }).pipe(Effect.provide(open()))
  )
}
