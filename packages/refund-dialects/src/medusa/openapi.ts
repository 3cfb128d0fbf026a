/** What this ledger answers as Medusa v1's admin API, as OpenAPI 3.1: Medusa's own description has all that is not ours. */
import {
  answer,
  anything,
  closed,
  dateTime,
  documented,
  faults,
  flag,
  idempotencyKey,
  json,
  list,
  minorUnits,
  ofRefund,
  open,
  openApi,
  orNull,
  path,
  schemaRef,
  text,
  textLike,
  words
} from "../OpenApi.ts"
import { unknown as unknownOfOrder } from "./order.ts"
import { ErrorCode, ErrorType, PaymentStatus, RefundReason } from "./wire.ts"

const failure = schemaRef("Error")
const reason = { type: "string", enum: RefundReason.literals }

const refund = closed({
  id: documented(textLike(/^ref_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)),
  order_id: documented(orNull(text)),
  payment_id: documented(orNull(text)),
  amount: documented(minorUnits),
  note: documented(orNull(text)),
  created_at: documented(dateTime),
  updated_at: documented(dateTime),
  reason: documented(reason),
  idempotency_key: documented(orNull(text), "The header's: ours."),
  metadata: documented(orNull({ type: "object" }), "While it is not settled, its state here: ours.")
})

const instant = documented(dateTime)
/** As registered with the capture or the order under vendor.medusa, else null. */
const kept = documented(orNull(text))

const payment = closed({
  id: documented(text),
  swap_id: kept,
  cart_id: kept,
  order_id: documented(orNull(text)),
  amount: documented(minorUnits),
  currency_code: documented(textLike(/^[a-z]{3}$/)),
  amount_refunded: documented(minorUnits, "What is settled."),
  provider_id: documented(text),
  data: documented({ type: "object" }),
  captured_at: documented(orNull(dateTime)),
  canceled_at: kept,
  idempotency_key: kept,
  created_at: instant,
  updated_at: instant,
  metadata: documented(orNull({ type: "object" }))
})

const order = {
  ...open(
    {
      id: documented(text),
      object: documented(words("order")),
      payment_status: documented(
        { type: "string", enum: PaymentStatus.literals },
        "By what is collected and settled; in Medusa a payment's own refund leaves it: ours."
      ),
      currency_code: documented(textLike(/^[a-z]{3}$/)),
      customer_id: documented(orNull(text)),
      paid_total: documented(minorUnits),
      refunded_total: documented(minorUnits, "What is settled."),
      refundable_amount: documented(minorUnits),
      created_at: instant,
      updated_at: instant,
      payments: documented(list(schemaRef("Payment"))),
      refunds: documented(list(schemaRef("Refund")), "Those that hold or are settled, oldest first."),
      ...Object.fromEntries(Object.keys(unknownOfOrder).map((name) => [name, documented(anything)]))
    },
    ["id", "object", "payment_status", "currency_code", "payments", "refunds", ...Object.keys(unknownOfOrder)]
  ),
  description: "All else as it was registered with the order under vendor.medusa. Relations are not expanded."
}

const error = closed(
  {
    code: documented({ type: "string", enum: ErrorCode.literals }),
    type: documented({ type: "string", enum: ErrorType.literals }),
    message: documented(text)
  },
  ["type", "message"]
)

const unauthorized = {
  description: "No credential, or one that is not valid. Ours: also one without the right.",
  "x-source": "as documented",
  content: { "text/plain": { schema: { const: "Unauthorized" } } }
} as const

const refused = {
  ...faults(failure),
  400: answer("as documented", "The body's form; a rule, or several at once.", {
    anyOf: [failure, schemaRef("MultipleErrors")]
  }),
  401: unauthorized,
  404: answer("as documented", "Not found.", failure),
  409: answer(
    "as documented",
    "Another request is in its way: it may be sent again with its Idempotency-Key.",
    failure
  ),
  422: answer("as documented", "Ours: an Idempotency-Key that was used for another request.", failure),
  500: answer("as documented", "With Refund-Id: the refund was made, and not paid. Without: a fault of ours.", failure)
}

/** Of a refund that was made, and did not go as it was asked. */
const asked = { 400: ofRefund(refused[400]), 409: ofRefund(refused[409]), 500: ofRefund(refused[500]) }

export const description = openApi({
  title: "Medusa v1 admin: refunds, answered by a refund ledger",
  description: "As documented: Medusa v1's own API description has it. Ours: what that leaves open.",
  failure,
  securitySchemes: {
    api_token: { type: "apiKey", in: "header", name: "x-medusa-access-token", "x-source": "as documented" },
    jwt_token: { type: "http", scheme: "bearer", "x-source": "as documented" }
  },
  security: [["api_token"], ["jwt_token"]],
  schemas: {
    AdminPostPaymentRefundsReq: closed(
      {
        amount: documented({ ...minorUnits, minimum: 1 }, "Medusa lets 0 and less pass; refused here: ours."),
        reason: documented(reason),
        note: documented(orNull({ type: "string", maxLength: 2000 }))
      },
      ["amount", "reason"]
    ),
    AdminPostOrdersOrderRefundsReq: closed(
      {
        amount: documented({ ...minorUnits, minimum: 1 }, "Medusa lets 0 and less pass; refused here: ours."),
        reason: documented(
          { type: "string", minLength: 1, maxLength: 2000 },
          "What is none of the five is shown as `other`: ours."
        ),
        note: documented(orNull({ type: "string", maxLength: 2000 })),
        no_notification: documented(orNull(flag), "Kept; the ledger notifies no customer: ours.")
      },
      ["amount", "reason"]
    ),
    AdminRefundRes: closed({ refund: documented(schemaRef("Refund")) }),
    AdminPaymentRes: closed({ payment: documented(schemaRef("Payment")) }),
    AdminOrdersRes: closed({ order: documented(schemaRef("Order")) }),
    Payment: payment,
    Order: order,
    Refund: refund,
    Error: error,
    MultipleErrors: closed({ message: documented(text), errors: documented(list(failure)) })
  },
  operations: {
    "POST /admin/payments/{id}/refund": {
      summary: "Refund Payment",
      "x-source": "as documented",
      parameters: [path("id"), idempotencyKey],
      requestBody: json(schemaRef("AdminPostPaymentRefundsReq")),
      responses: {
        ...refused,
        ...asked,
        200: ofRefund(answer("as documented", "The refund.", schemaRef("AdminRefundRes")))
      }
    },
    "GET /admin/payments/{id}": {
      summary: "Get Payment details",
      "x-source": "as documented",
      parameters: [path("id")],
      responses: { ...refused, 200: answer("as documented", "The payment.", schemaRef("AdminPaymentRes")) }
    },
    "POST /admin/orders/{id}/refund": {
      summary: "Create a Refund",
      "x-source": "as documented",
      parameters: [path("id"), idempotencyKey],
      requestBody: json(schemaRef("AdminPostOrdersOrderRefundsReq")),
      responses: {
        ...refused,
        ...asked,
        200: ofRefund(answer("as documented", "The order.", schemaRef("AdminOrdersRes")))
      }
    },
    "GET /admin/orders/{id}": {
      summary: "Get an Order",
      "x-source": "as documented",
      parameters: [path("id")],
      responses: { ...refused, 200: answer("as documented", "The order.", schemaRef("AdminOrdersRes")) }
    }
  }
})
