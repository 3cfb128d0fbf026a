/** Deliveries on PostgreSQL, where two that change the same chain at the same time do not see each other's rows yet. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Deliveries, type DueDelivery } from "refund-core/ports/Deliveries"
import * as B from "refund-testkit/build"
import { noPostgres } from "./support/postgres.ts"
import { execute, nothingBefore, place } from "./support/postgresLedger.ts"
import { twoAt } from "./support/twoLedgers.ts"

const clerk = B.caller()
const endpoint = { id: "shop", url: "", events: ["*"], form: "standard", enabled: true, secretHashes: [] } as const

const asked = Effect.suspend(() => execute(B.request({ amount: 1n, order: "o-1", id: B.freshId() })))
const fanOut = Deliveries.use((deliveries) => deliveries.fanOut(100))
const take = Deliveries.use((deliveries) => deliveries.take(100))
const delivered = (delivery: DueDelivery) =>
  Deliveries.use((deliveries) => deliveries.done(delivery, { state: "delivered", dueAt: null, answer: "200" }))

/** Somebody who has moved an endpoint on and waits for somebody else. */
const waitsThere = `SELECT 1 FROM pg_locks w JOIN pg_locks h ON h.pid = w.pid
  WHERE NOT w.granted AND h.relation = 'endpoints'::regclass`

describe.skipIf(noPostgres !== null)("a delivery on PostgreSQL", () => {
  it.live("has its turn, also where it is noted while the one before it is being delivered elsewhere", () =>
    Effect.gen(function* () {
      const { hold, look, quick, reached, release, slow } = yield* twoAt(yield* place)
      const [first] = yield* Effect.gen(function* () {
        yield* execute({ _tag: "SetEndpoint", caller: clerk, endpoint })
        yield* execute(B.register(B.order({ captures: [B.capture("c-1", 1_000n)] }), { id: "o-1" }))
        yield* asked
        yield* nothingBefore(look)
        assert.strictEqual(yield* fanOut, 1)
        return yield* take
      }).pipe(Effect.provideContext(slow))
      assert.isDefined(first)
      yield* Effect.provideContext(asked, quick)
      hold(/^COMMIT/)
      const done = yield* Effect.forkChild(Effect.provideContext(delivered(first), slow))
      yield* reached
      let isNoted = false
      const noting = Effect.ensuring(
        fanOut,
        Effect.sync(() => (isNoted = true))
      )
      const noted = yield* Effect.forkChild(Effect.provideContext(noting, quick))
      // It either waits for the other one, or has done by then what it would do without it.
      yield* Effect.promise(async () => {
        while (!isNoted && (await look(waitsThere)).length === 0);
      })
      release()
      yield* Fiber.join(done)
      yield* nothingBefore(look)
      // While the other one was writing, nothing after it could be told; now it is.
      const later = (yield* Fiber.join(noted)) + (yield* Effect.provideContext(fanOut, quick))
      assert.strictEqual(later, 1)
      const next = yield* Effect.provideContext(take, quick)
      assert.deepStrictEqual(
        next.map(({ told }) => told.seq),
        [3]
      )
    }).pipe(Effect.scoped)
  )

  it.live("does not wait for one of another ledger in the same database, though both have the same numbers", () =>
    Effect.gen(function* () {
      const [there, here] = [yield* twoAt(yield* place), yield* twoAt(yield* place)]
      const first = Effect.gen(function* () {
        yield* execute({ _tag: "SetEndpoint", caller: clerk, endpoint })
        yield* execute(B.register(B.order({ captures: [B.capture("c-1", 1_000n)] }), { id: "o-1" }))
        yield* asked
        while ((yield* fanOut) === 0);
        const [delivery] = yield* take
        assert.isDefined(delivery)
        return delivery
      })
      const [theirs, ours] = [
        yield* Effect.provideContext(first, there.slow),
        yield* Effect.provideContext(first, here.slow)
      ]
      there.hold(/^COMMIT/)
      const held = yield* Effect.forkChild(Effect.provideContext(delivered(theirs), there.slow))
      yield* there.reached
      yield* Effect.provideContext(delivered(ours), here.slow)
      there.release()
      yield* Fiber.join(held)
    }).pipe(Effect.scoped)
  )
})
