/** Medusa's "Create a Refund" of an order. It names no payment, so one is named here: the first that has so much left. */
import { Effect, Result } from "effect"
import type { CaptureId, OrderId } from "refund-core/Ids"
import { type OrderHead, orderRefundable, shownRefundable } from "refund-core/Order"
import { Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import type { Rejected } from "refund-core/Violation"
import { committed, outcome } from "../committed.ts"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { keyFaults, keyOf } from "../idempotencyKey.ts"
import { orderHead } from "../orderHead.ts"
import { plainRefund } from "../plainRefund.ts"
import { needs } from "../refuse.ts"
import { orderForAnswer } from "../rendering.ts"
import { failureOfOrder, invalidData } from "./errors.ts"
import { orderOf } from "./order.ts"
import { keySentences, notTaken } from "./outcome.ts"
import { orderIdOf } from "./reading.ts"
import { type Group, ofOrder } from "./refund.ts"
import { readOrderRefund } from "./refundRequest.ts"
import type { PostOrderRefund } from "./wire.ts"

export const refundOrder = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:request")
    const read = readOrderRefund(request.body)
    const faults = [...(Result.isFailure(read) ? read.failure : []), ...keySentences(keyFaults(request))]
    if (Result.isFailure(read) || faults.length > 0) return invalidData(faults)

    const order = orderIdOf(request)
    const head = yield* orderHead(request, order)
    const requested = yield* requestFrom(request, order, read.success, candidates(head, BigInt(read.success.amount)))
    const group = (yield* outcome(request, requested)) as Group
    const refused = notTaken(group, requested, `Payment ${group[0].captureId}`)
    return refused ?? (yield* answerOf(request, order, requested))
  },
  Effect.catch((refused) => Effect.succeed(failureOfOrder(refused)))
)

type Named = CaptureId | null

/**
 * Which payment the refund is asked of: the one that is chosen now, and then all others. Null names none: where the
 * tenant's policy lets that pass, the refund goes back to the order's payments in turn.
 */
const candidates = (head: OrderHead, amount: bigint): readonly [Named, ...Array<Named>] => {
  const captured = head.captures.filter((capture) => capture.capturedAt !== null)
  const [first] = captured.length > 0 ? captured : head.captures
  const enough = captured.find((capture) => shownRefundable(head, capture) >= amount)
  const isSpread = enough === undefined && captured.length > 1 && amount <= orderRefundable(head)
  const chosen = enough?.id ?? (isSpread ? null : (first?.id ?? null))
  return [chosen, ...[...head.captures.map(({ id }) => id), null].filter((each) => each !== chosen)]
}

/**
 * The payment was chosen here, not by who asks: a request that is sent again may have been given another one the first
 * time. A key that was used is asked about with each; only the very same request is the same refund, the others make none.
 */
const requestFrom = Effect.fnUntraced(function* (
  request: WireRequest,
  order: OrderId,
  { amount, note, no_notification, reason }: PostOrderRefund,
  [chosen, ...others]: readonly [Named, ...Array<Named>]
) {
  const refunds = yield* Refunds
  const ask = (captureId: Named) =>
    refunds.execute(
      plainRefund(request, {
        at: { order },
        amount: BigInt(amount),
        ...(captureId === null ? {} : { captureId }),
        texts: {
          salt: request.freshSalt(),
          reason,
          ...(typeof note === "string" ? { note } : {}),
          metadata: typeof no_notification === "boolean" ? { medusa: { ...ofOrder.medusa, no_notification } } : ofOrder
        }
      })
    )
  let tried = yield* Effect.result(ask(chosen))
  for (const other of others) {
    if (Result.isSuccess(tried) || !isReused(tried.failure) || keyOf(request) === undefined) break
    const again = yield* Effect.result(ask(other))
    if (Result.isSuccess(again) || !isReused(again.failure)) tried = again
  }
  return yield* Effect.fromResult(tried)
})

const isReused = (failure: Rejected | { readonly _tag: "LedgerUnavailable" }): boolean =>
  failure._tag === "Rejected" && failure.violations[0]._tag === "IdempotencyKeyReused"

/** The refund is committed, whatever is read now. */
const answerOf = (request: WireRequest, order: OrderId, requested: Requested) =>
  orderForAnswer(request.caller, { order }).pipe(
    Effect.map((view): WireAnswer => ({ status: 200, body: { order: orderOf(view) } })),
    Effect.catch((unread) => Effect.succeed(failureOfOrder(unread))),
    Effect.map((answer): WireAnswer => ({ ...answer, headers: { ...answer.headers, ...committed(requested) } }))
  )
