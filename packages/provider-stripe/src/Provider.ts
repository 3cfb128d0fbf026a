/** Gives money back through Stripe. */
import { Effect, Result } from "effect"
import type { Attempt, Capabilities, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import type Stripe from "stripe"
import { capabilities } from "./capabilities.ts"
import { currencyOf } from "./internal/amounts.ts"
import { answeredWell, call, connect, defaultTimeoutMilliseconds, type StripeOptions } from "./internal/connection.ts"
import { notSent, outcomeBeforePaying, outcomeOfFailure } from "./internal/failures.ts"
import { type Instruction, instructionOf, type StripeCapture } from "./internal/instruction.ts"
import { lookup } from "./internal/lookup.ts"
import { outcomeIn, unreadable } from "./internal/StripeRefund.ts"

export type { StripeOptions } from "./internal/connection.ts"

export const make = (
  options: StripeOptions
): { readonly provider: RefundProvider["Service"]; readonly capabilities: Capabilities } => {
  const stripe = connect(options)
  const limit = options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
  return {
    provider: {
      submit: (attempt) => submit(stripe, attempt, limit),
      lookup: (attempt) => lookup(stripe, attempt, limit)
    },
    capabilities
  }
}

const submit = Effect.fnUntraced(function* (stripe: Stripe, attempt: Attempt, limit: number) {
  const instruction = instructionOf(attempt)
  if (Result.isFailure(instruction)) return declined(instruction.failure)
  const obstacle = yield* checkCurrency(stripe, attempt, instruction.success.capture, limit / 3)
  return obstacle ?? (yield* pay(stripe, attempt, instruction.success, (limit * 2) / 3))
})

/**
 * Stripe refuses to be told the currency of a refund: an amount is in the charge's, whatever that is. So it is asked
 * first. Null: it is the attempt's.
 */
const checkCurrency = (stripe: Stripe, attempt: Attempt, capture: StripeCapture, limit: number) =>
  call(
    limit,
    (timeout): Promise<Stripe.Response<{ readonly currency: unknown }>> =>
      "charge" in capture
        ? stripe.charges.retrieve(capture.charge, {}, { timeout })
        : stripe.paymentIntents.retrieve(capture.payment_intent, {}, { timeout })
  ).pipe(
    Effect.match({
      onFailure: ({ cause }) => outcomeBeforePaying(cause),
      onSuccess: (payment): Outcome | null => {
        if (!answeredWell(payment)) return notSent("Stripe's answer about the payment cannot be read")
        const currency = currencyOf(String(payment.currency))
        if (currency === null) return notSent("Stripe does not say in which currency the payment was")
        return currency === attempt.currency ? null : declined("currency_mismatch")
      }
    })
  )

const pay = (stripe: Stripe, attempt: Attempt, { amount, capture }: Instruction, limit: number) => {
  const metadata = { refund_id: attempt.refundId, attempt_id: attempt.id, tenant: attempt.tenant }
  return call(limit, (timeout) =>
    stripe.refunds.create({ ...capture, amount, metadata }, { idempotencyKey: attempt.id, timeout })
  ).pipe(
    Effect.match({
      onFailure: ({ cause }) => outcomeOfFailure(cause),
      onSuccess: (answer) => (answeredWell(answer) ? outcomeIn(answer, attempt, capture) : unreadable)
    })
  )
}

const declined = (code: string): Outcome => ({ _tag: "declined", code, reference: null })
