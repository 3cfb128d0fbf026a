/** An order of the ledger as Medusa writes one, with its payments and refunds. */
import { orderRefundable, refundedInAll } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import { holds, isRefunded, type RefundState } from "refund-core/Refund"
import { orderFields } from "../rendering.ts"
import { paymentOf } from "./payment.ts"
import { isGroup, refundOf, timeOf } from "./refund.ts"
import type { MedusaOrder, MedusaRefund, PaymentStatus } from "./wire.ts"

/** Unless they were registered with the order under vendor.medusa. */
export const unknown = {
  status: "pending",
  fulfillment_status: "not_fulfilled",
  display_id: null,
  cart_id: null,
  email: null,
  billing_address_id: null,
  shipping_address_id: null,
  region_id: null,
  tax_rate: null,
  draft_order_id: null,
  canceled_at: null,
  no_notification: null,
  idempotency_key: null,
  external_id: null,
  sales_channel_id: null,
  metadata: null
}

export const orderOf = (view: OrderView): MedusaOrder => {
  const { head } = view
  const refunded = refundedInAll(head)
  return {
    ...unknown,
    ...orderFields(view.texts, "medusa"),
    id: head.id,
    object: "order",
    payment_status: statusOf(view, refunded),
    currency_code: head.currency.toLowerCase(),
    customer_id: head.customerId,
    paid_total: Number(head.collected),
    refunded_total: Number(refunded),
    refundable_amount: Number(orderRefundable(head)),
    created_at: timeOf(view.createdAt),
    updated_at: timeOf(view.updatedAt),
    payments: head.captures.map((capture) => paymentOf(view, capture)),
    refunds: refundsOf(view)
  }
}

const statusOf = ({ head }: OrderView, refunded: bigint): PaymentStatus => {
  if (head.collected === 0n) return head.captures.length === 0 ? "not_paid" : "awaiting"
  if (refunded === 0n) return "captured"
  return refunded >= head.collected ? "refunded" : "partially_refunded"
}

/** Where Medusa's provider says no there is no refund: those that are not, and will not be, are not shown. */
const isShown = ({ state }: { readonly state: RefundState }): boolean => holds(state) || isRefunded(state)

const refundsOf = (view: OrderView): ReadonlyArray<MedusaRefund> => {
  const shown = view.refunds.filter((refund) => isShown(refund) && !refund.deducts)
  return [...Map.groupBy(shown, (refund) => refund.groupId).values()].flatMap((group) =>
    isGroup(group) ? [refundOf(group, null)] : []
  )
}
