import type { Capabilities } from "refund-core/ports/RefundProvider"

/**
 * What a refund through Geins' Management API can do, and where that is from: its description (geins-io/geins-cli, mgmtapi.yaml
 * 1.12.1).
 *
 * `partial`: `RefundAmount` is required, and no least or greatest is documented.
 *
 * `windowDays`, `steps`: none is documented.
 *
 * `lookup`: `GET /API/Order/{orderId}/Refund/List` has all refunds of the order, each with the `Reference` it was made with.
 *
 * `honoursKeyFor`: Geins documents no idempotency key for this call, and `Reference` need not be unique.
 *
 * `pendingDays`: nothing is documented: whoever pays says so when they have. 30 days, as for providers that say nothing.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "key",
  honoursKeyFor: 0,
  pendingDays: 30
}
