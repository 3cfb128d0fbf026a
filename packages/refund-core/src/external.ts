/** A refund that somebody made at the provider's own desk: it has happened, and the figures have to follow. */
import { allocate, split } from "./allocation.ts"
import type { RecordExternal } from "./Command.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { PrincipalId } from "./Ids.ts"
import { captureRefundable, findCapture, fits, type OrderHead } from "./Order.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { type NewRefund, paidByWorker, payout, type Refund } from "./Refund.ts"
import { beyondCollected } from "./request.ts"
import { follow } from "./settlement.ts"
import { tooMuch } from "./Violation.ts"

/**
 * `known`: this refund was recorded before. `waits`: it may be one of ours under way, told without its name; ask again
 * once that one is over.
 */
export type External =
  | { readonly _tag: "recorded" | "known"; readonly refund: Refund }
  | { readonly _tag: "waits"; readonly for: Refund }

export const recordExternal = (command: RecordExternal, facts: Facts): Decided<External> => {
  const { amount, caller, captureId, currency, orderId } = command
  const missing = lacks(caller, "worker")
  if (missing !== null) return refuse(missing)
  const draft = new Draft(caller, facts)
  const [before] = facts.earlier?.refunds ?? []
  if (before !== undefined) {
    // Somebody else's refund has this id: this one is not known, and is not taken for it.
    if (before.origin !== "external") return refuse({ _tag: "IdempotencyKeyReused", key: command.refundId })
    return draft.commit<External>({ _tag: "known", refund: before })
  }
  const { order } = facts
  if (order === null) return refuse({ _tag: "OrderNotFound", orderId })
  const capture = findCapture(order, captureId)
  if (capture === undefined) return refuse({ _tag: "CaptureNotFound", captureId })
  if (currency !== order.currency) {
    return refuse({ _tag: "CurrencyMismatch", registered: order.currency, requested: currency })
  }
  if (amount <= 0n) return refuse({ _tag: "AmountNotPositive", field: "amount", amount: String(amount) })
  if (!fits(order, amount)) return refuse(tooMuch)
  const ours = command.isNotOurs ? undefined : likeOurs(command, facts)
  if (ours !== undefined) return draft.commit<External>({ _tag: "waits", for: ours })

  const refund = externalRefund(command, facts, order, amount > captureRefundable(capture))
  draft.add({ _tag: "RefundRequested", refund, key: null })
  follow(draft, draft.refund(refund.id))
  return draft.commit<External>({ _tag: "recorded", refund: draft.refund(refund.id) })
}

const maybePaid: ReadonlySet<Refund["state"]> = new Set(["submitting", "unknown", "in_review"])

/** The news may be of this one: the same amount of the same capture, and nobody knows yet what became of it. */
const likeOurs = ({ amount, captureId }: RecordExternal, { refunds }: Facts): Refund | undefined =>
  [...refunds.values()].find(
    (refund) =>
      maybePaid.has(refund.state) && paidByWorker(refund) && refund.captureId === captureId && payout(refund) === amount
  )

/** Beyond the limits it is flagged, not refused: the money is gone. */
const externalRefund = (command: RecordExternal, facts: Facts, order: OrderHead, isOver: boolean): NewRefund => {
  const { amount, caller, captureId, provider, reference, refundId, settledAt } = command
  const { notes, shares } = allocate({ type: "default" }, order, { components: "note" }, amount)
  const [part] = split(shares, beyondCollected(order, [{ amount }]))
  return {
    id: refundId,
    groupId: refundId,
    number: facts.nextNumber,
    orderId: order.id,
    captureId,
    customerId: order.customerId,
    type: "default",
    destination: "original",
    amount,
    currency: order.currency,
    provider,
    origin: "external",
    state: "settled",
    shares: part?.shares ?? [],
    goodwill: part?.goodwill ?? 0n,
    requestedBy: `provider:${provider}` as PrincipalId,
    door: caller.door,
    requestedAt: caller.now,
    effectiveAt: settledAt,
    deducts: false,
    requiresApproval: false,
    skipEvents: false,
    reference,
    possibleDuplicateOf: null,
    notes: [...notes, ...(isOver ? ["ExceedsCaptured"] : [])]
  }
}
