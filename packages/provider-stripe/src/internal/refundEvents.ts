/** Events that carry a refund, or a charge with its refunds. */
import { Option, Schema } from "effect"
import type { ProviderNews, RefundNews } from "refund-core/ports/ProviderNews"
import type { StripeEvent } from "./StripeEvent.ts"
import { outcomeOf, readRefund, type StripeRefund } from "./StripeRefund.ts"

type About = ProviderNews["about"]

export const aboutRefund = ({ created, data, type }: StripeEvent): About => {
  const refund = readRefund(data.object)
  if (refund === null) return { _tag: "unreadable", detail: `${type} without a refund that can be read` }
  const before = data.previous_attributes?.["status"]
  return newsOf(refund, {
    before: typeof before === "string" ? before : null,
    // The event is of the change itself only where it tells the status from which it came.
    at: before === undefined ? null : created * 1000
  })
}

const newsOf = (refund: StripeRefund, told?: Parameters<typeof outcomeOf>[1]): About => {
  const { amount, attempt, charge, currency, id: reference, paymentIntent } = refund
  const outcome = outcomeOf(refund, told)
  if (outcome._tag === "unknown") return { _tag: "unreadable", detail: outcome.detail }
  return {
    _tag: "refund",
    attempt,
    reference,
    ...(namesOf(charge, paymentIntent) ?? { captureReference: null }),
    amount,
    currency,
    outcome
  } satisfies RefundNews
}

/** A capture may be registered by its payment intent, or by the charge that came of it. */
export const namesOf = (charge: string | null, paymentIntent: string | null) => {
  if (paymentIntent === null) return charge === null ? null : { captureReference: charge }
  return { captureReference: paymentIntent, ...(charge === null ? {} : { captureAliases: [charge] }) }
}

const Charge = Schema.Struct({
  id: Schema.NonEmptyString,
  object: Schema.Literal("charge"),
  refunds: Schema.optionalKey(Schema.NullOr(Schema.Struct({ data: Schema.Array(Schema.Unknown) })))
})
const decodeCharge = Schema.decodeUnknownOption(Charge)

/**
 * API versions before 2022-11-15 tell a refund by its charge, which has the last ten along; later ones leave them out,
 * and tell `refund.created` beside it. Those that failed or were canceled are left to their own events, which alone
 * say what they were before.
 */
export const aboutCharge = ({
  data,
  id,
  type
}: StripeEvent): ReadonlyArray<{ readonly eventId: string; readonly about: About }> => {
  const charge = decodeCharge(data.object)
  if (Option.isNone(charge)) {
    return [{ eventId: id, about: { _tag: "unreadable", detail: `${type} without a charge that can be read` } }]
  }
  const refunds = charge.value.refunds?.data ?? []
  const told = refunds.flatMap((json, index) => {
    const refund = readRefund(json)
    const detail = `${type} with a refund that cannot be read`
    if (refund === null) return [{ eventId: `${id}:${index}`, about: { _tag: "unreadable", detail } as const }]
    const isOver = refund.status === "failed" || refund.status === "canceled"
    return isOver ? [] : [{ eventId: `${id}:${refund.id}`, about: newsOf(refund) }]
  })
  return told.length > 0 ? told : [{ eventId: id, about: { _tag: "other", type } }]
}
