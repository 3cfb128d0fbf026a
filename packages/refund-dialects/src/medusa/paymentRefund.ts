/** Medusa's "Refund Payment". */
import { Effect, Result, Schema } from "effect"
import { CaptureId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { committed, outcome } from "../committed.ts"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { keyFaults, keyOf } from "../idempotencyKey.ts"
import { plainRefund } from "../plainRefund.ts"
import { needs, refuse } from "../refuse.ts"
import { failure, invalidData } from "./errors.ts"
import { keySentences, notTaken } from "./outcome.ts"
import { type Group, refundOf } from "./refund.ts"
import { readPaymentRefund } from "./refundRequest.ts"
import type { RefundAnswer } from "./wire.ts"

const isCaptureId = Schema.is(CaptureId)
const maxShown = 255

/** An id that no payment can have is not found. */
export const captureIdOf = ({ params }: WireRequest) => {
  const id = params["id"] ?? ""
  return isCaptureId(id) ? Effect.succeed(id) : refuse({ _tag: "CaptureNotFound", captureId: id.slice(0, maxShown) })
}

export const refundPayment = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:request")
    const read = readPaymentRefund(request.body)
    const faults = [...(Result.isFailure(read) ? read.failure : []), ...keySentences(keyFaults(request))]
    if (Result.isFailure(read) || faults.length > 0) return invalidData(faults)

    const capture = yield* captureIdOf(request)
    const refunds = yield* Refunds
    const { amount, note, reason } = read.success
    const requested = yield* refunds.execute(
      plainRefund(request, {
        at: { capture },
        amount: BigInt(amount),
        texts: { salt: request.freshSalt(), reason, ...(typeof note === "string" ? { note } : {}) }
      })
    )
    const group = (yield* outcome(request, requested)) as Group
    const headers = committed(requested)
    const body: RefundAnswer = { refund: refundOf(group, keyOf(request) ?? null) }
    const answer: WireAnswer = { status: 200, headers, body }
    return notTaken(group, requested, `Payment ${capture}`) ?? answer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)
