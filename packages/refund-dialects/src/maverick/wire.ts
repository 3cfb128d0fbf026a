/**
 * Maverick's "Refund" as it goes over the wire, for whoever answers it and for whoever calls it. Amounts are decimals
 * of major units, written as text; a JSON number that comes in is its text. Times are UTC, `2023-05-09 15:51:36`.
 */
import { Schema, Struct } from "effect"
import { jsonObject } from "../jsonObject.ts"
import { NumberText } from "../NumberText.ts"

const aTerminal = "an object with the id of the terminal"
const aTerminalId = "a whole number from 1 to 2147483647"
const aDecimal = "a number, or a decimal in a string"
const anOrder = "an object with tax and discounts"
const anExternalId = "a string"

const isInt32 = ({ text }: NumberText): boolean => /^[1-9][0-9]{0,9}$/.test(text) && Number(text) <= 2_147_483_647

const terminalId = Schema.instanceOf(NumberText)
  .annotate({ message: aTerminalId })
  .check(Schema.makeFilter(isInt32, { message: aTerminalId }))
  .pipe(Schema.annotateKey({ messageMissingKey: aTerminalId }))

// Each member says it too: a value that can only be meant for one of them is judged by that one alone.
const decimal = Schema.Union([
  Schema.instanceOf(NumberText).annotate({ message: aDecimal }),
  Schema.String.annotate({ message: aDecimal })
]).annotate({ message: aDecimal })
const restated = Schema.optionalKey(Schema.NullOr(decimal).annotate({ message: aDecimal }))

/**
 * Body of `POST /payment/:id/refund`. `amount` absent is all that is left to refund on the payment. `order.tax` and
 * `order.discounts` restate what the original order had. `externalId` is the caller's own name for the refund, by which it
 * finds it again. All else, read-only in the answer, is ignored.
 */
export const RefundRequest = jsonObject(
  {
    terminal: jsonObject({ id: terminalId }, aTerminal).pipe(Schema.annotateKey({ messageMissingKey: aTerminal })),
    amount: Schema.optionalKey(decimal),
    order: Schema.optionalKey(
      Schema.NullOr(jsonObject({ tax: restated, discounts: restated }, anOrder)).annotate({ message: anOrder })
    ),
    externalId: Schema.optionalKey(Schema.NullOr(Schema.String).annotate({ message: anExternalId }))
  },
  "a JSON object"
)
export type RefundRequest = typeof RefundRequest.Type
export const refundRequestNames = ["terminal", "amount", "order", "externalId"]

const nullable = Schema.NullOr
const YesNo = Schema.Literals(["Yes", "No"])

/** `number` is the last four digits as an integer: leading zeros are lost. */
export const Card = Schema.Struct({
  bin: nullable(Schema.Int),
  name: nullable(Schema.String),
  number: nullable(Schema.Int),
  exp: nullable(Schema.String),
  verification: nullable(Schema.Struct({ cvv: nullable(Schema.String), address: nullable(Schema.String) })),
  networkTransactionId: nullable(Schema.String)
})

export const PaymentStatus = Schema.Literals(["Approved", "InProgress", "Decline", "Error"])
export type PaymentStatus = typeof PaymentStatus.Type

/** Every payment has this form. A refund is one of `type` Return, and `parent` is the payment it gives back. */
export const Payment = Schema.Struct({
  id: Schema.Int,
  amount: Schema.String,
  origin: nullable(Schema.String),
  type: nullable(Schema.String),
  level: nullable(Schema.Int),
  authCode: nullable(Schema.String),
  parent: Schema.Struct({ id: nullable(Schema.Union([Schema.Int, Schema.String])) }),
  terminal: Schema.Struct({ id: nullable(Schema.Int) }),
  threeds: Schema.Struct({ id: Schema.Unknown }),
  card: Card,
  contact: Schema.Unknown,
  externalId: nullable(Schema.String),
  isRecurring: nullable(YesNo),
  split: Schema.Unknown,
  refunded: Schema.Boolean,
  captured: Schema.Boolean,
  history: Schema.Array(Schema.Unknown),
  order: Schema.Unknown,
  feeTransaction: Schema.Unknown,
  batch: Schema.Struct({
    id: nullable(Schema.Int),
    number: nullable(Schema.Union([Schema.Int, Schema.String])),
    batchedOn: nullable(Schema.String)
  }),
  ip: Schema.Unknown,
  status: Schema.Struct({ status: PaymentStatus, reason: nullable(Schema.String) }),
  updatedOn: Schema.String,
  createdOn: Schema.String
})
export type Payment = typeof Payment.Type

/** What a caller reads of a refund. `externalId` is what the request sent along, where the gateway keeps it. */
export const Return = Schema.Struct(
  Struct.pick(Payment.fields, ["id", "amount", "type", "parent", "externalId", "status"])
)
export type Return = typeof Return.Type

/** `GET /payments?filter[…]=…`. At the vendor a filter that is not understood finds everything. */
export const PaymentList = Schema.Struct({
  items: Schema.Array(Schema.Unknown),
  _meta: Schema.Struct({
    totalCount: Schema.Int,
    pageCount: Schema.optionalKey(Schema.Int),
    currentPage: Schema.optionalKey(Schema.Int),
    perPage: Schema.optionalKey(Schema.Int)
  })
})
export type PaymentList = typeof PaymentList.Type

/** Every failure; `status` repeats the HTTP status. */
export const MaverickError = Schema.Struct({
  name: Schema.String,
  message: Schema.String,
  code: Schema.Int,
  status: Schema.Int
})
export type MaverickError = typeof MaverickError.Type
