/** A refund as Kibo's answer shows it, with the payment it goes back to. */
import { type CaptureHead, findCapture } from "refund-core/Order"
import type { RegisteredOrder } from "refund-core/ports/LedgerReader"
import { isRefunded, payout, type Refund, type RefundState } from "refund-core/Refund"
import { writeDecimal } from "../decimals.ts"
import { captureFields, fieldsOf, type VendorFields } from "../rendering.ts"
import type * as wire from "./wire.ts"

export type Group = readonly [Refund, ...Array<Refund>]

export const isGroup = (refunds: ReadonlyArray<Refund>): refunds is Group => refunds.length > 0

/** Kibo's ids are 32 hexadecimal digits: the same 128 bits. */
export const hexId = (id: Refund["id"]): string => id.replaceAll("-", "")

/** `view`: the order, where it could be read. */
export const refundOf = (group: Group, view: RegisteredOrder | null): wire.Refund => {
  const [first] = group
  const fields = keptOf(first)
  return {
    id: hexId(first.groupId),
    orderId: first.orderId,
    reason: first.texts?.reason ?? null,
    reasonCode: textOf(fields["reasonCode"]),
    ...paymentOf(group, view),
    amount: writeDecimal(
      group.reduce((sum, refund) => sum + refund.amount, 0n),
      first.currency
    ),
    refundMethod: textOf(fields["refundMethod"]),
    auditInfo: auditOf(group)
  }
}

/** What the request said in words only Kibo has, kept under the door's name. */
const keptOf = ({ texts }: Refund): VendorFields => fieldsOf(fieldsOf(texts?.metadata)["kibo"])

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null)

const dateOf = (at: number): string => new Date(at).toISOString()

const auditOf = ([first, ...more]: Group): wire.Refund["auditInfo"] => {
  const last = more.reduce((last, each) => (each.updatedAt > last.updatedAt ? each : last), first)
  const isUntouched = last.updatedAt === first.requestedAt
  return {
    createDate: dateOf(first.requestedAt),
    createBy: first.requestedBy,
    updateDate: dateOf(last.updatedAt),
    updateBy: isUntouched ? first.requestedBy : (last.settledBy ?? last.approvedBy)
  }
}

// ── the payment ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Kibo's refund has one payment: there is none to show where the money goes to several, or to none. */
const paymentOf = (group: Group, view: RegisteredOrder | null): { readonly payment?: wire.Payment } => {
  const captures = new Set(
    group.flatMap(({ captureId, destination }) => (destination === "original" ? [captureId] : []))
  )
  const [captureId = null] = captures
  if (view === null || captureId === null || captures.size !== 1) return {}
  const capture = findCapture(view.head, captureId)
  if (capture === undefined) return {}
  return { payment: paymentIn(view, capture, group) }
}

/** May be null at Kibo, and is where nothing was registered. What may not be null is left out then. */
const absent = {
  availableActions: null,
  paymentType: null,
  paymentWorkflow: null,
  externalTransactionId: null,
  data: null,
  status: null,
  subPayments: null,
  changeMessages: null,
  installmentPlanCode: null
}

/** With the credits of these refunds. The figures are the ledger's; a refund never lowers what was collected. */
export const paymentIn = (
  { head: order, texts }: RegisteredOrder,
  capture: CaptureHead,
  refunds: ReadonlyArray<Refund>
): wire.Payment => {
  const kept = captureFields(texts, capture.id, "kibo")
  const { interactions } = kept
  const credits = refunds.filter((refund) => refund.captureId === capture.id).map(creditOf)
  return {
    ...absent,
    paymentServiceTransactionId: capture.reference,
    amountRequested: writeDecimal(capture.authorizedAmount ?? capture.collected, order.currency),
    ...kept,
    id: capture.id,
    orderId: order.id,
    interactions: [...(Array.isArray(interactions) ? interactions : []), ...credits],
    amountCollected: writeDecimal(capture.collected, order.currency),
    amountCredited: writeDecimal(capture.refunded, order.currency)
  }
}

/** Whether the payment service gave the money back: yes, no, or not yet confirmed. */
const statuses: Record<RefundState, "Success" | "Failure" | null> = {
  pending_approval: null,
  approved: null,
  submitting: null,
  pending: null,
  requires_action: null,
  unknown: null,
  in_review: null,
  settled: "Success",
  failed: "Failure",
  denied: "Failure",
  canceled: "Failure",
  reversed: "Failure"
}

const creditOf = (refund: Refund): wire.PaymentInteraction => {
  const status = statuses[refund.state]
  return {
    id: hexId(refund.id),
    paymentId: refund.captureId,
    orderId: refund.orderId,
    currencyCode: refund.currency,
    interactionType: "Credit",
    status,
    isManual: refund.provider === "manual" || refund.origin === "recorded",
    isPending: status === null,
    gatewayTransactionId: refund.providerReference,
    amount: writeDecimal(payout(refund), refund.currency),
    interactionDate: dateOf(isRefunded(refund.state) ? (refund.settledAt ?? refund.updatedAt) : refund.requestedAt),
    refundId: hexId(refund.groupId)
  }
}
