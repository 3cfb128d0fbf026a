/**
 * Events make state. The only place that does: stores run it between the decisions of a batch, and `verify` runs it
 * over the journal, so a figure that is kept is by construction the figure that the events give.
 */
import { started, told } from "./attemptRecords.ts"
import { applyCredit, type CreditEvent } from "./Credit.ts"
import type { Event, EventOf } from "./Event.ts"
import { account, disputed, forgetRequest, noteRequest, register, waits } from "./figures.ts"
import type { RefundId } from "./Ids.ts"
import { home } from "./Journal.ts"
import type { Facts, Stamp } from "./ports/LedgerStore.ts"
import { deducted, goesToCredit, type Refund, type RefundState } from "./Refund.ts"
import { applySettings, initialSettings } from "./Settings.ts"

export const noFacts: Facts = {
  settings: initialSettings,
  order: null,
  registration: null,
  texts: null,
  captureOwners: new Map(),
  refunds: new Map(),
  credit: null,
  earlier: null,
  nextNumber: 1
}

/** One journal entry's events. */
export const apply = (facts: Facts, events: ReadonlyArray<Event>, stamp: Stamp): Facts => {
  let after = facts
  for (const event of events) after = applyEvent(after, event, stamp)
  return countEntry(after, events)
}

/** An entry was added to each chain that has events. */
export const countEntry = (facts: Facts, events: ReadonlyArray<Event>): Facts => {
  const { credit, order } = facts
  const counted = events.some((event) => home(event) === "order")
  const credited = events.some((event) => home(event) === "credit")
  if (!counted && !credited) return facts
  return {
    ...facts,
    order: counted && order !== null ? { ...order, entries: order.entries + 1 } : order,
    credit: credited && credit !== null ? { ...credit, entries: credit.entries + 1 } : credit
  }
}

export const applyEvent = (facts: Facts, event: Event, stamp: Stamp): Facts => {
  switch (event._tag) {
    case "OrderRegistered":
      return {
        ...facts,
        order: register(facts.order, event),
        registration: event.order,
        texts: event.texts ?? facts.texts
      }
    case "DisputeRecorded":
      return facts.order === null ? facts : { ...facts, order: disputed(facts.order, event.dispute) }
    case "RefundRequested":
      return requested(facts, event)
    case "RefundApproved":
      return change(facts, event.refundId, stamp, "approved", {
        approvedBy: stamp.by as Refund["approvedBy"],
        approvedAt: stamp.at,
        detail: event.detail
      })
    case "ApprovalUndone":
      return change(facts, event.refundId, stamp, "pending_approval", {
        approvedBy: null,
        approvedAt: null,
        detail: event.detail
      })
    case "RefundDenied":
      return change(facts, event.refundId, stamp, "denied", { detail: event.detail })
    case "RefundCanceled":
      return change(facts, event.refundId, stamp, "canceled", { detail: event.detail })
    case "RefundRedacted":
      return withRefund(facts, event.refundId, (refund) => ({ ...refund, texts: null }))
    case "OrderRedacted":
      return { ...facts, texts: null }
    case "AttemptStarted":
      return change(facts, event.refundId, stamp, "submitting", {}, (refund) => started(refund, event, stamp))
    case "OutcomeLost":
      return change(
        facts,
        event.refundId,
        stamp,
        "unknown",
        { detail: event.detail },
        told(event, "unknown", null, stamp)
      )
    case "AttemptNotSent":
      return change(
        facts,
        event.refundId,
        stamp,
        "approved",
        { detail: event.detail },
        told(event, "not_sent", null, stamp)
      )
    case "RefundPending":
      return change(facts, event.refundId, stamp, "pending", {}, told(event, "pending", event.reference, stamp))
    case "ActionRequired":
      return change(
        facts,
        event.refundId,
        stamp,
        "requires_action",
        {},
        told(event, "requires_action", event.reference, stamp)
      )
    case "RefundDeclined":
      return change(
        facts,
        event.refundId,
        stamp,
        "failed",
        { detail: event.code },
        told(event, "declined", event.reference, stamp)
      )
    case "RefundRetried":
      return change(facts, event.refundId, stamp, "approved", {
        detail: event.detail,
        ...(event.shares === undefined ? {} : { shares: event.shares })
      })
    case "FailureProposed":
      return withRefund(facts, event.refundId, (refund) => ({
        ...refund,
        failureProposedBy: stamp.by as Refund["failureProposedBy"],
        detail: event.detail,
        updatedAt: stamp.at
      }))
    case "FailureOvertaken":
      return withRefund(facts, event.refundId, (refund) => ({
        ...refund,
        failureProposedBy: null,
        updatedAt: stamp.at
      }))
    case "RefundResolved":
      return change(facts, event.refundId, stamp, event.to, { detail: event.detail })
    case "RefundReconciled":
      return withRefund(facts, event.refundId, (refund) => ({
        ...refund,
        reconciledAt: event.effectiveAt,
        reconciledIn: event.report,
        updatedAt: stamp.at
      }))
    case "RefundReversed":
      return reversed(facts, event, stamp)
    case "ReviewNeeded":
      return reviewed(facts, event, stamp)
    case "RefundSettled":
      return settled(facts, event, stamp)
    case "CreditPosted":
    case "CreditReversed":
    case "CreditSpent":
    case "CreditExpired":
      return credited(facts, event)
    case "Posted":
      return facts
    case "DeductionNetted":
      return netted(facts, event, 1n)
    case "DeductionReleased":
      return netted(facts, event, -1n)
    case "DeductionRealised":
      return withRefund(facts, event.refundId, (refund) => ({ ...refund, realised: refund.realised + event.amount }))
    case "PeriodClosed":
    case "PolicySet":
    case "ProvidersSet":
    case "KeyCreated":
    case "KeyRotated":
    case "KeyRevoked":
    case "EndpointSet":
    case "EndpointRemoved":
      return { ...facts, settings: applySettings(facts.settings, event) }
  }
}

/** An order's old entries tell of credit too; recomputed without an account at hand, they change none. */
const credited = (facts: Facts, event: CreditEvent): Facts =>
  facts.credit === null ? facts : { ...facts, credit: applyCredit(facts.credit, event) }

const requested = (facts: Facts, event: EventOf<"RefundRequested">): Facts => {
  const isRecorded = event.refund.origin !== "requested" && event.refund.state === "settled"
  const refund: Refund = {
    ...event.refund,
    deductions: [],
    netted: 0n,
    realised: 0n,
    attempts: [],
    approvedBy: null,
    approvedAt: null,
    settledAt: isRecorded ? (event.refund.effectiveAt ?? event.refund.requestedAt) : null,
    settledBy: isRecorded ? event.refund.requestedBy : null,
    providerReference: event.refund.origin === "external" ? event.refund.reference : null,
    reconciledAt: null,
    reconciledIn: null,
    failureProposedBy: null,
    detail: null,
    updatedAt: event.refund.requestedAt,
    texts: event.texts ?? null
  }
  const order = facts.order
  if (order === null) return facts
  const promised = goesToCredit(refund) ? { ...order, customerFixed: true } : order
  const noted = refund.deducts ? promised : noteRequest(promised, refund, refund.amount)
  return {
    ...facts,
    order: waits(account(noted, refund, null, refund.state), null, refund),
    refunds: new Map(facts.refunds).set(refund.id, refund),
    nextNumber: facts.nextNumber + 1
  }
}

const withRefund = (facts: Facts, id: RefundId, update: (refund: Refund) => Refund): Facts => {
  const refund = facts.refunds.get(id)
  return refund === undefined ? facts : { ...facts, refunds: new Map(facts.refunds).set(id, update(refund)) }
}

/** Moves a refund to another state, and every figure with it. */
const change = (
  facts: Facts,
  id: RefundId,
  stamp: Stamp,
  state: RefundState,
  fields: Partial<Refund>,
  update: (refund: Refund) => Refund = (refund) => refund
): Facts => {
  const before = facts.refunds.get(id)
  if (before === undefined || facts.order === null) return facts
  const after: Refund = { ...update(before), ...fields, state, updatedAt: stamp.at }
  // What it holds it has drawn on its shares as they are now: they change only while it holds nothing.
  const accounted = waits(account(facts.order, after, before.state, state), before, after)
  const ended = state === "denied" || state === "canceled"
  return {
    ...facts,
    order: ended && !before.deducts ? forgetRequest(accounted, before) : accounted,
    refunds: new Map(facts.refunds).set(id, after)
  }
}

const settled = (facts: Facts, event: EventOf<"RefundSettled">, stamp: Stamp): Facts => {
  const record = told({ attemptId: event.attemptId, toldAt: event.effectiveAt }, "settled", event.reference, stamp)
  const after = change(
    facts,
    event.refundId,
    stamp,
    "settled",
    {
      settledAt: event.effectiveAt,
      settledBy: event.recorded ? recorder(facts, event, stamp) : null,
      providerReference: event.reference,
      detail: event.detail
    },
    record
  )
  return retain(after, event.refundId, 1n)
}

/** What had settled is held again until a person has decided: its deductions are not kept meanwhile. */
const reviewed = (facts: Facts, event: EventOf<"ReviewNeeded">, stamp: Stamp): Facts => {
  const wasSettled = facts.refunds.get(event.refundId)?.state === "settled"
  const after = change(
    facts,
    event.refundId,
    stamp,
    "in_review",
    { detail: event.detail, ...(event.shares === undefined ? {} : { shares: event.shares }) },
    told(event, "in_review", null, stamp)
  )
  return wasSettled ? retain(after, event.refundId, -1n) : after
}

const reversed = (facts: Facts, event: EventOf<"RefundReversed">, stamp: Stamp): Facts => {
  const record = told({ attemptId: event.attemptId }, "reversed", event.reference, stamp)
  return retain(change(facts, event.refundId, stamp, "reversed", { detail: event.detail }, record), event.refundId, -1n)
}

/** What was deducted from a refund is kept once it has settled, and no more once that is undone. */
const retain = (facts: Facts, id: RefundId, direction: 1n | -1n): Facts => {
  const { order } = facts
  const refund = facts.refunds.get(id)
  if (order === null || refund === undefined) return facts
  return { ...facts, order: { ...order, retained: order.retained + direction * deducted(refund) } }
}

/** Who asked for a recorded refund recorded it, whoever approved; else who settles it. */
const recorder = (facts: Facts, event: EventOf<"RefundSettled">, stamp: Stamp): Refund["settledBy"] => {
  const refund = facts.refunds.get(event.refundId)
  return refund?.origin === "recorded" ? refund.requestedBy : (stamp.by as Refund["settledBy"])
}

const netted = (
  facts: Facts,
  event: { readonly refundId: RefundId; readonly intoId: RefundId; readonly amount: bigint },
  direction: 1n | -1n
): Facts => {
  const cost = facts.refunds.get(event.refundId)
  if (cost === undefined || facts.order === null) return facts
  const after: Refund = { ...cost, netted: cost.netted + direction * event.amount }
  const deduction = { refundId: event.refundId, amount: event.amount }
  const moved = withRefund(facts, event.intoId, (refund) => ({
    ...refund,
    deductions:
      direction === 1n
        ? [...refund.deductions, deduction]
        : refund.deductions.filter((each) => each.refundId !== event.refundId)
  }))
  return {
    ...moved,
    order: waits(facts.order, cost, after),
    refunds: new Map(moved.refunds).set(cost.id, after)
  }
}
