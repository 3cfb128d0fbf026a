/** What Adyen answers a refund request with, in our words. The default is always that nobody knows. */
import { Result, Schema } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { toAdyen } from "./amounts.ts"
import { referenceOf } from "./reference.ts"

/** The part of PaymentRefundResponse (Checkout API v72) that matters here. */
const Accepted = Schema.Struct({
  status: Schema.Literal("received"),
  pspReference: Schema.NonEmptyString,
  paymentPspReference: Schema.String,
  merchantAccount: Schema.String,
  reference: Schema.optional(Schema.String),
  amount: Schema.Struct({ currency: Schema.String, value: Schema.Number })
})

const decodeAccepted = Schema.decodeUnknownResult(Accepted)

const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })

/** A 2xx is at most `pending`: what comes of the refund is told by webhook. Whatever does not agree with what was sent is unclear. */
export const answered = (attempt: Attempt, merchantAccount: string, body: unknown): Outcome => {
  const decoded = decodeAccepted(body)
  if (Result.isFailure(decoded)) return unknown("Adyen's answer makes no sense")
  const answer = decoded.success
  const sent = toAdyen(attempt.amount, attempt.currency)
  const differing = Object.entries({
    payment: answer.paymentPspReference === attempt.captureReference,
    "merchant account": answer.merchantAccount === merchantAccount,
    reference: answer.reference === undefined || answer.reference === referenceOf(attempt),
    amount: answer.amount.value === sent?.value,
    currency: answer.amount.currency === sent?.currency
  }).flatMap(([what, agrees]) => (agrees ? [] : [what]))
  if (differing.length > 0) return unknown(`Adyen's answer is about another ${differing.join(", ")}`)
  return { _tag: "pending", reference: answer.pspReference }
}

/** An error that Adyen answered: HTTP status, the fields of ServiceError, and headers by lower-case name. */
export interface AdyenError {
  readonly status: number
  readonly errorCode: string | null
  readonly message: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/** "request already processed or in progress" (docs.adyen.com/development-resources/api-idempotency), with 422 or 409. */
const sameKeyUnderWay = "704"

/** A key or account that Adyen refuses is for a person to put right; until then it is asked rarely. */
const askAgainAboutKey = 5 * 60_000

/**
 * A definite no is only what Adyen decided about this very request. Who we are being refused (401, 403), or too much being
 * asked (429), is no decision about it, and nothing moved. A transient error asks for the same key again.
 */
export const refused = ({ errorCode, headers, message, status }: AdyenError): Outcome => {
  const said = `${status} ${errorCode ?? "no error code"}: ${message}`.slice(0, 300)
  if (status === 429) return { _tag: "notSent", detail: `Adyen: ${said}`, ...retryAfter(headers["retry-after"]) }
  if (errorCode === null || errorCode === sameKeyUnderWay) return unknown(`Adyen: ${said}`)
  if (headers["transient-error"] === "true") return unknown(`Adyen: ${said}`)
  if (status === 401 || status === 403) {
    return { _tag: "notSent", detail: `Adyen: ${said}`, retryAfter: askAgainAboutKey }
  }
  if (status === 400 || status === 404 || status === 422) {
    return { _tag: "declined", code: `${errorCode}: ${message}`.slice(0, 300), reference: null }
  }
  return unknown(`Adyen: ${said}`)
}

const retryAfter = (header: unknown): { readonly retryAfter?: number } =>
  typeof header === "string" && /^[0-9]{1,6}$/.test(header) ? { retryAfter: Number(header) * 1_000 } : {}

/** The connection was never made (Node's own words, the only ones the SDK hands on): nothing was sent. */
const neverConnected =
  /^(?:connect E[A-Z]+\b|getaddrinfo E[A-Z_]+\b|Client network socket disconnected before secure TLS connection)/

/** No answer at all. */
export const unanswered = (message: string): Outcome =>
  neverConnected.test(message)
    ? { _tag: "notSent", detail: `Adyen was not reached: ${message}` }
    : unknown(`no answer from Adyen: ${message}`)
