/** What is due, on whatever database: the promises that more than one process has to keep. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outbox } from "refund-core/ports/Outbox"
import { Refunds } from "refund-core/Refunds"
import { approve, approver, caller, capture, order, refundId, register, request, undo } from "refund-testkit/build"
import { nextTurn } from "../../src/internal/slices.ts"

type Services = Refunds | Outbox

// Due at once by the file's clock, which is the real one; a consent that is waited for is due to expire much later.
const now = Date.now()
const clerk = caller({ now })
const r1 = refundId(1)

const asked = Effect.gen(function* () {
  const refunds = yield* Refunds
  yield* refunds.execute(register())
  yield* refunds.execute(request({ amount: 10n, id: r1, caller: clerk }))
})
const taken = Effect.flatMap(Outbox, (outbox) => outbox.take(10))
const due = [{ tenant: clerk.tenant, refundId: r1, provider: "simulator" }]

/** `open` opens the same ledger each time, with its use cases. */
export const outboxTests = <Place>(
  place: Effect.Effect<Place, never, Scope.Scope>,
  open: (place: Place, options?: { readonly worker?: boolean }) => Layer.Layer<Services, LedgerUnavailable>
): void => {
  it.effect("is given back by a process that is closed before its worker began it", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* asked.pipe(
        Effect.andThen(Effect.map(taken, (leased) => assert.deepStrictEqual(leased, []))),
        Effect.provide(open(at, { worker: true }))
      )
      assert.deepStrictEqual(yield* taken.pipe(Effect.provide(open(at))), due)
    })
  )

  // The process is closed while they wait, or in one of the turns in which they are decided and committed.
  it.live("is any worker's at once, where its process was closed while it was committed", () =>
    Effect.gen(function* () {
      const at = yield* place
      const rounds = [0, 1, 2, 3, 4, 6, 8]
      for (const turns of rounds) {
        const process = yield* Scope.make()
        const services = yield* Layer.buildWithScope(open(at, { worker: true }), process)
        yield* Effect.gen(function* () {
          const { execute } = yield* Refunds
          const id = `closed-${turns}`
          yield* execute(register(order({ captures: [capture(`c-${turns}`, 1_000n)] }), { id }))
          const asking = Effect.forEach(
            [1, 2, 3],
            (number) => execute(request({ amount: 1n, order: id, key: `${id}-${number}`, caller: clerk })),
            { concurrency: "unbounded", discard: true }
          )
          const asked = yield* Effect.forkChild(asking, { startImmediately: true })
          yield* Effect.replicateEffect(nextTurn, turns)
          yield* Scope.close(process, Exit.void)
          yield* Fiber.join(asked)
        }).pipe(Effect.provideContext(services))
      }
      const taken = yield* Outbox.use((outbox) => outbox.take(100)).pipe(Effect.provide(open(at)))
      assert.lengthOf(taken, 3 * rounds.length)
    })
  )

  it.effect("is kept by the process that leased it, when another gives it back", () =>
    Effect.gen(function* () {
      const at = yield* place
      const release = Effect.flatMap(Outbox, (outbox) => outbox.release(due))
      yield* Effect.gen(function* () {
        yield* asked
        assert.deepStrictEqual(yield* taken, due)
        yield* release.pipe(Effect.provide(open(at)))
        assert.deepStrictEqual(yield* taken, [])
        yield* release
        assert.deepStrictEqual(yield* taken, due)
      }).pipe(Effect.provide(open(at)))
    })
  )

  it.effect("is what a person approved, and no longer once the approval is undone", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        const boss = approver({ now })
        yield* refunds.execute(register())
        yield* refunds.execute(request({ amount: 10n, id: r1, requiresApproval: true, caller: clerk }))
        assert.deepStrictEqual(yield* taken, [])
        yield* refunds.execute(approve(r1, { caller: boss }))
        yield* refunds.execute(undo(r1, { caller: boss }))
        assert.deepStrictEqual(yield* taken, [])
        yield* refunds.execute(approve(r1, { caller: boss }))
        assert.deepStrictEqual(yield* taken, due)
      }).pipe(Effect.provide(open(at)))
    })
  )
}
