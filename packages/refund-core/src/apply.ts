/**
 * Events make state. The only place that does: stores run it between the decisions of a batch, and `verify` runs it
 * over the journal, so a figure that is kept is by construction the figure that the events give.
 */
import type { Event, EventOf } from "./Event.ts"
import type { RefundId } from "./Ids.ts"
import {
  type CaptureHead,
  type ComponentHead,
  componentsOf,
  type Dispute,
  type OrderHead,
  type RecentRequest,
  type Registration
} from "./Order.ts"
import type { Facts, Stamp } from "./ports/LedgerStore.ts"
import { type AttemptRecord, deducted, holds, isRefunded, type Refund, type RefundState } from "./Refund.ts"
import { initialSettings, type SettingsHead } from "./Settings.ts"

export const noFacts: Facts = {
  settings: initialSettings,
  order: null,
  registration: null,
  texts: null,
  captureOwners: new Map(),
  refunds: new Map(),
  credit: 0n,
  earlier: null,
  nextNumber: 1
}

/** One journal entry's events. */
export const apply = (facts: Facts, events: ReadonlyArray<Event>, stamp: Stamp): Facts => {
  let after = facts
  for (const event of events) after = applyEvent(after, event, stamp)
  return countEntry(after, events)
}

/** An entry of the order's chain was added. */
export const countEntry = (facts: Facts, events: ReadonlyArray<Event>): Facts =>
  facts.order === null || events.length === 0 || isSettings(events)
    ? facts
    : { ...facts, order: { ...facts.order, entries: facts.order.entries + 1 } }

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
        approvedAt: stamp.at
      })
    case "ApprovalUndone":
      return change(facts, event.refundId, stamp, "pending_approval", { approvedBy: null, approvedAt: null })
    case "RefundDenied":
      return change(facts, event.refundId, stamp, "denied", { detail: event.detail })
    case "RefundCanceled":
      return change(facts, event.refundId, stamp, "canceled", { detail: event.detail })
    case "AttemptStarted":
      return change(facts, event.refundId, stamp, "submitting", {}, (refund) => started(refund, event.attemptId, stamp))
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
    case "ReviewNeeded":
      return change(
        facts,
        event.refundId,
        stamp,
        "in_review",
        { detail: event.detail },
        told(event, "in_review", null, stamp)
      )
    case "RefundSettled":
      return settled(facts, event, stamp)
    case "CreditPosted":
      return { ...facts, credit: facts.credit + event.amount }
    case "DeductionNetted":
      return netted(facts, event, 1n)
    case "DeductionReleased":
      return netted(facts, event, -1n)
    case "DeductionRealised":
      return withRefund(facts, event.refundId, (refund) => ({ ...refund, realised: refund.realised + event.amount }))
    case "PolicySet":
      return withSettings(facts, { version: event.version, overrides: event.overrides })
    case "KeyCreated":
      return withSettings(facts, { version: event.version, keys: [...facts.settings.keys, event.key] })
    case "KeyRevoked":
      return withSettings(facts, {
        version: event.version,
        keys: facts.settings.keys.filter((key) => key.hash !== event.hash)
      })
  }
}

const isSettings = (events: ReadonlyArray<Event>): boolean => {
  const tag = events[0]?._tag
  return tag === "PolicySet" || tag === "KeyCreated" || tag === "KeyRevoked"
}

const withSettings = (facts: Facts, changed: Partial<SettingsHead>): Facts => ({
  ...facts,
  settings: { ...facts.settings, ...changed }
})

// ── the order as registered ──────────────────────────────────────────────────────────────────────────────────────────

const register = (before: OrderHead | null, event: EventOf<"OrderRegistered">): OrderHead => {
  const { order } = event
  const captures = order.captures.map((capture): CaptureHead => {
    const known = before?.captures.find((each) => each.id === capture.id)
    return {
      id: capture.id,
      collected: capture.capturedAt === null ? 0n : capture.amount,
      refunded: known?.refunded ?? 0n,
      held: known?.held ?? 0n,
      disputed: known?.disputed ?? 0n,
      provider: capture.provider,
      reference: capture.reference,
      tender: capture.tender,
      authorizedAmount: capture.authorizedAmount,
      capturedAt: capture.capturedAt
    }
  })
  return {
    id: event.orderId,
    currency: order.currency,
    customerId: order.customerId ?? null,
    subtotal: before?.subtotal ?? order.subtotal ?? null,
    total: order.total ?? null,
    collected: captures.reduce((sum, capture) => sum + capture.collected, 0n),
    refunded: before?.refunded ?? { original: 0n, store_credit: 0n, payout: 0n },
    held: before?.held ?? 0n,
    disputed: before?.disputed ?? 0n,
    retained: before?.retained ?? 0n,
    captures,
    components: components(before, order),
    disputes: before?.disputes ?? [],
    hours: before?.hours ?? [],
    recent: before?.recent ?? [],
    waiting: before?.waiting ?? [],
    entries: before?.entries ?? 0
  }
}

const components = (before: OrderHead | null, order: Registration): ReadonlyArray<ComponentHead> =>
  componentsOf(order).map(({ id, charged }) => {
    const known = before?.components.find((component) => component.id === id)
    return { id, charged, refunded: known?.refunded ?? 0n, held: known?.held ?? 0n }
  })

const disputed = (order: OrderHead, dispute: Dispute): OrderHead => {
  const disputes = [...order.disputes.filter((each) => each.id !== dispute.id), dispute]
  const standing = disputes.filter((each) => each.state !== "won")
  const sum = (of: ReadonlyArray<Dispute>) => of.reduce((total, each) => total + each.amount, 0n)
  return {
    ...order,
    disputes,
    disputed: sum(standing),
    captures: order.captures.map((capture) =>
      capture.id === dispute.captureId
        ? { ...capture, disputed: sum(standing.filter((each) => each.captureId === capture.id)) }
        : capture
    )
  }
}

// ── refunds ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const requested = (facts: Facts, event: EventOf<"RefundRequested">): Facts => {
  const isRecorded = event.refund.origin === "recorded" && event.refund.state === "settled"
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
    providerReference: null,
    detail: null,
    updatedAt: event.refund.requestedAt,
    texts: event.texts ?? null
  }
  const order = facts.order
  if (order === null) return facts
  const noted = refund.deducts ? order : noteRequest(order, refund, refund.amount)
  return {
    ...facts,
    order: waits(account(noted, refund, null, refund.state), null, refund),
    refunds: new Map(facts.refunds).set(refund.id, refund),
    nextNumber: facts.nextNumber + 1
  }
}

const recentKept = 8
const hourOf = (at: number): number => Math.floor(at / 3_600_000)

const noteRequest = (order: OrderHead, refund: Refund, sum: bigint): OrderHead => {
  const hour = hourOf(refund.requestedAt)
  const kept = order.hours.filter((each) => each.hour > hour - 24 && each.hour !== hour)
  const before = order.hours.find((each) => each.hour === hour)?.sum ?? 0n
  const request: RecentRequest = {
    refundId: refund.id,
    captureId: refund.captureId,
    amount: refund.amount,
    at: refund.requestedAt
  }
  return {
    ...order,
    hours: [...kept, { hour, sum: before + sum }],
    recent: [...order.recent.slice(-(recentKept - 1)), request]
  }
}

/** A refund that was denied or canceled no longer counts toward what was asked lately. */
const forgetRequest = (order: OrderHead, refund: Refund): OrderHead => {
  const hour = hourOf(refund.requestedAt)
  return {
    ...order,
    hours: order.hours.map((each) => (each.hour === hour ? { hour, sum: each.sum - refund.amount } : each)),
    recent: order.recent.filter((each) => each.refundId !== refund.id)
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
  const accounted = waits(account(facts.order, before, before.state, state), before, after)
  const ended = state === "denied" || state === "canceled"
  return {
    ...facts,
    order: ended && !before.deducts ? forgetRequest(accounted, before) : accounted,
    refunds: new Map(facts.refunds).set(id, after)
  }
}

const settled = (facts: Facts, event: EventOf<"RefundSettled">, stamp: Stamp): Facts => {
  const record =
    event.attemptId === null ? undefined : told({ attemptId: event.attemptId }, "settled", event.reference, stamp)
  const byPerson = event.attemptId === null
  const after = change(
    facts,
    event.refundId,
    stamp,
    "settled",
    {
      settledAt: event.effectiveAt,
      settledBy: byPerson ? (stamp.by as Refund["settledBy"]) : null,
      providerReference: event.reference,
      detail: event.detail
    },
    record
  )
  const refund = after.refunds.get(event.refundId)
  if (refund === undefined || after.order === null) return after
  return { ...after, order: { ...after.order, retained: after.order.retained + deducted(refund) } }
}

const started = (refund: Refund, attemptId: RefundId, stamp: Stamp): Refund => {
  if (refund.attempts.some((attempt) => attempt.id === attemptId)) return refund
  const attempt: AttemptRecord = {
    id: attemptId,
    startedAt: stamp.at,
    outcome: null,
    reference: null,
    at: null,
    asked: 0
  }
  return { ...refund, attempts: [...refund.attempts, attempt] }
}

const told =
  (event: { readonly attemptId: RefundId }, outcome: string, reference: string | null, stamp: Stamp) =>
  (refund: Refund): Refund => ({
    ...refund,
    attempts: refund.attempts.map((attempt) =>
      attempt.id === event.attemptId
        ? { ...attempt, outcome, reference: reference ?? attempt.reference, at: stamp.at, asked: attempt.asked + 1 }
        : attempt
    )
  })

// ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Takes a refund out of the figures in its state before, and puts it in in its state after. Return costs draw on nothing. */
const account = (order: OrderHead, refund: Refund, before: RefundState | null, after: RefundState): OrderHead => {
  if (refund.deducts) return order
  const held = amountIf(holds(after), refund) - amountIf(before !== null && holds(before), refund)
  const refunded = amountIf(isRefunded(after), refund) - amountIf(before !== null && isRefunded(before), refund)
  if (held === 0n && refunded === 0n) return order

  const moveShare = (component: ComponentHead): ComponentHead => {
    const share = refund.shares.find((each) => each.component === component.id)
    if (share === undefined) return component
    return {
      ...component,
      held: component.held + sign(held) * share.amount,
      refunded: component.refunded + sign(refunded) * share.amount
    }
  }
  return {
    ...order,
    held: order.held + held,
    refunded: { ...order.refunded, [refund.destination]: order.refunded[refund.destination] + refunded },
    captures:
      refund.destination !== "original"
        ? order.captures
        : order.captures.map((capture) =>
            capture.id === refund.captureId
              ? { ...capture, held: capture.held + held, refunded: capture.refunded + refunded }
              : capture
          ),
    components: refund.shares.length === 0 ? order.components : order.components.map(moveShare)
  }
}

const amountIf = (counts: boolean, refund: Refund): bigint => (counts ? refund.amount : 0n)
const sign = (amount: bigint): bigint => (amount > 0n ? 1n : amount < 0n ? -1n : 0n)

// ── return costs ─────────────────────────────────────────────────────────────────────────────────────────────────────

const waitingOf = (refund: Refund | null): bigint =>
  refund?.deducts === true && refund.state === "approved" ? refund.amount - refund.netted : 0n

/** Keeps `order.waiting` equal to what approved return costs have not found a refund for yet. */
const waits = (order: OrderHead, before: Refund | null, after: Refund): OrderHead => {
  if (!after.deducts) return order
  const left = waitingOf(after)
  if (left === waitingOf(before)) return order
  const index = order.waiting.findIndex((each) => each.refundId === after.id)
  const entry = { refundId: after.id, amount: left }
  if (index === -1) return { ...order, waiting: [...order.waiting, entry] }
  return { ...order, waiting: left === 0n ? order.waiting.toSpliced(index, 1) : order.waiting.with(index, entry) }
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
