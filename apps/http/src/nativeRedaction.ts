/** What an order and its refunds say of people, removed. A refund alone is redacted like anything else that is decided on it. */
import { Effect, Schema } from "effect"
import { toRedaction } from "refund-api/RedactionBody"
import { OrderId } from "refund-core/Ids"
import { rejected } from "refund-core/Violation"
import type { WireRequest } from "refund-dialects/Dialect"
import { redactOrder } from "refund-service/Redaction"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

const isOrderId = Schema.is(OrderId)

const redact = ({ body, caller, params }: WireRequest) =>
  withDecoded(toRedaction(body), (detail) => {
    const orderId = params["orderId"] ?? ""
    if (!isOrderId(orderId)) return Effect.fail(rejected([{ _tag: "OrderNotFound", orderId: orderId.slice(0, 255) }]))
    return Effect.map(redactOrder(caller, orderId, detail), (redacted) => ok(redacted))
  })

export const redactionRoutes = [route("POST", "/v1/orders/:orderId/redact", redact)]
