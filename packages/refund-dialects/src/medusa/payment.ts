/** A capture as Medusa writes a payment. */
import type { CaptureHead } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import { captureFields, isFields } from "../rendering.ts"
import { timeOf } from "./refund.ts"
import type { MedusaPayment } from "./wire.ts"

/** What the ledger does not know is as it was registered with the capture under vendor.medusa, or null. */
export const paymentOf = (view: OrderView, capture: CaptureHead): MedusaPayment => {
  const kept = captureFields(view.texts, capture.id, "medusa")
  const text = (name: string): string | null => (typeof kept[name] === "string" ? kept[name] : null)
  const takenAt = capture.capturedAt ?? view.createdAt
  const changedAt = view.refunds.flatMap((each) => (each.captureId === capture.id ? [each.updatedAt] : []))
  return {
    id: capture.id,
    swap_id: text("swap_id"),
    cart_id: text("cart_id"),
    order_id: view.head.id,
    amount: Number(capture.authorizedAmount ?? capture.collected),
    currency_code: view.head.currency.toLowerCase(),
    amount_refunded: Number(capture.refunded),
    provider_id: capture.provider,
    data: isFields(kept["data"]) ? kept["data"] : {},
    captured_at: capture.capturedAt === null ? null : timeOf(capture.capturedAt),
    canceled_at: text("canceled_at"),
    idempotency_key: text("idempotency_key"),
    created_at: timeOf(takenAt),
    updated_at: timeOf(Math.max(takenAt, ...changedAt)),
    metadata: isFields(kept["metadata"]) ? kept["metadata"] : null
  }
}
