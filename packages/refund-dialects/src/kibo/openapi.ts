/** What this ledger answers as Kibo, as OpenAPI 3.1: Kibo's own description (openapi_commerce.json) has all that is not ours. */
import {
  answer,
  anything,
  closed,
  dateTime,
  decimal,
  documented,
  faults,
  flag,
  forbidden,
  idempotencyKey,
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
  textLike
} from "../OpenApi.ts"

const failure = schemaRef("Error")
const responseFields = query(
  "responseFields",
  documented(text, "Limits which fields are returned: id,payment(id,interactions(status))")
)

const request = open(
  {
    amount: documented(
      { type: "number", exclusiveMinimum: 0 },
      "Major units, no more decimals than the currency has. Required: ours."
    ),
    orderId: documented(orNull(text), "The path's, or 400: ours."),
    reason: documented(orNull({ type: "string", maxLength: 2000 })),
    reasonCode: documented(orNull({ type: "string", maxLength: 2000 })),
    refundMethod: documented(
      orNull({ type: "string", maxLength: 2000 }),
      "`store credit` is paid as store credit: ours. Others are kept and given back."
    ),
    payment: documented(
      orNull(open({ id: documented(orNull({ type: "string", minLength: 1, maxLength: 255 })) })),
      "Its id names the capture that the money goes back to. The rest of it is not read."
    )
  },
  ["amount"]
)

const auditInfo = closed({
  createDate: documented(orNull(dateTime)),
  createBy: documented(orNull(text)),
  updateDate: documented(orNull(dateTime)),
  updateBy: documented(orNull(text))
})

const interaction = closed({
  id: documented(orNull(text)),
  paymentId: documented(orNull(text)),
  orderId: documented(orNull(text)),
  currencyCode: documented(orNull(text)),
  interactionType: documented(orNull(text), "`Credit`"),
  status: documented(orNull(text), "`Success`, `Failure`; null while it is pending."),
  isManual: documented(flag),
  isPending: documented(flag),
  gatewayTransactionId: documented(orNull(text)),
  amount: documented(orNull(decimal)),
  interactionDate: documented(orNull(dateTime)),
  refundId: documented(orNull(text))
})

/** With `responseFields` any of it may be left out, so nothing is required. */
const payment = {
  ...open({
    id: documented(text),
    orderId: documented(text),
    paymentServiceTransactionId: documented(orNull(text)),
    interactions: documented(
      list({ anyOf: [schemaRef("PaymentInteraction"), { type: "object" }] }),
      "Those registered with the capture, and the refund's own."
    ),
    amountCollected: documented(decimal, "A refund never lowers it."),
    amountCredited: documented(decimal, "What was settled."),
    amountRequested: documented(decimal),
    availableActions: documented(orNull(list(text))),
    paymentType: documented(orNull(text)),
    paymentWorkflow: documented(orNull(text)),
    externalTransactionId: documented(orNull(text)),
    data: documented(orNull({ type: "object" })),
    status: documented(orNull(text)),
    subPayments: documented(orNull(list({ type: "object" }))),
    changeMessages: documented(orNull(list({ type: "object" }))),
    installmentPlanCode: documented(orNull(text))
  }),
  description: "All else as it was registered with the capture under vendor.kibo."
}

const refund = closed(
  {
    id: documented(textLike(/^[0-9a-f]{32}$/)),
    orderId: documented(text),
    reason: documented(orNull(text)),
    reasonCode: documented(orNull(text)),
    payment: documented(schemaRef("Payment"), "Where all of the refund goes back to one payment; else absent."),
    amount: documented(decimal),
    refundMethod: documented(orNull(text)),
    auditInfo: documented(schemaRef("AuditInfo"))
  },
  []
)

const errorFields = {
  applicationName: ours(text),
  errorCode: ours(text),
  message: ours(text),
  additionalErrorData: ours(list(closed({ name: ours(text), value: ours(anything) })))
}

const error = {
  ...closed(
    {
      ...errorFields,
      items: ours(list(closed(errorFields)), "Each violation, where there are several."),
      correlationId: ours(text)
    },
    [...Object.keys(errorFields), "items"]
  ),
  description: "Kibo publishes no form of a failure: this is what its own clients read."
}

const refused = {
  ...faults(failure),
  403: forbidden(failure),
  400: answer("ours", "The form, the amount, a limit of a policy; JSON that cannot be read.", failure),
  404: answer("ours", "No such order or payment; no such path.", failure),
  409: answer("ours", "An open dispute; a payment that was only authorized.", failure),
  422: answer("ours", "An Idempotency-Key that was used for another request.", failure)
}

const order = {
  ...open({
    id: documented(text),
    currencyCode: documented(text),
    total: documented(orNull(decimal)),
    totalCollected: documented(decimal),
    amountRefunded: documented(decimal, "What is settled."),
    amountAvailableForRefund: documented(decimal),
    payments: documented(list(schemaRef("Payment"))),
    refunds: documented(list(schemaRef("Refund")), "Oldest first.")
  }),
  description: "All else as it was registered with the order under vendor.kibo."
}

const reasons = closed(
  {
    totalCount: documented({ type: "integer" }),
    items: documented(
      list(closed({ reasonCode: documented(text), name: documented(text), needsMoreInfo: documented(flag) }, [])),
      "At Kibo each merchant's own; these are ours, and a refund takes any other."
    )
  },
  []
)

export const description = openApi({
  title: "Kibo Commerce: refunds, answered by a refund ledger",
  description:
    "As documented: Kibo's own API description has it. Ours: what that leaves open, and its errors, of which it publishes none.",
  failure,
  securitySchemes: {
    bearerAuth: { type: "http", scheme: "bearer", "x-source": "as documented" },
    appClaims: { type: "apiKey", in: "header", name: "x-vol-app-claims", "x-source": "as documented" }
  },
  security: [["bearerAuth"], ["appClaims"]],
  schemas: {
    RefundRequest: request,
    Refund: refund,
    Payment: payment,
    PaymentInteraction: interaction,
    AuditInfo: auditInfo,
    Order: order,
    RefundReasons: reasons,
    Error: error
  },
  operations: {
    "POST /api/commerce/orders/{orderId}/refunds": {
      summary: "Create Refund",
      "x-source": "as documented",
      parameters: [path("orderId"), responseFields, idempotencyKey],
      requestBody: json(schemaRef("RefundRequest"), false),
      responses: {
        200: ofRefund(answer("as documented", "The refund, recorded and not yet paid.", schemaRef("Refund"))),
        ...refused
      }
    },
    "PUT /api/commerce/orders/{orderId}/refunds/{refundId}": {
      summary: "Resend Refund Email",
      "x-source": "as documented",
      parameters: [path("orderId"), path("refundId"), responseFields],
      responses: {
        200: answer("as documented", "The refund is there. No e-mail is sent: the ledger sends none."),
        ...refused
      }
    },
    "GET /api/commerce/orders/refunds/refundreasons": {
      summary: "Get Refund Reasons",
      "x-source": "as documented",
      parameters: [responseFields],
      responses: { 200: answer("as documented", "The reasons.", schemaRef("RefundReasons")), ...refused }
    },
    "GET /api/commerce/orders/{orderId}": {
      summary: "Get Order",
      "x-source": "as documented",
      parameters: [path("orderId"), responseFields],
      responses: {
        200: answer("as documented", "The order, as far as its refunds go.", schemaRef("Order")),
        ...refused
      }
    }
  }
})
