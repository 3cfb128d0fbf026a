import type { Capabilities } from "refund-core/ports/RefundProvider"

/**
 * What a refund through PayPal's Payments API can do, and where PayPal says so.
 *
 * `partial`: "For a partial refund, include an amount object" (Payments API v2, POST /v2/payments/captures/{capture_id}/refund);
 * where a capture cannot be refunded in part, PARTIAL_REFUND_NOT_ALLOWED says so.
 *
 * `windowDays`: "The default refund period is 180 days from the transaction date" (PayPal's reference of RefundTransaction);
 * the API's word for later is REFUND_TIME_LIMIT_EXCEEDED.
 *
 * `steps`: HUF and TWD have two decimals in ISO 4217, but "This currency does not support decimals. If you pass a decimal
 * amount, an error occurs" (developer.paypal.com/api/rest/reference/currency-codes; so has JPY, which has none in ISO either).
 *
 * `lookup`: a refund can be read by PayPal's id, not by ours. Before its id is known, the same id sent again is the question:
 * "PayPal returns the latest status of the previous request" (developer.paypal.com/reference/guidelines/idempotency).
 *
 * `honoursKeyFor`: "The server stores keys for 45 days" (PayPal-Request-Id of the same call).
 *
 * `pendingDays`: nothing is documented (a refund from a bank account waits for the eCheck, days); 30, as for providers that say nothing.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: 180,
  steps: { HUF: 100n, TWD: 100n },
  lookup: "reference",
  honoursKeyFor: 45 * 86_400_000,
  pendingDays: 30
}
