/** One line for each thing that happens to a refund: who, what, where. No texts, no card, no body. */
import { Effect } from "effect"
import type { AttemptId, TenantId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import type { Refund } from "refund-core/Refund"
import { redacted } from "./redacted.ts"

export interface Happened {
  readonly tenant: TenantId
  readonly provider: string
  readonly attemptId: AttemptId | null
  readonly outcome: Outcome
  /** Who told: the provider's answer to our call, or its webhook. */
  readonly from: "call" | "webhook"
}

/** States that somebody should know of without looking. */
const worrying: ReadonlySet<Refund["state"]> = new Set(["unknown", "in_review", "reversed"])

export const logOutcome = (refund: Refund, { attemptId, from, outcome, provider, tenant }: Happened) => {
  const line = `Refund ${refund.id} is ${refund.state}`
  return (worrying.has(refund.state) ? Effect.logWarning(line) : Effect.logInfo(line)).pipe(
    Effect.annotateLogs({
      tenant,
      refund: refund.id,
      order: refund.orderId,
      state: refund.state,
      provider,
      outcome: outcome._tag,
      from,
      ...(attemptId === null ? {} : { attempt: attemptId }),
      ...("reference" in outcome && outcome.reference !== null ? { reference: redacted(outcome.reference) } : {}),
      ...(outcome._tag === "declined" ? { code: redacted(outcome.code) } : {})
    })
  )
}
