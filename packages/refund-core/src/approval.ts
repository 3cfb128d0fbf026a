/** What people decide about a refund that was requested: approve, undo, deny, cancel, settle. */
import type { ApproveRefund, Caller, CancelRefund, DenyRefund, SettleRefund, UndoApproval } from "./Command.ts"
import { balance } from "./Credit.ts"
import { type Decided, Draft, lacks, policyOf, refuse } from "./decision.ts"
import type { RefundId } from "./Ids.ts"
import { maxMinor } from "./Money.ts"
import {
  captureExcess,
  captureRefundable,
  findCapture,
  orderExcess,
  orderRefundable,
  totalRefundable
} from "./Order.ts"
import { doorOf, type Policy, policyFor } from "./Policy.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { goesToCredit, isUnsubmitted, payout, type Refund, type RefundState } from "./Refund.ts"
import { disputeOverridden } from "./rules.ts"
import { expiryOf, proceed, release, settle } from "./settlement.ts"
import { tooMuch, type Violation } from "./Violation.ts"

type Group = ReadonlyArray<Refund>

/** By the group's id, or by the id of a refund in it. */
export const groupOf = (facts: Facts, id: RefundId): Group => {
  const groupId = facts.refunds.get(id)?.groupId ?? id
  return [...facts.refunds.values()].filter((refund) => refund.groupId === groupId).sort((a, b) => a.number - b.number)
}

const again = (draft: Draft, group: Group): Group => group.map((refund) => draft.refund(refund.id))

export const stateConflict = (refund: Refund, action: string): Violation => ({
  _tag: "StateConflict",
  refundId: refund.id,
  state: refund.state,
  action
})

/** The door that the refund came through and the one it is decided through: a laxer one is no way around the other. */
export const policiesOver = (caller: Caller, facts: Facts, refund: Refund): ReadonlyArray<Policy> => [
  policyOf(caller, facts),
  policyFor(facts.settings.overrides, doorOf(refund))
]

export const selfApproval = (caller: Caller, facts: Facts, refund: Refund): Violation | null => {
  const { id } = caller.by
  if (refund.requestedBy !== id) return null
  const policies = policiesOver(caller, facts, refund)
  if (policies.every(({ fourEyes, fourEyesExcept }) => !fourEyes || fourEyesExcept.includes(id))) return null
  return { _tag: "SelfApproval", principal: id, refundId: refund.id }
}

/** All of the group that waits for it; where none does, the state of the first says why not. */
const decideOnGroup = (
  command: ApproveRefund | DenyRefund | UndoApproval,
  facts: Facts,
  from: RefundState,
  action: string,
  check: (refund: Refund) => ReadonlyArray<Violation>,
  act: (draft: Draft, refund: Refund) => void
): Decided<Group> => {
  const missing = lacks(command.caller, "refunds:approve")
  if (missing !== null) return refuse(missing)
  const group = groupOf(facts, command.refundId)
  const [first] = group
  if (first === undefined) return refuse({ _tag: "RefundNotFound", refundId: command.refundId })
  const affected = group.filter((refund) => refund.state === from)
  const violations = affected.length === 0 ? [stateConflict(first, action)] : affected.flatMap(check)
  if (violations.length > 0) return refuse(...violations)
  const draft = new Draft(command.caller, facts)
  for (const refund of affected) act(draft, refund)
  return draft.commit(again(draft, group))
}

export const approveRefund = (command: ApproveRefund, facts: Facts): Decided<Group> =>
  decideOnGroup(
    command,
    facts,
    "pending_approval",
    "approve",
    (refund) =>
      [
        selfApproval(command.caller, facts, refund) ?? [],
        disputed(command.caller, facts, refund),
        overCap(facts, refund),
        overCredit(facts, refund)
      ].flat(),
    (draft, refund) => {
      draft.add({ _tag: "RefundApproved", refundId: refund.id, detail: command.detail ?? null })
      proceed(draft, refund.id)
    }
  )

export const denyRefund = (command: DenyRefund, facts: Facts): Decided<Group> =>
  decideOnGroup(
    command,
    facts,
    "pending_approval",
    "deny",
    () => [],
    (draft, refund) => {
      draft.add({ _tag: "RefundDenied", refundId: refund.id, detail: command.detail ?? null })
      release(draft, refund.id)
      draft.schedule(refund.id, null)
    }
  )

/** Only what a person approved, and only while nothing was sent. */
export const undoApproval = (command: UndoApproval, facts: Facts): Decided<Group> =>
  decideOnGroup(
    command,
    facts,
    "approved",
    "undo",
    (refund) =>
      refund.approvedBy !== null && isUnsubmitted(refund) && refund.netted === 0n
        ? []
        : [stateConflict(refund, "undo")],
    (draft, refund) => {
      draft.add({ _tag: "ApprovalUndone", refundId: refund.id, detail: command.detail ?? null })
      draft.schedule(refund.id, expiryOf(refund))
    }
  )

/** The caps are those it was asked for under: through which door it is consented to neither loosens nor tightens them. */
export const capsOf = (facts: Facts, refund: Refund): Policy["overRefund"] =>
  policyFor(facts.settings.overrides, doorOf(refund)).overRefund

/** What is asked for while a dispute is open is refused; so is consent to what was asked for before. */
const disputed = ({ by }: Caller, { order }: Facts, refund: Refund): ReadonlyArray<Violation> => {
  const { captureId, currency, deducts, notes } = refund
  const open = order?.disputes.find((each) => each.state === "open" && each.captureId === captureId)
  if (open === undefined || captureId === null || deducts) return []
  if (notes.includes(disputeOverridden) || by.permissions.has("disputes:override")) return []
  return [{ _tag: "DisputeOpen", captureId, disputed: open.amount, currency }]
}

/** Credit of many orders comes together in one account, and has to be a figure there. */
const overCredit = ({ credit }: Facts, refund: Refund): ReadonlyArray<Violation> =>
  goesToCredit(refund) && balance(credit) + payout(refund) > maxMinor ? [tooMuch] : []

/** Its hold is in the figures since it was requested: they are exceeded only if money went missing meanwhile. */
const overCap = (facts: Facts, refund: Refund): ReadonlyArray<Violation> => {
  const { order } = facts
  const caps = capsOf(facts, refund)
  if (order === null || refund.deducts || caps === "order_open") return []
  const { amount: requested, currency } = refund
  const capture = refund.captureId === null ? undefined : findCapture(order, refund.captureId)
  if (capture !== undefined && refund.destination === "original" && captureExcess(capture) > 0n) {
    const refundable = captureRefundable({ ...capture, held: capture.held - requested })
    return [{ _tag: "ExceedsCaptured", captureId: capture.id, currency, requested, refundable }]
  }
  const others = { ...order, held: order.held - requested }
  if (orderExcess(order) > 0n) {
    const refundable = orderRefundable(others)
    return [{ _tag: "ExceedsCollected", orderId: order.id, currency, requested, refundable }]
  }
  const refundable = caps === "order_total" ? totalRefundable(others) : null
  if (refundable === null || requested <= refundable) return []
  return [{ _tag: "ExceedsOrderTotal", orderId: order.id, currency, requested, refundable }]
}

/** Before anything was submitted, or where nothing that was sent has arrived: not sent, or a definite no. */
export const cancelRefund = (command: CancelRefund, facts: Facts): Decided<Group> => {
  const missing = lacks(command.caller, "refunds:request")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(command.refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId: command.refundId })
  const isWaiting = refund.state === "pending_approval" || refund.state === "approved"
  const cancelable = (isWaiting && refund.netted === 0n) || refund.state === "failed"
  if (!cancelable) return refuse(stateConflict(refund, "cancel"))
  const draft = new Draft(command.caller, facts)
  draft.add({ _tag: "RefundCanceled", refundId: refund.id, detail: command.detail ?? null })
  release(draft, refund.id)
  draft.schedule(refund.id, null)
  return draft.commit(again(draft, groupOf(draft.facts, refund.id)))
}

/** A person records that the money moved; nobody else will, since no provider of ours pays this refund. */
export const settleRefund = (command: SettleRefund, facts: Facts): Decided<Group> => {
  const missing = lacks(command.caller, "refunds:record")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(command.refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId: command.refundId })
  const byHand = refund.destination === "payout" || refund.provider === "manual" || refund.provider === "external"
  const violations = [
    selfApproval(command.caller, facts, refund) ?? [],
    effectiveTime(command.settledAt, command.caller, facts, refund.captureId),
    refund.state === "approved" && isUnsubmitted(refund) && byHand && !refund.deducts
      ? []
      : [stateConflict(refund, "settle")]
  ].flat()
  if (violations.length > 0) return refuse(...violations)
  const draft = new Draft(command.caller, facts)
  settle(draft, refund.id, {
    attemptId: null,
    reference: command.reference ?? null,
    effectiveAt: command.settledAt ?? command.caller.now,
    detail: command.detail ?? null,
    recorded: true
  })
  return draft.commit(again(draft, groupOf(draft.facts, refund.id)))
}

/** Money cannot have moved back in the future, nor before it was taken: of no capture in particular, before any was. */
export const effectiveTime = (
  at: number | undefined,
  caller: Caller,
  facts: Facts,
  captureId: Refund["captureId"]
): ReadonlyArray<Violation> => {
  if (at === undefined) return []
  if (at > caller.now) return [{ _tag: "Malformed", path: "settledAt", expected: "a time that is not in the future" }]
  const taken = (facts.order?.captures ?? []).flatMap((each) =>
    each.capturedAt === null || (captureId !== null && each.id !== captureId)
      ? []
      : [[each.capturedAt, each.id] as const]
  )
  const [first] = taken.toSorted(([one], [other]) => one - other)
  if (first === undefined || at >= first[0]) return []
  return [{ _tag: "Malformed", path: "settledAt", expected: `a time after capture ${first[1]} was taken` }]
}
