/** What Adyen tells of its own accord, in our words. `pspReference` is the refund's or the dispute's, `originalReference` the payment's. */
import type { Instant } from "refund-core/Ids"
import type { DisputeNews, ProviderNews, RefundNews } from "refund-core/ports/ProviderNews"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { fromAdyen } from "./amounts.ts"
import type { Item } from "./notification.ts"
import { attemptNamed } from "./reference.ts"

type About = ProviderNews["about"]

/** Adyen numbers no events: "duplicates have the same eventCode and pspReference"; a later no to a yes is another event. */
export const newsOf = (item: Item, now: Instant): ProviderNews => ({
  eventId: `${item.eventCode}:${item.pspReference}:${item.success}`,
  at: timeOf(item, now),
  about: aboutOf(item, now)
})

/** `eventDate` is not signed: it can make an event look older, but never newer than it is. */
const timeOf = ({ eventDate }: Item, now: Instant): Instant => {
  const told = Date.parse(eventDate ?? "")
  return Number.isNaN(told) ? now : Math.min(told, now)
}

const other = (item: Item): About => ({ _tag: "other", type: item.eventCode })

const unreadable = (item: Item, why: string): About => ({
  _tag: "unreadable",
  detail: `${item.eventCode} ${item.pspReference}: ${why}`
})

const aboutOf = (item: Item, now: Instant): About => {
  const isDone = item.success === "true"
  switch (item.eventCode) {
    case "REFUND":
      return refund(item, now, isDone ? settled : declined)
    case "CANCEL_OR_REFUND":
      return canceledOrRefunded(item, now)
    case "POSTPONED_REFUND":
      return isDone ? refund(item, now, () => ({ _tag: "pending", reference: item.pspReference })) : other(item)
    case "REFUND_FAILED":
    case "REFUNDED_REVERSED":
      return isDone ? refund(item, now, reversed) : unreadable(item, "not documented with success=false")
    case "VOID_PENDING_REFUND":
      return isDone ? unreadable(item, "a refund that had not gone out was taken back at Adyen") : other(item)
    default:
      return disputeOf(item)
  }
}

/** A reversal: Adyen refunds what was captured and cancels what was not, and says which. */
const canceledOrRefunded = (item: Item, now: Instant): About => {
  const action = item.additionalData["modification.action"]
  if (action === "refund") return refund(item, now, item.success === "true" ? settled : declined)
  if (action === "cancel" || item.success === "false") return other(item)
  return unreadable(item, "it does not say whether it was canceled or refunded")
}

interface Told {
  readonly item: Item
  readonly amount: bigint
  readonly currency: NonNullable<RefundNews["currency"]>
  readonly at: Instant
}

const settled = ({ amount, at, currency, item }: Told): Outcome => ({
  _tag: "settled",
  reference: item.pspReference,
  amount,
  currency,
  at
})

const declined = ({ item }: Told): Outcome => ({
  _tag: "declined",
  code: reasonOf(item) ?? item.eventCode,
  reference: item.pspReference
})

const reversed = ({ at, item }: Told): Outcome => ({
  _tag: "reversed",
  reference: item.pspReference,
  detail: [item.eventCode, reasonOf(item)].filter((part) => part !== null).join(": "),
  at
})

const reasonOf = ({ reason }: Item): string | null => {
  const said = reason?.trim().slice(0, 300)
  return said === undefined || said === "" ? null : said
}

const refund = (item: Item, now: Instant, outcomeOf: (told: Told) => Outcome): About => {
  const told = fromAdyen(item.amount)
  if (told === null || told.amount <= 0n) return unreadable(item, amountMeansNothing(item))
  const { originalReference } = item
  return {
    _tag: "refund",
    attempt: attemptNamed(item.merchantReference ?? ""),
    reference: item.pspReference,
    captureReference: originalReference === "" ? null : (originalReference ?? null),
    ...told,
    outcome: outcomeOf({ item, at: timeOf(item, now), ...told })
  }
}

const amountMeansNothing = ({ amount: { currency, value } }: Item) => `${value} ${currency} means nothing to us`

/**
 * How far a dispute is, by docs.adyen.com/risk-management/disputes-api/dispute-notifications. A defence that was won
 * (CHARGEBACK_REVERSED) can be lost again, but for us won is won for good: the issuer's second try is a dispute of its own.
 * A request for information and a report of fraud are no disputes yet.
 */
const disputes: Readonly<Record<string, { readonly state: DisputeNews["state"]; readonly second?: true }>> = {
  NOTIFICATION_OF_CHARGEBACK: { state: "open" },
  CHARGEBACK: { state: "open" },
  CHARGEBACK_REVERSED: { state: "won" },
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: { state: "won" },
  DISPUTE_DEFENSE_PERIOD_ENDED: { state: "lost" },
  PREARBITRATION_OPEN: { state: "open", second: true },
  PREARBITRATION_WON: { state: "won", second: true },
  PREARBITRATION_LOST: { state: "lost", second: true },
  SECOND_CHARGEBACK: { state: "lost", second: true }
}

/** Undefended or accepted is lost; a defence that still runs, or was won, is told by another event. */
const undecided: ReadonlySet<unknown> = new Set(["Pending", "Won"])

const disputeOf = (item: Item): About => {
  const dispute = Object.hasOwn(disputes, item.eventCode) ? disputes[item.eventCode] : undefined
  if (dispute === undefined || item.success === "false") return other(item)
  if (item.eventCode === "DISPUTE_DEFENSE_PERIOD_ENDED" && undecided.has(item.additionalData["disputeStatus"])) {
    return other(item)
  }
  const { originalReference, pspReference } = item
  if (originalReference === undefined || originalReference === null || originalReference === "") {
    return unreadable(item, "it does not name the payment; Adyen can be told to include the originalReference")
  }
  const told = fromAdyen(item.amount)
  if (told === null || told.amount <= 0n) return unreadable(item, amountMeansNothing(item))
  return {
    _tag: "dispute",
    id: dispute.second === true ? `${pspReference}/2` : pspReference,
    captureReference: originalReference,
    ...told,
    state: dispute.state
  }
}
