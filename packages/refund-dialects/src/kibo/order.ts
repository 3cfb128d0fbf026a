/** An order of the ledger as Kibo shows one, as far as its refunds go. */
import { orderRefundable, refundedInAll } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import { writeDecimal } from "../decimals.ts"
import { orderFields } from "../rendering.ts"
import { isGroup, paymentIn, refundOf } from "./refund.ts"
import type * as wire from "./wire.ts"

/** `amountRefunded` is what was settled; what a refund in progress holds is not available for another. */
export const orderOf = (view: OrderView): wire.Order => {
  const { head, refunds, texts } = view
  const decimal = (amount: bigint) => writeDecimal(amount, head.currency)
  const groups = [...Map.groupBy(refunds, ({ groupId }) => groupId).values()]
  return {
    ...orderFields(texts, "kibo"),
    id: head.id,
    currencyCode: head.currency,
    total: head.total === null ? null : decimal(head.total),
    totalCollected: decimal(head.collected),
    amountRefunded: decimal(refundedInAll(head)),
    amountAvailableForRefund: decimal(orderRefundable(head)),
    payments: head.captures.map((capture) => paymentIn(view, capture, refunds)),
    refunds: groups.flatMap((group) => (isGroup(group) ? [refundOf(group, view)] : []))
  }
}
