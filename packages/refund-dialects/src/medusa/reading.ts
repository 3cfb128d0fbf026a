/** Medusa's "Get Payment details" and "Get an Order". */
import { Effect } from "effect"
import type { OrderId } from "refund-core/Ids"
import { findCapture } from "refund-core/Order"
import { Refunds } from "refund-core/Refunds"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { needs, refuse } from "../refuse.ts"
import { failure, failureOfOrder } from "./errors.ts"
import { orderOf } from "./order.ts"
import { paymentOf } from "./payment.ts"
import { captureIdOf } from "./paymentRefund.ts"

export const showPayment = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "orders:read")
    const captureId = yield* captureIdOf(request)
    const view = yield* Refunds.use((refunds) => refunds.order(request.caller, { capture: captureId }))
    const capture = findCapture(view.head, captureId)
    if (capture === undefined) return yield* refuse({ _tag: "CaptureNotFound", captureId })
    return { status: 200, body: { payment: paymentOf(view, capture) } } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

/** An id that no order can have finds none. */
export const orderIdOf = ({ params }: WireRequest): OrderId => (params["id"] ?? "").slice(0, 256) as OrderId

export const showOrder = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:read")
    const view = yield* Refunds.use((refunds) => refunds.order(request.caller, { order: orderIdOf(request) }))
    return { status: 200, body: { order: orderOf(view) } } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failureOfOrder(refused)))
)
