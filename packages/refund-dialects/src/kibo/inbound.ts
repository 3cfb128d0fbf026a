/** Kibo's commerce API, answered by the ledger: "Create Refund", and what is read around it. A Kibo payment is a capture, a Kibo refund is a group. */
import { Effect, Result } from "effect"
import { Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import { bearer } from "../bearer.ts"
import { committed } from "../committed.ts"
import type { Dialect, WireAnswer, WireRequest } from "../Dialect.ts"
import { orderHead } from "../orderHead.ts"
import { refuse } from "../refuse.ts"
import { registeredForAnswer } from "../rendering.ts"
import { correlated, failure, fault } from "./errors.ts"
import { description } from "./openapi.ts"
import { orderIdOf } from "./orderId.ts"
import { listReasons, resendMail, showOrder } from "./reading.ts"
import { refundOf } from "./refund.ts"
import { readRefundRequest, requestOf } from "./refundRequest.ts"
import { type Fields, limited } from "./responseFields.ts"

const createRefund = Effect.fnUntraced(
  function* (request: WireRequest) {
    const { asked, faults, fields } = readRefundRequest(request)
    const orderId = orderIdOf(request)
    const { currency } = yield* orderHead(request, orderId, faults)
    const command = requestOf(request, orderId, currency, asked)
    if (Result.isFailure(command)) return yield* refuse(command.failure)

    const refunds = yield* Refunds
    const requested = yield* refunds.execute(command.success)
    return yield* answerOf(request, requested, fields)
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

/** The refund is committed. Kibo has no key to repeat a request by, so not being able to read the payment is no failure now. */
const answerOf = Effect.fnUntraced(function* (request: WireRequest, requested: Requested, fields: Fields | null) {
  const [first, ...more] = requested.refunds
  const headers = committed(requested)
  if (first === undefined) return { status: 200, headers } satisfies WireAnswer
  const view = yield* registeredForAnswer(request.caller, { order: first.orderId }).pipe(
    Effect.catch(() => Effect.succeed(null))
  )
  const answer: WireAnswer = { status: 200, headers, body: limited(refundOf([first, ...more], view), fields) }
  return answer
})

/** The app's claims are the older form of the bearer token. */
const credential = (headers: Readonly<Record<string, string>>): string | null => {
  const claims = headers["x-vol-app-claims"] ?? ""
  return bearer(headers) ?? (claims === "" ? null : claims)
}

export const kibo: Dialect = {
  door: "kibo",
  prefix: "/kibo",
  numbers: "text",
  credential,
  routes: [
    { method: "POST", path: "/api/commerce/orders/:orderId/refunds", handle: createRefund },
    { method: "PUT", path: "/api/commerce/orders/:orderId/refunds/:refundId", handle: resendMail },
    { method: "GET", path: "/api/commerce/orders/refunds/refundreasons", handle: listReasons },
    { method: "GET", path: "/api/commerce/orders/:orderId", handle: showOrder }
  ],
  fault,
  failure,
  correlated,
  description
}
