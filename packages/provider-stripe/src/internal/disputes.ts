/** Events that carry a dispute: a chargeback, or the bank's question that comes before one. */
import { Option, Schema } from "effect"
import type { DisputeNews, ProviderNews } from "refund-core/ports/ProviderNews"
import { fromStripe } from "./amounts.ts"
import { namesOf } from "./refundEvents.ts"
import type { StripeEvent } from "./StripeEvent.ts"
import { idOf, Reference } from "./StripeRefund.ts"

const Dispute = Schema.Struct({
  id: Schema.NonEmptyString,
  object: Schema.Literal("dispute"),
  amount: Schema.Int,
  currency: Schema.String,
  status: Schema.String,
  charge: Reference,
  payment_intent: Schema.optionalKey(Reference)
})
const decodeDispute = Schema.decodeUnknownOption(Dispute)

/** Null: no money is taken for it, or, after it was lost, what was said of it stands until the appeal is decided. */
const stateOf: Readonly<Record<string, DisputeNews["state"] | null>> = {
  needs_response: "open",
  under_review: "open",
  won: "won",
  lost: "lost",
  warning_needs_response: null,
  warning_under_review: null,
  warning_closed: null,
  appeal_needs_response: null,
  appeal_under_review: null,
  prevented: null
}

export const aboutDispute = ({ data, type }: StripeEvent): ProviderNews["about"] => {
  const decoded = decodeDispute(data.object)
  if (Option.isNone(decoded)) return { _tag: "unreadable", detail: `${type} without a dispute that can be read` }
  const { amount, charge, currency, id, payment_intent, status } = decoded.value
  const state = Object.hasOwn(stateOf, status) ? stateOf[status] : undefined
  if (state === undefined) return { _tag: "unreadable", detail: `dispute ${id} is ${status}, which is not known` }
  if (state === null) return { _tag: "other", type: `${type} (${status})` }

  const money = fromStripe(amount, currency)
  const names = namesOf(idOf(charge), idOf(payment_intent))
  if (money === null || names === null) {
    return { _tag: "unreadable", detail: `dispute ${id} without an amount or a charge that can be read` }
  }
  return { _tag: "dispute", id, ...names, ...money, state }
}
