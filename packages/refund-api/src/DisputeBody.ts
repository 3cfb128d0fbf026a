/** The body of `POST /v1/orders/{orderId}/disputes`: a chargeback was opened, won or lost. */
import { Result, Schema } from "effect"
import type { Caller, RecordDispute } from "refund-core/Command"
import type { CaptureId, OrderId } from "refund-core/Ids"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor } from "./Amount.ts"
import { decoder, identifier } from "./Shape.ts"
import { Time } from "./Time.ts"

export const DisputeBody = Schema.Struct({
  id: identifier,
  captureId: identifier,
  amount: Minor,
  state: Schema.Literals(["open", "won", "lost"]),
  at: Time
})
export type DisputeJson = typeof DisputeBody.Encoded

const decode = decoder(DisputeBody)

export const toRecordDispute = (
  body: unknown,
  { caller, orderId }: { readonly caller: Caller; readonly orderId: OrderId }
): Result.Result<RecordDispute, Rejected> =>
  decode(body).pipe(
    Result.mapError(rejected),
    Result.map((dispute) => ({
      _tag: "RecordDispute",
      caller,
      orderId,
      dispute: { ...dispute, captureId: dispute.captureId as CaptureId }
    }))
  )
