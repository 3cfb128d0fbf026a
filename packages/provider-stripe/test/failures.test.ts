import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import type { Outcome } from "refund-core/ports/RefundProvider"
import Stripe from "stripe"
import { BrokenOff, NotConnected } from "../src/internal/connection.ts"
import { outcomeBeforePaying, outcomeOfFailure } from "../src/internal/failures.ts"

type Raw = Parameters<typeof Stripe.errors.StripeError.generate>[0]
const failure = (statusCode: number, type: string, code?: string, headers?: Record<string, string>) =>
  Stripe.errors.StripeError.generate({ statusCode, type, message: "why", code, headers } as Raw)

/** All codes that Stripe's SDK knows, from its own declarations. */
const documentedCodes = (): ReadonlyArray<string> => {
  const sdk = createRequire(import.meta.url).resolve("stripe")
  const declared = readFileSync(sdk.replace(/stripe\.cjs\.node\.js$/, "resources/PaymentIntents.d.ts"), "utf8")
  const [, union = ""] = /namespace LastPaymentError \{\s*type Code = ([^;]+);/.exec(declared) ?? []
  return [...union.matchAll(/'(\w+)'/g)].flatMap(([, code]) => code ?? [])
}
const codes = documentedCodes()

const types = ["api_error", "card_error", "idempotency_error", "invalid_request_error"]
/** https://docs.stripe.com/api/errors, "HTTP status code summary", and two that every server may answer. */
const statuses = [400, 401, 402, 403, 404, 409, 424, 429, 500, 502, 503, 504]

describe("a refused request to pay", () => {
  it("knows the codes that Stripe documents", () => {
    assert.isAbove(codes.length, 150)
    assert.includeMembers([...codes], ["charge_already_refunded", "charge_disputed", "lock_timeout", "rate_limit"])
  })

  it.each(
    codes.filter((code) => !["lock_timeout", "rate_limit", "idempotency_key_in_use", "processing_error"].includes(code))
  )("%s is a definite no, with Stripe's code (T19)", (code) => {
    for (const status of [400, 402, 404]) {
      for (const type of ["invalid_request_error", "card_error"]) {
        assertEquals(outcomeOfFailure(failure(status, type, code)), { _tag: "declined", code, reference: null })
      }
    }
  })

  it("without a code is as definite: more than is left of the charge has none", () =>
    assertEquals(outcomeOfFailure(failure(400, "invalid_request_error")), {
      _tag: "declined",
      code: "invalid_request_error",
      reference: null
    }))

  it.each<[status: number, type: string, code: string]>([
    [409, "idempotency_error", "idempotency_key_in_use"],
    [409, "invalid_request_error", "idempotency_key_in_use"],
    [400, "invalid_request_error", "idempotency_key_in_use"],
    [400, "idempotency_error", "idempotency_error"],
    [402, "card_error", "processing_error"],
    [400, "api_error", "anything"]
  ])("%s %s %s leaves open what happened", (status, type, code) =>
    assert.strictEqual(outcomeOfFailure(failure(status, type, code))._tag, "unknown")
  )

  it("of any other kind is unknown: only what Stripe has understood and refused is declined (A15)", () => {
    for (const status of statuses) {
      for (const type of types) {
        for (const code of [undefined, ...codes]) {
          const { _tag } = outcomeOfFailure(failure(status, type, code))
          const isRefusal = [400, 402, 404].includes(status) && ["card_error", "invalid_request_error"].includes(type)
          if (_tag === "declined") assert.isTrue(isRefusal, `${status} ${type} ${code}`)
          if (status >= 500 || status === 409 || status === 424) {
            assert.strictEqual(_tag, "unknown", `${status} ${type} ${code}`)
          }
        }
      }
    }
  })

  it.each<[status: number, code: string | undefined, headers: Record<string, string>, retryAfter: number | undefined]>([
    [429, "rate_limit", { "retry-after": "7" }, 7_000],
    [429, "lock_timeout", {}, undefined],
    [429, undefined, { "retry-after": "soon" }, undefined],
    [429, undefined, { "retry-after": "-1" }, undefined],
    [400, "rate_limit", { "retry-after": "0" }, 0],
    [401, "api_key_expired", {}, 300_000],
    [403, undefined, {}, 300_000]
  ])("%s %s is sent again, not before it may be (T29)", (status, code, headers, retryAfter) => {
    const outcome = outcomeOfFailure(failure(status, "invalid_request_error", code, headers))
    assert.strictEqual(outcome._tag, "notSent")
    assert.strictEqual("retryAfter" in outcome ? outcome.retryAfter : undefined, retryAfter)
  })
})

describe("a call that broke off", () => {
  const connection = (detail: Error) => new Stripe.errors.StripeConnectionError({ detail } as never)
  it.each<[what: string, failure: unknown, Outcome["_tag"]]>([
    ["before there was a connection", connection(new NotConnected("refused")), "notSent"],
    ["afterwards", connection(new BrokenOff("reset")), "unknown"],
    ["while the answer was read", connection(new Error("aborted")), "unknown"],
    [
      "with an answer that cannot be read",
      new Stripe.errors.StripeAPIError({ message: "Invalid JSON" } as never),
      "unknown"
    ],
    ["inside the SDK", new TypeError("undefined is not a function"), "unknown"],
    ["with nothing at all", undefined, "unknown"]
  ])("%s", (_, broken, tag) => {
    assert.strictEqual(outcomeOfFailure(broken)._tag, tag)
    assert.strictEqual(outcomeBeforePaying(broken)._tag, "notSent")
  })

  it("before paying, a definite no is one too", () =>
    assertEquals(outcomeBeforePaying(failure(404, "invalid_request_error", "resource_missing")), {
      _tag: "declined",
      code: "resource_missing",
      reference: null
    }))
})
