/** A provider's answer to a refund on a ledger's file, whoever else has it open. */
import { Effect, Layer, ManagedRuntime, Schedule } from "effect"
import type { RefundId, TenantId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { ownCaller } from "refund-service/Access"
import { freshId } from "refund-service/freshIds"
import * as Service from "refund-service/Service"
import * as SqliteLedger from "refund-store/SqliteLedger"

const tenant = "default" as TenantId

/**
 * `submits`: nobody else has a worker on this file. Otherwise the capture's reference makes that one hang, which it gives
 * up after a while: what is unknown by then was submitted too.
 */
export const answerOf = async (
  database: string,
  id: string,
  { outcome, submits }: { readonly outcome: Outcome; readonly submits: boolean }
): Promise<void> => {
  const service = Service.layer({ waitMilliseconds: 0 })
  const runtime = ManagedRuntime.make(
    service.pipe(Layer.provideMerge(SqliteLedger.layer({ file: database, synchronous: "OFF" })))
  )
  const refundId = id as RefundId
  const worker = () => ownCaller(tenant, "worker", "worker", Date.now())
  const submitted = Effect.gen(function* () {
    const refunds = yield* Refunds
    const [refund] = yield* refunds.group(ownCaller(tenant, "test", "refunds:read", Date.now()), { id: refundId })
    const attemptId = refund?.attempts.at(-1)?.id
    if ((refund?.state === "submitting" || refund?.state === "unknown") && attemptId !== undefined) return attemptId
    return yield* Effect.fail("not yet" as const)
  }).pipe(Effect.retry({ while: (failure) => failure === "not yet", schedule: Schedule.spaced("20 millis") }))
  await runtime.runPromise(
    Effect.gen(function* () {
      const refunds = yield* Refunds
      if (submits) {
        yield* refunds.execute({ _tag: "BeginAttempt", caller: worker(), refundId, attemptId: freshId() })
      }
      const attemptId = yield* submitted
      yield* refunds.execute({ _tag: "RecordOutcome", caller: worker(), refundId, attemptId, outcome })
    })
  )
  await runtime.dispose()
}
