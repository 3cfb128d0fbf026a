/** What a call that did not answer with an object means: whether Stripe has said no, or may have paid. */
import type { Outcome } from "refund-core/ports/RefundProvider"
import Stripe from "stripe"
import { NotConnected } from "./connection.ts"

/** Stripe was not asked to pay, or has not begun to. */
type NothingMoved = Extract<Outcome, { readonly _tag: "notSent" }>

/** A wrong or powerless key is for a person to put right; until then it is asked rarely. */
const askAgainAboutKey = 5 * 60_000

/** A definite no comes with one of these: the request was understood, and refused. */
const refusals: ReadonlySet<number> = new Set([400, 402, 404])
const refusing: ReadonlySet<string> = new Set(["invalid_request_error", "card_error"])

/** Refused for now, before anything was begun; mostly, but not always, with status 429. */
const busy: ReadonlySet<string> = new Set(["rate_limit", "lock_timeout"])

/** In the words of a refusal, but they leave open what happened. */
const unclear: ReadonlySet<string> = new Set(["idempotency_key_in_use", "processing_error"])

/**
 * Of a request to pay. Source: https://docs.stripe.com/error-codes, https://docs.stripe.com/error-low-level and
 * https://docs.stripe.com/api/idempotent_requests. What is not a plain refusal is `unknown`.
 */
export const outcomeOfFailure = (failure: unknown): Outcome => {
  const { StripeConnectionError, StripeError } = Stripe.errors
  if (!(failure instanceof StripeError)) return unknown(messageOf(failure))
  if (failure instanceof StripeConnectionError) {
    const { detail } = failure
    return detail instanceof NotConnected ? { _tag: "notSent", detail: detail.message } : unknown(messageOf(detail))
  }
  const { rawType, statusCode } = failure
  const code = failure.code ?? rawType ?? "unspecified"
  const detail = `Stripe says ${statusCode ?? "nothing readable"} ${code}: ${failure.message.slice(0, 200)}`
  const isBusy = statusCode === 429 || (statusCode === 400 && busy.has(code))
  if (isBusy) return { _tag: "notSent", detail, ...retryAfter(failure.headers) }
  if (statusCode === 401 || statusCode === 403) return { _tag: "notSent", detail, retryAfter: askAgainAboutKey }
  const isRefusal = refusals.has(statusCode ?? 0) && refusing.has(rawType ?? "") && !unclear.has(code)
  return isRefusal ? { _tag: "declined", code, reference: null } : unknown(detail)
}

/** Of a question asked before paying: the answer no is as definite; all else is that nothing was sent. */
export const outcomeBeforePaying = (failure: unknown): Outcome => {
  const outcome = outcomeOfFailure(failure)
  return outcome._tag === "unknown" ? notSent(outcome.detail) : outcome
}

export const notSent = (detail: string): NothingMoved => ({ _tag: "notSent", detail })
export const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })

/** Whole seconds, as Stripe sends them. */
const retryAfter = (headers: Readonly<Record<string, string>> | undefined): Pick<NothingMoved, "retryAfter"> => {
  const seconds = headers?.["retry-after"]
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? { retryAfter: Number(seconds) * 1000 } : {}
}

const messageOf = (failure: unknown): string =>
  failure instanceof Error && failure.message !== "" ? failure.message : "the call to Stripe broke off"
