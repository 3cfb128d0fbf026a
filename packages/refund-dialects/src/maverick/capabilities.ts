import type { Capabilities } from "refund-core/ports/RefundProvider"
import { honoured } from "../internal/outbound.ts"

/**
 * What a refund through Maverick's gateway can do, and where that is from: its refund page, and clients that speak to it.
 *
 * `partial`: `amount` is not required; less than the payment may be given back, more than was captured may not.
 *
 * `windowDays`, `steps`: none is documented.
 *
 * `lookup`: `GET /payment/{id}` reads a refund by the gateway's own id. `externalId` is no field of the refund page's request:
 * whether the gateway keeps it of a refund is not documented, and a filter that finds nothing would be taken for "never heard
 * of it". `keepsExternalId` says that it was tried.
 *
 * `honoursKeyFor`: no idempotency key is documented for refunds.
 *
 * `pendingDays`: nothing is documented; 30 days, as for providers that say nothing.
 */
export const capabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "reference",
  honoursKeyFor: 0,
  pendingDays: 30
}

export const capabilitiesOf = (options: {
  readonly keepsExternalId?: boolean
  readonly honoursIdempotencyKey?: boolean
}): Capabilities => ({
  ...capabilities,
  ...(options.keepsExternalId === true ? { lookup: "key" } : {}),
  ...(options.honoursIdempotencyKey === true ? { honoursKeyFor: honoured } : {})
})
