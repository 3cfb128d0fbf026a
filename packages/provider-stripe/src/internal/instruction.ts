/** An attempt in Stripe's words. */
import { Result } from "effect"
import type { Attempt } from "refund-core/ports/RefundProvider"
import { type AmountRefused, toStripe } from "./amounts.ts"

/** What a capture is at Stripe: the charge, or the payment intent that made it. */
export type StripeCapture = { readonly charge: string } | { readonly payment_intent: string }

export interface Instruction {
  readonly capture: StripeCapture
  /** Stripe's units. */
  readonly amount: number
}

export type Refused = AmountRefused | "capture_reference_missing" | "not_a_stripe_payment"

/** Why it cannot even be said is a definite no: nothing is ever sent for it. */
export const instructionOf = (attempt: Attempt): Result.Result<Instruction, Refused> => {
  const { amount, captureReference, currency } = attempt
  if (captureReference === null) return Result.fail("capture_reference_missing")
  const capture = captureOf(captureReference)
  if (capture === null) return Result.fail("not_a_stripe_payment")
  return Result.map(toStripe(amount, currency), (units) => ({ capture, amount: units }))
}

/** `py_…` is the charge of a payment that was not by card. */
export const captureOf = (reference: string): StripeCapture | null => {
  if (/^(ch|py)_\w+$/.test(reference)) return { charge: reference }
  return /^pi_\w+$/.test(reference) ? { payment_intent: reference } : null
}
