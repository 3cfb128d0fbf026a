/** A settled refund is seen where the money really moved: on the provider's settlement report, or the bank's line. */
import { effectiveTime, groupOf, stateConflict } from "./approval.ts"
import type { ReconcileRefund } from "./Command.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import { formatAmount } from "./Money.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { reconciledLines } from "./postings.ts"
import { goesToCredit, payout, type Refund } from "./Refund.ts"
import { post } from "./settlement.ts"
import type { Violation } from "./Violation.ts"

/** The same report says what it paid: another amount, or another currency, is not this refund. Seen again changes nothing. */
export const reconcileRefund = (command: ReconcileRefund, facts: Facts): Decided<ReadonlyArray<Refund>> => {
  const { amount, caller, fee, refundId, report } = command
  const missing = lacks(caller, "refunds:record")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId })
  const violations = [
    disagreement(command, refund),
    effectiveTime(command.at, caller, facts, refund.captureId),
    isReconcilable(refund) ? [] : [stateConflict(refund, "reconcile")]
  ].flat()
  if (violations.length > 0) return refuse(...violations)
  const draft = new Draft(caller, facts)
  if (refund.reconciledAt === null) {
    const effectiveAt = command.at ?? caller.now
    const reference = command.reference ?? null
    draft.add({ _tag: "RefundReconciled", refundId, report, reference, amount, fee: fee ?? 0n, effectiveAt })
    post(draft, `refund:${refundId}`, refund.currency, effectiveAt, reconciledLines(refund, fee ?? 0n))
  }
  return draft.commit(groupOf(draft.facts, refundId))
}

/** Money left, or came back since; store credit moves none. */
export const isReconcilable = (refund: Refund): boolean =>
  refund.state === "settled" && !refund.deducts && !goesToCredit(refund) && payout(refund) > 0n

const disagreement = ({ amount, currency }: ReconcileRefund, refund: Refund): ReadonlyArray<Violation> => {
  if (currency !== refund.currency) {
    return [{ _tag: "CurrencyMismatch", registered: refund.currency, requested: currency }]
  }
  const paid = payout(refund)
  if (amount === paid) return []
  return [{ _tag: "Malformed", path: "amount", expected: `what the refund paid, ${formatAmount(paid, currency)}` }]
}
