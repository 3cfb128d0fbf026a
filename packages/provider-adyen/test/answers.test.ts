import { assertEquals } from "@effect/vitest/utils"
import { describe, expect, it } from "vitest"
import { answered, refused, unanswered } from "../src/internal/answers.ts"
import { attemptNamed, referenceOf } from "../src/internal/reference.ts"
import { attempt, attemptId, refundId } from "./attempts.ts"

const merchantAccount = "RefundLedgerECOM"

const accepted = {
  merchantAccount,
  paymentPspReference: "993617894903480A",
  pspReference: "993617894906488A",
  reference: `${refundId}.${attemptId}`,
  status: "received",
  amount: { currency: "EUR", value: 1_999 }
}

describe("a good answer", () => {
  it("is pending with Adyen's reference, and never more (A36)", () => {
    assertEquals(answered(attempt(), merchantAccount, accepted), { _tag: "pending", reference: "993617894906488A" })
  })

  it("need not repeat our reference", () => {
    const { reference: _, ...rest } = accepted
    assertEquals(answered(attempt(), merchantAccount, rest)._tag, "pending")
  })

  // T25
  it.each([
    ["payment", { paymentPspReference: "993617894903480B" }],
    ["merchant account", { merchantAccount: "Another" }],
    ["reference", { reference: `${attemptId}.${refundId}` }],
    ["amount", { amount: { currency: "EUR", value: 2_000 } }],
    ["amount", { amount: { currency: "EUR", value: 1_999.5 } }],
    ["currency", { amount: { currency: "USD", value: 1_999 } }]
  ])("about another %s is unknown", (what, other) => {
    assertEquals(answered(attempt(), merchantAccount, { ...accepted, ...other }), {
      _tag: "unknown",
      detail: `Adyen's answer is about another ${what}`
    })
  })

  // T24
  it.each([
    ["of another status", { ...accepted, status: "refused" }],
    ["without a reference", { ...accepted, pspReference: undefined }],
    ["with an empty reference", { ...accepted, pspReference: "" }],
    ["with an amount in words", { ...accepted, amount: { currency: "EUR", value: "1999" } }],
    ["without an amount", { ...accepted, amount: undefined }],
    ["that is text", "ok"],
    ["that is nothing", undefined],
    ["that is null", null],
    ["that is a list", [accepted]],
    ["that is empty", {}]
  ])("%s is unknown", (_, body) => {
    assertEquals(answered(attempt(), merchantAccount, body)._tag, "unknown")
  })
})

/**
 * The statuses that the description of the call names, each with errors of docs.adyen.com/development-resources/error-codes
 * that a modification can meet.
 */
const errors: ReadonlyArray<readonly [status: number, errorCode: string | null, message: string, tag: string]> = [
  [400, "702", "Unexpected input", "declined"],
  [400, "702", "Required field 'amount' is not provided", "declined"],
  [422, "100", "No amount specified", "declined"],
  [422, "130", "Reference Missing", "declined"],
  [422, "137", "Invalid amount specified", "declined"],
  [422, "138", "Unsupported currency specified", "declined"],
  [422, "167", "Original pspReference required for this operation", "declined"],
  [404, "000", "Not found", "declined"],
  [401, "000", "HTTP Status Response - Unauthorized", "notSent"],
  [403, "010", "Not allowed", "notSent"],
  [403, "901", "Invalid Merchant Account", "notSent"],
  [429, null, "an answer that is no error of Adyen's", "notSent"],
  [429, "000", "Too many requests", "notSent"],
  [422, "704", "request already processed or in progress", "unknown"],
  [409, "704", "request already processed or in progress", "unknown"],
  [409, "000", "Conflict", "unknown"],
  [408, null, "an answer that is no error of Adyen's", "unknown"],
  [422, null, "an answer that is no error of Adyen's", "unknown"],
  [403, null, "an answer that is no error of Adyen's", "unknown"],
  [308, null, "an answer that is no error of Adyen's", "unknown"],
  [500, "905", "Payment details are not supported", "unknown"],
  [500, "000", "Internal error", "unknown"],
  [502, null, "an answer that is no error of Adyen's", "unknown"],
  [503, "000", "Unavailable", "unknown"],
  [504, null, "an answer that is no error of Adyen's", "unknown"]
]

describe("an error of Adyen's", () => {
  it.each(errors)("%s %s %s is %s (T19, T23, T29, A15)", (status, errorCode, message, tag) => {
    assertEquals(refused({ status, errorCode, message, headers: {} })._tag, tag)
  })

  it("that is a no has Adyen's code and words", () => {
    assertEquals(refused({ status: 422, errorCode: "138", message: "Unsupported currency specified", headers: {} }), {
      _tag: "declined",
      code: "138: Unsupported currency specified",
      reference: null
    })
  })

  it.each([400, 401, 403, 404, 422])("%s that is transient is no no: the same key is to be sent again", (status) => {
    const headers = { "transient-error": "true" }
    assertEquals(refused({ status, errorCode: "137", message: "later", headers })._tag, "unknown")
  })

  it.each([
    ["7", 7_000],
    ["0", 0],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    ["-1", undefined],
    ["1e9", undefined],
    [undefined, undefined]
  ])("429 with Retry-After: %s waits %s ms (T29)", (header, milliseconds) => {
    const outcome = refused({ status: 429, errorCode: "000", message: "", headers: { "retry-after": header } })
    expect(outcome._tag === "notSent" ? outcome.retryAfter : "another").toBe(milliseconds)
  })
})

describe("no answer", () => {
  it.each([
    ["connect ECONNREFUSED 127.0.0.1:1", "notSent"],
    ["connect ETIMEDOUT 1.2.3.4:443", "notSent"],
    ["getaddrinfo ENOTFOUND checkout-test.adyen.com", "notSent"],
    ["getaddrinfo EAI_AGAIN checkout-test.adyen.com", "notSent"],
    ["Client network socket disconnected before secure TLS connection was established", "notSent"],
    ["socket hang up", "unknown"],
    ["read ECONNRESET", "unknown"],
    ["write EPIPE", "unknown"],
    ["aborted", "unknown"],
    ["an answer that is not JSON", "unknown"],
    ["reconnect ECONNREFUSED", "unknown"],
    ["", "unknown"]
  ])("because of «%s» is %s: only what was never connected is not sent (A37, T22)", (message, tag) => {
    assertEquals(unanswered(message)._tag, tag)
  })
})

describe("our reference", () => {
  it("fits the 80 characters that Adyen keeps, and names refund and attempt", () => {
    const reference = referenceOf(attempt())
    expect(reference.length).toBeLessThanOrEqual(80)
    expect(attemptNamed(reference)).toEqual({ refundId, attemptId })
  })

  it.each([
    "",
    "A-1001",
    refundId,
    `${refundId}.`,
    `${refundId}.${attemptId}.x`,
    `${refundId}.${attemptId.toUpperCase()}x`
  ])("is not read into «%s»", (reference) => {
    expect(attemptNamed(reference)).toBeNull()
  })
})
