/** What Medusa's answers mean to whoever asked for the refund. */
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import type { RefundId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { refundRef } from "../src/medusa/refundRef.ts"
import { said } from "../src/medusa/said.ts"
import { answer, attemptOn, mark, usd } from "./support/outbound.ts"

const paymentId = "pay_01G8ZCC5W42ZNY842124G7P5R9"
const attempt = attemptOn(paymentId, { amount: 1_000n })
const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const reference = "ref_01G1G5V27GYX4QXNARRQCW1N8T"
const refund = {
  id: reference,
  order_id: null,
  payment_id: paymentId,
  amount: 1_000,
  note: mark,
  created_at: "2019-08-24T14:15:22Z",
  updated_at: "2019-08-24T14:15:22Z",
  reason: "other",
  idempotency_key: null,
  metadata: null
}
const settled: Outcome = {
  _tag: "settled",
  reference,
  amount: 1_000n,
  currency: usd,
  at: Date.parse("2019-08-24T14:15:22Z")
}
const other = unknown(`Medusa answered about another refund, ${reference}`)

describe("the refund that Medusa answers with", () => {
  const states = ["pending_approval", "approved", "submitting", "pending", "requires_action", "unknown", "in_review"]

  it.each<[more: object, Outcome]>([
    [{}, settled],
    [{ metadata: { car: "white" } }, settled],
    [{ order_id: "order_1", reason: "return", idempotency_key: "k" }, settled],
    // A ledger like this one behind the door says where it stands.
    ...states.map((state): [object, Outcome] => [{ metadata: { state } }, { _tag: "pending", reference }]),
    [{ amount: 999 }, { ...settled, amount: 999n }],
    [{ amount: 999, metadata: { state: "pending" } }, unknown("Medusa has another amount pending, 999")],
    [{ amount: -1_000 }, unknown("Medusa has another amount pending, -1000")],
    [{ note: "I didn't like it" }, other],
    [{ note: null }, other],
    [{ payment_id: "pay_another" }, other],
    [{ payment_id: null }, other],
    [{ amount: "1000" }, unknown("Medusa's answer cannot be read as a refund")]
  ])("with %j", (more, outcome) =>
    assertEquals(said(attempt, paymentId, answer("double", 200, { refund: { ...refund, ...more } })), outcome)
  )
})

describe("Medusa's documented errors", () => {
  const no = (status: number, body: unknown, refundId?: string) =>
    said(attempt, paymentId, answer("double", status, body, refundId === undefined ? {} : { refundId }))
  const declined = (code: string): Outcome => ({ _tag: "declined", code, reference: null })

  it.each<[status: number, type: string, message: string]>([
    [400, "not_allowed", "Only 600 can be refunded from Payment pay_1"],
    [400, "not_allowed", "Payment pay_1 is not captured"],
    [400, "invalid_data", "amount must be an integer number"],
    [404, "not_found", "Payment with id pay_zz was not found"]
  ])("%i %s: %s", (status, type, message) =>
    assertEquals(no(status, { type, message }), declined(`${type}: ${message}`))
  )

  it("several at once are told with each sentence", () => {
    const errors = [
      { type: "not_allowed", message: "one" },
      { type: "invalid_data", message: "two" }
    ]
    assertEquals(
      no(400, { message: "Provided request body contains errors.", errors }),
      declined("not_allowed: one; two")
    )
  })

  it.each<[status: number, body: unknown]>([
    [400, { type: "unexpected_state", message: "…" }],
    [400, { message: "…" }],
    [400, { message: "…", errors: [] }],
    [
      400,
      {
        message: "…",
        errors: [
          { type: "not_allowed", message: "" },
          { type: "conflict", message: "" }
        ]
      }
    ],
    [401, "Unauthorized"],
    // Its provider may have been asked before the transaction was rolled back.
    [409, { code: "invalid_state_error", type: "conflict", message: "The request conflicted with another request." }],
    [422, { code: "invalid_request_error", type: "duplicate_error", message: "…" }],
    [422, { code: "payment_authorization_error", type: "payment_authorization_error", message: "…" }],
    // The plugin threw, and nobody says when.
    [500, { type: "unexpected_state", message: "Failed to refund Payment pay_1" }],
    [500, { code: "unknown_error", type: "unknown_error", message: "An unknown error occurred." }],
    [503, { code: "api_error", type: "database_error", message: "…" }]
  ])("%i %j is nobody's no", (status, body) => assert.isNull(no(status, body)))

  it("500 is a no where a ledger says it of a refund that it made and did not pay", () => {
    const body = { type: "unexpected_state", message: "Failed to refund Payment pay_1" }
    const refundId = "0191f5a7-44d3-7430-8739-2d80821416bf"
    const code = "unexpected_state: Failed to refund Payment pay_1"
    assertEquals(no(500, body, refundId), { _tag: "declined", code, reference: refundRef(refundId as RefundId) })
    assert.isNull(no(500, body, "not-an-id"))
    assert.isNull(no(500, { type: "unknown_error", message: "…" }, refundId))
  })
})
