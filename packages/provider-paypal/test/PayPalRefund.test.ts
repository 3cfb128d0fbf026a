import { assertEquals } from "@effect/vitest/utils"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { describe, expect, it } from "vitest"
import { answered, captureOf, type PayPalRefund } from "../src/internal/PayPalRefund.ts"
import { attemptNamed, referenceOf } from "../src/internal/reference.ts"
import { attempt, attemptId, refundId } from "./attempts.ts"
import payments from "./specs/paypal_payments_v2_refund.json" with { type: "json" }

const completed: PayPalRefund = {
  id: "1JU08902781691411",
  status: "COMPLETED",
  amount: { currency_code: "USD", value: "19.99" },
  custom_id: `${refundId}.${attemptId}`,
  create_time: "2026-11-22T10:00:00Z",
  update_time: "2026-11-22T10:00:05Z",
  links: [
    { href: "https://api-m.paypal.com/v2/payments/refunds/1JU08902781691411", rel: "self" },
    { href: "https://api-m.paypal.com/v2/payments/captures/2GG279541U471931P", rel: "up" }
  ]
}

const settled = {
  _tag: "settled",
  reference: "1JU08902781691411",
  amount: 1_999n,
  currency: "USD",
  at: Date.parse("2026-11-22T10:00:05Z")
} as Outcome

const without = (...fields: ReadonlyArray<keyof PayPalRefund>) =>
  Object.fromEntries(Object.entries(completed).filter(([field]) => !fields.includes(field as keyof PayPalRefund)))

describe("a refund that PayPal answers with", () => {
  const byStatus: Readonly<Record<string, Outcome>> = {
    COMPLETED: settled,
    PENDING: { _tag: "pending", reference: completed.id },
    FAILED: { _tag: "declined", code: "FAILED", reference: completed.id },
    CANCELLED: { _tag: "declined", code: "CANCELLED", reference: completed.id }
  }

  it("has one of four statuses, each with its word: all that PayPal describes (A34, A36)", () => {
    expect(Object.keys(byStatus).sort()).toEqual(
      [...payments.components.schemas.refund_status.properties.status.enum].sort()
    )
    for (const [status, outcome] of Object.entries(byStatus)) {
      assertEquals(answered(attempt(), { ...completed, status }), outcome)
    }
  })

  it("is pending, however long the reason", () => {
    const status_details = { reason: "ECHECK" }
    assertEquals(answered(attempt(), { ...completed, status: "PENDING", status_details })._tag, "pending")
    assertEquals(answered(attempt(), { ...completed, status: "FAILED", status_details }), {
      _tag: "declined",
      code: "FAILED: ECHECK",
      reference: completed.id
    })
  })

  it("need not say when it was, nor repeat what is ours", () => {
    assertEquals(answered(attempt(), without("create_time", "update_time", "custom_id", "links")), {
      ...settled,
      at: null
    } as Outcome)
    assertEquals(answered(attempt(), without("update_time")), {
      ...settled,
      at: Date.parse("2026-11-22T10:00:00Z")
    } as Outcome)
  })

  // T25
  it("is told with the amount and currency that it has, whatever was asked (A31)", () => {
    const amount = { currency_code: "EUR", value: "5.00" }
    assertEquals(answered(attempt(), { ...completed, amount }), {
      ...settled,
      amount: 500n,
      currency: "EUR"
    } as Outcome)
  })

  it.each([
    ["with another attempt's id", { custom_id: `${refundId}.${refundId}` }],
    ["of another capture", { links: [{ href: "https://api-m.paypal.com/v2/payments/captures/OTHER", rel: "up" }] }]
  ])("%s is unknown (T25, A30)", (_, other) => {
    assertEquals(answered(attempt(), { ...completed, ...other })._tag, "unknown")
  })

  it("of another id than the one that was asked about is unknown", () => {
    assertEquals(answered(attempt({ reference: "ANOTHER" }), completed)._tag, "unknown")
    assertEquals(answered(attempt({ reference: completed.id }), completed), settled)
  })

  // T24
  it.each([
    ["without an id", without("id")],
    ["with an empty id", { ...completed, id: "" }],
    ["without a status", without("status")],
    ["of a status that is new", { ...completed, status: "PARTIALLY_COMPLETED" }],
    ["of a status in small letters", { ...completed, status: "completed" }],
    ["completed without an amount", without("amount")],
    ["with half a cent", { ...completed, amount: { currency_code: "USD", value: "19.995" } }],
    ["with a number for an amount", { ...completed, amount: { currency_code: "USD", value: 19.99 } }],
    ["with a currency that is none", { ...completed, amount: { currency_code: "XXX", value: "19.99" } }],
    ["of nothing", { ...completed, amount: { currency_code: "USD", value: "0.00" } }],
    ["that is text", "COMPLETED"],
    ["that is null", null],
    ["that is nothing", undefined],
    ["that is empty", {}],
    ["that is a list", [completed]]
  ])("%s is unknown", (_, body) => {
    assertEquals(answered(attempt(), body)._tag, "unknown")
  })

  it.each([
    ["https://api-m.paypal.com/v2/payments/captures/2GG279541U471931P", "2GG279541U471931P"],
    ["https://api-m.paypal.com/v2/payments/captures/2GG279541U471931P/refund", null],
    ["https://api-m.paypal.com/v2/payments/authorizations/2GG279541U471931P", null],
    ["", null]
  ])("is of the capture that its link «%s» names", (href, capture) => {
    expect(captureOf({ ...completed, links: [{ href, rel: "up" }] })).toBe(capture)
  })
})

describe("our reference", () => {
  it("is of the form that PayPal keeps, and names refund and attempt", () => {
    const reference = referenceOf(attempt())
    expect(reference).toMatch(/^[A-Za-z0-9-_.,]{1,127}$/)
    expect(attemptNamed(reference)).toEqual({ refundId, attemptId })
  })

  it.each(["", "A-1001", refundId, `${refundId}.`, `${refundId}.${attemptId}.x`])(
    "is not read into «%s»",
    (reference) => {
      expect(attemptNamed(reference)).toBeNull()
    }
  )
})
