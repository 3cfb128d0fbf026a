/** What Kibo's answers mean to whoever asked for the refund. */
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { inOrder, said } from "../src/kibo/said.ts"
import { answer, attemptOn, mark, usd } from "./support/outbound.ts"

const payment = { orderId: "13f5a7", paymentId: "882" }
const attempt = attemptOn("13f5a7/882")
const id = "0191f5a744d3743087392d80821416bf"
const credit = {
  interactionType: "Credit",
  refundId: id,
  status: "Success",
  isPending: false,
  amount: 19.99,
  currencyCode: "USD",
  interactionDate: "2026-11-02T12:00:00Z"
}
const refund = (interactions: ReadonlyArray<object>, more: object = {}) => ({
  id,
  orderId: payment.orderId,
  reason: mark,
  amount: 19.99,
  payment: { id: payment.paymentId, interactions },
  ...more
})
const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const settled: Outcome = {
  _tag: "settled",
  reference: id,
  amount: 1_999n,
  currency: usd,
  at: Date.parse("2026-11-02T12:00:00Z")
}
const pending: Outcome = { _tag: "pending", reference: id }
const other = unknown(`Kibo answered about another refund, ${id}`)
const legible = unknown("Kibo's refund has no amount that can be read")

describe("the refund that Kibo answers with", () => {
  const read = (body: unknown) => said(attempt, payment, answer("text", 200, body))

  it.each<[what: string, body: unknown, Outcome]>([
    ["Success", refund([credit]), settled],
    ["still to be confirmed", refund([{ ...credit, isPending: true }]), pending],
    ["still to be confirmed, without a status", refund([{ ...credit, isPending: true, status: null }]), pending],
    ["no status", refund([{ ...credit, status: null }]), pending],
    ["Failure", refund([{ ...credit, status: "Failure" }]), { _tag: "declined", code: "Failure", reference: id }],
    ["a status of its own", refund([{ ...credit, status: "Odd" }]), unknown("Kibo says of the refund's credits: Odd")],
    [
      "two credits that went different ways",
      refund([credit, { ...credit, status: "Failure" }]),
      unknown("Kibo says of the refund's credits: Success, Failure")
    ],
    ["two credits, one still open", refund([credit, { ...credit, isPending: true }]), pending],
    // Recorded, and nothing said of the money.
    ["no credit", refund([]), pending],
    ["no payment", refund([], { payment: null }), pending],
    ["another refund's credit", refund([{ ...credit, refundId: "another" }]), pending],
    ["a capture", refund([{ ...credit, interactionType: "Capture" }]), pending],
    ["what is no interaction", refund([{ refundId: 5 }]), pending],
    ["another amount", refund([credit], { amount: 19.98 }), { ...settled, amount: 1_998n }],
    ["another amount, open", refund([], { amount: 5 }), unknown("Kibo has another amount pending, 5 USD")],
    ["another currency", refund([{ ...credit, currencyCode: "CAD" }]), { ...settled, currency: "CAD" as never }],
    ["no currency that there is", refund([{ ...credit, currencyCode: "XXX" }]), legible],
    ["more digits than there are", refund([credit], { amount: 19.999 }), legible],
    ["a negative amount", refund([credit], { amount: -19.99 }), legible],
    ["another reason", refund([credit], { reason: "broken" }), other],
    ["no reason", refund([credit], { reason: null }), other],
    ["another order", refund([credit], { orderId: "another" }), other],
    ["another payment", refund([credit], { payment: { id: "883", interactions: [credit] } }), other],
    ["text for an amount", refund([credit], { amount: "19.99" }), unknown("Kibo's answer cannot be read as a refund")],
    ["a list", [refund([credit])], unknown("Kibo's answer cannot be read as a refund")]
  ])("%s", (_, body, outcome) => assertEquals(read(body), outcome))

  it("keeps every digit of an amount, however it is spelled", () => {
    const text = JSON.stringify(refund([credit])).replace('"amount":19.99,"payment"', '"amount":1.99900e1,"payment"')
    assertEquals(read(text), settled)
  })
})

describe("the order that is read to find the refund", () => {
  const order = (more: object) =>
    inOrder(
      attempt,
      payment,
      answer("text", 200, { id: payment.orderId, currencyCode: "USD", refunds: [refund([credit])], ...more })
    )
  const stranger = refund([], { id: "another", reason: "broken" })

  it.each<[what: string, more: object, Outcome | null]>([
    ["has it", {}, settled],
    ["has it among others", { refunds: [stranger, refund([credit]), stranger] }, settled],
    // What a refund has of its payment is as it was when it was made.
    [
      "has it open, and settled in its payment",
      { refunds: [refund([{ ...credit, isPending: true }])], payments: [{ id: "882", interactions: [credit] }] },
      settled
    ],
    ["does not have it", { refunds: [stranger] }, null],
    ["has none", { refunds: [] }, null],
    ["does not say", { refunds: null }, unknown("Kibo answered 200 without the order's refunds")],
    ["has it twice", { refunds: [refund([]), refund([])] }, unknown("Kibo has 2 refunds of this one attempt")],
    ["has one that cannot be read", { refunds: [{ id: 5 }] }, unknown("Kibo lists refunds that cannot be read")],
    ["is another", { id: "another" }, unknown("Kibo answered about another order, another")],
    ["is in another currency", { currencyCode: "CAD" }, { ...settled, currency: "CAD" as never }]
  ])("%s", (_, more, outcome) => assertEquals(order(more), outcome))

  it.each([401, 403, 404, 405, 500])("says nothing with %i", (status) => {
    const body = { errorCode: "ITEM_NOT_FOUND", message: "…" }
    assert.strictEqual(inOrder(attempt, payment, answer("text", status, body))?._tag, "unknown")
  })
})

describe("Kibo's errors", () => {
  const no = (status: number, body: unknown) => said(attempt, payment, answer("text", status, body))
  const error = (errorCode: string) => ({ applicationName: "Commerce", errorCode, message: "Said so.", items: [] })

  it.each<[status: number, errorCode: string]>([
    [400, "MISSING_OR_INVALID_PARAMETER"],
    [400, "VALIDATION_CONFLICT"],
    [403, "FORBIDDEN"],
    [404, "ITEM_NOT_FOUND"],
    [409, "VALIDATION_CONFLICT"]
  ])("%i %s is a definite no", (status, errorCode) =>
    assertEquals(no(status, error(errorCode)), { _tag: "declined", code: `${errorCode}: Said so.`, reference: null })
  )

  it.each<[status: number, body: unknown]>([
    [409, error("ITEM_ALREADY_EXISTS")],
    [422, error("ITEM_ALREADY_EXISTS")],
    [401, error("UNAUTHORIZED")],
    [500, error("UNEXPECTED_ERROR")],
    [503, error("SERVICE_UNAVAILABLE")],
    [404, { message: "Not Found" }],
    [404, "<html>"]
  ])("%i %j is nobody's no", (status, body) => assert.isNull(no(status, body)))
})
