/** The core over the store in memory, with one order whose capture is at the provider. Time is the caller's. */
import { fail, strictEqual } from "node:assert"
import { randomUUID } from "node:crypto"
import { Context, Effect, Layer } from "effect"
import type { Command } from "refund-core/Command"
import type { Instant, RefundId } from "refund-core/Ids"
import { captureRefundable } from "refund-core/Order"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { type Due, LedgerStore } from "refund-core/ports/LedgerStore"
import { ProviderCapabilities } from "refund-core/ports/RefundProvider"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "../../build.ts"
import { layerMemoryWith } from "../../LedgerStoreMemory.ts"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import { usual } from "./attempts.ts"

export const freshRefundId = () => randomUUID() as RefundId

/** `reference`: the provider's name for the capture. */
export const openOrder = Effect.fnUntraced(function* (harness: ProviderHarness, reference: string, since: Instant) {
  const { amount, captured, currency } = usual(harness)
  const { due, refunds } = yield* openLedger(harness)
  const asked = caller({ now: since })
  let now = since
  const execute = <C extends Command>(command: C) => refunds.execute({ ...command, caller: { ...command.caller, now } })
  const taken = { provider: harness.name ?? "provider", reference, capturedAt: since }
  const registered = register(order({ currency, captures: [capture("c-1", captured, taken)] }))
  yield* execute(registered)

  return {
    amount,
    captured,
    reference,
    execute,
    now: () => now,
    setNow: (time: Instant) => {
      now = Math.max(now, time)
    },
    /** Null: nothing is due any more. */
    dueAt: (id: RefundId): Instant | null => due.get(id) ?? null,
    state: (id: RefundId): Effect.Effect<Refund, unknown> =>
      Effect.map(refunds.group(asked, { id }), ([refund]) => refund ?? fail("the refund is gone")),
    /** A refund on the capture is asked for. */
    ask: (of: bigint = amount) => {
      const id = freshRefundId()
      return Effect.as(execute(request({ id, amount: of, capture: "c-1", caller: asked })), id)
    },
    /** What is left on the capture; and nothing is wrong in the journal. */
    refundable: Effect.gen(function* () {
      const report = yield* refunds.verify(asked)
      strictEqual(report.problem, null)
      const { head } = yield* refunds.order(asked, { order: registered.orderId })
      const [only] = head.captures
      return only === undefined ? fail("the capture is gone") : captureRefundable(only)
    })
  }
})

/** The core over the store in memory; `due` is what its decisions have said. */
const openLedger = Effect.fnUntraced(function* (harness: ProviderHarness) {
  const context = yield* Layer.build(layerMemoryWith({}))
  const store = Context.get(context, LedgerStore)
  const due = new Map<RefundId, Instant>()
  const note = (all: ReadonlyArray<Due>) => {
    for (const { at, refundId } of all) at === null ? due.delete(refundId) : due.set(refundId, at)
  }
  const noting = LedgerStore.of({
    read: store.read,
    transact: (scope, decide) => {
      let decided: ReadonlyArray<Due> = []
      return store
        .transact(scope, (facts) => {
          const decision = decide(facts)
          decided = decision._tag === "Success" ? decision.success.due : []
          return decision
        })
        .pipe(Effect.tap(() => Effect.sync(() => note(decided))))
    }
  })
  const ports = Layer.merge(
    Layer.succeed(LedgerStore, noting),
    Layer.succeed(LedgerReader, Context.get(context, LedgerReader))
  )
  const refunds = yield* Refunds.pipe(
    Effect.provide(Refunds.layer.pipe(Layer.provide(ports))),
    Effect.provideService(ProviderCapabilities, () => harness.capabilities)
  )
  return { refunds, due }
})
