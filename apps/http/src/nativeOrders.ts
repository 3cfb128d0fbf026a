/** Orders, the money taken for them, and chargebacks. */
import { Effect, Schema } from "effect"
import { toRecordDispute } from "refund-api/DisputeBody"
import type { RegisteredBody } from "refund-api/LedgerBody"
import { toAddCaptures, toRegisterOrder } from "refund-api/OrderBody"
import { orderToJson } from "refund-api/OrderViewBody"
import type { AddCaptures, RecordDispute, RegisterOrder } from "refund-core/Command"
import { OrderId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { type Rejected, rejected } from "refund-core/Violation"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

const isOrderId = Schema.is(OrderId)

/** A name too long for an order is the name of none. */
export const orderIdOf = ({ params }: WireRequest): Effect.Effect<OrderId, Rejected> => {
  const id = params["orderId"] ?? ""
  return isOrderId(id)
    ? Effect.succeed(id)
    : Effect.fail(rejected([{ _tag: "OrderNotFound", orderId: id.slice(0, 255) }]))
}

/** 201 where it made the order, or something of it, that was not there. */
const registered = Effect.fnUntraced(function* (
  command: RegisterOrder | AddCaptures | RecordDispute,
  isNew: (result: { readonly created: boolean; readonly changed: boolean }) => boolean
) {
  const refunds = yield* Refunds
  const { changed, created } = yield* refunds.execute(command)
  const body: RegisteredBody = { id: command.orderId, created, changed }
  return { status: isNew({ created, changed }) ? 201 : 200, body } satisfies WireAnswer
})

const putOrder = Effect.fnUntraced(function* (request: WireRequest) {
  const { body, caller, freshSalt } = request
  const orderId = yield* orderIdOf(request)
  return yield* withDecoded(toRegisterOrder(body, { caller, orderId, freshSalt }), (command) =>
    registered(command, ({ created }) => created)
  )
})

const addCapture = Effect.fnUntraced(function* (request: WireRequest) {
  const { body, caller, freshSalt } = request
  const orderId = yield* orderIdOf(request)
  return yield* withDecoded(toAddCaptures(body, { caller, orderId, freshSalt }), (command) =>
    registered(command, ({ changed }) => changed)
  )
})

const recordDispute = Effect.fnUntraced(function* (request: WireRequest) {
  const { body, caller } = request
  const orderId = yield* orderIdOf(request)
  return yield* withDecoded(toRecordDispute(body, { caller, orderId }), (command) =>
    registered(command, ({ changed }) => changed)
  )
})

const showOrder = Effect.fnUntraced(function* (request: WireRequest) {
  const refunds = yield* Refunds
  const order = yield* orderIdOf(request)
  return ok(orderToJson(yield* refunds.order(request.caller, { order })))
})

export const orderRoutes = [
  route("PUT", "/v1/orders/:orderId", putOrder),
  route("GET", "/v1/orders/:orderId", showOrder),
  route("POST", "/v1/orders/:orderId/captures", addCapture),
  route("POST", "/v1/orders/:orderId/disputes", recordDispute)
]
