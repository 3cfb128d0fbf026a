/** What people do about refunds that did not go as planned: try again, say what became of them, undo what was recorded. */

import { shareOf } from "./allocation.ts"
import { capsOf, effectiveTime, groupOf, policiesOver, selfApproval, stateConflict } from "./approval.ts"
import type { ResolveRefund, RetryRefund, ReverseRefund } from "./Command.ts"
import { balance } from "./Credit.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { Instant, RefundId } from "./Ids.ts"
import {
  captureRefundable,
  componentRefundable,
  findCapture,
  findComponent,
  fits,
  type OrderHead,
  orderRefundable,
  totalRefundable
} from "./Order.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { undoneLines } from "./postings.ts"
import { goesToCredit, paidByWorker, payout, type Refund, type Share } from "./Refund.ts"
import { deductWaiting, post, proceed, release, settle } from "./settlement.ts"
import { tooMuch, type Violation } from "./Violation.ts"

type Group = ReadonlyArray<Refund>

/** A definite no freed the amount: there must be room for it again. */
export const retryRefund = (command: RetryRefund, facts: Facts): Decided<Group> => {
  const missing = lacks(command.caller, "refunds:request")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(command.refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId: command.refundId })
  if (refund.state !== "failed" || !paidByWorker(refund)) return refuse(stateConflict(refund, "retry"))
  const violations = noRoom(facts, refund)
  if (violations.length > 0) return refuse(...violations)
  const draft = new Draft(command.caller, facts)
  const shares = facts.order === null ? refund.shares : resharedTax(facts.order, refund.shares)
  draft.add({
    _tag: "RefundRetried",
    refundId: refund.id,
    detail: command.detail ?? null,
    ...(shares === refund.shares ? {} : { shares })
  })
  deductWaiting(draft, refund.id)
  proceed(draft, refund.id)
  return draft.commit(groupOf(draft.facts, refund.id))
}

/** Its tax was given back with its hold, and others may have taken of it since: what is in its parts now is what is left. */
export const resharedTax = (order: OrderHead, shares: ReadonlyArray<Share>): ReadonlyArray<Share> => {
  const reshared = shares.map((share) => {
    const component = findComponent(order, share.component)
    return component === undefined ? share : shareOf(component, share.amount)
  })
  return reshared.every(({ tax }, index) => tax === shares[index]?.tax) ? shares : reshared
}

/** The rules that may have changed since it was requested: dispute, capture, order and its total. */
const noRoom = (facts: Facts, refund: Refund): ReadonlyArray<Violation> => {
  const { order } = facts
  if (order === null || refund.captureId === null) return []
  const { amount: requested, captureId, currency } = refund
  const capture = findCapture(order, captureId)
  const refundable = capture === undefined ? 0n : captureRefundable(capture)
  const left = orderRefundable(order)
  const dispute = order.disputes.find((each) => each.state === "open" && each.captureId === captureId)
  const caps = capsOf(facts, refund)
  const total = caps === "order_total" ? totalRefundable(order) : null
  return [
    ...(dispute === undefined ? [] : [{ _tag: "DisputeOpen", captureId, disputed: dispute.amount, currency } as const]),
    ...(requested > refundable
      ? [{ _tag: "ExceedsCaptured", captureId, currency, requested, refundable } as const]
      : []),
    ...(requested <= refundable && requested > left && caps !== "order_open"
      ? [{ _tag: "ExceedsCollected", orderId: order.id, currency, requested, refundable: left } as const]
      : []),
    ...(total !== null && requested > total
      ? [{ _tag: "ExceedsOrderTotal", orderId: order.id, currency, requested, refundable: total } as const]
      : []),
    ...(fits(order, requested) || requested > refundable ? [] : [tooMuch]),
    ...refund.shares.flatMap((share) => overPart(order, refund, share) ?? [])
  ]
}

/** What it draws on was laid down when it was requested: a part that others have used up since has no room for it. */
const overPart = (order: OrderHead, { currency }: Refund, { amount, component }: Share): Violation | null => {
  const part = findComponent(order, component)
  const refundable = part === undefined ? 0n : componentRefundable(part)
  if (amount <= refundable) return null
  return { _tag: "ExceedsComponent", component, currency, requested: amount, refundable }
}

/** Another person than the requester, with a note. That an `unknown` refund was not paid takes two. */
export const resolveRefund = (command: ResolveRefund, facts: Facts): Decided<Group> => {
  const { caller, detail, refundId, to } = command
  const missing = lacks(caller, "refunds:resolve")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId })
  const violations = [
    selfApproval(caller, facts, refund) ?? [],
    withNote(detail),
    to === "settled" ? effectiveTime(command.settledAt, caller, facts, refund.captureId) : [],
    refund.state === "unknown" || refund.state === "in_review" ? [] : [stateConflict(refund, "resolve")]
  ].flat()
  if (violations.length > 0 || detail === undefined) return refuse(...violations)

  const draft = new Draft(caller, facts)
  if (refund.settledAt !== null) return resolveSettled(draft, command, refund, detail)
  if (to === "settled") {
    const reference = command.reference ?? null
    const effectiveAt = command.settledAt ?? caller.now
    settle(draft, refundId, { attemptId: null, reference, effectiveAt, detail, recorded: true })
  } else if (refund.state === "unknown" && needsAnother(refund, caller.by.id)) {
    draft.add({ _tag: "FailureProposed", refundId, detail })
    return draft.commit(groupOf(draft.facts, refundId))
  } else {
    draft.add({ _tag: "RefundResolved", refundId, to, reference: command.reference ?? null, detail })
    release(draft, refundId)
  }
  draft.schedule(refundId, null)
  return draft.commit(groupOf(draft.facts, refundId))
}

/** Its settlement is in the books already: it stays there, or is undone with what is left of the credit. */
const resolveSettled = (
  draft: Draft,
  { caller, refundId, to, ...told }: ResolveRefund,
  refund: Refund,
  detail: string
): Decided<Group> => {
  const reference = told.reference ?? null
  if (to === "settled") {
    const effectiveAt = refund.settledAt ?? caller.now
    draft.add({ _tag: "RefundSettled", refundId, attemptId: null, reference, effectiveAt, detail, recorded: true })
  } else {
    draft.add({ _tag: "RefundResolved", refundId, to, reference, detail })
    unbook(draft, refund, caller.now)
  }
  return draft.commit(groupOf(draft.facts, refundId))
}

const needsAnother = ({ failureProposedBy }: Refund, person: string): boolean =>
  failureProposedBy === null || failureProposedBy === person

const withNote = (detail: string | undefined): ReadonlyArray<Violation> =>
  detail === undefined || detail.trim() === "" ? [{ _tag: "ReasonRequired", field: "note" }] : []

/**
 * Not the recorder, with a note: undoes what a person recorded, or store credit. Credit that was spent meanwhile cannot
 * be taken back: then a person decides whether the refund stands.
 */
export const reverseRefund = (command: ReverseRefund, facts: Facts): Decided<Group> => {
  const { caller, detail, refundId } = command
  const missing = lacks(caller, "refunds:reverse")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId })
  const byRecorder =
    refund.settledBy === caller.by.id && policiesOver(caller, facts, refund).some((each) => each.fourEyes)
  const violations = [
    byRecorder ? [{ _tag: "SelfApproval", principal: caller.by.id, refundId } as const] : [],
    withNote(detail),
    isReversible(refund, facts) ? [] : [stateConflict(refund, "reverse")]
  ].flat()
  if (violations.length > 0 || detail === undefined) return refuse(...violations)
  const draft = new Draft(caller, facts)
  if (spentOf(refund, facts) > 0n) draft.add({ _tag: "ReviewNeeded", refundId, attemptId: null, detail })
  else reverse(draft, refundId, { attemptId: null, reference: null, effectiveAt: caller.now, detail })
  return draft.commit(groupOf(draft.facts, refundId))
}

const isReversible = (refund: Refund, { order }: Facts): boolean => {
  if (refund.state !== "settled" || refund.deducts) return false
  if (!goesToCredit(refund)) return refund.settledBy !== null
  return refund.customerId === order?.customerId
}

/** How much of the credit it gave is no longer there. */
const spentOf = (refund: Refund, { credit }: Facts): bigint => {
  const missing = goesToCredit(refund) ? payout(refund) - balance(credit) : 0n
  return missing > 0n ? missing : 0n
}

export interface Reversing {
  readonly attemptId: RefundId | null
  readonly reference: string | null
  readonly effectiveAt: Instant
  readonly detail: string | null
}

/** Mirror entries: what was booked is booked back, the deductions with it, and credit is taken back. */
export const reverse = (draft: Draft, id: RefundId, how: Reversing): void => {
  const { attemptId, detail, effectiveAt, reference } = how
  draft.add({ _tag: "RefundReversed", refundId: id, attemptId, reference, effectiveAt, detail })
  unbook(draft, draft.refund(id), effectiveAt)
}

const unbook = (draft: Draft, refund: Refund, effectiveAt: Instant): void => {
  const { currency, customerId, deductions, id } = refund
  const spent = spentOf(refund, draft.facts)
  post(draft, `refund:${id}`, currency, effectiveAt, undoneLines(refund, spent))
  const amount = payout(refund) - spent
  if (goesToCredit(refund) && customerId !== null && amount > 0n) {
    draft.add({ _tag: "CreditReversed", refundId: id, customerId, currency, amount })
  }
  // A return cost that was kept of this refund alone was kept in vain; of several, the others still keep their part.
  for (const { amount, refundId } of deductions) {
    const cost = draft.refund(refundId)
    if (cost.state !== "settled" || amount < cost.amount) continue
    const why = "the refund it was deducted from was reversed"
    draft.add({ _tag: "RefundReversed", refundId, attemptId: null, reference: null, effectiveAt, detail: why })
  }
}
