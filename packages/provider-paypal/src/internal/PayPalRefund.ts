/** A refund as PayPal describes it, in an answer or an event. */
import { Result, Schema } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { fromPayPal } from "./amounts.ts"
import { referenceOf } from "./reference.ts"

const Money = Schema.Struct({ currency_code: Schema.String, value: Schema.String })

/** The part of `refund` (Payments API v2) that matters here. Which fields come depends on who asks. */
export const PayPalRefund = Schema.Struct({
  id: Schema.NonEmptyString,
  status: Schema.String,
  status_details: Schema.optional(Schema.Struct({ reason: Schema.optional(Schema.String) })),
  amount: Schema.optional(Money),
  custom_id: Schema.optional(Schema.String),
  links: Schema.optional(Schema.Array(Schema.Struct({ href: Schema.String, rel: Schema.String }))),
  create_time: Schema.optional(Schema.String),
  update_time: Schema.optional(Schema.String)
})
export type PayPalRefund = typeof PayPalRefund.Type

export const decodeRefund = Schema.decodeUnknownResult(PayPalRefund)

const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })

/** PayPal's own name of the capture, which a refund only has in its links. */
export const captureOf = ({ links = [] }: PayPalRefund): string | null => {
  const up = links.find(({ rel }) => rel === "up")?.href ?? ""
  return /\/v2\/payments\/captures\/([^/?#]+)$/.exec(up)?.[1] ?? null
}

export const moneyOf = ({ amount }: PayPalRefund) =>
  amount === undefined ? null : fromPayPal({ currency: amount.currency_code, value: amount.value })

/** By its status alone (developer.paypal.com/docs/api/payments/v2, refund_status). Never more than was said. */
export const outcomeOf = (refund: PayPalRefund): Outcome => {
  const { id: reference, status } = refund
  switch (status) {
    case "COMPLETED": {
      const money = moneyOf(refund)
      if (money === null) return unknown(`PayPal does not say how much refund ${reference} was`)
      return { _tag: "settled", reference, ...money, at: timeOf(refund.update_time ?? refund.create_time) }
    }
    case "PENDING":
      return { _tag: "pending", reference }
    case "FAILED":
    case "CANCELLED": {
      const reason = refund.status_details?.reason
      return { _tag: "declined", code: reason === undefined ? status : `${status}: ${reason}`, reference }
    }
    default:
      return unknown(`PayPal has a status that is not known here: ${status.slice(0, 60)}`)
  }
}

export const timeOf = (text: string | undefined): number | null => {
  const time = Date.parse(text ?? "")
  return Number.isNaN(time) ? null : time
}

/** An answer about the attempt. Whatever does not belong to it is no answer about it; another amount is told as it is. */
export const answered = (attempt: Attempt, body: unknown): Outcome => {
  const decoded = decodeRefund(body)
  if (Result.isFailure(decoded)) return unknown("PayPal's answer makes no sense")
  const refund = decoded.success
  const isAnother =
    (refund.custom_id !== undefined && refund.custom_id !== referenceOf(attempt)) ||
    (captureOf(refund) ?? attempt.captureReference) !== attempt.captureReference ||
    (attempt.reference !== null && attempt.reference !== refund.id)
  return isAnother ? unknown(`PayPal's answer is about another refund, ${refund.id}`) : outcomeOf(refund)
}
