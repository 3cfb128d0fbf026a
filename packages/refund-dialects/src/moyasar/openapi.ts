/** The Moyasar Payment Gateway's "refund" as its page has it, in OpenAPI 3.1; and what that page leaves open, which is ours. */
import {
  answer,
  anything,
  closed,
  documented,
  faults,
  idempotencyKey,
  json,
  list,
  minorUnits,
  ofRefund,
  open,
  openApi,
  orNull,
  ours,
  path,
  schemaRef,
  text,
  textLike,
  words
} from "../OpenApi.ts"

const failure = schemaRef("Error")
const time = textLike(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
/** Registered with the order under vendor.moyasar, and given back as it came. */
const registered = (schema: Parameters<typeof documented>[0]) => documented(orNull(schema))

const merchant = open({
  id: documented(text),
  acquirer_id: documented(text),
  name: documented(text),
  arabic_name: documented(text),
  merchant_id: documented(text),
  rule_precedence: documented(text)
})

const source = open({
  type: documented(text),
  issuer: documented(anything),
  card_type: documented(anything),
  category: documented(anything),
  country_alpha2: documented(anything),
  scheme: documented(text),
  first_digits: documented(text),
  last_digits: documented(text),
  month: documented({ type: "integer" }),
  year: documented({ type: "integer" })
})

const subMerchant = open({
  id: documented(text),
  registered_name: documented(text),
  trading_name: documented(text),
  email: documented(text)
})

const transaction = closed({
  id: documented(text, "Of a refund the transaction_id it was asked for with, or one of ours."),
  status: documented(words("approved", "pending", "declined"), "The page prints approved; the others are ours."),
  type: documented(words("capture", "refund", "reversal"), "The page prints capture and refund; reversal is ours."),
  source_type: documented(orNull(text)),
  reverse_reason: documented(orNull(text)),
  justification: documented(orNull(text)),
  reversed_transaction_id: documented(orNull(text)),
  message: documented(orNull(text)),
  response_code: documented(orNull(text)),
  retrieval_reference: documented(orNull(text), "The provider's reference of the refund: ours."),
  stan: documented(orNull(text), "The last six digits of the refund's number: ours."),
  auth_code: documented(orNull(text)),
  created_at: documented(time),
  amount: documented(minorUnits),
  refunded_amount: documented(minorUnits)
})

const order = closed({
  id: documented(text),
  merchant: registered(schemaRef("Merchant")),
  currency: documented(textLike(/^[A-Z]{3}$/)),
  amount: documented(minorUnits),
  captured_amount: documented(minorUnits),
  refunded_amount: documented(minorUnits, "The sum of the approved refund transactions."),
  voided_amount: documented(minorUnits),
  description: registered(text),
  created_at: documented(time),
  updated_at: documented(time),
  source: registered(schemaRef("Source")),
  reauthorized_order_id: registered(text),
  airline: registered(open({ reference: documented(text) })),
  sub_merchant: registered(schemaRef("SubMerchant")),
  agreement: registered(anything),
  transactions: documented(list(schemaRef("Transaction")), "All of them, oldest first.")
})

const message = documented(text)

export const description = openApi({
  title: "Moyasar Payment Gateway: refunds, answered by a refund ledger",
  description: "As documented: the page of the refund call has it. Ours: what that page leaves open.",
  failure,
  securitySchemes: { key: { type: "http", scheme: "bearer", "x-source": "as documented" } },
  security: [["key"]],
  schemas: {
    RefundRequest: open(
      {
        amount: documented({ ...minorUnits, minimum: 1 }),
        transaction_id: documented(
          orNull(text),
          "A UUID becomes the refund's id and key; the id of a capture of the order names what is refunded: ours."
        )
      },
      ["amount"]
    ),
    Order: order,
    Transaction: transaction,
    Merchant: merchant,
    Source: source,
    SubMerchant: subMerchant,
    Error: closed({ message }),
    Invalid: closed({
      message,
      errors: documented(
        {
          type: "object",
          properties: { amount: documented(list(text)), transaction_id: ours(list(text)) },
          additionalProperties: list(text)
        },
        "What is wrong, by field of the request."
      )
    })
  },
  operations: {
    "POST /v1/orders/{id}/refund": {
      summary: "refund",
      "x-source": "as documented",
      parameters: [path("id"), idempotencyKey],
      requestBody: json(schemaRef("RefundRequest")),
      responses: {
        ...faults(failure),
        200: ofRefund(answer("as documented", "The whole order.", schemaRef("Order"))),
        400: answer(
          "as documented",
          "`Initial request is still processing.`: a repeat whose first request is still open after waiting. Ours: JSON that cannot be read.",
          failure
        ),
        401: answer("as documented", "`Missing authentication information`", failure),
        403: answer("as documented", "`Unauthorized`", failure),
        422: answer("as documented", "`Data validation failed`: the form, or a rule.", schemaRef("Invalid"))
      }
    }
  }
})
