/** What PayPal tells of its own accord, in our words. */
import { Result, Schema } from "effect"
import type { DisputeNews, ProviderNews } from "refund-core/ports/ProviderNews"
import { fromPayPal } from "./amounts.ts"
import { captureOf, decodeRefund, moneyOf, outcomeOf, timeOf } from "./PayPalRefund.ts"
import { attemptNamed } from "./reference.ts"
import type { Transmission } from "./transmission.ts"

type About = ProviderNews["about"]

const Event = Schema.Struct({
  id: Schema.NonEmptyString,
  create_time: Schema.String,
  event_type: Schema.NonEmptyString,
  resource_type: Schema.optional(Schema.String),
  resource: Schema.Unknown
})
type Event = typeof Event.Type

const decodeEvent = Schema.decodeUnknownResult(Schema.fromJsonString(Event))

/** Signed, so PayPal's. `text` is null where the body is none. */
export const newsOf = (text: string | null, { at, id }: Transmission): ProviderNews => {
  const decoded = text === null ? Result.fail(null) : decodeEvent(text)
  if (Result.isFailure(decoded)) {
    const detail = "a signed body that is no event"
    return { eventId: `transmission:${id}`, at, about: { _tag: "unreadable", detail } }
  }
  const event = decoded.success
  return { eventId: event.id, at: timeOf(event.create_time) ?? at, about: aboutOf(event) }
}

const unreadable = ({ event_type, id }: Event, why: string): About => ({
  _tag: "unreadable",
  detail: `${event_type} ${id}: ${why}`
})

const aboutOf = (event: Event): About => {
  const { event_type: type } = event
  if (type === "PAYMENT.CAPTURE.REFUNDED" || type.startsWith("PAYMENT.REFUND.")) return refundIn(event)
  if (type === "PAYMENT.CAPTURE.REVERSED") {
    return unreadable(
      event,
      "PayPal took a payment back of its own accord; if a dispute tells so too, it is counted there"
    )
  }
  return type.startsWith("CUSTOMER.DISPUTE.") ? disputeIn(event) : { _tag: "other", type }
}

/** The refund itself, whichever event tells of it: its status decides, and not the event's name. */
const refundIn = (event: Event): About => {
  // The same event of older versions holds the capture, whose amount is no refund's.
  if (event.resource_type !== "refund") return unreadable(event, `it is about a ${event.resource_type ?? "nothing"}`)
  const decoded = decodeRefund(event.resource)
  if (Result.isFailure(decoded)) return unreadable(event, "there is no refund in it")
  const refund = decoded.success
  const money = moneyOf(refund)
  if (money === null && refund.amount !== undefined) return unreadable(event, "its amount means nothing to us")
  const outcome = outcomeOf(refund)
  if (outcome._tag === "unknown") return unreadable(event, outcome.detail)
  return {
    _tag: "refund",
    attempt: attemptNamed(refund.custom_id ?? ""),
    reference: refund.id,
    captureReference: captureOf(refund),
    amount: money?.amount ?? null,
    currency: money?.currency ?? null,
    outcome
  }
}

/** The part of `dispute` (Disputes API v1) that matters here. */
const Dispute = Schema.Struct({
  dispute_id: Schema.NonEmptyString,
  status: Schema.optional(Schema.String),
  dispute_amount: Schema.Struct({ currency_code: Schema.String, value: Schema.String }),
  disputed_transactions: Schema.Array(Schema.Struct({ seller_transaction_id: Schema.optional(Schema.String) })),
  dispute_outcome: Schema.optional(Schema.Struct({ outcome_code: Schema.optional(Schema.String) }))
})

const decodeDispute = Schema.decodeUnknownResult(Dispute)

/**
 * `outcome_code` of developer.paypal.com/docs/api/customer-disputes/v1. RESOLVED_WITH_PAYOUT ("PayPal provided the merchant
 * or customer with protection") and NONE do not say whose money it was: a person looks.
 */
const outcomes: Readonly<Record<string, DisputeNews["state"]>> = {
  RESOLVED_SELLER_FAVOUR: "won",
  CANCELED_BY_BUYER: "won",
  DENIED: "won",
  RESOLVED_BUYER_FAVOUR: "lost",
  ACCEPTED: "lost"
}

const disputeIn = (event: Event): About => {
  const decoded = decodeDispute(event.resource)
  if (Result.isFailure(decoded)) return unreadable(event, "there is no dispute in it")
  const { dispute_amount, dispute_id: id, dispute_outcome, disputed_transactions, status } = decoded.success
  const [transaction, ...more] = disputed_transactions
  const captureReference = transaction?.seller_transaction_id
  if (captureReference === undefined || captureReference === "" || more.length > 0) {
    return unreadable(event, "it is not about one payment")
  }
  const money = fromPayPal({ currency: dispute_amount.currency_code, value: dispute_amount.value })
  if (money === null) return unreadable(event, "its amount means nothing to us")
  const dispute = { _tag: "dispute", id, captureReference, ...money } as const
  if (event.event_type !== "CUSTOMER.DISPUTE.RESOLVED" && status !== "RESOLVED") return { ...dispute, state: "open" }
  const code = dispute_outcome?.outcome_code ?? ""
  const state = Object.hasOwn(outcomes, code) ? outcomes[code] : undefined
  return state === undefined
    ? unreadable(event, `it was resolved as ${code === "" ? "nothing that is said" : code}`)
    : { ...dispute, state }
}
