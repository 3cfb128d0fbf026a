/** Medusa v1's admin API, answered by the ledger: "Refund Payment". A Medusa payment is a capture. */
import { Effect, Result, Schema } from "effect"
import { CaptureId } from "refund-core/Ids"
import { leastFinal, type Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { message } from "refund-core/Violation"
import { bearer } from "../bearer.ts"
import { committed, outcome } from "../committed.ts"
import type { Dialect, WireAnswer, WireRequest } from "../Dialect.ts"
import { keyFaults, keyOf } from "../idempotencyKey.ts"
import { plainRefund } from "../plainRefund.ts"
import { needs, refuse } from "../refuse.ts"
import { failure, fault, invalidData, notRefunded, stopped } from "./errors.ts"
import { description } from "./openapi.ts"
import { refundRef } from "./refundRef.ts"
import { readRefundRequest } from "./refundRequest.ts"
import { type PostPaymentRefund, type RefundAnswer, RefundReason } from "./wire.ts"

const isCaptureId = Schema.is(CaptureId)
const isReason = Schema.is(RefundReason)
const maxShown = 255

const handle = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:request")
    const read = readRefundRequest(request.body)
    const faults = [...(Result.isFailure(read) ? read.failure : []), ...sentences(keyFaults(request))]
    if (Result.isFailure(read) || faults.length > 0) return invalidData(faults)

    const paymentId = request.params["id"] ?? ""
    if (!isCaptureId(paymentId)) {
      return yield* refuse({ _tag: "CaptureNotFound", captureId: paymentId.slice(0, maxShown) })
    }
    const refunds = yield* Refunds
    const { amount, note, reason } = read.success
    const requested = yield* refunds.execute(
      plainRefund(request, {
        at: { capture: paymentId },
        amount: BigInt(amount),
        texts: { salt: request.freshSalt(), reason, ...(typeof note === "string" ? { note } : {}) }
      })
    )
    const group = yield* outcome(request, requested)
    return answerOf(request, paymentId, group as Group, committed(requested))
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

const sentences = (faults: ReturnType<typeof keyFaults>): ReadonlyArray<string> =>
  faults.map((fault) => (fault._tag === "Malformed" ? `${fault.path} must be ${fault.expected}` : message(fault)))

/** A request makes one refund or more. */
type Group = readonly [Refund, ...Array<Refund>]

const answerOf = (
  request: WireRequest,
  paymentId: string,
  group: Group,
  headers: NonNullable<WireAnswer["headers"]>
): WireAnswer => {
  const state = leastFinal(group)
  switch (state) {
    case "failed":
    case "reversed":
      return notRefunded(headers, paymentId)
    case "denied":
    case "canceled":
      return stopped(headers, refundRef(group[0].groupId), state)
    default:
      return { status: 200, headers, body: rendered(request, paymentId, group, state) }
  }
}

const rendered = (request: WireRequest, paymentId: string, group: Group, state: Refund["state"]): RefundAnswer => {
  const [{ groupId, orderId, requestedAt, texts }] = group
  return {
    refund: {
      id: refundRef(groupId),
      order_id: orderId,
      payment_id: paymentId,
      amount: Number(group.reduce((sum, refund) => sum + refund.amount, 0n)),
      note: texts?.note ?? null,
      created_at: new Date(requestedAt).toISOString(),
      updated_at: new Date(Math.max(...group.map((refund) => refund.updatedAt))).toISOString(),
      reason: reasonOf(texts?.reason),
      idempotency_key: keyOf(request) ?? null,
      metadata: state === "settled" ? null : { state }
    }
  }
}

/** The page wants one of its five, also where the reason was removed since. */
const reasonOf = (kept: string | undefined): PostPaymentRefund["reason"] => (isReason(kept) ? kept : "other")

export const medusa: Dialect = {
  door: "medusa",
  prefix: "/medusa",
  numbers: "double",
  // The cookie session of Medusa's own admin is left out: it is no credential of ours.
  credential: (headers) => headers["x-medusa-access-token"] ?? bearer(headers),
  routes: [{ method: "POST", path: "/admin/payments/:id/refund", handle }],
  fault,
  failure,
  description
}
