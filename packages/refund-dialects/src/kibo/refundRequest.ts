/** What Kibo's "Create Refund" asks of the ledger. */
import { Result, Schema } from "effect"
import type { RequestRefund } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import { CaptureId, type OrderId } from "refund-core/Ids"
import type { Destination } from "refund-core/Refund"
import type { Violation } from "refund-core/Violation"
import type { WireRequest } from "../Dialect.ts"
import { readDecimal } from "../decimals.ts"
import { textFaults } from "../freeText.ts"
import { keyFaults } from "../idempotencyKey.ts"
import { malformed } from "../malformed.ts"
import { misspelled } from "../misspelled.ts"
import { plainRefund } from "../plainRefund.ts"
import { type Fields, readResponseFields } from "./responseFields.ts"
import { RefundRequest, requestNames } from "./wire.ts"

export interface Read {
  /** What could be read; nothing of a body with faults. */
  readonly asked: RefundRequest
  readonly fields: Fields | null
  readonly faults: ReadonlyArray<Violation>
}

const decode = Schema.decodeUnknownResult(RefundRequest, { errors: "all" })

/** An absent body is an empty one: the page does not require it. */
export const readRefundRequest = (request: WireRequest): Read => {
  const body = request.body === undefined ? {} : request.body
  const fields = readResponseFields(request.query["responseFields"])
  const others = [
    ...misspelled(body, requestNames),
    ...keyFaults(request),
    ...(Result.isFailure(fields) ? [malformedFields(fields.failure)] : [])
  ]
  const decoded = decode(body)
  const limits = Result.getOrElse(fields, () => null)
  if (Result.isFailure(decoded))
    return { asked: {}, fields: limits, faults: [...malformed(decoded.failure), ...others] }
  const asked = decoded.success
  return { asked, fields: limits, faults: [...others, ...faultsOf(request, asked)] }
}

const malformedFields = (expected: string): Violation => ({ _tag: "Malformed", path: "responseFields", expected })

const isCaptureId = Schema.is(CaptureId)

const faultsOf = (request: WireRequest, { orderId, payment, reason, reasonCode, refundMethod }: RefundRequest) => {
  const faults: Array<Violation> = []
  if (orderId != null && orderId !== request.params["orderId"]) {
    faults.push({ _tag: "Malformed", path: "orderId", expected: "the order that the path names" })
  }
  if (payment?.id != null && !isCaptureId(payment.id)) {
    faults.push({ _tag: "Malformed", path: "payment.id", expected: "1 to 255 characters" })
  }
  return [
    ...faults,
    ...textFaults("reason", reason),
    ...textFaults("reasonCode", reasonCode),
    ...textFaults("refundMethod", refundMethod)
  ]
}

export const requestOf = (
  request: WireRequest,
  order: OrderId,
  currency: CurrencyCode,
  asked: RefundRequest
): Result.Result<RequestRefund, Violation> => {
  const amount = asked.amount == null ? Result.succeed(null) : readDecimal("amount", asked.amount, currency)
  const paymentId = asked.payment?.id
  return Result.map(amount, (amount) => ({
    ...plainRefund(request, {
      at: { order },
      amount,
      texts: {
        salt: request.freshSalt(),
        ...(asked.reason == null ? {} : { reason: asked.reason }),
        ...metadataOf(asked)
      },
      ...(paymentId == null ? {} : { captureId: paymentId as CaptureId })
    }),
    destination: destinationOf(asked.refundMethod)
  }))
}

/** No list of refund methods is published. Store credit is the one that the page itself names; others are kept as words. */
const destinationOf = (refundMethod: string | null | undefined): Destination =>
  /^\s*store\s?credit\s*$/i.test(refundMethod ?? "") ? "store_credit" : "original"

const metadataOf = ({ reasonCode, refundMethod }: RefundRequest) => {
  const kibo = {
    ...(reasonCode == null ? {} : { reasonCode }),
    ...(refundMethod == null ? {} : { refundMethod })
  }
  return Object.keys(kibo).length === 0 ? {} : { metadata: { kibo } }
}
