/** Asking for money back: the rules are asked, the amount is placed, and the refunds are made, all or none. */
import { type Allocation, allocate, type Part, split } from "./allocation.ts"
import { effectiveTime } from "./approval.ts"
import type { RequestRefund } from "./Command.ts"
import { type Decided, Draft, lacks, policyOf, refuse } from "./decision.ts"
import { partId } from "./Ids.ts"
import type { CapabilitiesOf } from "./lookups.ts"
import { findCapture, type OrderHead, orderRefundable, requestedLately } from "./Order.ts"
import { partsOf } from "./plan.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import type { NewRefund, Refund } from "./Refund.ts"
import {
  type Asked,
  amountOf,
  captureRules,
  componentKnown,
  currencyRule,
  customerRule,
  deductionRule,
  disputeRule,
  namedCapture,
  orderNotes,
  providerRules,
  shape,
  subtotalRule
} from "./rules.ts"
import { deductWaiting, expiryOf, follow, proceed } from "./settlement.ts"
import type { Violation } from "./Violation.ts"

/** `replayed`: this key had made these refunds before; they are as they are now. */
export interface Requested {
  readonly replayed: boolean
  readonly groupId: Refund["groupId"]
  readonly refunds: ReadonlyArray<Refund>
}

export const requestRefund = (command: RequestRefund, facts: Facts, of: CapabilitiesOf): Decided<Requested> => {
  const { caller } = command
  const missing = lacks(caller, "refunds:request") ?? (command.settled ? lacks(caller, "refunds:record") : null)
  if (missing !== null) return refuse(missing)
  if (facts.earlier !== null) return replay(command, facts, facts.earlier)

  const { order } = facts
  if (order === null) return refuse(unknown(command), ...shape(command))
  const policy = policyOf(caller, facts)
  const captureId = namedCapture(command)
  const capture = captureId === null ? null : (findCapture(order, captureId) ?? null)
  const deducts = command.type === "instance_cost" && policy.instanceCost === "deduct"
  const asked: Asked = { command, facts, order, policy, captureId, capture, deducts }

  const amount = amountOf(asked)
  const {
    notes,
    shares,
    violations: componentViolations
  } = amount === null || deducts ? nothing : allocate(command, order, policy, amount)
  const { parts, violations: limits } = amount === null ? { parts: [], violations: [] } : partsOf(asked, amount)
  const violations = [
    ...shape(command),
    ...placedTimes(asked, parts),
    ...captureRules(asked),
    ...componentKnown(asked),
    ...currencyRule(asked),
    ...disputeRule(asked),
    ...limits,
    ...(amount === null ? [] : subtotalRule(asked, amount)),
    ...componentViolations,
    ...(deducts ? [] : providerRules(asked, parts, of)),
    ...(amount === null ? [] : deductionRule(asked, amount)),
    ...customerRule(asked, parts)
  ]
  if (violations.length > 0 || amount === null) return refuse(...violations)
  return made(asked, split(shares, beyondCollected(asked.order, parts)), [...notes, ...orderNotes(asked)])
}

/** What is recorded without naming a capture went back to those that it is placed on, and not before they were taken. */
const placedTimes = ({ captureId, command, facts }: Asked, parts: ReadonlyArray<Part>): ReadonlyArray<Violation> => {
  const { caller, settledAt } = command
  const placed = captureId === null ? new Set(parts.map((part) => part.captureId)) : [captureId]
  const wrong = [...placed].map((id) => effectiveTime(settledAt, caller, facts, id))
  return wrong.find((each) => each.length > 0) ?? effectiveTime(settledAt, caller, facts, captureId)
}

const nothing: Allocation = { shares: [], notes: [], violations: [] }

const replay = (command: RequestRefund, facts: Facts, earlier: NonNullable<Facts["earlier"]>): Decided<Requested> => {
  const [first] = earlier.refunds
  if (first === undefined || !earlier.sameContent) {
    return refuse({ _tag: "IdempotencyKeyReused", key: command.once.key ?? command.ids.group })
  }
  return new Draft(command.caller, facts).commit({ replayed: true, groupId: first.groupId, refunds: earlier.refunds })
}

const unknown = ({ at }: RequestRefund): Violation =>
  "order" in at ? { _tag: "OrderNotFound", orderId: at.order } : { _tag: "CaptureNotFound", captureId: at.capture }

/** A part as it becomes a refund. */
export interface Placed extends Part {
  readonly shares: NewRefund["shares"]
  readonly goodwill: bigint
}

/** What goes beyond the order's refundable is goodwill: the last parts first. */
export const beyondCollected = <P extends Pick<Part, "amount">>(order: OrderHead, parts: ReadonlyArray<P>) => {
  let room = orderRefundable(order)
  return parts.map((part) => {
    const covered = part.amount < room ? part.amount : room
    room -= covered
    return { ...part, goodwill: part.amount - covered }
  })
}

const made = (asked: Asked, parts: ReadonlyArray<Placed>, notes: ReadonlyArray<string>): Decided<Requested> => {
  const { command, facts } = asked
  const draft = new Draft(command.caller, facts)
  const several = parts.length > 1
  const key = command.once.key ?? null
  const made = parts.map((part, index) => {
    const refund = newRefund(asked, draft, part, several ? partId(command.ids.seed, index) : command.ids.group, notes)
    draft.add({ _tag: "RefundRequested", refund, key: index === 0 ? key : null, ...withTexts(command) })
    if (refund.state === "settled") follow(draft, draft.refund(refund.id))
    else if (!refund.deducts && refund.origin === "requested") deductWaiting(draft, refund.id)
    if (refund.state === "pending_approval") draft.schedule(refund.id, expiryOf(draft.refund(refund.id)))
    else proceed(draft, refund.id)
    return refund.id
  })
  const refunds = made.map((id) => draft.refund(id))
  return draft.commit({ replayed: false, groupId: command.ids.group, refunds })
}

const withTexts = (command: RequestRefund) => (command.texts === undefined ? {} : { texts: command.texts })

const newRefund = (
  asked: Asked,
  draft: Draft,
  part: Placed,
  id: NewRefund["id"],
  notes: ReadonlyArray<string>
): NewRefund => {
  const { command, deducts, order } = asked
  const waits = needsApproval(asked)
  return {
    id,
    groupId: command.ids.group,
    number: draft.facts.nextNumber,
    orderId: order.id,
    captureId: part.captureId,
    customerId: order.customerId,
    type: command.type,
    destination: part.destination,
    amount: part.amount,
    currency: order.currency,
    provider: part.provider,
    origin: command.settled ? "recorded" : "requested",
    state: waits ? "pending_approval" : command.settled ? "settled" : "approved",
    shares: part.shares,
    goodwill: deducts ? 0n : part.goodwill,
    requestedBy: command.caller.by.id,
    door: command.caller.door,
    requestedAt: command.caller.now,
    effectiveAt: command.settled ? (command.settledAt ?? command.caller.now) : null,
    deducts,
    requiresApproval: waits,
    skipEvents: command.skipEvents,
    reference: command.reference ?? null,
    possibleDuplicateOf: likeOne(asked, part),
    notes: [...notes]
  }
}

/** `settled` beats the request's own wish for approval, never the tenant's policy. */
const needsApproval = (asked: Asked): boolean => {
  const { command, deducts, order, policy } = asked
  if (command.requiresApproval && !command.settled) return true
  switch (policy.approval.rule) {
    case "never":
      return false
    case "always":
      return true
    case "above":
      return !deducts && (amountOf(asked) ?? 0n) + requestedLately(order, command.caller.now) > policy.approval.amount
  }
}

const tenMinutes = 600_000

/** A door without a key promises nothing about repeats: a like refund on the same capture is marked, never blocked. */
const likeOne = ({ command, order }: Asked, part: Part): NewRefund["possibleDuplicateOf"] => {
  if (command.once.key !== undefined || command.once.chosen) return null
  const since = command.caller.now - tenMinutes
  const like = order.recent.find(
    (each) => each.at >= since && each.captureId === part.captureId && each.amount === part.amount
  )
  return like?.refundId ?? null
}
