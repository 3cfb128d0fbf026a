/** What Geins' answers mean to whoever asked for the refund. */
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { CurrencyCode } from "refund-core/Currency"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { inList, said } from "../src/geins/said.ts"
import { answer, attemptOn, mark } from "./support/outbound.ts"

const sek = CurrencyCode.make("SEK")
const attempt = attemptOn("1001", { currency: sek })
const id = "0191f5a7-44d3-7430-8739-2d80821416bf"
const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const pending: Outcome = { _tag: "pending", reference: id }

describe("what creating a refund is answered with", () => {
  const made = (status: number, body: unknown) => said(attempt, answer("text", status, body))

  it("200 is that it is recorded, and never that it is paid", () => {
    assertEquals(made(200, { Resource: id, Message: "Refund created", Details: [] }), pending)
    assertEquals(made(200, { Resource: id }), pending)
  })

  it.each([
    { Resource: null, Message: "Refund created", Details: [] },
    { Resource: "5", Message: "", Details: [] },
    {},
    []
  ])("200 with %j names no refund", (body) => assertEquals(made(200, body), unknown("Geins' answer names no refund")))

  it.each<[status: number, body: unknown, code: string]>([
    [
      400,
      { Resource: null, Message: "Bad request.", Details: ["RefundAmount is missing"] },
      "400: RefundAmount is missing"
    ],
    [400, { Resource: null, Message: "Bad request.", Details: ["one", "two"] }, "400: one; two"],
    [400, { Resource: null, Message: "Bad request.", Details: [] }, "400: Bad request."],
    [404, { Resource: null, Message: "Not found.", Details: null }, "404: Not found."]
  ])("%i %j is a definite no", (status, body, code) =>
    assertEquals(made(status, body), { _tag: "declined", code, reference: null })
  )

  it.each<[status: number, body: unknown]>([
    [400, "Bad Request"],
    [400, { Message: "Bad request.", Details: [`Key ${attempt.id} was already used for another request`] }],
    [401, { Message: "Unauthorized." }],
    [409, { Message: "Conflict." }],
    [500, { Message: "Internal server error." }],
    [503, { Message: "Service unavailable." }]
  ])("%i %j is nobody's no", (status, body) => assert.isNull(made(status, body)))
})

describe("the order's refunds", () => {
  const row = (more: object = {}) => ({ RefundAmount: 19.99, Settled: false, SettledOn: null, ...more })
  const refund = (more: object = {}) => ({
    RefundId: id,
    Reference: mark,
    Currency: "SEK",
    RefundedTotal: 19.99,
    Approved: null,
    Processed: false,
    RefundRows: [row()],
    ...more
  })
  const list = (refunds: unknown, status = 200) =>
    inList(attempt, answer("text", status, { Resource: refunds, Message: "", Details: [] }))
  const at = Date.parse("2026-11-02T12:00:00Z")
  const settledRow = row({ Settled: true, SettledOn: "2026-11-02T12:00:00Z" })
  const settled: Outcome = { _tag: "settled", reference: id, amount: 1_999n, currency: sek, at }

  it.each<[what: string, more: object, Outcome]>([
    ["recorded", {}, pending],
    ["approved", { Approved: true }, pending],
    ["denied", { Approved: false }, { _tag: "declined", code: "denied", reference: id }],
    ["settled in every row", { RefundRows: [settledRow, settledRow] }, settled],
    ["settled in one row of two", { RefundRows: [settledRow, row()] }, pending],
    [
      "settled, without a zone",
      { RefundRows: [row({ Settled: true, SettledOn: "2026-11-02T12:00:00" })] },
      { ...settled, at: null }
    ],
    ["processed", { Processed: true, ProcessedOn: "2026-11-02T12:00:00Z" }, settled],
    ["without rows", { RefundRows: [] }, pending],
    ["of another amount", { RefundedTotal: 10, RefundRows: [settledRow] }, { ...settled, amount: 1_000n }],
    ["of another amount, open", { RefundedTotal: 10 }, unknown("Geins has another amount recorded, 10 SEK")],
    ["of another currency", { Currency: "NOK", RefundRows: [settledRow] }, { ...settled, currency: "NOK" as never }],
    ["of no amount", { RefundedTotal: null }, unknown("Geins' refund has no amount that can be read")],
    ["of no currency", { Currency: "kr" }, unknown("Geins' refund has no amount that can be read")]
  ])("have it %s", (_, more, outcome) => assertEquals(list([refund(more)]), outcome))

  it("do not have it", () => {
    assertEquals(list([]), null)
    assertEquals(list([refund({ Reference: "RMA-1" }), refund({ Reference: null })]), null)
  })

  it.each<[refunds: unknown, status: number]>([
    [[refund(), refund()], 200],
    [[refund({ RefundId: 5 })], 200],
    [null, 200],
    [[], 404],
    [[], 500]
  ])("say nothing with %j (%i)", (refunds, status) => assert.strictEqual(list(refunds, status)?._tag, "unknown"))
})
