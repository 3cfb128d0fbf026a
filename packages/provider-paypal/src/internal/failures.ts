/** What a call that was not answered with a refund means: whether PayPal has said no, or may have paid. */
import type { Outcome } from "refund-core/ports/RefundProvider"

/** An error that PayPal answered: HTTP status, the name and issues of its body, and headers by lower-case name. */
export interface PayPalError {
  readonly status: number
  /** Null: the body is none of PayPal's errors. */
  readonly name: string | null
  readonly issues: ReadonlyArray<string>
  readonly message: string
  readonly retryAfter: string | undefined
}

/** A wrong or powerless key is for a person to put right; until then it is asked rarely. */
const askAgainAboutKey = 5 * 60_000

/** In the words of a refusal, but about our id, which may have paid before. */
const aboutTheId: ReadonlySet<string> = new Set([
  "DUPLICATE_REQUEST_ID",
  "PAYPAL_REQUEST_ID_PREVIOUSLY_USED",
  "PREVIOUS_REQUEST_IN_PROGRESS"
])

/** The request was understood, and refused. */
const refusals: ReadonlySet<number> = new Set([400, 404, 422])

/** Of a request to pay (developer.paypal.com/api/rest/responses, and the errors of the call itself). What is not a plain refusal is `unknown`. */
export const refused = ({ issues, message, name, retryAfter, status }: PayPalError): Outcome => {
  const said = [status, name, ...issues, message].filter((part) => part !== null && part !== "").join(" ")
  const detail = `PayPal: ${said}`.slice(0, 300)
  if (status === 429) return { _tag: "notSent", detail, ...waitFor(retryAfter) }
  if (name === null || [name, ...issues].some((word) => aboutTheId.has(word))) return { _tag: "unknown", detail }
  if (status === 401 || status === 403) return { _tag: "notSent", detail, retryAfter: askAgainAboutKey }
  if (refusals.has(status)) return { _tag: "declined", code: issues[0] ?? name, reference: null }
  return { _tag: "unknown", detail }
}

/** Whole seconds. */
const waitFor = (header: string | undefined): { readonly retryAfter?: number } =>
  header !== undefined && /^[0-9]{1,6}$/.test(header) ? { retryAfter: Number(header) * 1_000 } : {}

const whileConnecting: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

/** Whom we reached was not PayPal as far as TLS could tell: nothing is sent before that is settled. */
const untrusted: ReadonlySet<unknown> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

/** No connection came about. The SDK wraps Node's error; of several addresses each has to have failed so. */
const isBeforeConnected = (failure: unknown): boolean => {
  if (failure instanceof AggregateError && failure.errors.length > 0) return failure.errors.every(isBeforeConnected)
  if (!(failure instanceof Error)) return false
  if ("syscall" in failure && whileConnecting.has(failure.syscall)) return true
  if ("code" in failure && untrusted.has(failure.code)) return true
  return failure.cause !== undefined && isBeforeConnected(failure.cause)
}

/** No answer, or none that can be read. */
export const unanswered = (failure: unknown): Outcome => {
  const message = failure instanceof Error && failure.message !== "" ? failure.message : "the call broke off"
  return isBeforeConnected(failure)
    ? { _tag: "notSent", detail: `PayPal was not reached: ${message}`.slice(0, 300) }
    : { _tag: "unknown", detail: `no answer from PayPal: ${message}`.slice(0, 300) }
}
