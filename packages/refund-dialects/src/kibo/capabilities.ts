import type { Capabilities } from "refund-core/ports/RefundProvider"
import { honoured } from "../internal/outbound.ts"

/**
 * What a refund through Kibo's commerce API can do, and where that is from: its published description
 * (KiboSoftware/kibo-open-api-specs, openapi_commerce.json) and its help pages.
 *
 * `partial`: a refund has an `amount`; Kibo "will not validate the amount" (docs.kibocommerce.com/help/refund-a-return).
 *
 * `windowDays`, `steps`: none is documented.
 *
 * `lookup`: `GET /commerce/orders/{orderId}` lists the order's refunds, each with the `reason` it was made with.
 *
 * `honoursKeyFor`: Kibo knows no idempotency key; of a double click its help page says that "the refund [is] duplicated".
 *
 * `pendingDays`: nothing is documented of how long `isPending` may last; 30 days, as for providers that say nothing.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "key",
  honoursKeyFor: 0,
  pendingDays: 30
}

/** Of a ledger behind Kibo's door: it honours the header, so that the same request again tells what became of the first. */
export const keyedCapabilities: Capabilities = { ...capabilities, lookup: "reference", honoursKeyFor: honoured }
