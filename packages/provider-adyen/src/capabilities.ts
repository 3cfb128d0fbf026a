import type { Capabilities } from "refund-core/ports/RefundProvider"

/**
 * What a refund through Adyen's Checkout API can do, and where Adyen says so.
 *
 * `partial`: "You can refund either the full captured amount or a part of the captured amount" (Checkout API v72, POST
 * /payments/{paymentPspReference}/refunds). Some payment methods cannot: then the REFUND event says no.
 *
 * `windowDays`: none is documented for Adyen as a whole; each payment method has its own, and a refund that comes too late is
 * a no in its REFUND event.
 *
 * `steps`: CVE and IDR have two decimals in ISO 4217 and none at Adyen (docs.adyen.com/development-resources/currency-codes).
 *
 * `lookup`: the Checkout API reads no refunds, neither by our reference nor by Adyen's.
 *
 * `honoursKeyFor`: "Idempotency keys are valid for a minimum period of 7 days after first submission"
 * (docs.adyen.com/development-resources/api-idempotency; an older version of that page said 31).
 *
 * `pendingDays`: nothing is documented; 30 days, as for providers that say nothing.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: { CVE: 100n, IDR: 100n },
  lookup: "none",
  honoursKeyFor: 7 * 86_400_000,
  pendingDays: 30
}
