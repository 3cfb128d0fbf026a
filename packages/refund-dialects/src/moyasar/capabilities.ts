import type { Capabilities } from "refund-core/ports/RefundProvider"

/**
 * What a refund through the Moyasar Payment Gateway can do, and where that is from.
 *
 * `partial`: a refund has an `amount`, and `refunded_amount` is "the sum of approved refund transactions" (its refund page;
 * mpg-docs.moyasar.com, the sibling pages).
 *
 * `windowDays`, `steps`: none is documented.
 *
 * `lookup`: no page reads an order. A refund is found out about by sending its `transaction_id` again, which is safe once
 * Moyasar has told that it has that transaction: so by reference, and else by the key.
 *
 * `honoursKeyFor`: "When used as an idempotency key on write endpoints, the client is responsible for generating a fresh UUID
 * for each logical operation and retaining it across retries" (mpg-docs.moyasar.com). The key is the transaction's own id, so it
 * does not run out; thirty days are ours.
 *
 * `pendingDays`: nothing is documented; 30 days, as for providers that say nothing.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "reference",
  honoursKeyFor: 30 * 86_400_000,
  pendingDays: 30
}
