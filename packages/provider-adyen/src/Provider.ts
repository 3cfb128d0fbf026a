/** Refunds through Adyen's Checkout API. Adyen only ever accepts; what came of a refund is told by webhook (Webhook.ts). */
import { Effect, Option } from "effect"
import type { Attempt, Capabilities, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { capabilities } from "./capabilities.ts"
import { toAdyen } from "./internal/amounts.ts"
import { answered, refused, unanswered } from "./internal/answers.ts"
import { type AdyenOptions, modificationsOf, timeoutOf } from "./internal/client.ts"
import { referenceOf } from "./internal/reference.ts"
import { HttpClientException } from "./internal/sdk.ts"

export type { AdyenOptions } from "./internal/client.ts"

export const make = (
  options: AdyenOptions
): { readonly provider: RefundProvider["Service"]; readonly capabilities: Capabilities } => {
  const modifications = modificationsOf(options)
  const { merchantAccount } = options
  // The SDK's limit is on silence; an answer that trickles in is given up here.
  const limit = timeoutOf(options) + 500

  const submit = (attempt: Attempt): Effect.Effect<Outcome> => {
    const { captureReference } = attempt
    if (captureReference === null) return declined("no_reference: the capture has no pspReference of its payment")
    const amount = toAdyen(attempt.amount, attempt.currency)
    if (amount === null) return declined(`no_such_amount: Adyen does not count ${attempt.currency} so finely`)
    return Effect.tryPromise({
      try: () =>
        modifications.refundCapturedPayment(
          captureReference,
          { merchantAccount, amount, reference: referenceOf(attempt) },
          { idempotencyKey: attempt.id }
        ),
      catch: outcomeOf
    }).pipe(
      Effect.match({
        onFailure: (outcome) => outcome,
        onSuccess: (body) => answered(attempt, merchantAccount, body)
      }),
      Effect.timeoutOption(limit),
      Effect.map(Option.getOrElse(() => unanswered(`nothing within ${limit / 1_000} s`)))
    )
  }

  const lookup = (): Effect.Effect<Outcome> =>
    Effect.succeed({ _tag: "unknown", detail: "Adyen cannot be asked what became of a refund" })

  return { provider: { submit, lookup }, capabilities }
}

/** Known before anything is sent, and the same whenever it is asked. */
const declined = (code: string): Effect.Effect<Outcome> => Effect.succeed({ _tag: "declined", code, reference: null })

const outcomeOf = (thrown: unknown): Outcome => {
  if (!(thrown instanceof HttpClientException)) return unanswered(messageOf(thrown))
  return refused({
    status: thrown.statusCode,
    errorCode: thrown.apiError?.errorCode ?? null,
    message: thrown.apiError?.message ?? "an answer that is no error of Adyen's",
    headers: thrown.responseHeaders ?? {}
  })
}

/** The SDK's own errors of a connection are no Errors. */
const messageOf = (thrown: unknown): string =>
  typeof thrown === "object" && thrown !== null && "message" in thrown ? String(thrown.message) : String(thrown)
