import { assertEquals } from "@effect/vitest/utils"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { describe, expect, it } from "vitest"
import { newsOf } from "../src/internal/news.ts"
import { attemptId, refundId } from "./attempts.ts"

const transmission = { id: "69cd13f0-d67a-11e5-baa3-778b53f4ae55", at: Date.parse("2026-11-22T10:00:10Z") }

const refund = {
  id: "1JU08902781691411",
  status: "COMPLETED",
  amount: { currency_code: "USD", value: "19.99" },
  custom_id: `${refundId}.${attemptId}`,
  create_time: "2026-11-22T10:00:00Z",
  update_time: "2026-11-22T10:00:05Z",
  seller_payable_breakdown: { total_refunded_amount: { currency_code: "USD", value: "29.99" } },
  links: [
    { href: "https://api.paypal.com/v2/payments/refunds/1JU08902781691411", rel: "self", method: "GET" },
    { href: "https://api.paypal.com/v2/payments/captures/2GG279541U471931P", rel: "up", method: "GET" }
  ]
}

const dispute = {
  dispute_id: "PP-D-27803",
  status: "OPEN",
  dispute_life_cycle_stage: "CHARGEBACK",
  dispute_amount: { currency_code: "USD", value: "19.99" },
  disputed_transactions: [{ seller_transaction_id: "2GG279541U471931P", buyer_transaction_id: "3BC" }]
}

const event = (event_type: string, resource: unknown, changes: object = {}) => ({
  id: "WH-2WR32451HC0233532-67976317FL4543714",
  event_version: "1.0",
  create_time: "2026-11-22T10:00:06Z",
  resource_type: event_type.startsWith("CUSTOMER") ? "dispute" : "refund",
  event_type,
  resource,
  ...changes
})

const news = (told: unknown): ProviderNews =>
  newsOf(typeof told === "string" ? told : JSON.stringify(told), transmission)
const about = (event_type: string, resource: unknown, changes: object = {}): ProviderNews["about"] =>
  news(event(event_type, resource, changes)).about

const ours = {
  _tag: "refund",
  attempt: { refundId, attemptId },
  reference: "1JU08902781691411",
  captureReference: "2GG279541U471931P",
  amount: 1_999n,
  currency: "USD"
}

describe("what PayPal tells of a refund", () => {
  it("that was paid is settled, with its own amount and not with all that was refunded (A31)", () => {
    assertEquals(news(event("PAYMENT.CAPTURE.REFUNDED", refund)), {
      eventId: "WH-2WR32451HC0233532-67976317FL4543714",
      at: Date.parse("2026-11-22T10:00:06Z"),
      about: {
        ...ours,
        outcome: {
          _tag: "settled",
          reference: "1JU08902781691411",
          amount: 1_999n,
          currency: "USD",
          at: Date.parse("2026-11-22T10:00:05Z")
        }
      }
    } as ProviderNews)
  })

  it.each([
    ["PAYMENT.CAPTURE.REFUNDED", "PENDING", "pending"],
    ["PAYMENT.REFUND.PENDING", "PENDING", "pending"],
    ["PAYMENT.REFUND.FAILED", "FAILED", "declined"],
    ["PAYMENT.REFUND.CANCELLED", "CANCELLED", "declined"],
    ["PAYMENT.REFUND.COMPLETED", "COMPLETED", "settled"],
    ["PAYMENT.REFUND.FAILED", "COMPLETED", "settled"]
  ])("%s of one that is %s is %s: its status decides (A34)", (type, status, tag) => {
    const told = about(type, { ...refund, status })
    expect(told._tag === "refund" ? told.outcome._tag : told._tag).toBe(tag)
  })

  it.each([
    ["without our reference", { custom_id: undefined }],
    ["with somebody's own reference", { custom_id: "A-1001" }]
  ])("that somebody made at PayPal's, %s, is nobody's attempt (A93)", (_, changes) => {
    expect(about("PAYMENT.CAPTURE.REFUNDED", { ...refund, ...changes })).toMatchObject({
      _tag: "refund",
      attempt: null,
      captureReference: "2GG279541U471931P",
      amount: 1_999n
    })
  })

  it("that is pending may not say how much: that is never all of it (A31)", () => {
    assertEquals(
      about("PAYMENT.REFUND.PENDING", { ...refund, status: "PENDING", amount: undefined, links: undefined }),
      {
        ...ours,
        captureReference: null,
        amount: null,
        currency: null,
        outcome: { _tag: "pending", reference: "1JU08902781691411" }
      } as ProviderNews["about"]
    )
  })

  it.each([
    ["is about a capture, as in older versions", refund, { resource_type: "capture" }],
    ["says not what it is about", refund, { resource_type: undefined }],
    ["is settled without an amount", { ...refund, amount: undefined }, {}],
    ["is of half a cent", { ...refund, amount: { currency_code: "USD", value: "19.999" } }, {}],
    ["is of a currency that is none", { ...refund, amount: { currency_code: "XXX", value: "19.99" } }, {}],
    [
      "is pending of half a cent",
      { ...refund, status: "PENDING", amount: { currency_code: "USD", value: "1.999" } },
      {}
    ],
    ["has a status that is new", { ...refund, status: "PARTLY" }, {}],
    ["has no id", { ...refund, id: undefined }, {}],
    ["is empty", null, {}]
  ])("is for a person to look at where it %s", (_, resource, changes) => {
    expect(about("PAYMENT.CAPTURE.REFUNDED", resource, changes)._tag).toBe("unreadable")
  })

  it("that PayPal took back of its own accord is for a person to look at", () => {
    expect(about("PAYMENT.CAPTURE.REVERSED", refund)._tag).toBe("unreadable")
  })
})

describe("what PayPal tells of a dispute", () => {
  const expected = (state: string) =>
    ({
      _tag: "dispute",
      id: "PP-D-27803",
      captureReference: "2GG279541U471931P",
      amount: 1_999n,
      currency: "USD",
      state
    }) as ProviderNews["about"]

  it.each([
    ["CUSTOMER.DISPUTE.CREATED", "OPEN"],
    ["CUSTOMER.DISPUTE.UPDATED", "WAITING_FOR_SELLER_RESPONSE"],
    ["CUSTOMER.DISPUTE.UPDATED", "UNDER_REVIEW"],
    ["CUSTOMER.DISPUTE.UPDATED", undefined]
  ])("%s, %s, is open (A90)", (type, status) => {
    assertEquals(about(type, { ...dispute, status }), expected("open"))
  })

  it.each([
    ["RESOLVED_SELLER_FAVOUR", "won"],
    ["CANCELED_BY_BUYER", "won"],
    ["DENIED", "won"],
    ["RESOLVED_BUYER_FAVOUR", "lost"],
    ["ACCEPTED", "lost"]
  ])("resolved as %s is %s (A90, A92)", (outcome_code, state) => {
    const resolved = { ...dispute, status: "RESOLVED", dispute_outcome: { outcome_code } }
    assertEquals(about("CUSTOMER.DISPUTE.RESOLVED", resolved), expected(state))
    assertEquals(about("CUSTOMER.DISPUTE.UPDATED", resolved), expected(state))
  })

  it.each(["RESOLVED_WITH_PAYOUT", "NONE", "SOMETHING_NEW", "constructor", undefined])(
    "resolved as %s stays open until a person has looked",
    (outcome_code) => {
      const resolved = { ...dispute, status: "RESOLVED", dispute_outcome: { outcome_code } }
      expect(about("CUSTOMER.DISPUTE.RESOLVED", resolved)._tag).toBe("unreadable")
    }
  )

  it.each([
    [
      "of two payments",
      { disputed_transactions: [...dispute.disputed_transactions, ...dispute.disputed_transactions] }
    ],
    ["of no payment", { disputed_transactions: [] }],
    ["of a payment without a name", { disputed_transactions: [{ buyer_transaction_id: "3BC" }] }],
    ["of nothing", { dispute_amount: { currency_code: "USD", value: "0.00" } }],
    ["without an amount", { dispute_amount: undefined }],
    ["without an id", { dispute_id: undefined }]
  ])("%s is for a person to look at", (_, changes) => {
    expect(about("CUSTOMER.DISPUTE.CREATED", { ...dispute, ...changes })._tag).toBe("unreadable")
  })
})

describe("an event", () => {
  it.each([
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.SALE.REFUNDED",
    "CHECKOUT.ORDER.APPROVED",
    "SOMETHING.NEW",
    "PAYMENT.REFUND"
  ])("%s is of no concern", (type) => {
    assertEquals(about(type, {}), { _tag: "other", type })
  })

  it.each([
    ["that is no JSON", "{"],
    ["that is deep", "[".repeat(100_000)],
    ["that is text", '"event"'],
    ["without an id", JSON.stringify(event("PAYMENT.CAPTURE.REFUNDED", refund, { id: undefined }))],
    ["without a type", JSON.stringify(event("PAYMENT.CAPTURE.REFUNDED", refund, { event_type: undefined }))]
  ])("%s, but signed, is kept under its transmission", (_, body) => {
    assertEquals(news(body), {
      eventId: "transmission:69cd13f0-d67a-11e5-baa3-778b53f4ae55",
      at: transmission.at,
      about: { _tag: "unreadable", detail: "a signed body that is no event" }
    })
  })

  it("without a time that can be read is of when it was sent", () => {
    expect(news(event("X", {}, { create_time: "yesterday" })).at).toBe(transmission.at)
  })
})
