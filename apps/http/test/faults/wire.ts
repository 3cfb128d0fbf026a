/** What a server and its provider say to each other in these tests, over HTTP. */
import { Effect } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { type ProviderWebhook, WebhookRefused } from "refund-core/ports/ProviderNews"
import { type Attempt, assumed, type Outcome } from "refund-core/ports/RefundProvider"
import type { Registered } from "refund-service/Providers"

/** A refund as the provider tells of it; also the body of its webhook. */
export interface PaidRefund {
  readonly id: string
  readonly attempt: string
  readonly refund: string
  readonly capture: string
  readonly amount: number
  readonly currency: string
  readonly state: "pending" | "settled"
}

export const secret = "the provider's own secret"

const outcomeOf = ({ amount, currency, id, state }: PaidRefund): Outcome =>
  state === "pending"
    ? { _tag: "pending", reference: id }
    : {
        _tag: "settled",
        reference: id,
        amount: BigInt(amount),
        currency: CurrencyCode.make(currency),
        at: null
      }

const unknown = (error: unknown): Outcome => ({ _tag: "unknown", detail: String(error) })

/** The provider at this address, as a server registers it. */
export const providerAt = (url: string): Registered => ({
  provider: {
    submit: (attempt) =>
      Effect.tryPromise(async (signal) => {
        const answer = await fetch(`${url}/refunds`, { method: "POST", body: bodyOf(attempt), signal })
        return outcomeOf((await answer.json()) as PaidRefund)
      }).pipe(Effect.catch((error) => Effect.succeed(unknown(error)))),
    lookup: (attempt) =>
      Effect.tryPromise(async (signal) => {
        const answer = await fetch(`${url}/refunds/${attempt.id}`, { signal })
        return answer.status === 404 ? null : outcomeOf((await answer.json()) as PaidRefund)
      }).pipe(Effect.catch((error) => Effect.succeed<Outcome | null>(unknown(error))))
  },
  capabilities: assumed,
  webhook
})

const bodyOf = ({ amount, captureReference, currency, id, refundId }: Attempt): string =>
  JSON.stringify({ attempt: id, refund: refundId, capture: captureReference, amount: Number(amount), currency })

const webhook: ProviderWebhook = {
  receive: ({ body, headers, now }) =>
    Effect.suspend(() => {
      if (headers["x-secret"] !== secret) return Effect.fail(new WebhookRefused({ detail: "another's" }))
      const told = JSON.parse(new TextDecoder().decode(body)) as PaidRefund
      return Effect.succeed([
        {
          eventId: `settled ${told.id}`,
          at: now,
          about: {
            _tag: "refund" as const,
            attempt: { refundId: told.refund as Attempt["refundId"], attemptId: told.attempt as Attempt["id"] },
            reference: told.id,
            captureReference: told.capture,
            amount: BigInt(told.amount),
            currency: CurrencyCode.make(told.currency),
            outcome: outcomeOf(told)
          }
        }
      ])
    })
}
