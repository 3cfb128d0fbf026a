/** A payment by its id: a capture, or a refund of ours. */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { CaptureId } from "refund-core/Ids"
import { findCapture } from "refund-core/Order"
import { Refunds } from "refund-core/Refunds"
import type { Rejected } from "refund-core/Violation"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { refuse } from "../refuse.ts"
import { captureFields, registeredForAnswer } from "../rendering.ts"
import { failure } from "./errors.ts"
import { captureIdOf, firstNumber, isReturn, numberOfRefund, returnOf } from "./payment.ts"
import { saleOf } from "./sale.ts"

export const lookUp = Effect.fnUntraced(
  function* (request: WireRequest) {
    return { status: 200, body: yield* paymentById(request.caller, captureIdOf(request)) } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

/** A registered payment always wins; else the numbers from 2^40 on are those of our refunds. */
export const paymentById = Effect.fnUntraced(function* (caller: Caller, id: CaptureId) {
  const number = numberOfRefund(id)
  const isRefund = number !== null && !(yield* isRegistered(caller, id))
  return yield* isRefund ? refundByNumber(caller, number) : captureById(caller, id)
})

const isRegistered = (caller: Caller, captureId: CaptureId) =>
  registeredForAnswer(caller, { capture: captureId }).pipe(
    Effect.as(true),
    Effect.catchTag("Rejected", () => Effect.succeed(false))
  )

const captureById = (caller: Caller, captureId: CaptureId) =>
  Refunds.use((refunds) => refunds.order(caller, { capture: captureId })).pipe(
    Effect.flatMap((view) => {
      const capture = findCapture(view.head, captureId)
      return capture === undefined ? notFound(captureId) : Effect.succeed(saleOf(view, capture))
    })
  )

const refundByNumber = Effect.fnUntraced(function* (caller: Caller, number: number) {
  const id = String(firstNumber + number)
  const refunds = yield* Refunds
  const found = yield* refunds.group(caller, { number }).pipe(Effect.catchTag("Rejected", asPayment(id)))
  const refund = found.find((each) => each.number === number)
  if (refund === undefined || refund.captureId === null || !isReturn(refund)) return yield* notFound(id)
  const { texts } = yield* registeredForAnswer(caller, { order: refund.orderId })
  return returnOf([refund], captureFields(texts, refund.captureId, "maverick"))
})

const notFound = (id: string) => refuse({ _tag: "CaptureNotFound", captureId: id })

/** Everything is a payment here, also what is not there. */
const asPayment = (id: string) => (refused: Rejected) =>
  refused.violations[0]._tag === "RefundNotFound" ? notFound(id) : Effect.fail(refused)
