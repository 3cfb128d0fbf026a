/**
 * Asking for money back: every rule that can say no, in the order they are reported, and the refunds it makes. A rule
 * is a function that returns the violations it finds, with their numbers.
 */
import { type Allocation, allocate, type Part, split } from "./allocation.ts"
import { effectiveTime } from "./approval.ts"
import type { RequestRefund } from "./Command.ts"
import { type Decided, Draft, lacks, policyOf, refuse } from "./decision.ts"
import { type CaptureId, partId } from "./Ids.ts"
import { maxMinor } from "./Money.ts"
import {
  type CaptureHead,
  captureRefundable,
  findCapture,
  type OrderHead,
  orderRefundable,
  requestedLately,
  shownRefundable,
  totalRefundable
} from "./Order.ts"
import type { Policy } from "./Policy.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { type NewRefund, payout, type Refund } from "./Refund.ts"
import { deductWaiting, follow, openRefunds, proceed } from "./settlement.ts"
import type { Violation } from "./Violation.ts"

/** `replayed`: this key had made these refunds before; they are as they are now. */
export interface Requested {
  readonly replayed: boolean
  readonly groupId: Refund["groupId"]
  readonly refunds: ReadonlyArray<Refund>
}

type Found = ReadonlyArray<Violation>

/** What the rules read: the request beside the order it is about. */
interface Asked {
  readonly command: RequestRefund
  readonly facts: Facts
  readonly order: OrderHead
  readonly policy: Policy
  readonly captureId: CaptureId | null
  readonly capture: CaptureHead | null
  readonly deducts: boolean
}

export const requestRefund = (command: RequestRefund, facts: Facts): Decided<Requested> => {
  const { caller } = command
  const missing = lacks(caller, "refunds:request") ?? (command.settled ? lacks(caller, "refunds:record") : null)
  if (missing !== null) return refuse(missing)
  if (facts.earlier !== null) return replay(command, facts)

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
    ...effectiveTime(command.settledAt, caller, facts, captureId),
    ...captureRules(asked),
    ...currencyRule(asked),
    ...disputeRule(asked),
    ...limits,
    ...(amount === null ? [] : subtotalRule(asked, amount)),
    ...componentViolations,
    ...(amount === null ? [] : deductionRule(asked, amount)),
    ...customerRule(asked, parts)
  ]
  if (violations.length > 0 || amount === null) return refuse(...violations)
  return made(asked, split(shares, parts), [...notes, ...orderNotes(asked)])
}

const nothing: Allocation = { shares: [], notes: [], violations: [] }

const replay = (command: RequestRefund, facts: Facts): Decided<Requested> => {
  const { earlier } = facts
  const [first] = earlier?.refunds ?? []
  if (earlier === null || first === undefined || !earlier.sameContent) {
    return refuse({ _tag: "IdempotencyKeyReused", key: command.once.key ?? command.ids.group })
  }
  return new Draft(command.caller, facts).commit({ replayed: true, groupId: first.groupId, refunds: earlier.refunds })
}

const namedCapture = (command: RequestRefund): CaptureId | null =>
  "capture" in command.at ? command.at.capture : (command.captureId ?? null)

const unknown = ({ at }: RequestRefund): Violation =>
  "order" in at ? { _tag: "OrderNotFound", orderId: at.order } : { _tag: "CaptureNotFound", captureId: at.capture }

// ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is wrong with the request whatever the order. */
const shape = (command: RequestRefund): Found => {
  const { amount } = command
  const malformed = (path: string, expected: string): Found => [{ _tag: "Malformed", path, expected }]
  return [
    ...(amount === null ? [{ _tag: "AmountMissing", field: "amount" } as const] : []),
    ...(typeof amount === "bigint" && amount <= 0n
      ? [{ _tag: "AmountNotPositive", field: "amount", amount: String(amount) } as const]
      : []),
    ...(typeof amount === "bigint" && amount > maxMinor ? malformed("amount", `at most ${maxMinor} minor units`) : []),
    ...(amount === "all" && namedCapture(command) === null ? malformed("amount", 'a captureId beside "all"') : []),
    ...(amount === "all" && command.type !== "default"
      ? malformed("amount", 'an amount: "all" is for type default')
      : []),
    ...(command.lineId !== undefined && command.type !== "default"
      ? malformed("lineId", "no line beside another type than default")
      : []),
    ...(command.settledAt !== undefined && !command.settled ? malformed("settledAt", "settled: true beside it") : [])
  ]
}

/** Null where a rule above has already said what is wrong with it. */
const amountOf = (asked: Asked): bigint | null => {
  const { amount } = asked.command
  if (amount === "all") return asked.capture === null ? null : shownRefundable(asked.order, asked.capture)
  return amount === null || amount <= 0n || amount > maxMinor ? null : amount
}

/** The capture is known, named where it must be, and money was taken on it. */
const captureRules = ({ capture, captureId, command, deducts, order, policy }: Asked): Found => {
  if (captureId !== null && capture === null) return [{ _tag: "CaptureNotFound", captureId }]
  if (capture !== null) return capture.capturedAt === null ? [{ _tag: "NotCaptured", captureId: capture.id }] : []
  if (policy.requireCapture) return [{ _tag: "CaptureRequired", orderId: order.id }]
  const [first] = order.captures
  const onlyAuthorized = first !== undefined && order.captures.every((each) => each.capturedAt === null)
  return onlyAuthorized && command.destination === "original" && !deducts
    ? [{ _tag: "NotCaptured", captureId: first.id }]
    : []
}

const currencyRule = ({ command, order }: Asked): Found =>
  command.currency === undefined || command.currency === order.currency
    ? []
    : [{ _tag: "CurrencyMismatch", registered: order.currency, requested: command.currency }]

/** While a dispute is open its capture pays nothing back; the order's other captures go on. */
const disputeRule = ({ captureId, command, order }: Asked): Found => {
  // Named, not `*`: an administrator's key does not override by accident.
  if (command.caller.by.permissions.has("disputes:override")) return []
  const open = order.disputes.find((each) => each.state === "open" && each.captureId === captureId)
  return open === undefined
    ? []
    : [{ _tag: "DisputeOpen", captureId: open.captureId, disputed: open.amount, currency: order.currency }]
}

/** Fires where the amount is present but neither (or not both) of tax and discounts: then at most the subtotal, per request. */
const subtotalRule = ({ command, order, policy }: Asked, amount: bigint): Found => {
  if (policy.subtotalRule === "off" || command.amount === "all") return []
  const { discounts, tax } = command.restated ?? { discounts: false, tax: false }
  const fires = policy.subtotalRule === "both_absent" ? !tax && !discounts : !tax || !discounts
  if (!fires) return []
  const { currency, id: orderId, subtotal } = order
  if (subtotal === null) return policy.missingSubtotal === "reject" ? [{ _tag: "SubtotalUnknown", orderId }] : []
  return amount <= subtotal ? [] : [{ _tag: "ExceedsSubtotal", orderId, currency, requested: amount, subtotal }]
}

/** Where return costs may not wait, they need open refunds to be taken from. */
const deductionRule = ({ command, deducts, facts, order, policy }: Asked, requested: bigint): Found => {
  if (!deducts || policy.unmatchedDeduction === "hold" || command.settled) return []
  const open = openRefunds([...facts.refunds.values()]).reduce((sum, refund) => sum + payout(refund), 0n)
  const { currency, id: orderId } = order
  return requested <= open ? [] : [{ _tag: "NothingToDeductFrom", orderId, currency, requested, open }]
}

const customerRule = ({ order }: Asked, parts: ReadonlyArray<Part>): Found =>
  order.customerId === null && parts.some((part) => part.destination === "store_credit")
    ? [{ _tag: "CustomerRequired", orderId: order.id }]
    : []

const orderNotes = ({ command, order, policy }: Asked): ReadonlyArray<string> => [
  ...(policy.overRefund === "order_total" && order.total === null ? ["OrderTotalUnknown"] : []),
  ...(policy.subtotalRule !== "off" && order.subtotal === null && command.amount !== "all" ? ["SubtotalUnknown"] : [])
]

// ── where the money goes ─────────────────────────────────────────────────────────────────────────────────────────────

interface Plan {
  readonly parts: ReadonlyArray<Part>
  readonly violations: Found
}

/** The amount, put on captures and destinations within their limits; or what it exceeds. */
const partsOf = (asked: Asked, amount: bigint): Plan => {
  const { captureId, command, deducts, policy } = asked
  const whole: Part = { captureId, destination: command.destination, provider: null, amount }
  if (deducts) return { parts: [{ ...whole, destination: "original" }], violations: [] }
  if (amount === 0n) return { parts: [], violations: nothingLeft(asked) }
  const taken = command.destination === "original" ? fromCaptures(asked, amount) : [whole]
  if (policy.overRefund === "order_open") return openPlan(asked, taken, amount)
  return {
    parts: taken,
    violations: [...captureLimit(asked, amount), ...orderLimit(asked, amount), ...totalLimit(asked, amount)]
  }
}

const fromCaptures = ({ capture, captureId, order }: Asked, amount: bigint): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  let left = amount
  const candidates = captureId === null ? order.captures : capture === null ? [] : [capture]
  for (const candidate of candidates) {
    const room = captureId === null && hasOpenDispute(order, candidate.id) ? 0n : captureRefundable(candidate)
    const taken = left < room ? left : room
    if (taken === 0n) continue
    parts.push({ captureId: candidate.id, destination: "original", provider: candidate.provider, amount: taken })
    left -= taken
  }
  return parts
}

const hasOpenDispute = (order: OrderHead, captureId: CaptureId): boolean =>
  order.disputes.some((each) => each.state === "open" && each.captureId === captureId)

const captureLimit = ({ capture, command, order }: Asked, requested: bigint): Found => {
  if (capture === null || command.destination !== "original" || requested <= captureRefundable(capture)) return []
  const refundable = shownRefundable(order, capture)
  return [{ _tag: "ExceedsCaptured", captureId: capture.id, currency: order.currency, requested, refundable }]
}

/** Named apart from the capture's limit only where it is the tighter of the two: one shortage is told once. */
const orderLimit = ({ capture, command, order }: Asked, requested: bigint): Found => {
  const onCaptures =
    command.destination !== "original"
      ? requested
      : capture === null
        ? order.captures.reduce(
            (sum, each) => sum + (hasOpenDispute(order, each.id) ? 0n : captureRefundable(each)),
            0n
          )
        : captureRefundable(capture)
  const all = orderRefundable(order)
  const refundable = capture === null && onCaptures < all ? onCaptures : all
  if (requested <= refundable || (capture !== null && requested > onCaptures && onCaptures <= all)) return []
  return [{ _tag: "ExceedsCollected", orderId: order.id, currency: order.currency, requested, refundable }]
}

const totalLimit = ({ order, policy }: Asked, requested: bigint): Found => {
  const refundable = policy.overRefund === "order_total" ? totalRefundable(order) : null
  if (refundable === null || requested <= refundable) return []
  return [{ _tag: "ExceedsOrderTotal", orderId: order.id, currency: order.currency, requested, refundable }]
}

const nothingLeft = ({ capture, order }: Asked): Found =>
  capture === null
    ? []
    : [{ _tag: "ExceedsCaptured", captureId: capture.id, currency: order.currency, requested: 0n, refundable: 0n }]

/** No bound from order or collected; but what is over needs the right to, a reason, and goes to credit or by hand. */
const openPlan = ({ command, order }: Asked, taken: ReadonlyArray<Part>, amount: bigint): Plan => {
  const excess = amount - taken.reduce((sum, part) => sum + part.amount, 0n)
  const rest: Part = {
    captureId: null,
    destination: order.customerId === null ? "payout" : "store_credit",
    provider: null,
    amount: excess
  }
  const parts = excess > 0n ? [...taken, rest] : taken
  if (excess === 0n && amount <= orderRefundable(order)) return { parts, violations: [] }
  const missing = lacks(command.caller, "refunds:over")
  if (missing !== null) return { parts, violations: [missing] }
  const hasReason = (command.texts?.reason ?? command.texts?.note ?? "").trim() !== ""
  return { parts, violations: hasReason ? [] : [{ _tag: "ReasonRequired", field: "reason" }] }
}

// ── what it makes ────────────────────────────────────────────────────────────────────────────────────────────────────

const made = (
  asked: Asked,
  parts: ReadonlyArray<Part & { readonly shares: NewRefund["shares"] }>,
  notes: ReadonlyArray<string>
): Decided<Requested> => {
  const { command, facts } = asked
  const draft = new Draft(command.caller, facts)
  const several = parts.length > 1
  const key = command.once.key ?? null
  parts.forEach((part, index) => {
    const refund = newRefund(asked, draft, part, several ? partId(command.ids.seed, index) : command.ids.group, notes)
    draft.add({ _tag: "RefundRequested", refund, key: index === 0 ? key : null, ...withTexts(command) })
    if (refund.state === "settled") follow(draft, draft.refund(refund.id))
    else if (!refund.deducts && refund.origin === "requested") deductWaiting(draft, refund.id)
    proceed(draft, refund.id)
  })
  const made = draft.events.flatMap((event) => (event._tag === "RefundRequested" ? [event.refund.id] : []))
  return draft.commit({
    replayed: false,
    groupId: command.ids.group,
    refunds: made.map((id) => draft.refund(id))
  })
}

const withTexts = (command: RequestRefund) => (command.texts === undefined ? {} : { texts: command.texts })

const newRefund = (
  asked: Asked,
  draft: Draft,
  part: Part & { readonly shares: NewRefund["shares"] },
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
const needsApproval = ({ command, deducts, order, policy }: Asked): boolean => {
  if (command.requiresApproval && !command.settled) return true
  switch (policy.approval.rule) {
    case "never":
      return false
    case "always":
      return true
    case "above":
      return (
        !deducts && asRequested(command, order) + requestedLately(order, command.caller.now) > policy.approval.amount
      )
  }
}

const asRequested = (command: RequestRefund, order: OrderHead): bigint => {
  if (typeof command.amount === "bigint") return command.amount
  const id = namedCapture(command)
  const capture = id === null ? undefined : findCapture(order, id)
  return capture === undefined ? 0n : shownRefundable(order, capture)
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
