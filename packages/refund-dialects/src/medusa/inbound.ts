/** Medusa v1's admin API, answered by the ledger: "Refund Payment". A Medusa payment is a capture. */
import { Effect, Result, Schema } from "effect"
import type { RequestRefund } from "refund-core/Command"
import { CaptureId } from "refund-core/Ids"
import { may } from "refund-core/Permission"
import { Outcomes } from "refund-core/ports/Outcomes"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import { message, rejected } from "refund-core/Violation"
import type { Dialect, WireAnswer, WireRequest } from "../Dialect.ts"
import { keyFaults, keyOf } from "../idempotencyKey.ts"
import { leastFinal } from "../leastFinal.ts"
import { failure, fault, invalidData, notRefunded, stopped, unauthorized } from "./errors.ts"
import { refundRef } from "./refundRef.ts"
import { readRefundRequest } from "./refundRequest.ts"
import { type PostPaymentRefund, type RefundAnswer, RefundReason } from "./wire.ts"

const isCaptureId = Schema.is(CaptureId)
const isReason = Schema.is(RefundReason)
const maxShown = 255

const handle = Effect.fnUntraced(
  function* (request: WireRequest) {
    if (!may(request.caller.by, "refunds:request")) return unauthorized
    const read = readRefundRequest(request.body)
    const faults = [...(Result.isFailure(read) ? read.failure : []), ...sentences(keyFaults(request))]
    if (Result.isFailure(read) || faults.length > 0) return invalidData(faults)

    const paymentId = request.params["id"] ?? ""
    if (!isCaptureId(paymentId)) return failure(noSuchPayment(paymentId))
    const refunds = yield* Refunds
    const requested = yield* refunds.execute(commandOf(request, paymentId, read.success))
    return yield* outcome(request, paymentId, requested)
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

const sentences = (faults: ReturnType<typeof keyFaults>): ReadonlyArray<string> =>
  faults.map((fault) => (fault._tag === "Malformed" ? `${fault.path} must be ${fault.expected}` : message(fault)))

const noSuchPayment = (id: string) => rejected([{ _tag: "CaptureNotFound", captureId: id.slice(0, maxShown) }])

const commandOf = (request: WireRequest, paymentId: CaptureId, asked: PostPaymentRefund): RequestRefund => {
  const key = keyOf(request)
  return {
    _tag: "RequestRefund",
    caller: request.caller,
    at: { capture: paymentId },
    amount: BigInt(asked.amount),
    type: "default",
    destination: "original",
    settled: false,
    requiresApproval: false,
    skipEvents: false,
    texts: {
      salt: request.freshSalt(),
      reason: asked.reason,
      ...(typeof asked.note === "string" ? { note: asked.note } : {})
    },
    ids: { group: request.freshId(), seed: request.freshId() },
    once: { chosen: false, operation: request.operation, ...(key === undefined ? {} : { key }) }
  }
}

/** The refund is committed: whatever happens to the waiting, the answer says it was made. */
const outcome = Effect.fnUntraced(function* (request: WireRequest, paymentId: CaptureId, requested: Requested) {
  const outcomes = yield* Outcomes
  const group = yield* outcomes
    .wait(request.caller.tenant, requested.groupId)
    .pipe(Effect.catch(() => Effect.succeed(requested.refunds)))
  const [first, ...more] = group
  return first === undefined ? failure(noSuchPayment(paymentId)) : answerOf(request, paymentId, [first, ...more])
})

type Group = readonly [Refund, ...Array<Refund>]

const answerOf = (request: WireRequest, paymentId: CaptureId, group: Group): WireAnswer => {
  const state = leastFinal(group)
  const { groupId } = group[0]
  const headers = { "refund-id": groupId }
  switch (state) {
    case "failed":
    case "reversed":
      return notRefunded(headers, paymentId)
    case "denied":
    case "canceled":
      return stopped(headers, refundRef(groupId), state)
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
      reason: isReason(texts?.reason) ? texts.reason : "other",
      idempotency_key: keyOf(request) ?? null,
      metadata: state === "settled" ? null : { state }
    }
  }
}

/** The cookie session of Medusa's own admin is left out: it is no credential of ours. */
const credential = (headers: Readonly<Record<string, string>>): string | null =>
  headers["x-medusa-access-token"] ?? /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? null

export const medusa: Dialect = {
  door: "medusa",
  prefix: "/medusa",
  numbers: "double",
  credential,
  routes: [{ method: "POST", path: "/admin/payments/:id/refund", handle }],
  fault,
  failure
}
