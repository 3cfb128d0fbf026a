import { assertEquals } from "@effect/vitest/utils"
import { describe, expect, it } from "vitest"
import { refused, unanswered } from "../src/internal/failures.ts"
import payments from "./specs/paypal_payments_v2_refund.json" with { type: "json" }

const said = (status: number, name: string | null, ...issues: ReadonlyArray<string>) =>
  refused({ status, name, issues, message: "", retryAfter: undefined })

const documented = (status: "captures.refund-400" | "captures.refund-422" | "403" | "404" | "409" | "401") =>
  payments.components.schemas[status].properties.details.items.anyOf.map(({ title }) => title)

describe("an error of PayPal's", () => {
  it("that refuses what was asked is declined with its issue: all that PayPal describes of this call (T19)", () => {
    const issues = documented("captures.refund-422")
    expect(issues.length).toBeGreaterThan(20)
    for (const issue of issues) {
      assertEquals(said(422, "UNPROCESSABLE_ENTITY", issue), { _tag: "declined", code: issue, reference: null })
    }
    for (const issue of documented("captures.refund-400")) {
      assertEquals(said(400, "INVALID_REQUEST", issue), { _tag: "declined", code: issue, reference: null })
    }
    for (const issue of documented("404")) {
      assertEquals(said(404, "RESOURCE_NOT_FOUND", issue), { _tag: "declined", code: issue, reference: null })
    }
  })

  it("that refuses who asks is not sent: nothing was decided", () => {
    for (const issue of documented("403")) assertEquals(said(403, "NOT_AUTHORIZED", issue)._tag, "notSent")
    for (const issue of documented("401")) assertEquals(said(401, "AUTHENTICATION_FAILURE", issue)._tag, "notSent")
    assertEquals(said(401, "invalid_token")._tag, "notSent")
    assertEquals(said(401, "invalid_client"), {
      _tag: "notSent",
      detail: "PayPal: 401 invalid_client",
      retryAfter: 300_000
    })
  })

  it.each([
    [409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS"],
    [422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID"],
    [422, "UNPROCESSABLE_ENTITY", "PAYPAL_REQUEST_ID_PREVIOUSLY_USED"],
    [400, "DUPLICATE_REQUEST_ID", "DUPLICATE_REQUEST_ID"],
    [409, "RESOURCE_CONFLICT", "ANYTHING_ELSE"],
    [500, "INTERNAL_SERVER_ERROR", "INTERNAL_SERVICE_ERROR"],
    [503, "SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"],
    [415, "UNSUPPORTED_MEDIA_TYPE", "INVALID_MEDIA_TYPE"],
    [302, "FOUND", "REDIRECT"],
    [200, "OK", "STRANGE"]
  ])("%s %s %s is unknown: it may have been paid (T23, A10, A15)", (status, name, issue) => {
    assertEquals(said(status, name, issue)._tag, "unknown")
  })

  it.each([400, 401, 403, 404, 409, 422, 500, 502, 503, 504])(
    "%s from somebody who is not PayPal is unknown",
    (status) => {
      assertEquals(said(status, null)._tag, "unknown")
    }
  )

  it("without an issue is declined with its name", () => {
    assertEquals(said(422, "UNPROCESSABLE_ENTITY"), { _tag: "declined", code: "UNPROCESSABLE_ENTITY", reference: null })
  })

  it.each([
    ["7", 7_000],
    ["0", 0],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    ["-1", undefined],
    [undefined, undefined]
  ])("429 with Retry-After: %s waits %s ms (T29)", (retryAfter, milliseconds) => {
    for (const name of ["RATE_LIMIT_REACHED", null]) {
      const outcome = refused({ status: 429, name, issues: [], message: "", retryAfter })
      expect(outcome._tag === "notSent" ? outcome.retryAfter : "another").toBe(milliseconds)
    }
  })
})

describe("no answer", () => {
  const failure = (fields: object) => Object.assign(new Error("it failed"), fields)
  const refusedConnection = failure({ code: "ECONNREFUSED", syscall: "connect" })

  it.each([
    ["refused", refusedConnection],
    ["no such host", failure({ code: "ENOTFOUND", syscall: "getaddrinfo" })],
    ["no route", failure({ code: "EHOSTUNREACH", syscall: "connect" })],
    ["a certificate of somebody else", failure({ code: "ERR_TLS_CERT_ALTNAME_INVALID" })],
    ["a certificate that is over", failure({ code: "CERT_HAS_EXPIRED" })],
    ["refused, as the SDK says it", new Error("Error", { cause: refusedConnection })],
    ["refused at each address", new AggregateError([refusedConnection, refusedConnection])]
  ])("because of %s is not sent (A37)", (_, cause) => {
    assertEquals(unanswered(cause)._tag, "notSent")
  })

  it.each([
    ["a reset", failure({ code: "ECONNRESET", syscall: "read" })],
    ["a broken pipe", failure({ code: "EPIPE", syscall: "write" })],
    ["silence", failure({ code: "ECONNABORTED" })],
    ["a hang-up", failure({ code: "ECONNRESET" })],
    ["refused at one address, reset at another", new AggregateError([refusedConnection, failure({ syscall: "read" })])],
    ["nobody's fault", new AggregateError([])],
    ["text", "ECONNREFUSED"],
    ["nothing", undefined]
  ])("because of %s is unknown (T20, T22)", (_, cause) => {
    assertEquals(unanswered(cause)._tag, "unknown")
  })
})
