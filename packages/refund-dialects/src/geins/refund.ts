/** A refund as Geins shows it: the group as the refund, its refunds as the rows, and the order rows they draw on. */
import { partDiscount, partTax } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import { isRefunded, payout, type Refund } from "refund-core/Refund"
import { writeDecimal } from "../decimals.ts"
import { NumberText } from "../NumberText.ts"
import { orderFields } from "../rendering.ts"
import { known } from "./known.ts"
import { isProcessed } from "./marks.ts"
import { rowsOf, toInt32 } from "./rows.ts"
import type * as wire from "./wire.ts"

export type Group = readonly [Refund, ...Array<Refund>]

/** All refunds of the order, oldest first. */
export const groupsOf = (view: OrderView): ReadonlyArray<Group> =>
  [...Map.groupBy(view.refunds, (refund) => refund.groupId).values()].flatMap((refunds) =>
    isGroup(refunds) ? [refunds] : []
  )

export const isGroup = (refunds: ReadonlyArray<Refund>): refunds is Group => refunds.length > 0

export const refundOf = (group: Group, view: OrderView): wire.Refund => {
  const [first] = group
  return {
    ...known(orderFields(view.texts, "geins")),
    RefundId: first.groupId,
    RefundInstanceId: wholeOf(first.number),
    Currency: first.currency,
    SkipRefundEvents: first.skipEvents,
    ...known({
      OrderId: toInt32(first.orderId),
      Reference: first.reference,
      Description: first.texts?.note ?? null,
      Author: first.texts?.author ?? null,
      CreatedOn: dateOf(first.requestedAt),
      ...orderSums(view)
    }),
    ...progressOf(group),
    ...approvalOf(group),
    ...refundedSums(group),
    RefundRows: group.map(refundRowOf),
    Rows: rowsOf(group, view)
  }
}

const wholeOf = (whole: number): NumberText => new NumberText(String(whole))
const dateOf = (at: number): string => new Date(at).toISOString()
const dateOrNull = (at: number | null | undefined): string | null => (at == null ? null : dateOf(at))

const orderSums = ({ head, registration }: OrderView) => {
  const { currency } = head
  const charged = (isOf: (component: string) => boolean): NumberText | null => {
    const components = head.components.filter((component) => isOf(component.id))
    if (components.length === 0) return null
    return writeDecimal(
      components.reduce((sum, component) => sum + component.charged, 0n),
      currency
    )
  }
  const stated = (amount: bigint | null): NumberText | null => (amount === null ? null : writeDecimal(amount, currency))
  return {
    OrderSum: stated(head.total),
    OrderVat: stated(registration.tax ?? partTax(registration)),
    OrderValue: charged((id) => id.startsWith("line:")),
    OrderDiscount: stated(registration.discounts ?? partDiscount(registration)),
    ShippingFee: charged((id) => id === "shipping"),
    PaymentFee: charged((id) => id === "invoice_fee")
  }
}

/** Sent: a provider was asked to pay. Processed: whoever pays said so by SetAsProcessed. */
const progressOf = (group: Group) => {
  const sent = group.flatMap((refund) => refund.attempts.map((attempt) => attempt.startedAt))
  const processed = group.every(isProcessed)
  return {
    Sent: sent.length > 0,
    Processed: processed,
    ...known({
      SentOn: sent.length === 0 ? null : dateOf(Math.min(...sent)),
      ProcessedOn: processed ? dateOf(Math.max(...group.map((refund) => refund.settledAt ?? 0))) : null
    })
  }
}

/** Of a refund that needs none, nothing is decided. */
const approvalOf = ([first]: Group) => {
  const denied = first.state === "denied"
  const approved = denied ? false : first.approvedAt === null ? null : true
  return {
    RequiresApproval: first.requiresApproval,
    Approved: first.requiresApproval ? approved : null,
    ...known({
      ApprovalDecidedBy: first.approvedBy,
      ApprovalDecidedOn: denied ? dateOf(first.updatedAt) : dateOrNull(first.approvedAt)
    })
  }
}

/** The balance and discount parts are figures that the ledger does not keep: left out. */
const refundedSums = (group: Group) => {
  const [{ currency }] = group
  const sum = (amounts: ReadonlyArray<bigint>) =>
    writeDecimal(
      amounts.reduce((sum, amount) => sum + amount, 0n),
      currency
    )
  const drawnOn = (isOf: (component: string) => boolean) =>
    sum(group.flatMap((refund) => refund.shares.flatMap((share) => (isOf(share.component) ? [share.amount] : []))))
  return {
    RefundedItemTotal: drawnOn((component) => component.startsWith("line:")),
    RefundedShippingFee: drawnOn((component) => component === "shipping"),
    RefundedPaymentFee: drawnOn((component) => component === "invoice_fee"),
    RefundedTotal: sum(group.map(payout))
  }
}

/** As the request says them. */
const typeNumbers: Record<Refund["type"], number> = { default: 0, instance_cost: 1, shipping: 2, invoice_fee: 3 }

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const refundRowOf = (refund: Refund): wire.RefundRow => {
  const [share, ...others] = refund.shares
  const isOneRow = share !== undefined && others.length === 0 && share.component.startsWith("line:")
  return {
    RefundRowId: wholeOf(refund.number),
    RefundAmount: writeDecimal(refund.amount, refund.currency),
    ToBalance: refund.destination === "store_credit",
    Settled: isRefunded(refund.state),
    CreatedOn: dateOf(refund.requestedAt),
    Investigation: refund.state === "unknown" || refund.state === "in_review",
    RefundType: wholeOf(typeNumbers[refund.type]),
    ...known({
      OrderId: toInt32(refund.orderId),
      OrderRowId: isOneRow ? toInt32(share.component.slice("line:".length)) : null,
      CaptureId: refund.captureId !== null && uuid.test(refund.captureId) ? refund.captureId : null,
      SettledOn: dateOrNull(refund.settledAt)
    })
  }
}
