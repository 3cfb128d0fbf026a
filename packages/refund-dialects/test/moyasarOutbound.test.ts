/** What Moyasar's answers mean to whoever asked for the refund. */
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { isStillProcessing, said } from "../src/moyasar/said.ts"
import seed from "./fixtures/moyasar.json" with { type: "json" }
import { answer, attemptOn, sar, usd } from "./support/outbound.ts"

const [taken, made] = seed.transactions
const reference = "f351a2a3-97c4-4f12-add3-80c1044091f5"
const attempt = attemptOn(seed.id, { id: reference as never, amount: 262_346n, currency: sar })
const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const settled: Outcome = {
  _tag: "settled",
  reference,
  amount: 262_346n,
  currency: sar,
  at: Date.parse("2024-09-15T12:27:45Z")
}

const read = (order: object) => said(attempt, seed.id, answer("double", 200, { ...seed, ...order }))
const refund = (more: object) => read({ transactions: [taken, { ...made, ...more }] })

describe("the order that Moyasar answers with", () => {
  it("is the page's own example: approved is settled", () => {
    assertEquals(read({}), settled)
  })

  it.each<[more: object, Outcome]>([
    [{ status: "approved", id: reference.toUpperCase() }, settled],
    [
      { status: "pending", message: null, response_code: null },
      { _tag: "pending", reference }
    ],
    [
      { status: "declined", message: "DO NOT HONOR", response_code: "05" },
      { _tag: "declined", code: "05: DO NOT HONOR", reference }
    ],
    [
      { status: "declined", message: null, response_code: null },
      { _tag: "declined", code: "declined", reference }
    ],
    [{ status: "voided" }, unknown("Moyasar says that the refund is voided")],
    // T25: what is told is told; the ledger sees that it is not what was asked.
    [{ amount: 262_345 }, { ...settled, amount: 262_345n }],
    [{ status: "pending", amount: 1 }, unknown("Moyasar has another amount pending, 1 SAR")],
    [{ amount: -262_346 }, unknown("Moyasar's refund has no amount that can be read")],
    [{ type: "capture" }, unknown("Moyasar's order does not have this refund, once")],
    [{ id: taken?.id }, unknown("Moyasar's order does not have this refund, once")],
    [{ amount: 2623.46 }, unknown("Moyasar's answer cannot be read as an order")],
    [{ status: null }, unknown("Moyasar's answer cannot be read as an order")]
  ])("a refund with %j", (more, outcome) => assertEquals(refund(more), outcome))

  it("is another currency's where it says so, and nobody's where there is no such", () => {
    assertEquals(read({ currency: "USD" }), { ...settled, currency: usd })
    assertEquals(read({ currency: "SR" }), unknown("Moyasar's refund has no amount that can be read"))
  })

  it("tells that the refund came back, whatever it says of the refund itself (T27)", () => {
    const back = { ...made, id: "r-1", type: "reversal", reversed_transaction_id: reference }
    const at = Date.parse("2024-09-15T12:27:45Z")
    const reversed: Outcome = { _tag: "reversed", reference, detail: "reversed", at }
    for (const status of ["approved", "declined"]) {
      assertEquals(read({ transactions: [taken, { ...made, status }, back] }), reversed)
    }
    const why = { ...back, reverse_reason: "account closed" }
    assertEquals(read({ transactions: [made, why] }), { ...reversed, detail: "account closed" })
    assertEquals(read({ transactions: [made, { ...back, status: "declined" }] }), settled)
  })

  it("says nothing where it is another order, or has the transaction twice", () => {
    assertEquals(read({ id: "another" }), unknown("Moyasar answered about another order, another"))
    assertEquals(read({ transactions: [made, made] }), unknown("Moyasar's order does not have this refund, once"))
  })
})

describe("Moyasar's documented errors", () => {
  const no = (status: number, body: unknown) => said(attempt, seed.id, answer("double", status, body))

  it("400: the first request is still processing, so that nobody knows", () => {
    const body = { message: "Initial request is still processing." }
    assert.isNull(no(400, body))
    assert.isTrue(isStillProcessing(answer("double", 400, body)))
    assert.isFalse(isStillProcessing(answer("double", 400, { message: "The body is not JSON" })))
    assert.isFalse(isStillProcessing(answer("double", 422, body)))
  })

  it("401 and 403 are not about the refund", () => {
    assert.isNull(no(401, { message: "Missing authentication information" }))
    assert.isNull(no(403, { message: "Unauthorized" }))
  })

  it("422 is a definite no with the field's sentence, unless the id itself is meant", () => {
    const message = "Data validation failed"
    assertEquals(no(422, { message, errors: { amount: ["The value must be greater than or equal to 1."] } }), {
      _tag: "declined",
      code: "422: amount: The value must be greater than or equal to 1.",
      reference: null
    })
    assertEquals(no(422, { message }), { _tag: "declined", code: "422: Data validation failed", reference: null })
    assert.isNull(no(422, { message, errors: { transaction_id: ["has already been taken"] } }))
    assert.isNull(no(422, "<html>"))
  })
})
