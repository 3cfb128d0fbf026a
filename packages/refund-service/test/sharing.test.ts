/** Providers that are down or slow, workers that share the work, answers that come too late. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { balance } from "refund-core/Credit"
import { Inbox } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { type Attempt, assumed, type Outcome, type RefundProvider } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { cancel, capture, order, paid, policy, refundId, register, request, told } from "refund-testkit/build"
import { externalId } from "../src/externalId.ts"
import {
  day,
  figuresNow,
  type Ledger,
  openLedger,
  orderNow,
  providerOf,
  refundNow,
  settle,
  startWorker,
  tenant
} from "./support/ledger.ts"

const minute = 60_000
const of = (provider: RefundProvider["Service"]) => ({ provider, capabilities: assumed })

/** One capture for each provider, with room for many. */
const ordered = (...providers: ReadonlyArray<string>) => {
  const captures = providers.map((provider) => capture(provider, 1_000n, { provider }))
  return Refunds.use((refunds) => refunds.execute(register(order({ captures }))))
}
const requested = (first: number, last: number, captureId: string) =>
  Refunds.use((refunds) =>
    Effect.forEach(
      Array.from({ length: last - first + 1 }, (_, index) => refundId(first + index)),
      (id) => refunds.execute(request({ id, amount: 1n, capture: captureId })),
      { discard: true }
    )
  )
const stateOf = (count: number) => Effect.map(refundNow(refundId(count)), ({ state }) => state)
const states = Effect.map(orderNow, ({ refunds }) => new Set(refunds.map(({ state }) => state)))
const distinct = (attempts: ReadonlyArray<Attempt>) => new Set(attempts.map(({ refundId: id }) => id)).size

describe("a provider that is down", () => {
  for (const [how, outcome] of [
    ["refuses connections", { _tag: "notSent", detail: "connection refused" }],
    ["breaks", { _tag: "unknown", detail: "500" }]
  ] as const) {
    it.effect(
      `and ${how} is left alone after five calls, tried by one at a time, and paid from when it is back`,
      () => {
        let isDown = true
        const down = providerOf({
          submit: ({ amount }) => Effect.suspend(() => Effect.succeed<Outcome>(isDown ? outcome : paid(amount))),
          lookup: Effect.suspend(() => Effect.succeed(isDown ? outcome : null))
        })
        const up = providerOf({})
        return Effect.gen(function* () {
          const ledger = yield* openLedger({ providers: { down: of(down.service), up: of(up.service) } })
          yield* startWorker(ledger, { concurrency: 1 })
          yield* Effect.gen(function* () {
            yield* ordered("down", "up")
            yield* requested(1, 30, "down")
            yield* requested(31, 60, "up")
            yield* settle
            assert.strictEqual(down.submitted.length, 5)
            assert.strictEqual(up.submitted.length, 30)
            assert.strictEqual(yield* stateOf(60), "settled")
            const untouched = yield* refundNow(refundId(30))
            assert.deepStrictEqual([untouched.state, untouched.attempts], ["approved", []])

            yield* TestClock.adjust(5 * minute)
            yield* settle
            // A pause is a second at first and a minute at most: so few calls find out that it is still down.
            assert.isAtMost(down.submitted.length + down.lookedUp.length, 5 + 15)
            isDown = false
            yield* TestClock.adjust(10 * minute)
            yield* settle
            assert.deepStrictEqual(yield* states, new Set(["settled"]))
            assert.strictEqual(distinct(down.submitted), 30)
            const { refunds } = yield* orderNow
            assert.deepStrictEqual(new Set(refunds.map(({ attempts }) => attempts.length)), new Set([1]))
          }).pipe(Effect.provide(ledger))
        })
      }
    )
  }
})

describe("workers", () => {
  it.effect("share the work: each refund is sent by one of them, once", () => {
    const provider = providerOf({ submit: ({ amount }) => Effect.delay(Effect.succeed(paid(amount)), 100) })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({ worker: false, providers: { simulator: of(provider.service) } })
      for (let count = 0; count < 4; count++) yield* startWorker(ledger, { concurrency: 4 })
      yield* Effect.gen(function* () {
        yield* ordered("simulator")
        yield* requested(1, 200, "simulator")
        yield* TestClock.adjust(2 * minute)
        yield* settle
        assert.deepStrictEqual(yield* states, new Set(["settled"]))
        assert.deepStrictEqual([provider.submitted.length, distinct(provider.submitted)], [200, 200])
        assert.deepStrictEqual(provider.lookedUp, [])
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("begin all that is new before anything else happens, so that it is committed together", () => {
    const provider = providerOf({ submit: () => Effect.never })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({ providers: { simulator: of(provider.service) } })
      yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        for (let count = 1; count <= 200; count++) {
          const id = `o-${count}`
          yield* refunds.execute(register(order({ captures: [capture(`c-${count}`)] }), { id }))
          yield* refunds.execute(request({ id: refundId(count), amount: 1n, order: id }))
        }
        yield* startWorker(ledger)
        for (let turns = 0; turns < 50 && provider.submitted.length === 0; turns++) yield* Effect.yieldNow
        // Beginning one takes a few turns, beginning two hundred takes no more.
        for (let turns = 0; turns < 10; turns++) yield* Effect.yieldNow
        assert.strictEqual(provider.submitted.length, 200)
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("begin nothing that waited so long for its turn that another may have it by then", () => {
    const provider = providerOf({ submit: ({ amount }) => Effect.delay(Effect.succeed(paid(amount)), 9_000) })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({ providers: { simulator: of(provider.service) } })
      yield* startWorker(ledger, { concurrency: 1, pollMilliseconds: day })
      yield* Effect.gen(function* () {
        yield* ordered("simulator")
        yield* requested(1, 10, "simulator")
        yield* settle
        yield* TestClock.adjust(59_000)
        // It takes all whose lease has run out at 60 s: also what the first had begun at 54 s.
        yield* startWorker(ledger, { concurrency: 10 })
        yield* TestClock.adjust(2 * minute)
        yield* settle
        assert.deepStrictEqual(yield* states, new Set(["settled"]))
        assert.deepStrictEqual([provider.submitted.length, distinct(provider.submitted)], [10, 10])
        // Had one begun what another was at, it would have asked what became of it.
        assert.deepStrictEqual(provider.lookedUp, [])
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("leave to others, or for later, what there is no more room to wait for", () => {
    const provider = providerOf({ submit: ({ amount }) => Effect.delay(Effect.succeed(paid(amount)), 1_000) })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({ providers: { simulator: of(provider.service) } })
      yield* startWorker(ledger, { concurrency: 2, waiting: 3 })
      yield* Effect.gen(function* () {
        yield* ordered("simulator")
        yield* requested(1, 12, "simulator")
        yield* settle
        yield* TestClock.adjust(4_000)
        yield* settle
        assert.strictEqual(provider.submitted.length, 5)
        // Sooner than their lease would have run out.
        yield* TestClock.adjust(45_000)
        yield* settle
        assert.deepStrictEqual(yield* states, new Set(["settled"]))
        assert.deepStrictEqual([provider.submitted.length, distinct(provider.submitted)], [12, 12])
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("take expired credit off", () =>
    Effect.gen(function* () {
      const ledger = yield* openLedger()
      yield* startWorker(ledger, { pollMilliseconds: day })
      yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        yield* refunds.execute(policy({ creditDays: 1 }))
        yield* refunds.execute(register(order({ customer: "u-1" })))
        yield* refunds.execute(request({ id: refundId(1), amount: 40n, destination: "store_credit" }))
        const owed = LedgerReader.use((reader) =>
          Effect.map(reader.credit(tenant, "u-1"), ([account]) => balance(account ?? null))
        )
        assert.strictEqual(yield* owed, 40n)
        yield* TestClock.adjust(day)
        yield* settle
        assert.strictEqual(yield* owed, 40n)
        yield* TestClock.adjust(day)
        yield* settle
        assert.strictEqual(yield* owed, 0n)
      }).pipe(Effect.provide(ledger))
    })
  )
})

describe("an answer that comes too late", () => {
  /** What else happens to refund 1 while its provider is thinking. */
  const meanwhile = (happens: (attempt: Attempt) => Effect.Effect<unknown, unknown, Ledger>, answer: Outcome) =>
    Effect.gen(function* () {
      let run: (attempt: Attempt) => Effect.Effect<void> = () => Effect.void
      const provider = providerOf({
        submit: (attempt) =>
          Effect.as(
            Effect.suspend(() => run(attempt)),
            answer
          )
      })
      const ledger = yield* openLedger({ providers: { simulator: of(provider.service) } })
      run = (attempt) => happens(attempt).pipe(Effect.provide(ledger), Effect.orDie, Effect.asVoid)
      yield* startWorker(ledger)
      return yield* Effect.gen(function* () {
        yield* ordered("simulator")
        yield* Refunds.use((refunds) => refunds.execute(request({ id: refundId(1), amount: 40n })))
        yield* settle
        const inbox = yield* Inbox
        const [event] = yield* inbox.list(tenant, {}, { limit: 10, before: null })
        const outside = yield* LedgerReader.use((reader) =>
          reader.refunds(tenant, { id: externalId("simulator", "re_1") })
        )
        return { state: yield* stateOf(1), figures: yield* figuresNow, event, outside: outside[0]?.state }
      }).pipe(Effect.provide(ledger))
    })
  const record = (attempt: Attempt, outcome: Outcome) =>
    Refunds.use((refunds) => refunds.execute(told(refundId(1), outcome, { attempt: attempt.id })))

  it.effect("is another payout where the refund was canceled meanwhile: it is not lost", () =>
    Effect.gen(function* () {
      const after = yield* meanwhile(
        (attempt) =>
          Effect.andThen(
            record(attempt, { _tag: "notSent", detail: "as far as anybody knew" }),
            Refunds.use((refunds) => refunds.execute(cancel(refundId(1))))
          ),
        paid(40n)
      )
      const { event, figures, outside, state } = after
      assert.deepStrictEqual([state, outside, event?.state], ["canceled", "settled", "applied"])
      assert.deepStrictEqual(figures, { held: 0n, refunded: 40n })
    })
  )

  it.effect("is another payout where the refund was paid under another name", () =>
    Effect.gen(function* () {
      const other = paid(40n, { reference: "re_other" })
      const { figures, outside, state } = yield* meanwhile((attempt) => record(attempt, other), paid(40n))
      assert.deepStrictEqual([state, outside], ["settled", "settled"])
      assert.deepStrictEqual(figures, { held: 0n, refunded: 80n })
    })
  )

  it.effect("waits in the inbox where the refund is in review meanwhile", () =>
    Effect.gen(function* () {
      const { event, figures, outside, state } = yield* meanwhile((attempt) => record(attempt, paid(39n)), paid(40n))
      assert.deepStrictEqual([state, outside, event?.state], ["in_review", undefined, "parked"])
      assert.isNotNull(event?.dueAt)
      assert.deepStrictEqual(figures, { held: 40n, refunded: 0n })
    })
  )

  it.effect("changes nothing where it is the answer that is known already", () =>
    Effect.gen(function* () {
      const { event, figures, state } = yield* meanwhile((attempt) => record(attempt, paid(40n)), paid(40n))
      assert.deepStrictEqual([state, event, figures], ["settled", undefined, { held: 0n, refunded: 40n }])
    })
  )

  it.effect("changes nothing where it tells of no money", () =>
    Effect.gen(function* () {
      const no: Outcome = { _tag: "declined", code: "expired_card", reference: null }
      const after = yield* meanwhile((attempt) => record(attempt, paid(39n)), no)
      assert.deepStrictEqual([after.state, after.event], ["in_review", undefined])
    })
  )
})
