/** Geins' Management API, answered by the ledger. A Geins refund is a group, its refund rows are the group's refunds. */
import { Effect, Result } from "effect"
import { Refunds } from "refund-core/Refunds"
import { committed } from "../committed.ts"
import type { Dialect, WireRequest } from "../Dialect.ts"
import { orderHead } from "../orderHead.ts"
import { refuse } from "../refuse.ts"
import { credential } from "./credential.ts"
import { deleteRow, setApproval, setAsProcessed, setAsSettled, setRowAsSettled } from "./deciding.ts"
import { failure, fault, isRefusal } from "./envelope.ts"
import { readNewRefund, requestOf } from "./newRefund.ts"
import { description } from "./openapi.ts"
import { orderIdOf } from "./orderId.ts"
import { queryRefunds } from "./query.ts"
import { getRefund, listRefunds } from "./reading.ts"
import type { Envelope } from "./wire.ts"

const createRefund = Effect.fnUntraced(
  function* (request: WireRequest) {
    const { asked, faults } = readNewRefund(request)
    const orderId = orderIdOf(request)
    const { currency } = yield* orderHead(request, orderId, faults)
    const command = requestOf(request, orderId, currency, asked)
    if (Result.isFailure(command)) return yield* refuse(command.failure)

    const refunds = yield* Refunds
    const requested = yield* refunds.execute(command.success)
    const body: Envelope = { Resource: requested.groupId, Message: "Refund created", Details: [] }
    return { status: 200, headers: committed(requested), body }
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

const row = "/API/Order/:orderId/Refund/:refundId/RefundRow/:refundRowId"

export const geins: Dialect = {
  door: "geins",
  prefix: "/geins",
  numbers: "text",
  credential,
  routes: [
    { method: "POST", path: "/API/Order/:orderId/Refund", handle: createRefund },
    { method: "GET", path: "/API/Order/:orderId/Refund/List", handle: listRefunds },
    { method: "GET", path: "/API/Order/:orderId/Refund/:refundId", handle: getRefund },
    { method: "POST", path: "/API/Order/:orderId/Refund/:refundId/SetApproval", handle: setApproval },
    { method: "POST", path: "/API/Order/:orderId/Refund/:refundId/SetAsSettled", handle: setAsSettled },
    { method: "POST", path: "/API/Order/:orderId/Refund/:refundId/SetAsProcessed", handle: setAsProcessed },
    { method: "POST", path: `${row}/SetAsSettled`, handle: setRowAsSettled },
    { method: "DELETE", path: row, handle: deleteRow },
    { method: "POST", path: "/API/Refund/Query", handle: queryRefunds }
  ],
  fault,
  failure,
  isRefusal,
  description
}
