/** What is removed for good. */
import type { Calls } from "./Call.ts"
import { RedactedBody, RedactionBody } from "./RedactionBody.ts"

export const redactionCalls: Calls = {
  "POST /v1/orders/:orderId/redact": {
    summary: "Remove what an order and all its refunds say of people; figures, ids and the journal stay",
    about: "Orders",
    permission: "texts:redact",
    body: RedactionBody,
    bodyOptional: true,
    answers: { 200: { description: "What there was to remove.", schema: RedactedBody } },
    refusals: ["OrderNotFound"],
    example: { params: { orderId: "B-2002" }, body: { note: "asked for on 22 November" } }
  }
}
