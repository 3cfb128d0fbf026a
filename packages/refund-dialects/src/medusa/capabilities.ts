import type { Capabilities } from "refund-core/ports/RefundProvider"
import { honoured } from "../internal/outbound.ts"

/**
 * What a refund through Medusa v1's admin API can do, and where that is from: @medusajs/medusa 1.20.11 and its description.
 *
 * `partial`: `amount` is required, and "Only 600 can be refunded from Payment pay_1" is what more than is left is answered.
 *
 * `windowDays`, `steps`: none; amounts are whole numbers of the minor unit.
 *
 * `lookup`: a refund of a payment is kept with the payment's id and without the order's (services/payment-provider.ts), so
 * `GET /admin/orders/{id}` does not list it, and `GET /admin/payments/{id}` has the sum of all refunds only.
 *
 * `honoursKeyFor`: the route ignores the `Idempotency-Key` that Medusa's own client sends.
 *
 * `pendingDays`: Medusa refunds at once and knows no pending refund; 30 days are for a ledger behind its door.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "none",
  honoursKeyFor: 0,
  pendingDays: 30
}

/** Of a ledger behind Medusa's door: it honours the header, so that the same request again tells what became of the first. */
export const keyedCapabilities: Capabilities = { ...capabilities, lookup: "reference", honoursKeyFor: honoured }
