/** What is due, on whatever database: the promises that more than one process has to keep. */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outbox } from "refund-core/ports/Outbox"
import { Refunds } from "refund-core/Refunds"
import { approve, approver, caller, refundId, register, request, undo } from "refund-testkit/build"

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
