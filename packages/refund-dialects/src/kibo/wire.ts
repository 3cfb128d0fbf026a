/**
 * Kibo Composable Commerce, "Create Refund", as it goes over the wire, for whoever answers it and for whoever calls it.
 * Request and answer are the same schema at Kibo; of a request only what is asked for is read. A JSON number is its text.
 */
import { Schema } from "effect"
import { jsonObject } from "../jsonObject.ts"
import { NumberText } from "../NumberText.ts"

const aText = "a string"
const aNumber = "a number"
const anObject = "an object"

const optional = <S extends Schema.Top>(schema: S, message: string) =>
  Schema.optionalKey(Schema.NullOr(schema).annotate({ message }))

const Decimal = Schema.instanceOf(NumberText).annotate({ message: aNumber })

/** What may be asked for; all else that the page's schema has (id, auditInfo, the rest of the payment) is Kibo's to say. */
const requestFields = {
  orderId: optional(Schema.String, aText),
  amount: optional(Decimal, aNumber),
  reason: optional(Schema.String, aText),
  reasonCode: optional(Schema.String, aText),
  refundMethod: optional(Schema.String, aText),
  payment: optional(jsonObject({ id: optional(Schema.String, aText) }, anObject), anObject)
}
export const requestNames = Object.keys(requestFields)
export const RefundRequest = jsonObject(requestFields, "a JSON object")
export type RefundRequest = typeof RefundRequest.Type

const Text = Schema.NullOr(Schema.String)

export const AuditInfo = Schema.Struct({
  createDate: Text,
  createBy: Text,
  updateDate: Text,
  updateBy: Text
})

/** One step of the interchange with the payment service. A refund is a `Credit` that names it in `refundId`. */
export const PaymentInteraction = Schema.Struct({
  id: Text,
  paymentId: Text,
  orderId: Text,
  currencyCode: Text,
  interactionType: Text,
  status: Text,
  isManual: Schema.Boolean,
  isPending: Schema.Boolean,
  gatewayTransactionId: Text,
  amount: Schema.NullOr(Decimal),
  interactionDate: Text,
  refundId: Text
})
export type PaymentInteraction = typeof PaymentInteraction.Type

/** The ledger knows these; what else was registered with the capture is given back beside them as it came. */
export const Payment = Schema.StructWithRest(
  Schema.Struct({
    id: Schema.String,
    orderId: Schema.String,
    paymentServiceTransactionId: Text,
    interactions: Schema.Array(Schema.Unknown),
    amountCollected: Decimal,
    amountCredited: Decimal,
    amountRequested: Schema.Unknown
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type Payment = typeof Payment.Type

/** `payment` is there where all of the refund goes back to one payment. */
export const Refund = Schema.Struct({
  id: Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/u)),
  orderId: Schema.String,
  reason: Text,
  reasonCode: Text,
  payment: Schema.optionalKey(Payment),
  amount: Decimal,
  refundMethod: Text,
  auditInfo: AuditInfo
})
export type Refund = typeof Refund.Type

/** `GET …/orders/refunds/refundreasons`. */
export const RefundReasons = Schema.Struct({
  totalCount: Schema.Int,
  items: Schema.Array(Schema.Struct({ reasonCode: Schema.String, name: Schema.String, needsMoreInfo: Schema.Boolean }))
})

/** An order with its payments and refunds; all else of it is as it was registered with the order. */
export const Order = Schema.StructWithRest(
  Schema.Struct({
    id: Schema.String,
    currencyCode: Schema.String,
    total: Schema.NullOr(Decimal),
    totalCollected: Decimal,
    amountRefunded: Decimal,
    amountAvailableForRefund: Decimal,
    payments: Schema.Array(Payment),
    refunds: Schema.Array(Refund)
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type Order = typeof Order.Type

// ── as it is read by whoever asked ───────────────────────────────────────────────────────────────────────────────────

const maybe = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** Kibo leaves out what it has nothing to say of. */
export const InteractionRead = Schema.Struct({
  interactionType: maybe(Schema.String),
  refundId: maybe(Schema.String),
  status: maybe(Schema.String),
  isPending: maybe(Schema.Boolean),
  amount: maybe(Decimal),
  currencyCode: maybe(Schema.String),
  interactionDate: maybe(Schema.String)
})
export type InteractionRead = typeof InteractionRead.Type

const PaymentRead = Schema.Struct({ id: maybe(Schema.String), interactions: maybe(Schema.Array(Schema.Unknown)) })

/** Of `reason`, whoever asked knows its own refund again. */
export const RefundRead = Schema.Struct({
  id: Schema.NonEmptyString,
  orderId: maybe(Schema.String),
  reason: maybe(Schema.String),
  amount: Decimal,
  payment: maybe(PaymentRead)
})
export type RefundRead = typeof RefundRead.Type

/** `GET /api/commerce/orders/{orderId}`, as far as its refunds go. They are read one by one: only one of them is ours. */
export const OrderRead = Schema.Struct({
  id: Schema.NonEmptyString,
  currencyCode: maybe(Schema.String),
  refunds: maybe(Schema.Array(Schema.Unknown)),
  payments: maybe(Schema.Array(PaymentRead))
})
export type OrderRead = typeof OrderRead.Type

export const ErrorData = Schema.Struct({ name: Schema.String, value: Schema.String })
export type ErrorData = typeof ErrorData.Type

const errorFields = {
  errorCode: Schema.String,
  message: Schema.String,
  additionalErrorData: Schema.Array(ErrorData)
}
export const ErrorItem = Schema.Struct({ applicationName: Schema.String, ...errorFields })
export type ErrorItem = typeof ErrorItem.Type

/** Every failure. `items` says each of several; the first is the error's own. */
export const KiboError = Schema.Struct({
  ...ErrorItem.fields,
  items: Schema.Array(ErrorItem),
  correlationId: Schema.optionalKey(Schema.String)
})
export type KiboError = typeof KiboError.Type

/** What a caller reads of it. */
export const ErrorRead = Schema.Struct({ errorCode: Schema.NonEmptyString, message: maybe(Schema.String) })
export type ErrorRead = typeof ErrorRead.Type
