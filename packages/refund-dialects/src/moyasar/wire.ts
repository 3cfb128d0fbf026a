/**
 * The Moyasar Payment Gateway's "refund" as it goes over the wire, for whoever answers it and for whoever calls it.
 * Amounts are counts of the currency's minor unit; times are UTC to the second, `2024-09-15T12:27:45Z`.
 */
import { Schema, Struct } from "effect"

const optional = <S extends Schema.Top>(schema: S, message: string) =>
  Schema.optionalKey(Schema.NullOr(schema).annotate({ message }))

const aWholeNumber = "a whole number of minor units"
const minor = Schema.Number.check(Schema.isInt({ message: aWholeNumber }))

/**
 * Body of `POST /v1/orders/:id/refund`. `amount` is required and at least 1. `transaction_id` is a UUID that the caller
 * draws: it becomes the refund's transaction, and the same one again is the same refund.
 */
export const RefundRequest = Schema.Struct({
  amount: optional(minor, aWholeNumber),
  transaction_id: optional(Schema.String, "a UUID")
}).annotate({ message: "a JSON object" })
export type RefundRequest = typeof RefundRequest.Type

export const Merchant = Schema.Struct({
  id: Schema.String,
  acquirer_id: Schema.String,
  name: Schema.String,
  arabic_name: Schema.String,
  merchant_id: Schema.String,
  rule_precedence: Schema.String
})

/** The card: its first eight and last four digits, as text. */
export const Source = Schema.Struct({
  type: Schema.String,
  issuer: Schema.NullOr(Schema.String),
  card_type: Schema.NullOr(Schema.String),
  category: Schema.NullOr(Schema.String),
  country_alpha2: Schema.NullOr(Schema.String),
  scheme: Schema.String,
  first_digits: Schema.String,
  last_digits: Schema.String,
  month: Schema.Int,
  year: Schema.Int
})

export const SubMerchant = Schema.Struct({
  id: Schema.String,
  registered_name: Schema.String,
  trading_name: Schema.String,
  email: Schema.String
})

/** `status` is `approved` where the money moved. `auth_code` is null on a refund. */
export const Transaction = Schema.Struct({
  id: Schema.String,
  status: Schema.String,
  type: Schema.String,
  source_type: Schema.NullOr(Schema.String),
  reverse_reason: Schema.NullOr(Schema.String),
  justification: Schema.NullOr(Schema.String),
  reversed_transaction_id: Schema.NullOr(Schema.String),
  message: Schema.NullOr(Schema.String),
  response_code: Schema.NullOr(Schema.String),
  retrieval_reference: Schema.NullOr(Schema.String),
  stan: Schema.NullOr(Schema.String),
  auth_code: Schema.NullOr(Schema.String),
  amount: Schema.Int,
  refunded_amount: Schema.Int,
  created_at: Schema.String
})
export type Transaction = typeof Transaction.Type

/** The answer: the whole order. `refunded_amount` is the sum of its approved refund transactions. */
export const Order = Schema.Struct({
  id: Schema.String,
  merchant: Schema.NullOr(Merchant),
  currency: Schema.String,
  amount: Schema.Int,
  captured_amount: Schema.Int,
  refunded_amount: Schema.Int,
  voided_amount: Schema.Int,
  description: Schema.NullOr(Schema.String),
  created_at: Schema.String,
  updated_at: Schema.String,
  source: Schema.NullOr(Source),
  reauthorized_order_id: Schema.NullOr(Schema.String),
  airline: Schema.NullOr(Schema.Struct({ reference: Schema.String })),
  sub_merchant: Schema.NullOr(SubMerchant),
  agreement: Schema.Unknown,
  transactions: Schema.Array(Transaction)
})
export type Order = typeof Order.Type

/** What a caller reads of it: its own transaction, and whether that was reversed since. */
export const RefundedOrder = Schema.Struct({
  ...Struct.pick(Order.fields, ["id", "currency"]),
  transactions: Schema.Array(
    Schema.Struct(
      Struct.pick(Transaction.fields, [
        "id",
        "status",
        "type",
        "reverse_reason",
        "reversed_transaction_id",
        "message",
        "response_code",
        "amount",
        "created_at"
      ])
    )
  )
})
export type RefundedOrder = typeof RefundedOrder.Type

/** Every failure. `errors` comes with status 422: what is wrong, by field of the request. */
export const MoyasarError = Schema.Struct({
  message: Schema.String,
  errors: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Schema.String)))
})
export type MoyasarError = typeof MoyasarError.Type
