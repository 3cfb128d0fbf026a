/** What Maverick's "Refund" asks of the ledger, with its two "Important" rules: a payment is named by the path, and tax and discounts may be restated. */
import { Result, Schema } from "effect"
import type { RequestRefund } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId } from "refund-core/Ids"
import type { Violation } from "refund-core/Violation"
import type { WireRequest } from "../Dialect.ts"
import { readDecimal } from "../decimals.ts"
import { textFaults } from "../freeText.ts"
import { keyFaults } from "../idempotencyKey.ts"
import { malformed } from "../malformed.ts"
import { misspelled } from "../misspelled.ts"
import type { NumberText } from "../NumberText.ts"
import { plainRefund } from "../plainRefund.ts"
import { RefundRequest, refundRequestNames } from "./wire.ts"

const decode = Schema.decodeUnknownResult(RefundRequest, { errors: "all" })

/** An absent body is an empty one. */
export const readRefundRequest = (request: WireRequest): Result.Result<RefundRequest, ReadonlyArray<Violation>> => {
  const decoded = Result.mapError(decode(request.body === undefined ? {} : request.body), malformed)
  const others = [
    ...misspelled(request.body, refundRequestNames),
    ...keyFaults(request),
    ...(Result.isSuccess(decoded) ? externalIdFaults(decoded.success.externalId) : [])
  ]
  if (Result.isFailure(decoded)) return Result.fail([...decoded.failure, ...others])
  return others.length > 0 ? Result.fail(others) : decoded
}

const maxExternalIdLength = 255
const isUuid = Schema.is(Schema.String.check(Schema.isUUID()))

/** A UUID may look like a card number, and is none. */
const externalIdFaults = (id: string | null | undefined): ReadonlyArray<Violation> =>
  isUuid(id) ? [] : textFaults("externalId", id, maxExternalIdLength)

/** The payment to refund. `terminalId` is null where nobody registered its terminal. */
export interface Parent {
  readonly captureId: CaptureId
  readonly currency: CurrencyCode
  readonly terminalId: string | null
}

export const commandOf = (
  request: WireRequest,
  asked: RefundRequest,
  { captureId, currency, terminalId }: Parent
): Result.Result<RequestRefund, ReadonlyArray<Violation>> => {
  const { amount, externalId, order, terminal } = asked
  const read: Result.Result<bigint | "all", Violation> =
    amount === undefined ? Result.succeed("all") : readDecimal("amount", amount, currency)
  const faults = [
    ...(terminalId === null || terminalId === terminal.id.text ? [] : [notItsTerminal(captureId)]),
    ...(Result.isFailure(read) ? [read.failure] : []),
    ...restatedFaults("order.tax", order?.tax, currency),
    ...restatedFaults("order.discounts", order?.discounts, currency)
  ]
  if (Result.isFailure(read) || faults.length > 0) return Result.fail(faults)
  return Result.succeed({
    ...plainRefund(request, {
      at: { capture: captureId },
      amount: read.success,
      restated: { tax: isPresent(order?.tax), discounts: isPresent(order?.discounts) },
      texts: { salt: request.freshSalt(), metadata: { maverick: { terminal: { id: Number(terminal.id.text) } } } }
    }),
    ...(externalId ? { reference: externalId } : {})
  })
}

const notItsTerminal = (captureId: CaptureId): Violation => ({
  _tag: "Malformed",
  path: "terminal.id",
  expected: `the terminal of payment ${captureId}`
})

/** Present is there and not null: 0 restates that there was none. */
const isPresent = (value: NumberText | string | null | undefined): boolean => value !== undefined && value !== null

const restatedFaults = (
  field: string,
  value: NumberText | string | null | undefined,
  currency: CurrencyCode
): ReadonlyArray<Violation> => {
  if (value === undefined || value === null) return []
  const read = readDecimal(field, value, currency)
  if (Result.isFailure(read)) return [read.failure]
  return read.success < 0n ? [{ _tag: "Malformed", path: field, expected: "0 or more" }] : []
}
