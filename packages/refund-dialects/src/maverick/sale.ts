/** A capture as Maverick writes a payment: what was registered of it, and what has been given back of it since. */
import { formatDecimal } from "refund-core/Money"
import type { CaptureHead } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import { captureFields } from "../rendering.ts"
import { isReturn, nothingOf, paymentId, returnOf, time, type Written, within } from "./payment.ts"
import type { Payment } from "./wire.ts"

export const saleOf = (view: OrderView, capture: CaptureHead): Written<Payment> => {
  const vendor = captureFields(view.texts, capture.id, "maverick")
  const refunds = view.refunds.filter((refund) => refund.captureId === capture.id && isReturn(refund))
  const amount = view.registration.captures.find((each) => each.id === capture.id)?.amount ?? capture.collected
  const takenAt = capture.capturedAt ?? view.createdAt
  return {
    id: paymentId(capture.id),
    amount: formatDecimal(amount, view.head.currency),
    origin: vendor["origin"] ?? null,
    type: vendor["type"] ?? null,
    level: vendor["level"] ?? null,
    authCode: vendor["authCode"] ?? null,
    parent: vendor["parent"] ?? { id: null },
    terminal: vendor["terminal"] ?? { id: null },
    threeds: within(nothingOf.threeds, vendor["threeds"]),
    card: within(nothingOf.card, vendor["card"]),
    contact: vendor["contact"] ?? null,
    externalId: vendor["externalId"] ?? null,
    isRecurring: vendor["isRecurring"] ?? null,
    split: vendor["split"] ?? null,
    refunded: capture.refunded > 0n,
    captured: capture.capturedAt !== null,
    history: refunds.map((refund) => returnOf([refund], vendor)),
    order: vendor["order"] ?? null,
    feeTransaction: vendor["feeTransaction"] ?? null,
    batch: within(nothingOf.batch, vendor["batch"]),
    ip: vendor["ip"] ?? null,
    status: vendor["status"] ?? { status: "Approved", reason: null },
    updatedOn: time(Math.max(takenAt, ...refunds.map((refund) => refund.updatedAt))),
    createdOn: time(takenAt)
  }
}
