/**
 * What the ledger tells others of its own accord: made from the journal's entries alone, so that a feed read twice, or
 * after a crash, says the same. One notification for each transition that others may know of.
 */
import type { Event } from "./Event.ts"
import type { CustomerId, Instant, OrderId, RefundId } from "./Ids.ts"
import type { ReadEntry } from "./Journal.ts"
import type { Refund } from "./Refund.ts"

export const notificationTypes = [
  "approval.requested",
  "approval.given",
  "approval.undone",
  "approval.denied",
  "approval.canceled",
  "refund.created",
  "refund.withdrawn",
  "refund.submitted",
  "refund.not_sent",
  "refund.pending",
  "refund.requires_action",
  "refund.unknown",
  "refund.in_review",
  "refund.settled",
  "refund.external",
  "refund.failed",
  "refund.retried",
  "refund.canceled",
  "refund.reversed",
  "credit.posted",
  "credit.reversed",
  "credit.spent",
  "credit.expired",
  "dispute.open",
  "dispute.won",
  "dispute.lost"
] as const
export type NotificationType = (typeof notificationTypes)[number]

export interface Notification {
  readonly type: NotificationType
  /** When it was recorded. */
  readonly at: Instant
  /** Null: it is a customer's account. */
  readonly orderId: OrderId | null
  /** Null: it is about no refund. What it says of the refund never changes later; its state is the one it came to. */
  readonly refund: Refund | null
  readonly state: Refund["state"] | null
  readonly customerId: CustomerId | null
  /** Asked for with `skipEvents`: kept, and shown to nobody who listens. Approvals are told all the same. */
  readonly muted: boolean
  /** The event's own fields, e.g. the provider's reference, a decline's code. */
  readonly event: Event
}

/** `refundOf`: a refund named in the entry. Only what was decided when it was requested is read, and its consent. */
export const notifications = (
  { events, stamp }: ReadEntry,
  refundOf: (id: RefundId) => Refund | undefined
): ReadonlyArray<Notification> =>
  events.flatMap((event) => {
    const refund = refundIn(event, refundOf)
    return typesOf(event, refund).map(([type, state]): Notification => {
      const muted = refund?.skipEvents === true && !type.startsWith("approval.")
      return {
        type,
        at: stamp.at,
        orderId: refund?.orderId ?? ("orderId" in event ? event.orderId : null),
        refund,
        state,
        customerId: refund?.customerId ?? ("customerId" in event ? event.customerId : null),
        muted,
        event
      }
    })
  })

const refundIn = (event: Event, refundOf: (id: RefundId) => Refund | undefined): Refund | null => {
  if (event._tag === "RefundRequested") return refundOf(event.refund.id) ?? null
  return "refundId" in event ? (refundOf(event.refundId) ?? null) : null
}

type Typed = readonly [type: NotificationType, state: Refund["state"] | null]

const typesOf = (event: Event, refund: Refund | null): ReadonlyArray<Typed> => {
  switch (event._tag) {
    case "RefundRequested":
      return requested(event.refund)
    case "RefundApproved":
      return refund?.origin === "recorded"
        ? [["approval.given", "settled"]]
        : [
            ["approval.given", "approved"],
            ["refund.created", "approved"]
          ]
    case "ApprovalUndone":
      return [
        ["approval.undone", "pending_approval"],
        ["refund.withdrawn", "pending_approval"]
      ]
    case "RefundDenied":
      return [["approval.denied", "denied"]]
    case "RefundCanceled":
      return [[wasNeverApproved(refund) ? "approval.canceled" : "refund.canceled", "canceled"]]
    case "AttemptStarted":
      return [["refund.submitted", "submitting"]]
    case "AttemptNotSent":
      return [["refund.not_sent", "approved"]]
    case "OutcomeLost":
      return [["refund.unknown", "unknown"]]
    case "RefundPending":
      return [["refund.pending", "pending"]]
    case "ActionRequired":
      return [["refund.requires_action", "requires_action"]]
    case "RefundDeclined":
    case "RefundResolved":
      return [["refund.failed", "failed"]]
    case "RefundRetried":
      return [["refund.retried", "approved"]]
    case "ReviewNeeded":
      return [["refund.in_review", "in_review"]]
    // That a person recorded it is no news: whoever listens would act on it again.
    case "RefundSettled":
      return refund?.origin === "recorded" ? [] : [["refund.settled", "settled"]]
    case "RefundReversed":
      return [["refund.reversed", "reversed"]]
    case "CreditPosted":
      return [["credit.posted", null]]
    case "CreditReversed":
      return [["credit.reversed", null]]
    case "CreditSpent":
      return [["credit.spent", null]]
    case "CreditExpired":
      return [["credit.expired", null]]
    case "DisputeRecorded":
      return [[`dispute.${event.dispute.state}`, null]]
    default:
      return []
  }
}

const requested = ({ origin, state }: Pick<Refund, "origin" | "state">): ReadonlyArray<Typed> => {
  if (state === "pending_approval") return [["approval.requested", state]]
  if (origin === "external") return [["refund.external", "settled"]]
  return origin === "recorded" ? [] : [["refund.created", "approved"]]
}

const wasNeverApproved = (refund: Refund | null): boolean =>
  refund?.requiresApproval === true && refund.approvedAt === null

/** `refund.settled`, `refund.*` or `*`. */
export const listens = (events: ReadonlyArray<string>, type: string): boolean =>
  events.some((each) => (each.endsWith("*") ? type.startsWith(each.slice(0, -1)) : each === type))
