/** One good request for each route of each dialect, and what its caller must be allowed. */

import type { Permission } from "refund-core/Permission"
import type { Door } from "refund-core/Policy"

export interface DoorCall {
  readonly door: Exclude<Door, "native">
  /** As it is mounted. */
  readonly route: string
  /** Of order 9001 and its capture 9101; a refund that is not there is `nobody`. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** All of them. None: a credential of any kind will do. */
  readonly needs: ReadonlyArray<Permission>
}

const nobody = "0191f5a7-44d3-7430-8739-2d80821416ff"

const of = (
  door: DoorCall["door"],
  route: string,
  path: string,
  needs: Permission | ReadonlyArray<Permission>,
  body?: DoorCall["body"]
): DoorCall => ({
  door,
  route,
  path,
  needs: typeof needs === "string" ? [needs] : needs,
  ...(body === undefined ? {} : { body })
})

const kiboOrder = "/api/commerce/orders/:orderId"
const geinsOrder = "/API/Order/:orderId/Refund"
const geinsRow = `${geinsOrder}/:refundId/RefundRow/:refundRowId`

export const doorCalls: ReadonlyArray<DoorCall> = [
  of("kibo", `POST ${kiboOrder}/refunds`, "/api/commerce/orders/9001/refunds", "refunds:request", { amount: 0.01 }),
  of("kibo", `PUT ${kiboOrder}/refunds/:refundId`, `/api/commerce/orders/9001/refunds/${nobody}`, "refunds:request"),
  of("kibo", "GET /api/commerce/orders/refunds/refundreasons", "/api/commerce/orders/refunds/refundreasons", []),
  of("kibo", `GET ${kiboOrder}`, "/api/commerce/orders/9001", "orders:read"),
  of("geins", `POST ${geinsOrder}`, "/API/Order/9001/Refund", "refunds:request", { RefundAmount: 0.01 }),
  of("geins", `GET ${geinsOrder}/List`, "/API/Order/9001/Refund/List", "refunds:read"),
  of("geins", `GET ${geinsOrder}/:refundId`, `/API/Order/9001/Refund/${nobody}`, "refunds:read"),
  of(
    "geins",
    `POST ${geinsOrder}/:refundId/SetApproval`,
    `/API/Order/9001/Refund/${nobody}/SetApproval`,
    "refunds:approve",
    { Approved: true }
  ),
  of(
    "geins",
    `POST ${geinsOrder}/:refundId/SetAsSettled`,
    `/API/Order/9001/Refund/${nobody}/SetAsSettled`,
    "refunds:record",
    {}
  ),
  of(
    "geins",
    `POST ${geinsOrder}/:refundId/SetAsProcessed`,
    `/API/Order/9001/Refund/${nobody}/SetAsProcessed`,
    "refunds:record",
    {}
  ),
  of(
    "geins",
    `POST ${geinsRow}/SetAsSettled`,
    `/API/Order/9001/Refund/${nobody}/RefundRow/1/SetAsSettled`,
    "refunds:record",
    {}
  ),
  of("geins", `DELETE ${geinsRow}`, `/API/Order/9001/Refund/${nobody}/RefundRow/1`, "refunds:request"),
  of("geins", "POST /API/Refund/Query", "/API/Refund/Query", "refunds:read", {}),
  of("moyasar", "POST /v1/orders/:id/refund", "/v1/orders/9001/refund", "refunds:request", { amount: 1 }),
  of("maverick", "POST /payment/:id/refund", "/payment/9101/refund", "refunds:request", {
    terminal: { id: 24 },
    amount: "0.01"
  }),
  of("maverick", "GET /payment/:id", "/payment/9101", "orders:read"),
  of("maverick", "GET /payments", "/payments", "refunds:read"),
  of("medusa", "POST /admin/payments/:id/refund", "/admin/payments/9101/refund", "refunds:request", {
    amount: 1,
    reason: "return"
  }),
  of("medusa", "GET /admin/payments/:id", "/admin/payments/9101", ["orders:read", "refunds:read"]),
  of("medusa", "POST /admin/orders/:id/refund", "/admin/orders/9001/refund", "refunds:request", {
    amount: 1,
    reason: "late"
  }),
  of("medusa", "GET /admin/orders/:id", "/admin/orders/9001", ["orders:read", "refunds:read"])
]
