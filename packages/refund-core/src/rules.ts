/** What a request for money back must keep. A rule is a function that returns the violations it finds, with their numbers. */
import type { Part } from "./allocation.ts"
import type { RequestRefund } from "./Command.ts"
import type { CaptureId } from "./Ids.ts"
import type { CapabilitiesOf } from "./lookups.ts"
import { maxMinor } from "./Money.ts"
import {
  type CaptureHead,
  type Dispute,
  findCapture,
  findComponent,
  lineComponent,
  type OrderHead,
  shownRefundable
} from "./Order.ts"
import type { Policy } from "./Policy.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { isCalled, payout } from "./Refund.ts"
import { openRefunds } from "./settlement.ts"
import type { Violation } from "./Violation.ts"

export type Found = ReadonlyArray<Violation>

/** What the rules read: the request beside the order it is about. */
export interface Asked {
  readonly command: RequestRefund
  readonly facts: Facts
  readonly order: OrderHead
  readonly policy: Policy
  readonly captureId: CaptureId | null
  readonly capture: CaptureHead | null
  readonly deducts: boolean
}

export const namedCapture = (command: RequestRefund): CaptureId | null =>
  "capture" in command.at ? command.at.capture : (command.captureId ?? null)

/** What is wrong with the request whatever the order. */
export const shape = (command: RequestRefund): Found => {
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
export const amountOf = (asked: Asked): bigint | null => {
  const { amount } = asked.command
  if (amount === "all") return asked.capture === null ? null : shownRefundable(asked.order, asked.capture)
  return amount === null || amount <= 0n || amount > maxMinor ? null : amount
}

/** The capture is known, named where it must be, and money was taken on it. */
export const captureRules = ({ capture, captureId, command, deducts, order, policy }: Asked): Found => {
  if (captureId !== null && capture === null) return [{ _tag: "CaptureNotFound", captureId }]
  if (capture !== null) return capture.capturedAt === null ? [{ _tag: "NotCaptured", captureId: capture.id }] : []
  if (policy.requireCapture) return [{ _tag: "CaptureRequired", orderId: order.id }]
  const [first] = order.captures
  const onlyAuthorized = first !== undefined && order.captures.every((each) => each.capturedAt === null)
  return onlyAuthorized && command.destination === "original" && !deducts
    ? [{ _tag: "NotCaptured", captureId: first.id }]
    : []
}

export const currencyRule = ({ command, order }: Asked): Found =>
  command.currency === undefined || command.currency === order.currency
    ? []
    : [{ _tag: "CurrencyMismatch", registered: order.currency, requested: command.currency }]

/** While a dispute is open its capture pays nothing back; the order's other captures go on. */
export const disputeRule = (asked: Asked): Found => {
  const open = openDispute(asked)
  if (open === undefined || mayOverride(asked)) return []
  return [{ _tag: "DisputeOpen", captureId: open.captureId, disputed: open.amount, currency: asked.order.currency }]
}

const openDispute = ({ captureId, order }: Asked): Dispute | undefined =>
  order.disputes.find((each) => each.state === "open" && each.captureId === captureId)

// Named, not `*`: an administrator's key does not override by accident.
const mayOverride = ({ command }: Asked): boolean => command.caller.by.permissions.has("disputes:override")

/** A note, so that the worker knows it of the refund. */
export const disputeOverridden = "DisputeOverridden"

/** A row is one of the order's. Shipping or a fee that was not charged is one of 0. */
export const componentKnown = ({ command: { lineId }, order }: Asked): Found =>
  lineId === undefined || findComponent(order, lineComponent(lineId)) !== undefined
    ? []
    : [{ _tag: "ComponentNotFound", component: lineComponent(lineId) }]

/** Fires where the amount is present but neither (or not both) of tax and discounts: then at most the subtotal, per request. */
export const subtotalRule = ({ command, order, policy }: Asked, amount: bigint): Found => {
  if (policy.subtotalRule === "off" || command.amount === "all") return []
  const { discounts, tax } = command.restated ?? { discounts: false, tax: false }
  const fires = policy.subtotalRule === "both_absent" ? !tax && !discounts : !tax || !discounts
  if (!fires) return []
  const { currency, id: orderId, subtotal } = order
  if (subtotal === null) return policy.missingSubtotal === "reject" ? [{ _tag: "SubtotalUnknown", orderId }] : []
  return amount <= subtotal ? [] : [{ _tag: "ExceedsSubtotal", orderId, currency, requested: amount, subtotal }]
}

/** Where return costs may not wait, they need open refunds to be taken from. */
export const deductionRule = ({ command, deducts, facts, order, policy }: Asked, requested: bigint): Found => {
  if (!deducts || policy.unmatchedDeduction === "hold" || command.settled) return []
  const open = openRefunds([...facts.refunds.values()]).reduce((sum, refund) => sum + payout(refund), 0n)
  const { currency, id: orderId } = order
  return requested <= open ? [] : [{ _tag: "NothingToDeductFrom", orderId, currency, requested, open }]
}

const day = 86_400_000

/** What the provider of each capture can do at all. What it cannot is said now, not by its refusal later. */
export const providerRules = ({ command, order }: Asked, parts: ReadonlyArray<Part>, of: CapabilitiesOf): Found =>
  command.settled ? [] : parts.flatMap((part) => withinCapabilities(order, part, command.caller.now, of))

const withinCapabilities = (order: OrderHead, part: Part, now: number, of: CapabilitiesOf): Found => {
  const { amount: requested, captureId, destination, provider } = part
  const capture = captureId === null ? undefined : findCapture(order, captureId)
  if (capture === undefined || destination !== "original" || provider === null || !isCalled(provider)) return []
  const { partial, steps, windowDays } = of(provider)
  const { capturedAt, collected, id } = capture
  const { currency } = order
  const step = steps[currency] ?? 1n
  const isOld = windowDays !== null && capturedAt !== null && now > capturedAt + windowDays * day
  const found: Array<Found[number]> = []
  if (isOld) found.push({ _tag: "WindowClosed", captureId: id, days: windowDays, capturedAt })
  if (!partial && requested !== collected) {
    found.push({ _tag: "OnlyInFull", captureId: id, currency, requested, refundable: collected })
  }
  if (requested % step !== 0n) found.push({ _tag: "AmountNotInSteps", captureId: id, currency, requested, step })
  return found
}

export const customerRule = ({ order }: Asked, parts: ReadonlyArray<Part>): Found =>
  order.customerId === null && parts.some((part) => part.destination === "store_credit")
    ? [{ _tag: "CustomerRequired", orderId: order.id }]
    : []

export const orderNotes = (asked: Asked): ReadonlyArray<string> => {
  const { command, order, policy } = asked
  return [
    ...(openDispute(asked) === undefined ? [] : [disputeOverridden]),
    ...(policy.overRefund === "order_total" && order.total === null ? ["OrderTotalUnknown"] : []),
    ...(policy.subtotalRule !== "off" && order.subtotal === null && command.amount !== "all" ? ["SubtotalUnknown"] : [])
  ]
}
