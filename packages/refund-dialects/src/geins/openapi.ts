/** What this ledger answers as Geins' Management API, as OpenAPI 3.1: Geins' own description (mgmtapi.yaml) has all that is not ours. */
import {
  answer,
  closed,
  dateTime,
  decimal,
  documented,
  faults,
  flag,
  idempotencyKey,
  int32,
  type JsonSchema,
  json,
  list,
  ofRefund,
  open,
  openApi,
  orNull,
  path,
  schemaRef,
  text,
  uuid
} from "../OpenApi.ts"

/** In a request null is absent: ours. */
const optional = (schema: JsonSchema, note?: string) => documented(orNull(schema), note)
/** Left out where it is not known or does not apply. */
const known = documented

const max = (maxLength: number): JsonSchema => ({ type: "string", maxLength })
const numbered = (last: number): JsonSchema => ({ type: "integer", minimum: 0, maximum: last })

const newRefund = open(
  {
    OrderRowId: optional(int32),
    Reference: optional(max(255)),
    Description: optional(max(2000)),
    Author: optional(max(2000)),
    RefundAmount: documented(
      { type: "number", format: "double", exclusiveMinimum: 0 },
      "Required. More than 0, no more decimals than the currency has: ours."
    ),
    ToBalance: optional(flag),
    Settled: optional(flag),
    RefundType: optional(numbered(3), "0 Default, 1 InstanceCost, 2 Shipping, 3 InvoiceFee"),
    SkipRefundEvents: optional(flag),
    RefundsRequireApproval: optional(flag)
  },
  ["RefundAmount"]
)

const approval = open(
  { Approved: documented(flag), ApprovalDecidedBy: optional(text), ApprovalDecidedOn: optional(dateTime) },
  ["Approved"]
)
const settled = open({ SettledByAdminUserId: optional(int32), SettledOn: optional(dateTime) })
const processed = open({
  ExternalId: optional(max(255)),
  Reference: optional(max(255)),
  ProcessedOn: optional(dateTime)
})

const statuses = list(numbered(7))
const refundQuery = open({
  CreatedAfter: optional(dateTime),
  CreatedBefore: optional(dateTime),
  ApprovedAfter: optional(dateTime),
  ApprovedBefore: optional(dateTime),
  UpdatedAfter: optional(dateTime),
  UpdatedBefore: optional(dateTime),
  IncludeStatuses: optional(statuses, "0 is all."),
  ExcludeStatuses: optional(statuses)
})

const refundRow = closed(
  {
    OrderId: known(int32),
    RefundRowId: known(int32),
    OrderRowId: known(int32, "Where the refund draws on one row alone."),
    CaptureId: known(uuid, "Where the capture's id is a UUID."),
    RefundAmount: known(decimal),
    ToBalance: known(flag),
    Settled: known(flag),
    SettledOn: known(dateTime),
    CreatedOn: known(dateTime),
    Investigation: known(flag, "Nobody knows yet whether it was paid."),
    RefundType: known(numbered(3))
  },
  ["RefundRowId", "RefundAmount", "ToBalance", "Settled", "CreatedOn", "Investigation", "RefundType"]
)

const orderRow = closed(
  {
    OrderRowId: known(int32),
    Price: known(decimal),
    PriceExVat: known(decimal),
    Name: known(text),
    Discount: known(decimal),
    SuggestedRefundAmount: known(decimal),
    PriceBeforeDiscount: known(decimal)
  },
  ["Price", "PriceExVat", "Discount", "SuggestedRefundAmount", "PriceBeforeDiscount"]
)

const refund = {
  ...open(
    {
      RefundId: known(uuid),
      RefundInstanceId: known(int32),
      OrderId: known(int32),
      Reference: known(text),
      Description: known(text),
      Author: known(text),
      ExternalOrderId: known(text),
      OrderTransactionId: known(text),
      SecondaryOrderTransactionId: known(text),
      ExternalId: known(text),
      PaymentName: known(text),
      Locale: known(text),
      SiteName: known(text),
      Customer: known(text),
      OrderSum: known(decimal),
      OrderVat: known(decimal),
      OrderValue: known(decimal),
      OrderDiscount: known(decimal),
      ShippingFee: known(decimal),
      PaymentFee: known(decimal),
      Currency: known(text),
      CreatedOn: known(dateTime),
      SentOn: known(dateTime),
      ProcessedOn: known(dateTime),
      Sent: known(flag),
      Processed: known(flag),
      RequiresApproval: known(flag),
      Approved: known(orNull(flag), "Null if undecided, true if approved and false if denied."),
      ApprovalDecidedBy: known(text),
      ApprovalDecidedOn: known(dateTime),
      VatRate: known(decimal),
      SkipRefundEvents: known(flag),
      RefundedItemTotal: known(decimal),
      RefundedShippingFee: known(decimal),
      RefundedPaymentFee: known(decimal),
      RefundedTotal: known(decimal),
      OrderStatus: known(text),
      Shipped: known(flag),
      RefundRows: known(list(schemaRef("RefundRow"))),
      Rows: known(list(schemaRef("OrderRow")))
    },
    [
      "RefundId",
      "RefundInstanceId",
      "OrderId",
      "Currency",
      "CreatedOn",
      "Sent",
      "Processed",
      "RequiresApproval",
      "Approved",
      "SkipRefundEvents",
      "RefundedItemTotal",
      "RefundedShippingFee",
      "RefundedPaymentFee",
      "RefundedTotal",
      "RefundRows",
      "Rows"
    ]
  ),
  description: "What is not the ledger's to know comes as it was registered with the order under vendor.geins."
}

const envelope = (resource?: JsonSchema) =>
  closed({
    ...(resource === undefined ? {} : { Resource: documented(resource) }),
    Message: documented(text),
    Details: documented(list(text))
  })

const failure = schemaRef("Failure")
const base = schemaRef("BaseEnvelope")

const refused = (form: JsonSchema) => ({
  ...faults(failure),
  400: answer(
    "as documented",
    "Bad request: every rule; also a missing right, which the page has no status for.",
    form
  ),
  404: answer("as documented", "Not found.", form)
})

const refundPath = "/API/Order/{orderId}/Refund/{refundId}"
const inRefund = [path("orderId", documented(int32)), path("refundId", documented(uuid))]
const inRow = [...inRefund, path("refundRowId", documented(int32))]

const deciding = (summary: string, parameters: ReadonlyArray<unknown>, body?: string) => ({
  summary,
  "x-source": "as documented" as const,
  parameters,
  ...(body === undefined ? {} : { requestBody: json(schemaRef(body), false) }),
  responses: { ...refused(failure), 200: ofRefund(answer("as documented", "Done.", base)) }
})

const reading = (summary: string, found: string) => ({
  summary,
  "x-source": "as documented" as const,
  responses: { ...refused(failure), 200: answer("as documented", "Found.", schemaRef(found)) }
})

export const description = openApi({
  title: "Geins Management API: refunds, answered by a refund ledger",
  description: "As documented: Geins' own API description has it. Ours: what that leaves open.",
  failure,
  securitySchemes: {
    basicAuth: { type: "http", scheme: "basic", "x-source": "as documented" },
    apiKey: { type: "apiKey", in: "header", name: "X-ApiKey", "x-source": "as documented" }
  },
  security: [["basicAuth", "apiKey"]],
  schemas: {
    NewRefund: newRefund,
    RefundApproval: approval,
    SettledRefund: settled,
    ProcessedRefund: processed,
    RefundQuery: refundQuery,
    Refund: refund,
    RefundRow: refundRow,
    OrderRow: orderRow,
    Created: envelope(uuid),
    Found: envelope(schemaRef("Refund")),
    FoundAll: envelope(list(schemaRef("Refund"))),
    BaseEnvelope: envelope(),
    Failure: closed(
      {
        Resource: documented({ type: "null" }),
        Message: documented(text),
        Details: documented(list(text), "Every violation in a sentence.")
      },
      ["Message", "Details"]
    )
  },
  operations: {
    "POST /API/Order/{orderId}/Refund": {
      summary: "Creates refund",
      "x-source": "as documented",
      parameters: [path("orderId", documented(int32)), idempotencyKey],
      requestBody: json(schemaRef("NewRefund")),
      responses: {
        ...refused(failure),
        200: ofRefund(answer("as documented", "The id of the created refund.", schemaRef("Created")))
      }
    },
    "GET /API/Order/{orderId}/Refund/List": {
      ...reading("List refunds", "FoundAll"),
      parameters: [path("orderId", documented(int32))]
    },
    [`GET ${refundPath}`]: { ...reading("Get refund", "Found"), parameters: inRefund },
    "POST /API/Refund/Query": {
      ...reading("Query refunds", "FoundAll"),
      requestBody: json(schemaRef("RefundQuery"), false)
    },
    [`POST ${refundPath}/SetApproval`]: deciding("Set refund approval", inRefund, "RefundApproval"),
    [`POST ${refundPath}/SetAsSettled`]: deciding("Set refund as settled", inRefund, "SettledRefund"),
    [`POST ${refundPath}/SetAsProcessed`]: deciding("Set refund as processed", inRefund, "ProcessedRefund"),
    [`POST ${refundPath}/RefundRow/{refundRowId}/SetAsSettled`]: deciding(
      "Set refund row as settled",
      inRow,
      "SettledRefund"
    ),
    [`DELETE ${refundPath}/RefundRow/{refundRowId}`]: deciding("Delete refund row", inRow)
  }
})
