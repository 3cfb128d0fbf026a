import { assertEquals } from "@effect/vitest/utils"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { describe, expect, it } from "vitest"
import { newsOf } from "../src/internal/news.ts"
import type { Item } from "../src/internal/notification.ts"
import { attemptId, refundId } from "./attempts.ts"
import webhooks from "./specs/adyen_refund_webhooks.json" with { type: "json" }

const now = Date.parse("2026-11-22T12:00:00Z")
const at = Date.parse("2026-11-22T10:00:00+01:00")

const item = (changes: Partial<Item> = {}): Item => ({
  eventCode: "REFUND",
  pspReference: "QFQTPCQ8HXSKGK82",
  originalReference: "993617894903480A",
  merchantAccountCode: "RefundLedgerECOM",
  merchantReference: `${refundId}.${attemptId}`,
  amount: { currency: "EUR", value: 1_999 },
  success: "true",
  eventDate: "2026-11-22T10:00:00+01:00",
  reason: "",
  additionalData: {},
  ...changes
})

const about = (changes: Partial<Item>): ProviderNews["about"] => newsOf(item(changes), now).about

const refund = {
  _tag: "refund",
  attempt: { refundId, attemptId },
  reference: "QFQTPCQ8HXSKGK82",
  captureReference: "993617894903480A",
  amount: 1_999n,
  currency: "EUR"
}

describe("what Adyen tells of a refund", () => {
  it("that succeeded is settled, with its amount (A31)", () => {
    assertEquals(newsOf(item(), now), {
      eventId: "REFUND:QFQTPCQ8HXSKGK82:true",
      at,
      about: {
        ...refund,
        outcome: { _tag: "settled", reference: "QFQTPCQ8HXSKGK82", amount: 1_999n, currency: "EUR", at }
      }
    } as ProviderNews)
  })

  it.each([
    ["Insufficient balance on payment", "Insufficient balance on payment"],
    ["", "REFUND"],
    [undefined, "REFUND"],
    [null, "REFUND"]
  ])("that did not is declined, with the reason «%s»", (reason, code) => {
    assertEquals(about({ success: "false", reason }), {
      ...refund,
      outcome: { _tag: "declined", code, reference: "QFQTPCQ8HXSKGK82" }
    } as ProviderNews["about"])
  })

  it.each(["REFUND_FAILED", "REFUNDED_REVERSED"])("%s is reversed: the money came back (T27)", (eventCode) => {
    assertEquals(about({ eventCode, reason: "Closed account" }), {
      ...refund,
      outcome: {
        _tag: "reversed",
        reference: "QFQTPCQ8HXSKGK82",
        detail: `${eventCode}: Closed account`,
        at
      }
    } as ProviderNews["about"])
  })

  it.each([
    ["CANCEL_OR_REFUND", "true", "refund", "settled"],
    ["CANCEL_OR_REFUND", "false", "refund", "declined"],
    ["POSTPONED_REFUND", "true", undefined, "pending"]
  ] as const)("%s, success %s, of a %s, is %s", (eventCode, success, action, tag) => {
    const told = about({
      eventCode,
      success,
      additionalData: action === undefined ? {} : { "modification.action": action }
    })
    expect(told._tag === "refund" ? told.outcome._tag : told._tag).toBe(tag)
  })

  it("that somebody made at Adyen's is nobody's attempt (A93)", () => {
    const told = about({ merchantReference: "A-1001" })
    expect(told).toMatchObject({ _tag: "refund", attempt: null, captureReference: "993617894903480A", amount: 1_999n })
  })

  it.each([
    ["has a currency that is none", { amount: { currency: "XXX", value: 1 } }],
    ["has an amount of nothing", { amount: { currency: "EUR", value: 0 } }],
    ["has a negative amount", { amount: { currency: "EUR", value: -5 } }],
    ["is of half a peso", { amount: { currency: "CLP", value: 150 } }],
    ["failed, but did not", { eventCode: "REFUND_FAILED", success: "false" as const }],
    ["was taken back before it went out", { eventCode: "VOID_PENDING_REFUND" }],
    ["was canceled or refunded", { eventCode: "CANCEL_OR_REFUND" }]
  ])("is for a person to look at where it %s", (_, changes) => {
    expect(about(changes)._tag).toBe("unreadable")
  })
})

describe("what Adyen tells of a chargeback", () => {
  const psp = "QFQTPCQ8HXSKGK82"
  it.each([
    ["NOTIFICATION_OF_CHARGEBACK", psp, "open"],
    ["CHARGEBACK", psp, "open"],
    ["CHARGEBACK_REVERSED", psp, "won"],
    ["ISSUER_RESPONSE_TIMEFRAME_EXPIRED", psp, "won"],
    ["DISPUTE_DEFENSE_PERIOD_ENDED", psp, "lost"],
    ["PREARBITRATION_OPEN", `${psp}/2`, "open"],
    ["PREARBITRATION_WON", `${psp}/2`, "won"],
    ["PREARBITRATION_LOST", `${psp}/2`, "lost"],
    ["SECOND_CHARGEBACK", `${psp}/2`, "lost"]
  ])("%s is dispute %s, %s (A90, A92)", (eventCode, id, state) => {
    assertEquals(about({ eventCode }), {
      _tag: "dispute",
      id,
      captureReference: "993617894903480A",
      amount: 1_999n,
      currency: "EUR",
      state
    } as ProviderNews["about"])
  })

  it.each(["Pending", "Won"])(
    "at the end of the defence period with the dispute %s, decides nothing",
    (disputeStatus) => {
      expect(about({ eventCode: "DISPUTE_DEFENSE_PERIOD_ENDED", additionalData: { disputeStatus } })._tag).toBe("other")
    }
  )

  it.each([undefined, null, ""])(
    "without the payment's name («%s») is for a person to look at",
    (originalReference) => {
      expect(about({ eventCode: "CHARGEBACK_REVERSED", originalReference })._tag).toBe("unreadable")
    }
  )
})

describe("an event", () => {
  const concerns: ReadonlySet<string> = new Set([
    "CANCEL_OR_REFUND",
    "CHARGEBACK",
    "CHARGEBACK_REVERSED",
    "DISPUTE_DEFENSE_PERIOD_ENDED",
    "ISSUER_RESPONSE_TIMEFRAME_EXPIRED",
    "NOTIFICATION_OF_CHARGEBACK",
    "POSTPONED_REFUND",
    "PREARBITRATION_LOST",
    "PREARBITRATION_OPEN",
    "PREARBITRATION_WON",
    "REFUND",
    "REFUNDED_REVERSED",
    "REFUND_FAILED",
    "SECOND_CHARGEBACK",
    "VOID_PENDING_REFUND"
  ])
  const codes = webhooks.components.schemas.RefundNotificationRequestItem.properties.eventCode.enum

  it("is of no concern unless it is about refunds or chargebacks: all 40 that Adyen describes", () => {
    expect(codes.length).toBe(40)
    expect(codes.filter((eventCode) => about({ eventCode })._tag !== "other").sort()).toEqual([...concerns].sort())
    expect(about({ eventCode: "SOMETHING_NEW" })).toEqual({ _tag: "other", type: "SOMETHING_NEW" })
    expect(about({ eventCode: "constructor" })._tag).toBe("other")
  })

  it("is the same event when it is told again, and another when it tells the contrary (A23)", () => {
    const id = (changes: Partial<Item>) => newsOf(item(changes), now).eventId
    expect(id({ eventDate: "2026-11-23T10:00:00+01:00" })).toBe(id({}))
    expect(id({ success: "false" })).not.toBe(id({}))
    expect(id({ eventCode: "REFUND_FAILED" })).not.toBe(id({}))
  })

  it.each([
    ["2026-11-22T10:00:00+01:00", at],
    ["2027-01-01T00:00:00Z", now],
    ["yesterday", now],
    [undefined, now]
  ])("told to be of %s is of then, but never of the future: its time is not signed (A28)", (eventDate, expected) => {
    expect(newsOf(item({ eventDate }), now).at).toBe(expected)
  })
})
