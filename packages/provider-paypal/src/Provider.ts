/** Refunds through PayPal's Payments API. */
import { ApiError } from "@paypal/paypal-server-sdk"
import { Effect } from "effect"
import type { Attempt, Capabilities, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { capabilities } from "./capabilities.ts"
import { toPayPal } from "./internal/amounts.ts"
import { refused, unanswered } from "./internal/failures.ts"
import { answered } from "./internal/PayPalRefund.ts"
import { referenceOf } from "./internal/reference.ts"
import { type PayPalOptions, type Session, type Sessions, sessionsOf, timeoutOf } from "./internal/session.ts"

export type { PayPalOptions } from "./internal/session.ts"

export const make = (
  options: PayPalOptions
): { readonly provider: RefundProvider["Service"]; readonly capabilities: Capabilities } => {
  const sessions = sessionsOf(options)
  const limit = timeoutOf(options)
  return {
    provider: {
      submit: (attempt) => submit(sessions, attempt, limit),
      lookup: (attempt) => lookup(sessions, attempt, limit)
    },
    capabilities
  }
}

const submit = Effect.fnUntraced(function* (sessions: Sessions, attempt: Attempt, limit: number) {
  const { captureReference } = attempt
  if (captureReference === null) return declined("no_reference: the capture has no PayPal id")
  const amount = toPayPal(attempt.amount, attempt.currency)
  if (amount === null) return declined(`no_such_amount: PayPal takes no decimals of ${attempt.currency}`)

  const opened = yield* open(sessions, limit)
  if ("_tag" in opened) return opened
  return yield* call(sessions, opened, limit, (abortSignal) =>
    opened.payments.refundCapturedPayment(
      {
        captureId: captureReference,
        paypalRequestId: attempt.id,
        prefer: "return=representation",
        body: { amount: { currencyCode: amount.currency, value: amount.value }, customId: referenceOf(attempt) }
      },
      { abortSignal }
    )
  ).pipe(
    Effect.match({
      onFailure: (failure) => failure,
      onSuccess: (body) => answered(attempt, body)
    })
  )
})

/** By PayPal's own id. Before that is known, only the same id sent again can tell, and that is not for a look-up to do. */
const lookup = Effect.fnUntraced(function* (sessions: Sessions, attempt: Attempt, limit: number) {
  const { reference } = attempt
  if (reference === null) return unknown("PayPal finds a refund by its own id only, which is not known")
  const opened = yield* open(sessions, limit)
  if ("_tag" in opened) return asked(opened)
  return yield* call(sessions, opened, limit, (abortSignal) =>
    opened.payments.getRefund({ refundId: reference }, { abortSignal })
  ).pipe(
    Effect.match({
      onFailure: asked,
      onSuccess: (body) => answered(attempt, body)
    })
  )
})

/** Nothing was asked to pay yet: without a token, whatever the reason, nothing is sent. */
const open = (sessions: Sessions, limit: number): Effect.Effect<Session | Outcome> =>
  Effect.tryPromise({ try: () => sessions.current(), catch: outcomeOfFailure }).pipe(
    Effect.timeoutOrElse({
      duration: limit / 2 + 500,
      orElse: () => Effect.fail<Outcome>(unknown("no access token in time"))
    }),
    Effect.catch((failure) =>
      Effect.succeed<Outcome>(
        failure._tag === "notSent"
          ? failure
          : { _tag: "notSent", detail: `no access token: ${"detail" in failure ? failure.detail : failure._tag}` }
      )
    )
  )

/** The body of a good answer as it came; the SDK's own reading of it is left aside. */
const call = (
  sessions: Sessions,
  session: Session,
  limit: number,
  request: (signal: AbortSignal) => Promise<{ readonly body: unknown }>
): Effect.Effect<unknown, Outcome> =>
  Effect.tryPromise({
    try: async (signal) => parsed((await request(signal)).body),
    catch: (failure) => {
      if (failure instanceof ApiError && failure.statusCode === 401) sessions.drop(session)
      return outcomeOfFailure(failure)
    }
  }).pipe(
    // The SDK's limit is on silence; an answer that trickles in is given up here.
    Effect.timeoutOrElse({
      duration: limit + 500,
      orElse: () => Effect.fail<Outcome>(unknown(`no answer from PayPal within ${limit / 1_000} s`))
    })
  )

const parsed = (body: unknown): unknown => (typeof body === "string" ? JSON.parse(body) : undefined)

const outcomeOfFailure = (failure: unknown): Outcome => {
  if (!(failure instanceof ApiError)) return unanswered(failure)
  const { details, message, name } = errorIn(failure.result)
  return refused({
    status: failure.statusCode,
    name,
    issues: details,
    message,
    retryAfter: failure.headers["retry-after"]
  })
}

/** `error_4xx` of the API, or OAuth's own form of an error (RFC 6749). */
const errorIn = (
  body: unknown
): { readonly name: string | null; readonly details: ReadonlyArray<string>; readonly message: string } => {
  const { details, error, error_description, message, name } = (body ?? {}) as Readonly<Record<string, unknown>>
  const issues = Array.isArray(details)
    ? details.map((detail: { readonly issue?: unknown } | null) => detail?.issue)
    : []
  return {
    name: text(name) ?? text(error),
    details: issues.filter((issue) => typeof issue === "string"),
    message: text(message) ?? text(error_description) ?? "an answer that is no error of PayPal's"
  }
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)

const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })

/** Known before anything is sent, and the same whenever it is asked. */
const declined = (code: string): Outcome => ({ _tag: "declined", code, reference: null })

/** A question that was refused or lost says nothing about what was asked about. */
const asked = (failure: Outcome): Outcome =>
  "detail" in failure ? unknown(failure.detail) : unknown("code" in failure ? failure.code : failure._tag)
