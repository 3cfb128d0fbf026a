/**
 * Decisions to remove what people wrote, and what an order says of people. The journal keeps the salted hash of it, and
 * that it was removed: every chain still verifies. Figures, ids and references stay.
 */
import { groupOf } from "./approval.ts"
import type { RedactOrder, RedactRefund } from "./Command.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import type { Refund } from "./Refund.ts"

/** Of all refunds of the group: one request wrote them. Again, there is nothing to remove. */
export const redactRefund = (command: RedactRefund, facts: Facts): Decided<ReadonlyArray<Refund>> => {
  const { caller, detail = null, refundId } = command
  const missing = lacks(caller, "texts:redact")
  if (missing !== null) return refuse(missing)
  const group = groupOf(facts, refundId)
  if (group.length === 0) return refuse({ _tag: "RefundNotFound", refundId })
  const draft = new Draft(caller, facts)
  for (const { id, texts } of group) if (texts !== null) draft.add({ _tag: "RefundRedacted", refundId: id, detail })
  return draft.commit(groupOf(draft.facts, refundId))
}

/** True: there was something to remove. Refunds of the order have texts of their own. */
export const redactOrder = (command: RedactOrder, facts: Facts): Decided<boolean> => {
  const { caller, detail = null, orderId } = command
  const missing = lacks(caller, "texts:redact")
  if (missing !== null) return refuse(missing)
  if (facts.order === null) return refuse({ _tag: "OrderNotFound", orderId })
  const draft = new Draft(caller, facts)
  const isThere = facts.texts !== null
  if (isThere) draft.add({ _tag: "OrderRedacted", orderId, detail })
  return draft.commit(isThere)
}
