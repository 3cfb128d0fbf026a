/** Geins' "Get refund" and "List refunds". */
import { Effect, Schema } from "effect"
import { RefundId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { needs, refuse } from "../refuse.ts"
import { forAnswer, orderForAnswer } from "../rendering.ts"
import { failure, withoutResource } from "./envelope.ts"
import { orderIdOf } from "./orderId.ts"
import { groupsOf, isGroup, refundOf } from "./refund.ts"

export const getRefund = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:read")
    const group = yield* namedGroup(request)
    const view = yield* orderForAnswer(request.caller, { order: group[0].orderId })
    return read("Refund found", refundOf(group, view))
  },
  Effect.catch((refused) => Effect.succeed(withoutResource(failure(refused))))
)

export const listRefunds = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:read")
    const view = yield* orderForAnswer(request.caller, { order: orderIdOf(request) })
    const refunds = groupsOf(view).map((group) => refundOf(group, view))
    return read("Refunds found", refunds)
  },
  Effect.catch((refused) => Effect.succeed(withoutResource(failure(refused))))
)

const read = (Message: string, Resource: unknown): WireAnswer => ({
  status: 200,
  body: { Resource, Message, Details: [] }
})

const isRefundId = Schema.is(RefundId)

/** The refund that the path names, of the order that the path names. Whoever asks is known to be entitled to what follows. */
export const namedGroup = Effect.fnUntraced(function* (request: WireRequest) {
  const text = request.params["refundId"] ?? ""
  const id = text.toLowerCase()
  const unknown = refuse({ _tag: "RefundNotFound", refundId: text.slice(0, 255) })
  if (!isRefundId(id)) return yield* unknown
  const refunds = yield* Refunds.use((refunds) => refunds.group(forAnswer(request.caller), { id }))
  return isGroup(refunds) && refunds[0].orderId === orderIdOf(request) ? refunds : yield* unknown
})
