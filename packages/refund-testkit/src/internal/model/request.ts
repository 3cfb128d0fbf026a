/** Whether a request is accepted, and the refunds that it makes. */
import type { RequestRefund } from "refund-core/Command"
import { partId } from "refund-core/Ids"
import { maxMinor } from "refund-core/Money"
import { componentsOf } from "refund-core/Order"
import { may } from "refund-core/Permission"
import { type Policy, policyFor } from "refund-core/Policy"
import type { Destination } from "refund-core/Refund"
import { isToCredit, owe } from "./credit.ts"
import { openRefunds, people, proceed, queue, takeWaiting } from "./ending.ts"
import {
  askedLately,
  isOpenDispute,
  least,
  type Model,
  type ModelOrder,
  type ModelRefund,
  payoutOf,
  roomInPart,
  roomInTotal,
  roomOnCapture,
  roomOnOrder,
  sum,
  takenAt
} from "./state.ts"

interface Part {
  readonly capture: string | null
  readonly destination: Destination
  readonly provider: string | null
  readonly amount: bigint
}

export const mayRequest = ({ caller, settled }: RequestRefund): boolean =>
  may(caller.by, "refunds:request") && (!settled || may(caller.by, "refunds:record"))

/** Makes the refunds, or answers false. */
export const request = (model: Model, order: ModelOrder, command: RequestRefund): boolean => {
  const policy = policyFor(model.overrides, command.caller.door)
  const amount = amountOf(order, command)
  if (amount === null || amount <= 0n || amount > maxMinor) return false
  const parts = partsOf(order, command, policy, amount)
  const isFine =
    isWellFormed(order, command, policy) &&
    parts.every((part) => !isTooEarly(order, part.capture, command)) &&
    isWithin(order, command, policy, amount) &&
    (command.settled || deducts(command, policy) || parts.every((part) => isPossible(model, order, part, command))) &&
    (parts.every(({ destination }) => destination !== "store_credit") || order.registration.customerId !== undefined)
  if (isFine) make(model, order, command, policy, parts, amount)
  return isFine
}

/** What the provider of the capture can do at all. */
const isPossible = (model: Model, order: ModelOrder, part: Part, { caller }: RequestRefund): boolean => {
  const { amount, destination, provider } = part
  const capture = order.registration.captures.find(({ id }) => id === part.capture)
  if (capture === undefined || destination !== "original" || provider === null || people.includes(provider)) return true
  const { partial, steps, windowDays } = model.capabilitiesOf(provider)
  const isInTime = windowDays === null || caller.now <= (capture.capturedAt ?? caller.now) + windowDays * 86_400_000
  return (
    isInTime && (partial || amount === capture.amount) && amount % (steps[order.registration.currency] ?? 1n) === 0n
  )
}

const named = ({ at, captureId }: RequestRefund): string | null => ("capture" in at ? at.capture : (captureId ?? null))

const deducts = ({ type }: RequestRefund, policy: Policy): boolean =>
  type === "instance_cost" && policy.instanceCost === "deduct"

const amountOf = (order: ModelOrder, command: RequestRefund): bigint | null => {
  if (command.amount !== "all") return command.amount
  const id = named(command)
  return id === null ? null : least(roomOnCapture(order, id), roomOnOrder(order))
}

const isWellFormed = (order: ModelOrder, command: RequestRefund, policy: Policy): boolean => {
  const { amount, caller, currency, destination, lineId, settled, settledAt, type } = command
  const { captures, currency: registered } = order.registration
  const id = named(command)
  const capture = captures.find((each) => each.id === id)
  const isCaptured = captures.length === 0 || captures.some(({ capturedAt }) => capturedAt !== null)
  return (
    (amount !== "all" || type === "default") &&
    (lineId === undefined || (type === "default" && hasPart(order, `line:${lineId}`))) &&
    (settledAt === undefined || (settled && settledAt <= caller.now)) &&
    (currency === undefined || currency === registered) &&
    (id === null ? !policy.requireCapture : capture !== undefined && capture.capturedAt !== null) &&
    (id !== null || isCaptured || destination !== "original" || deducts(command, policy)) &&
    (!isOpenDispute(order, id) || caller.by.permissions.has("disputes:override"))
  )
}

/** It went back before it was taken there. */
const isTooEarly = (order: ModelOrder, id: string | null, { settledAt }: RequestRefund): boolean => {
  const taken = takenAt(order, id)
  return settledAt !== undefined && taken !== null && settledAt < taken
}

const hasPart = (order: ModelOrder, id: string): boolean =>
  componentsOf(order.registration).some((each) => each.id === id)

const isWithin = (order: ModelOrder, command: RequestRefund, policy: Policy, amount: bigint): boolean =>
  isWithinSubtotal(order, command, policy, amount) &&
  (deducts(command, policy)
    ? policy.unmatchedDeduction === "hold" || command.settled || amount <= openPayout(order)
    : isWithinLimits(order, command, policy, amount) && isWithinPart(order, command, policy, amount))

const openPayout = (order: ModelOrder): bigint => sum(openRefunds(order).map((refund) => payoutOf(order, refund)))

const isWithinLimits = (order: ModelOrder, command: RequestRefund, policy: Policy, amount: bigint): boolean => {
  const onCaptures = sum(placed(order, command, amount).map((part) => part.amount))
  const isOver = amount > roomOnOrder(order) || amount > onCaptures
  const { reason, note } = command.texts ?? {}
  const isExplained = (reason ?? note ?? "").trim() !== ""
  if (policy.overRefund === "order_open") {
    return !isOver || (may(command.caller.by, "refunds:over") && isExplained)
  }
  const total = policy.overRefund === "order_total" ? roomInTotal(order) : null
  return !isOver && (total === null || amount <= total)
}

const isWithinPart = (order: ModelOrder, { lineId, type }: RequestRefund, policy: Policy, amount: bigint): boolean => {
  const part = type === "default" ? (lineId === undefined ? null : `line:${lineId}`) : type
  if (policy.components === "note" || part === null || part === "instance_cost") return true
  return amount <= roomInPart(order, part)
}

const isWithinSubtotal = (order: ModelOrder, command: RequestRefund, policy: Policy, amount: bigint): boolean => {
  const { tax = false, discounts = false } = command.restated ?? {}
  if (policy.subtotalRule === "off" || command.amount === "all") return true
  if (policy.subtotalRule === "both_absent" ? tax || discounts : tax && discounts) return true
  return order.subtotal === null ? policy.missingSubtotal === "skip" : amount <= order.subtotal
}

/** On captures as far as they have room, or all of it where it uses up none. */
const placed = (order: ModelOrder, command: RequestRefund, amount: bigint): ReadonlyArray<Part> => {
  const { destination } = command
  const id = named(command)
  if (destination !== "original") return [{ capture: id, destination, provider: null, amount }]
  const parts: Array<Part> = []
  for (const capture of order.registration.captures) {
    if (id === null ? isOpenDispute(order, capture.id) : capture.id !== id) continue
    const left = amount - sum(parts.map((part) => part.amount))
    const taken = least(left, roomOnCapture(order, capture.id))
    if (taken > 0n) parts.push({ capture: capture.id, destination, provider: capture.provider, amount: taken })
  }
  return parts
}

const partsOf = (order: ModelOrder, command: RequestRefund, policy: Policy, amount: bigint): ReadonlyArray<Part> => {
  if (deducts(command, policy)) return [{ capture: named(command), destination: "original", provider: null, amount }]
  const parts = placed(order, command, amount)
  const excess = amount - sum(parts.map((part) => part.amount))
  if (excess === 0n) return parts
  const destination = order.registration.customerId === undefined ? "payout" : "store_credit"
  return [...parts, { capture: null, destination, provider: null, amount: excess }]
}

const needsApproval = (order: ModelOrder, command: RequestRefund, { approval, ...policy }: Policy, amount: bigint) => {
  if (command.requiresApproval && !command.settled) return true
  if (approval.rule !== "above") return approval.rule === "always"
  return !deducts(command, { approval, ...policy }) && amount + askedLately(order, command.caller.now) > approval.amount
}

const make = (
  model: Model,
  order: ModelOrder,
  command: RequestRefund,
  policy: Policy,
  parts: ReadonlyArray<Part>,
  amount: bigint
): void => {
  const { caller, ids, settled } = command
  const state = needsApproval(order, command, policy, amount) ? "pending_approval" : settled ? "settled" : "approved"
  const shares = deal(drawn(order, command, policy, amount), parts)
  parts.forEach((part, index) => {
    const refund: ModelRefund = {
      ...part,
      id: parts.length > 1 ? partId(ids.seed, index) : ids.group,
      group: ids.group,
      customer: order.registration.customerId ?? null,
      shares: shares[index] ?? [],
      deducts: deducts(command, policy),
      isRecorded: settled,
      isExternal: false,
      effectiveAt: settled ? (command.settledAt ?? caller.now) : null,
      wrote: command.reference ?? null,
      door: caller.door,
      mayBeDisputed: isOpenDispute(order, named(command)),
      askedBy: caller.by.id,
      at: caller.now,
      state,
      approvedBy: null,
      settledAt: state === "settled" ? (command.settledAt ?? caller.now) : null,
      reference: null,
      settledBy: state === "settled" ? caller.by.id : null,
      saysFailed: null,
      attempts: []
    }
    order.refunds.push(refund)
    if (!refund.deducts && !settled) takeWaiting(order, refund)
    queue(order)
    if (refund.state === "settled" && isToCredit(refund)) owe(model, order, refund, caller.now)
    proceed({ model, order, now: caller.now }, refund)
  })
}

type Shares = ModelRefund["shares"]

const drawn = (order: ModelOrder, command: RequestRefund, policy: Policy, amount: bigint): Shares => {
  const { lineId, type } = command
  if (deducts(command, policy) || type === "instance_cost") return []
  return drawnOn(order, type === "default" ? (lineId === undefined ? null : `line:${lineId}`) : type, amount)
}

/** What the amount draws on: the named part, or what is left of all of them in their order. */
export const drawnOn = (order: ModelOrder, id: string | null, amount: bigint): Shares => {
  const parts = componentsOf(order.registration).filter((each) => id === null || each.id === id)
  let left = amount
  return parts.map(({ id: part }) => {
    const taken = least(left, roomInPart(order, part))
    left -= taken
    return { part, amount: taken }
  })
}

/** First to first. */
const deal = (shares: Shares, parts: ReadonlyArray<Part>): ReadonlyArray<Shares> => {
  const left = shares.map((share) => ({ ...share }))
  return parts.map(({ amount }) => {
    let room = amount
    return left.map((share) => {
      const taken = least(share.amount, room)
      share.amount -= taken
      room -= taken
      return { part: share.part, amount: taken }
    })
  })
}
