/** Geins' Management API, answered by the ledger. A Geins refund is a group, its refund rows are the group's refunds. */
import { Effect, Result } from "effect"
import type { OrderId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { committed } from "../committed.ts"
import type { Dialect, WireRequest } from "../Dialect.ts"
import { orderHead } from "../orderHead.ts"
import { refuse } from "../refuse.ts"
import { credential } from "./credential.ts"
import { failure, fault } from "./envelope.ts"
import { readNewRefund, requestOf } from "./newRefund.ts"
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

const isInt32 = (text: string): boolean => /^(?:0|[1-9][0-9]{0,9})$/.test(text) && Number(text) <= 2_147_483_647

/** An order's id is an int32 here: any other text is given as the empty id, which no order has. */
const orderIdOf = ({ params }: WireRequest): OrderId => {
  const text = params["orderId"] ?? ""
  return (isInt32(text) ? text : "") as OrderId
}

export const geins: Dialect = {
  door: "geins",
  prefix: "/geins",
  numbers: "text",
  credential,
  routes: [{ method: "POST", path: "/API/Order/:orderId/Refund", handle: createRefund }],
  fault,
  failure
}
