/** Medusa v1's admin API, answered by the ledger: refunds of a payment and of an order. A Medusa payment is a capture. */
import { bearer } from "../bearer.ts"
import type { Dialect } from "../Dialect.ts"
import { failure, fault } from "./errors.ts"
import { description } from "./openapi.ts"
import { refundOrder } from "./orderRefund.ts"
import { refundPayment } from "./paymentRefund.ts"
import { showOrder, showPayment } from "./reading.ts"

export const medusa: Dialect = {
  door: "medusa",
  prefix: "/medusa",
  numbers: "double",
  // The cookie session of Medusa's own admin is left out: it is no credential of ours.
  credential: (headers) => headers["x-medusa-access-token"] ?? bearer(headers),
  routes: [
    { method: "POST", path: "/admin/payments/:id/refund", handle: refundPayment },
    { method: "GET", path: "/admin/payments/:id", handle: showPayment },
    { method: "POST", path: "/admin/orders/:id/refund", handle: refundOrder },
    { method: "GET", path: "/admin/orders/:id", handle: showOrder }
  ],
  fault,
  failure,
  description
}
