/** What Stripe can do, as data, with where each figure is from. */
import type { Capabilities } from "refund-core/ports/RefundProvider"
import { steps } from "./internal/amounts.ts"

const day = 86_400_000

/**
 * - `partial`: "You can optionally refund only part of a charge. You can do so multiple times, until the entire charge
 *   has been refunded" (https://docs.stripe.com/api/refunds/create).
 * - `windowDays`: Stripe itself sets none. Some payment methods do (https://docs.stripe.com/refunds lists them by
 *   method); a refund that is too late for its method is declined.
 * - `steps`: https://docs.stripe.com/currencies, see amounts.ts.
 * - `lookup`: a refund keeps the metadata it was made with, and all refunds of a charge or payment intent can be listed
 *   (https://docs.stripe.com/api/refunds/list): the attempt's id finds it.
 * - `honoursKeyFor`: keys are removed once "they're at least 24 hours old"
 *   (https://docs.stripe.com/api/idempotent_requests). Counted from before the request is sent, so never too long.
 * - `pendingDays`: Stripe names no limit: a refund waits for the charge to settle or for the account's balance
 *   (https://docs.stripe.com/refunds). Thirty days are ours.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps,
  lookup: "key",
  honoursKeyFor: day,
  pendingDays: 30
}
