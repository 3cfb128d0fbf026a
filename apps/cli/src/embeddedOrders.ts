/** Of a file: money that was taken for an order, and chargebacks. */
import { Effect } from "effect"
import { type DisputeJson, toRecordDispute } from "refund-api/DisputeBody"
import type { RegisteredBody } from "refund-api/LedgerBody"
import { type CaptureJson, toAddCaptures } from "refund-api/OrderBody"
import type { Caller } from "refund-core/Command"
import type { OrderId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { freshSalt } from "refund-service/freshIds"

export const addCapture = Effect.fnUntraced(function* (caller: Caller, orderId: OrderId, body: CaptureJson) {
  const refunds = yield* Refunds
  const command = yield* Effect.fromResult(toAddCaptures(body, { caller, orderId, freshSalt }))
  const { changed, created } = yield* refunds.execute(command)
  return { id: orderId, created, changed } satisfies RegisteredBody
})

export const recordDispute = Effect.fnUntraced(function* (caller: Caller, orderId: OrderId, body: DisputeJson) {
  const refunds = yield* Refunds
  const { changed, created } = yield* refunds.execute(
    yield* Effect.fromResult(toRecordDispute(body, { caller, orderId }))
  )
  return { id: orderId, created, changed } satisfies RegisteredBody
})
