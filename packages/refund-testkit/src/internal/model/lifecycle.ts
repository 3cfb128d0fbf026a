/** What people, the worker and the provider do about a refund that was requested. Each answers whether it is accepted. */
import { lookupAfter } from "refund-core/lookups"
import type {
  ApproveRefund,
  BeginAttempt,
  Caller,
  CancelRefund,
  DenyRefund,
  RecordOutcome,
  ResolveRefund,
  RetryRefund,
  ReverseRefund,
  SettleRefund,
  UndoApproval
} from "refund-core/Command"
import { may } from "refund-core/Permission"
import { type Policy, policyFor } from "refund-core/Policy"
import { end, isByWorker, isUnsent, proceed, queue, reverse, settle, takeWaiting } from "./ending.ts"
import {
  isOpenDispute,
  leftOnCapture,
  leftOnOrder,
  type Model,
  type ModelOrder,
  type ModelRefund,
  payoutOf,
  roomInPart,
  roomOnCapture,
  roomOnOrder,
  sum,
  takenBy
} from "./state.ts"

export type OnRefund =
  | ApproveRefund
  | UndoApproval
  | DenyRefund
  | CancelRefund
  | SettleRefund
  | RetryRefund
  | ResolveRefund
  | ReverseRefund
  | BeginAttempt
  | RecordOutcome

const day = 86_400_000

export const onRefund = (model: Model, command: OnRefund): boolean => {
  const order = [...model.orders.values()].find(({ refunds }) =>
    refunds.some(({ group, id }) => id === command.refundId || group === command.refundId)
  )
  if (order === undefined) return false
  const policy = policyFor(model.overrides, command.caller.door)
  switch (command._tag) {
    case "ApproveRefund":
    case "DenyRefund":
    case "UndoApproval":
      return onGroup(order, policy, command)
  }
  const refund = order.refunds.find(({ id }) => id === command.refundId)
  if (refund === undefined) return false
  switch (command._tag) {
    case "CancelRefund":
      return may(command.caller.by, "refunds:request") && cancel(order, refund)
    case "SettleRefund":
      return may(command.caller.by, "refunds:record") && settleByHand(order, policy, refund, command)
    case "RetryRefund":
      return may(command.caller.by, "refunds:request") && retry(order, policy, refund)
    case "ResolveRefund":
      return may(command.caller.by, "refunds:resolve") && resolve(order, policy, refund, command)
    case "ReverseRefund":
      return may(command.caller.by, "refunds:reverse") && reverseByHand(model, order, policy, refund, command)
    case "BeginAttempt":
      return may(command.caller.by, "worker") && begin(order, refund, command)
    case "RecordOutcome":
      return may(command.caller.by, "worker") && hear(order, refund, command)
  }
}

const isSelf = ({ by }: Caller, { fourEyes, fourEyesExcept }: Policy, person: string | null): boolean =>
  fourEyes && person === by.id && !fourEyesExcept.includes(by.id)

const onGroup = (order: ModelOrder, policy: Policy, command: ApproveRefund | DenyRefund | UndoApproval): boolean => {
  const { caller, refundId } = command
  const group = order.refunds.find(({ id }) => id === refundId)?.group ?? refundId
  const from = command._tag === "UndoApproval" ? "approved" : "pending_approval"
  const affected = order.refunds.filter((refund) => refund.group === group && refund.state === from)
  if (!may(caller.by, "refunds:approve") || affected.length === 0) return false
  if (command._tag === "ApproveRefund") {
    const isRefused = (refund: ModelRefund) =>
      isSelf(caller, policy, refund.askedBy) || isOverNow(order, policy, refund)
    if (affected.some(isRefused)) return false
    for (const refund of affected) approve(order, refund, caller)
    return true
  }
  if (command._tag === "DenyRefund") {
    for (const refund of affected) end(order, refund, "denied")
    return true
  }
  if (!affected.every((refund) => refund.approvedBy !== null && isUnsent(refund) && takenBy(order, refund) === 0n)) {
    return false
  }
  for (const refund of affected) Object.assign(refund, { state: "pending_approval", approvedBy: null })
  queue(order)
  return true
}

const approve = (order: ModelOrder, refund: ModelRefund, { by }: Caller): void => {
  Object.assign(refund, { state: "approved", approvedBy: by.id })
  queue(order)
  proceed(order, refund)
}

/** Money went missing since it was requested: its own hold is in what is left. */
const isOverNow = (
  order: ModelOrder,
  { overRefund }: Policy,
  { capture, deducts, destination }: ModelRefund
): boolean =>
  !deducts &&
  overRefund !== "order_open" &&
  (leftOnOrder(order) < 0n || (destination === "original" && capture !== null && leftOnCapture(order, capture) < 0n))

const cancel = (order: ModelOrder, refund: ModelRefund): boolean => {
  const isOpen = (isUnsent(refund) && takenBy(order, refund) === 0n) || refund.state === "failed"
  if (isOpen) end(order, refund, "canceled")
  return isOpen
}

const isLate = ({ caller, settledAt }: SettleRefund | ResolveRefund, order: ModelOrder, { capture }: ModelRefund) => {
  const taken = order.registration.captures.find(({ id }) => id === capture)?.capturedAt ?? null
  return settledAt === undefined || (settledAt <= caller.now && (taken === null || settledAt >= taken))
}

const settleByHand = (order: ModelOrder, policy: Policy, refund: ModelRefund, command: SettleRefund): boolean => {
  const isByHand = refund.destination === "payout" || refund.provider === "manual" || refund.provider === "external"
  const isFine =
    !isSelf(command.caller, policy, refund.askedBy) &&
    isLate(command, order, refund) &&
    refund.state === "approved" &&
    isUnsent(refund) &&
    isByHand &&
    !refund.deducts
  if (!isFine) return false
  refund.settledBy = refund.isRecorded ? refund.askedBy : command.caller.by.id
  settle(order, refund)
  return true
}

const retry = (order: ModelOrder, { overRefund }: Policy, refund: ModelRefund): boolean => {
  const { amount, capture, shares } = refund
  if (refund.state !== "failed" || !isByWorker(refund) || capture === null) return false
  const isRoom =
    !isOpenDispute(order, capture) &&
    amount <= roomOnCapture(order, capture) &&
    (overRefund === "order_open" || amount <= roomOnOrder(order)) &&
    shares.every((share) => share.amount <= roomInPart(order, share.part))
  if (!isRoom) return false
  refund.state = "approved"
  takeWaiting(order, refund)
  proceed(order, refund)
  return true
}

const isExplained = ({ detail }: { readonly detail?: string }): boolean => (detail ?? "").trim() !== ""

const resolve = (order: ModelOrder, policy: Policy, refund: ModelRefund, command: ResolveRefund): boolean => {
  const { by } = command.caller
  const isOpen = refund.state === "unknown" || refund.state === "in_review"
  if (!isOpen || !isExplained(command) || isSelf(command.caller, policy, refund.askedBy)) return false
  if (command.to === "settled") {
    if (!isLate(command, order, refund)) return false
    refund.settledBy = refund.isRecorded ? refund.askedBy : by.id
    settle(order, refund)
  } else if (refund.state === "unknown" && (refund.saysFailed === null || refund.saysFailed === by.id)) {
    refund.saysFailed = by.id
  } else end(order, refund, "failed")
  return true
}

const reverseByHand = (
  model: Model,
  order: ModelOrder,
  { fourEyes }: Policy,
  refund: ModelRefund,
  command: ReverseRefund
): boolean => {
  if (fourEyes && refund.settledBy === command.caller.by.id) return false
  if (!isExplained(command) || refund.state !== "settled" || refund.deducts) return false
  const { customerId } = order.registration
  const isReversible =
    refund.destination === "store_credit"
      ? refund.customer === (customerId ?? null) && creditOf(model, order) >= payoutOf(order, refund)
      : refund.settledBy !== null
  if (isReversible) reverse(order, refund)
  return isReversible
}

/** Of the order's customer, in its currency, from all orders. */
const creditOf = (model: Model, { registration: { currency, customerId } }: ModelOrder): bigint =>
  sum(
    [...model.orders.values()]
      .filter(({ registration }) => registration.currency === currency)
      .flatMap((order) =>
        order.refunds
          .filter((each) => each.destination === "store_credit" && each.state === "settled" && !each.deducts)
          .filter(({ customer }) => customer === customerId)
          .map((refund) => payoutOf(order, refund))
      )
  )

const begin = (order: ModelOrder, refund: ModelRefund, { attemptId, caller }: BeginAttempt): boolean => {
  const isExpired = caller.now >= refund.at + 30 * day && takenBy(order, refund) === 0n
  if (refund.state === "submitting") refund.state = "unknown"
  else if (refund.state === "pending_approval" || (refund.state === "approved" && refund.deducts)) {
    if (isExpired) end(order, refund, "canceled")
  } else if (refund.state === "approved" && isByWorker(refund) && !isDisputed(order, refund)) {
    refund.state = "submitting"
    const last = refund.attempts.at(-1)
    if (last?.isNotSent !== true) refund.attempts.push({ id: attemptId, at: caller.now, told: 0, isNotSent: false })
  }
  if (refund.state === "unknown") heard(refund, false)
  return true
}

const isDisputed = (order: ModelOrder, { capture, mayBeDisputed }: ModelRefund): boolean =>
  !mayBeDisputed && capture !== null && (isOpenDispute(order, capture) || leftOnCapture(order, capture) < 0n)

const heard = (refund: ModelRefund, isNotSent: boolean): void => {
  const last = refund.attempts.at(-1)
  if (last !== undefined) Object.assign(last, { told: last.told + 1, isNotSent })
}

const hear = (order: ModelOrder, refund: ModelRefund, { attemptId, caller, outcome }: RecordOutcome): boolean => {
  const { attempts, state } = refund
  const last = attempts.at(-1)
  if (last === undefined || last.id !== attemptId) return false
  const news = `${state} ${outcome._tag}`
  if (["settled settled", "failed declined", "reversed reversed", "reversed settled"].includes(news)) return true
  if (news === "settled reversed" || news === "failed settled") {
    heard(refund, false)
    if (state === "settled") reverse(order, refund)
    else refund.state = "in_review"
    return true
  }
  if (!["submitting", "unknown", "pending", "requires_action"].includes(state)) return false
  const isNotSent = outcome._tag === "notSent" || (outcome._tag === "notFound" && caller.now < last.at + day)
  heard(refund, isNotSent)
  const next = lookupAfter[last.told - 1]
  const at = caller.now + (next ?? day)
  const isTooLong = (days: number) => at > last.at + days * day
  switch (outcome._tag) {
    case "settled":
      if (outcome.amount !== payoutOf(order, refund) || outcome.currency !== order.registration.currency) {
        refund.state = "in_review"
      } else settle(order, refund)
      return true
    case "declined":
      end(order, refund, "failed")
      return true
    case "reversed":
      refund.state = "in_review"
      return true
    case "notSent":
      refund.state = "approved"
      return true
    case "notFound":
      if (isNotSent) refund.state = "approved"
      else end(order, refund, "failed")
      return true
    case "pending":
      refund.state = isTooLong(30) ? "in_review" : "pending"
      return true
    case "requiresAction":
      refund.state = isTooLong(60) ? "in_review" : "requires_action"
      return true
    case "unknown":
      refund.state = next === undefined ? "in_review" : "unknown"
      return true
  }
}
