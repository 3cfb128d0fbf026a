/** How a refund ends, and what else moves with it: store credit, and the return costs netted into it. */

import { expiryAfter } from "./Credit.ts"
import type { CurrencyCode } from "./Currency.ts"
import type { Draft } from "./decision.ts"
import type { Instant, RefundId } from "./Ids.ts"
import { doorOf, policyFor } from "./Policy.ts"
import { type Lines, settledLines } from "./postings.ts"
import { goesToCredit, isUnsubmitted, paidByWorker, payout, type Refund } from "./Refund.ts"

export interface Settling {
  readonly attemptId: RefundId | null
  readonly reference: string | null
  readonly effectiveAt: Instant
  readonly detail: string | null
  /** A person says so; else the provider does, or it follows from other entries. */
  readonly recorded: boolean
}

/** No provider was asked, and no person says more. */
const unasked = { attemptId: null, reference: null, detail: null, recorded: false }

/** The refund is settled: credit it where that is its destination, and keep the deductions it carried. */
export const settle = (draft: Draft, id: RefundId, how: Settling): void => {
  draft.add({ _tag: "RefundSettled", refundId: id, ...how })
  follow(draft, draft.refund(id))
}

/**
 * Books money that moved, under today where the period it moved in is closed, or is yet to come; never in what is closed,
 * whatever our own clock says.
 */
export const post = (
  draft: Draft,
  source: string,
  currency: CurrencyCode,
  effectiveAt: Instant,
  lines: Lines
): void => {
  if (lines.length === 0) return
  const { at: today } = draft.stamp
  const { closedBefore } = draft.facts.settings
  const isClosed = closedBefore !== null && effectiveAt < closedBefore
  const day = isClosed ? today : Math.min(effectiveAt, today)
  draft.add({ _tag: "Posted", source, currency, effectiveAt, bookedAt: Math.max(day, closedBefore ?? day), lines })
}

/** What follows from a refund that has just become settled. */
export const follow = (draft: Draft, refund: Refund): void => {
  const { currency, customerId, deductions, id } = refund
  // A return cost moves no money of its own: what it was taken from books it.
  if (!refund.deducts) post(draft, `refund:${id}`, currency, refund.settledAt ?? draft.stamp.at, settledLines(refund))
  if (goesToCredit(refund) && customerId !== null && payout(refund) > 0n) {
    const { creditDays } = policyFor(draft.facts.settings.overrides, doorOf(refund))
    const expiresAt = expiryAfter(creditDays, draft.stamp.at)
    draft.add({ _tag: "CreditPosted", refundId: id, customerId, currency, amount: payout(refund), expiresAt })
  }
  for (const { amount, refundId } of deductions) {
    draft.add({ _tag: "DeductionRealised", refundId, intoId: id, amount })
    const cost = draft.refund(refundId)
    if (cost.realised < cost.amount) continue
    draft.add({
      _tag: "RefundSettled",
      refundId,
      attemptId: null,
      reference: null,
      effectiveAt: draft.stamp.at,
      detail: "deducted",
      recorded: false
    })
  }
}

/** The refund ended without paying: what it would have deducted is taken off others, or waits for the next one. */
export const release = (draft: Draft, id: RefundId): void => {
  const { deductions, settledAt } = draft.refund(id)
  // What was kept when it settled stays kept, though it was undone since.
  if (settledAt !== null) return
  for (const { amount, refundId } of deductions) {
    // One that was kept already, or given up, is not taken from another.
    if (draft.refund(refundId).state !== "approved") continue
    draft.add({ _tag: "DeductionReleased", refundId, intoId: id, amount })
    deductFromOpen(draft, refundId)
    scheduleExpiry(draft, refundId)
  }
}

/** Waiting return costs are taken off a refund, oldest first; of its payout `least` is left. */
export const deductWaiting = (draft: Draft, id: RefundId, least = 0n): void => {
  for (const { amount, refundId } of draft.facts.order?.waiting ?? []) {
    net(draft, refundId, id, amount, least)
    if (isNetted(draft.refund(refundId))) draft.schedule(refundId, null)
  }
}

/** What of a return cost is not taken off anything yet waits, and is given up in the end. */
const scheduleExpiry = (draft: Draft, costId: RefundId): void => {
  const cost = draft.refund(costId)
  draft.schedule(costId, isNetted(cost) ? null : expiryOf(cost))
}

const isNetted = (cost: Refund): boolean => cost.netted === cost.amount

/** A return cost that was just approved is taken off the order's unsubmitted refunds, oldest first. */
export const deductFromOpen = (draft: Draft, costId: RefundId): void => {
  for (const open of openRefunds([...draft.facts.refunds.values()])) {
    const cost = draft.refund(costId)
    net(draft, costId, open.id, cost.amount - cost.netted)
    payNothing(draft, open.id)
  }
}

export const openRefunds = (refunds: ReadonlyArray<Refund>): ReadonlyArray<Refund> =>
  refunds
    .filter(
      (refund) => isUnsubmitted(refund) && !refund.deducts && refund.origin === "requested" && payout(refund) > 0n
    )
    .sort((a, b) => a.number - b.number)

const net = (draft: Draft, costId: RefundId, intoId: RefundId, wanted: bigint, least = 0n): void => {
  const room = payout(draft.refund(intoId)) - least
  const amount = wanted < room ? wanted : room
  if (amount > 0n) draft.add({ _tag: "DeductionNetted", refundId: costId, intoId, amount })
}

/** An approved refund whose payout is used up by deductions is settled without a call. */
export const payNothing = (draft: Draft, id: RefundId): void => {
  const refund = draft.refund(id)
  if (refund.state !== "approved" || payout(refund) > 0n) return
  settle(draft, id, { ...unasked, effectiveAt: draft.stamp.at, detail: "deducted in full" })
  draft.schedule(id, null)
}

/** What an approved refund does at once: a return cost is netted, credit is posted, the rest goes to the worker or waits for a person. */
export const proceed = (draft: Draft, id: RefundId): void => {
  const refund = draft.refund(id)
  if (refund.state !== "approved") return
  if (refund.origin === "recorded") {
    const effectiveAt = refund.effectiveAt ?? draft.stamp.at
    settle(draft, id, { ...unasked, reference: refund.reference, effectiveAt, detail: "recorded", recorded: true })
    return draft.schedule(id, null)
  }
  if (refund.deducts) {
    deductFromOpen(draft, id)
    return scheduleExpiry(draft, id)
  }
  if (goesToCredit(refund)) {
    settle(draft, id, { ...unasked, effectiveAt: draft.stamp.at })
    return draft.schedule(id, null)
  }
  if (payout(refund) === 0n) return payNothing(draft, id)
  draft.schedule(id, paidByWorker(refund) ? draft.stamp.at : null)
}

const thirtyDays = 30 * 86_400_000

/** When consent that nobody gave, or a return cost that found nothing to be taken from, is given up. */
export const expiryOf = (refund: Refund): Instant => refund.requestedAt + thirtyDays
