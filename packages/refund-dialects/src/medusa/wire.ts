/** Medusa v1's "Refund Payment" as it goes over the wire, for whoever answers it and for whoever calls it. */
import { Schema, Struct } from "effect"

export const RefundReason = Schema.Literals(["discount", "return", "swap", "claim", "other"])
export type RefundReason = typeof RefundReason.Type

/** Body of `POST /admin/payments/:id/refund`. `amount` counts the currency's minor unit; unknown properties are refused. */
export const PostPaymentRefund = Schema.Struct({
  amount: Schema.Int,
  reason: RefundReason,
  note: Schema.optionalKey(Schema.NullOr(Schema.String))
})
export type PostPaymentRefund = typeof PostPaymentRefund.Type

/** Body of `POST /admin/orders/:id/refund`. Its validator takes any string for a reason. */
export const PostOrderRefund = Schema.Struct({
  amount: Schema.Int,
  reason: Schema.NonEmptyString,
  note: Schema.optionalKey(Schema.NullOr(Schema.String)),
  no_notification: Schema.optionalKey(Schema.NullOr(Schema.Boolean))
})
export type PostOrderRefund = typeof PostOrderRefund.Type

/** `order` and `payment` come only where they are expanded, which this call never does: absent, not null. */
export const MedusaRefund = Schema.Struct({
  id: Schema.String,
  order_id: Schema.NullOr(Schema.String),
  payment_id: Schema.NullOr(Schema.String),
  amount: Schema.Int,
  note: Schema.NullOr(Schema.String),
  created_at: Schema.String,
  updated_at: Schema.String,
  reason: RefundReason,
  idempotency_key: Schema.NullOr(Schema.String),
  metadata: Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown))
})
export type MedusaRefund = typeof MedusaRefund.Type

export const RefundAnswer = Schema.Struct({ refund: MedusaRefund })
export type RefundAnswer = typeof RefundAnswer.Type

const Text = Schema.NullOr(Schema.String)
const Metadata = Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown))

/** `GET /admin/payments/:id`. Relations are absent here too. */
export const MedusaPayment = Schema.Struct({
  id: Schema.String,
  swap_id: Text,
  cart_id: Text,
  order_id: Text,
  amount: Schema.Int,
  currency_code: Schema.String,
  amount_refunded: Schema.Int,
  provider_id: Schema.String,
  data: Schema.Record(Schema.String, Schema.Unknown),
  captured_at: Text,
  canceled_at: Text,
  idempotency_key: Text,
  created_at: Schema.String,
  updated_at: Schema.String,
  metadata: Metadata
})
export type MedusaPayment = typeof MedusaPayment.Type

export const PaymentStatus = Schema.Literals(["not_paid", "awaiting", "captured", "partially_refunded", "refunded"])
export type PaymentStatus = typeof PaymentStatus.Type

/** An order with its payments and refunds; all else of it is as it was registered with the order, or null. */
export const MedusaOrder = Schema.StructWithRest(
  Schema.Struct({
    id: Schema.String,
    object: Schema.Literal("order"),
    payment_status: PaymentStatus,
    currency_code: Schema.String,
    customer_id: Text,
    paid_total: Schema.Int,
    refunded_total: Schema.Int,
    refundable_amount: Schema.Int,
    created_at: Schema.String,
    updated_at: Schema.String,
    payments: Schema.Array(MedusaPayment),
    refunds: Schema.Array(MedusaRefund)
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
export type MedusaOrder = typeof MedusaOrder.Type

/** What a caller reads of it. `metadata.state`: a ledger like this one says that it is not settled yet. */
export const RefundRead = Schema.Struct({
  refund: Schema.Struct(
    Struct.pick(MedusaRefund.fields, ["id", "payment_id", "amount", "note", "updated_at", "metadata"])
  )
})
export type RefundRead = typeof RefundRead.Type

export const ErrorCode = Schema.Literals(["invalid_state_error", "invalid_request_error", "api_error", "unknown_error"])

export const ErrorType = Schema.Literals([
  "QueryRunnerAlreadyReleasedError",
  "TransactionAlreadyStartedError",
  "TransactionNotStartedError",
  "conflict",
  "unauthorized",
  "payment_authorization_error",
  "duplicate_error",
  "not_allowed",
  "invalid_data",
  "not_found",
  "database_error",
  "unexpected_state",
  "invalid_argument",
  "unknown_error"
])
export type ErrorType = typeof ErrorType.Type

/** Every failure but 401, which is the text `Unauthorized`. */
export const MedusaError = Schema.Struct({
  code: Schema.optionalKey(ErrorCode),
  type: ErrorType,
  message: Schema.String
})
export type MedusaError = typeof MedusaError.Type

/** Several broken rules at once. */
export const MedusaErrors = Schema.Struct({
  message: Schema.String,
  errors: Schema.Array(MedusaError)
})
export type MedusaErrors = typeof MedusaErrors.Type

/** What a caller reads of either: the class of the no, and its sentence. */
export const ErrorRead = Schema.Struct({
  type: Schema.optionalKey(Schema.String),
  message: Schema.String,
  errors: Schema.optionalKey(Schema.Array(Schema.Struct({ type: Schema.String, message: Schema.String })))
})
export type ErrorRead = typeof ErrorRead.Type
