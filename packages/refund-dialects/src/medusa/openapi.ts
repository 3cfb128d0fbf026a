/** What this ledger answers as Medusa v1's admin API, as OpenAPI 3.1: Medusa's own description has all that is not ours. */
import {
  answer,
  closed,
  dateTime,
  documented,
  faults,
  idempotencyKey,
  json,
  list,
  minorUnits,
  ofRefund,
  openApi,
  orNull,
  path,
  schemaRef,
  text,
  textLike
} from "../OpenApi.ts"
import { ErrorCode, ErrorType, RefundReason } from "./wire.ts"

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
    AdminRefundRes: closed({ refund: documented(schemaRef("Refund")) }),
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
        200: ofRefund(answer("as documented", "The refund.", schemaRef("AdminRefundRes"))),
        400: ofRefund(refused[400]),
        500: ofRefund(refused[500])
      }
    }
  }
})
