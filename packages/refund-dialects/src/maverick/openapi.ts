/** Maverick's "Refund" as its page has it, in OpenAPI 3.1; and what that page leaves open, which is ours. */
import {
  answer,
  anything,
  closed,
  documented,
  faults,
  flag,
  forbidden,
  idempotencyKey,
  type JsonSchema,
  json,
  list,
  ofRefund,
  open,
  openApi,
  orNull,
  ours,
  path,
  query,
  schemaRef,
  text,
  textLike,
  words
} from "../OpenApi.ts"

const failure = schemaRef("Error")
const time = textLike(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
const whole: JsonSchema = { type: "integer" }
/** A captured payment has them as registered under vendor.maverick. */
const orNothing = (schema: JsonSchema, note?: string) => documented(orNull(schema), note)
const amountIn: JsonSchema = { anyOf: [{ type: "number", exclusiveMinimum: 0 }, textLike(/^[0-9]+(\.[0-9]+)?$/)] }
const restated: JsonSchema = orNull({
  anyOf: [{ type: "number", minimum: 0 }, textLike(/^[0-9]+(\.[0-9]+)?$/)]
})

const request = open(
  {
    terminal: documented(
      open({ id: documented({ type: "integer", minimum: 1, maximum: 2_147_483_647 }) }, ["id"]),
      "The payment's, where that is known."
    ),
    amount: documented(amountIn, "Absent: all that is left to refund. A number, or (ours) a decimal in a string."),
    order: documented(
      orNull(open({ tax: documented(restated), discounts: documented(restated) })),
      "Where neither is restated, amount may not exceed the subtotal."
    ),
    externalId: documented(
      orNull({ type: "string", maxLength: 255 }),
      "The caller's own name for the refund; that it is kept and found again is ours."
    )
  },
  ["terminal"]
)

const card = open({
  bin: orNothing(whole),
  name: orNothing(text),
  number: orNothing(whole, "The last four digits: leading zeros are lost."),
  exp: orNothing(text),
  verification: orNothing(open({ cvv: orNothing(text), address: orNothing(text) })),
  networkTransactionId: orNothing(text)
})

const payment = closed({
  id: documented(
    { anyOf: [whole, text] },
    "A refund's is a number from 2^40 on. Text: ours, where a capture's id is no integer."
  ),
  amount: documented(textLike(/^[0-9]+(\.[0-9]+)?$/)),
  origin: orNothing(text),
  type: orNothing(text, "`Return` for a refund."),
  level: orNothing(whole),
  authCode: orNothing(text),
  parent: documented(closed({ id: documented(orNull({ anyOf: [whole, text] })) }), "The payment that is given back."),
  terminal: documented(open({ id: orNothing(whole) })),
  threeds: documented(open({ id: documented(anything) })),
  card: documented(schemaRef("Card")),
  contact: documented(anything),
  externalId: orNothing(text),
  isRecurring: orNothing(words("Yes", "No")),
  split: documented(anything),
  refunded: documented(flag),
  captured: documented(flag),
  history: documented(list(anything), "The refunds of a payment, each in this form: ours."),
  order: documented(anything),
  feeTransaction: documented(anything),
  batch: documented(open({ id: orNothing(whole), number: documented(anything), batchedOn: orNothing(text) })),
  ip: documented(anything),
  status: documented(
    open({
      status: documented(
        words("Approved", "InProgress", "Decline", "Error"),
        "The page prints Approved; its clients read all."
      ),
      reason: orNothing(text)
    })
  ),
  updatedOn: documented(time, "UTC."),
  createdOn: documented(time, "UTC.")
})

const error = {
  ...closed({ name: ours(text), message: ours(text), code: ours(whole), status: ours(whole) }),
  description: "The page prints no failure: this is what the gateway's clients read."
}

const refused = {
  ...faults(failure),
  403: forbidden(failure),
  404: answer("ours", "No such payment; no such path.", failure),
  422: answer("ours", "The form, or a rule.", failure)
}

export const description = openApi({
  title: "Maverick Payments: refunds, answered by a refund ledger",
  description:
    "As documented: the page of the refund call has it. Ours: what that page leaves open, and all of its errors.",
  failure,
  securitySchemes: { token: { type: "http", scheme: "bearer", "x-source": "as documented" } },
  security: [["token"]],
  schemas: {
    RefundRequest: request,
    Payment: payment,
    Card: card,
    PaymentList: closed({
      items: ours(list(schemaRef("Payment"))),
      _meta: ours(
        closed({ totalCount: ours(whole), pageCount: ours(whole), currentPage: ours(whole), perPage: ours(whole) })
      )
    }),
    Error: error
  },
  operations: {
    "POST /payment/{id}/refund": {
      summary: "Refund",
      "x-source": "as documented",
      parameters: [path("id"), idempotencyKey],
      requestBody: json(schemaRef("RefundRequest")),
      responses: {
        ...refused,
        200: ofRefund(answer("as documented", "The refund: a payment of type Return.", schemaRef("Payment"))),
        409: ofRefund(
          answer(
            "ours",
            "The same Idempotency-Key again, while the provider has not answered the first request yet: nothing new is made.",
            failure
          )
        ),
        422: ofRefund(
          answer(
            "ours",
            "The form, or a rule. With Refund-Id: the refund was made, and was declined or stopped.",
            failure
          )
        )
      }
    },
    "GET /payment/{id}": {
      summary: "A payment, or a refund, by its id",
      "x-source": "ours",
      parameters: [path("id")],
      responses: { ...refused, 200: answer("ours", "In the form of the refund's answer.", schemaRef("Payment")) }
    },
    "GET /payments": {
      summary: "Payments and refunds by a filter",
      "x-source": "ours",
      parameters: [
        query("filter[id]", ours(text)),
        query("filter[terminal.id]", ours(text)),
        query("filter[externalId]", ours(text, "Of refunds; a captured payment is found by its id."))
      ],
      responses: {
        ...refused,
        200: answer(
          "ours",
          "What the filter finds, newest first. One that is not understood is 422.",
          schemaRef("PaymentList")
        )
      }
    }
  }
})
