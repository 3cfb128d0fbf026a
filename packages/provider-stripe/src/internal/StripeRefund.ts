/** Stripe's refund object, as its API answers it and its events carry it, and what its status means to us. */
import { Option, Schema } from "effect"
import { type AttemptId, type Instant, RefundId } from "refund-core/Ids"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { fromStripe, type Money } from "./amounts.ts"
import type { StripeCapture } from "./instruction.ts"

export interface StripeRefund extends Money {
  readonly id: string
  readonly status: string | null
  readonly failureReason: string | null
  readonly createdAt: Instant
  readonly charge: string | null
  readonly paymentIntent: string | null
  /** What we sent along; null: somebody made it in Stripe's dashboard, or another program. */
  readonly attempt: { readonly refundId: RefundId; readonly attemptId: AttemptId } | null
}

/** An id, or the object it stands for where the answer was expanded. */
export const Reference = Schema.NullOr(
  Schema.Union([Schema.NonEmptyString, Schema.Struct({ id: Schema.NonEmptyString })])
)

const Wire = Schema.Struct({
  id: Schema.NonEmptyString,
  object: Schema.Literal("refund"),
  amount: Schema.Int,
  currency: Schema.String,
  created: Schema.Int,
  status: Schema.optionalKey(Schema.NullOr(Schema.String)),
  failure_reason: Schema.optionalKey(Schema.NullOr(Schema.String)),
  charge: Schema.optionalKey(Reference),
  payment_intent: Schema.optionalKey(Reference),
  metadata: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)))
})

const decodeWire = Schema.decodeUnknownOption(Wire)
const decodeId = Schema.decodeUnknownOption(RefundId)

/** Null where it is no refund of an amount and currency that we can tell. */
export const readRefund = (json: unknown): StripeRefund | null => {
  const decoded = decodeWire(json)
  if (Option.isNone(decoded)) return null
  const wire = decoded.value
  const money = fromStripe(wire.amount, wire.currency)
  if (money === null) return null
  return {
    ...money,
    id: wire.id,
    status: wire.status ?? null,
    failureReason: wire.failure_reason ?? null,
    createdAt: wire.created * 1000,
    charge: idOf(wire.charge),
    paymentIntent: idOf(wire.payment_intent),
    attempt: attemptIn(wire.metadata ?? {})
  }
}

export const idOf = (reference: string | { readonly id: string } | null | undefined): string | null =>
  typeof reference === "string" ? reference : (reference?.id ?? null)

const attemptIn = (metadata: Readonly<Record<string, unknown>>): StripeRefund["attempt"] => {
  const refundId = decodeId(metadata["refund_id"])
  const attemptId = decodeId(metadata["attempt_id"])
  if (Option.isNone(refundId) || Option.isNone(attemptId)) return null
  return { refundId: refundId.value, attemptId: attemptId.value }
}

/**
 * What a refund's status says. `before`: the status it had until then, where an event tells it: a refund that fails
 * after it succeeded was paid and came back. `at`: when it came to that; null, when it was made.
 */
export const outcomeOf = (
  refund: StripeRefund,
  told: { readonly before: string | null; readonly at: Instant | null } = { before: null, at: null }
): Outcome => {
  const { amount, createdAt, currency, failureReason, id: reference, status } = refund
  switch (status) {
    case "succeeded":
      return { _tag: "settled", reference, amount, currency, at: told.at ?? createdAt }
    case "pending":
      return { _tag: "pending", reference }
    case "requires_action":
      return { _tag: "requiresAction", reference }
    case "failed":
    case "canceled": {
      const code = (status === "failed" ? failureReason : null) ?? status
      return told.before === "succeeded"
        ? { _tag: "reversed", reference, detail: failureReason ?? status, at: told.at }
        : { _tag: "declined", code, reference }
    }
    default:
      return { _tag: "unknown", detail: `Stripe says that ${reference} is ${status ?? "of no status"}` }
  }
}

/** What an answer about this attempt says; an answer about another says nothing. */
export const outcomeIn = (answer: unknown, attempt: Attempt, capture?: StripeCapture): Outcome => {
  const refund = readRefund(answer)
  if (refund === null) return unreadable
  const isOurs = refund.attempt?.attemptId === attempt.id && (capture === undefined || isOf(refund, capture))
  return isOurs ? outcomeOf(refund) : { _tag: "unknown", detail: `Stripe answered with another refund, ${refund.id}` }
}

const isOf = (
  { charge, paymentIntent }: { readonly charge: string | null; readonly paymentIntent: string | null },
  capture: StripeCapture
): boolean => ("charge" in capture ? charge === capture.charge : paymentIntent === capture.payment_intent)

export const unreadable: Outcome = { _tag: "unknown", detail: "Stripe's answer cannot be read as a refund" }
