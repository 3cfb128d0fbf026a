/** What people, the worker and the provider do about a refund that was requested. Each answers whether it is accepted. */
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
import { policyFor } from "refund-core/Policy"
import { isToCredit, spentOf } from "./credit.ts"
import { type At, end, isByWorker, isUnsent, proceed, queue, settle, takeWaiting, undo } from "./ending.ts"
import { hear, margin } from "./hearing.ts"
import {
  isOpenDispute,
  leftOfTotal,
  leftOnCapture,
  leftOnOrder,
  type Model,
  type ModelOrder,
  type ModelRefund,
  roomInPart,
  roomInTotal,
  roomOnCapture,
  roomOnOrder,
  takenAt,
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
  const at: At = { model, order, now: command.caller.now }
  switch (command._tag) {
    case "ApproveRefund":
    case "DenyRefund":
    case "UndoApproval":
      return onGroup(at, command)
  }
  const refund = order.refunds.find(({ id }) => id === command.refundId)
  if (refund === undefined) return false
  switch (command._tag) {
    case "CancelRefund":
      return may(command.caller.by, "refunds:request") && cancel(at, refund)
    case "SettleRefund":
      return may(command.caller.by, "refunds:record") && settleByHand(at, refund, command)
    case "RetryRefund":
      return may(command.caller.by, "refunds:request") && retry(at, refund)
    case "ResolveRefund":
      return may(command.caller.by, "refunds:resolve") && resolve(at, refund, command)
    case "ReverseRefund":
      return may(command.caller.by, "refunds:reverse") && reverseByHand(at, refund, command)
    case "BeginAttempt":
      return may(command.caller.by, "worker") && begin(at, refund, command)
    case "RecordOutcome":
      return may(command.caller.by, "worker") && hear(at, refund, command)
  }
}

/** Neither the door it is decided through nor the one it came through may say so. */
const isSelf = (at: At, { by, door }: Caller, refund: ModelRefund): boolean =>
  refund.askedBy === by.id &&
  [door, refund.door].some((each) => {
    const { fourEyes, fourEyesExcept } = policyFor(at.model.overrides, each)
    return fourEyes && !fourEyesExcept.includes(by.id)
  })

const onGroup = (at: At, command: ApproveRefund | DenyRefund | UndoApproval): boolean => {
  const { caller, refundId } = command
  const { order } = at
  const group = order.refunds.find(({ id }) => id === refundId)?.group ?? refundId
  const from = command._tag === "UndoApproval" ? "approved" : "pending_approval"
  const affected = order.refunds.filter((refund) => refund.group === group && refund.state === from)
  if (!may(caller.by, "refunds:approve") || affected.length === 0) return false
  if (command._tag === "ApproveRefund") {
    const isRefused = (refund: ModelRefund) =>
      isSelf(at, caller, refund) || isStopped(order, caller, refund) || isOverNow(at, refund)
    if (affected.some(isRefused)) return false
    for (const refund of affected) approve(at, refund, caller)
    return true
  }
  if (command._tag === "DenyRefund") {
    for (const refund of affected) end(at, refund, "denied")
    return true
  }
  if (!affected.every((refund) => refund.approvedBy !== null && isUnsent(refund) && takenBy(order, refund) === 0n)) {
    return false
  }
  for (const refund of affected) Object.assign(refund, { state: "pending_approval", approvedBy: null })
  queue(order)
  return true
}

const approve = (at: At, refund: ModelRefund, { by }: Caller): void => {
  Object.assign(refund, { state: "approved", approvedBy: by.id })
  queue(at.order)
  proceed(at, refund)
}

const isStopped = (order: ModelOrder, { by }: Caller, { capture, deducts, mayBeDisputed }: ModelRefund): boolean =>
  !deducts && !mayBeDisputed && isOpenDispute(order, capture) && !by.permissions.has("disputes:override")

/** The one it was asked for through. */
const capsOf = ({ model }: At, { door }: ModelRefund) => policyFor(model.overrides, door).overRefund

/** Money went missing since it was requested, or the order is worth less: its own hold is in what is left. */
const isOverNow = (at: At, refund: ModelRefund): boolean => {
  const { order } = at
  const { capture, deducts, destination } = refund
  const caps = capsOf(at, refund)
  if (deducts || caps === "order_open") return false
  const isOverTotal = caps === "order_total" && (leftOfTotal(order) ?? 0n) < 0n
  const isOnCapture = destination === "original" && capture !== null
  return isOverTotal || leftOnOrder(order) < 0n || (isOnCapture && leftOnCapture(order, capture) < 0n)
}

const cancel = (at: At, refund: ModelRefund): boolean => {
  const isWaiting = refund.state === "pending_approval" || refund.state === "approved"
  const isOpen = (isWaiting && takenBy(at.order, refund) === 0n) || refund.state === "failed"
  if (isOpen) end(at, refund, "canceled")
  return isOpen
}

const isLate = ({ caller, settledAt }: SettleRefund | ResolveRefund, order: ModelOrder, { capture }: ModelRefund) => {
  const taken = takenAt(order, capture)
  return settledAt === undefined || (settledAt <= caller.now && (taken === null || settledAt >= taken))
}

const settleByHand = (at: At, refund: ModelRefund, command: SettleRefund): boolean => {
  const isByHand = refund.destination === "payout" || refund.provider === "manual" || refund.provider === "external"
  const isFine =
    !isSelf(at, command.caller, refund) &&
    isLate(command, at.order, refund) &&
    refund.state === "approved" &&
    isUnsent(refund) &&
    isByHand &&
    !refund.deducts
  if (!isFine) return false
  refund.settledBy = refund.isRecorded ? refund.askedBy : command.caller.by.id
  settle(at, refund, { at: command.settledAt ?? at.now, reference: command.reference ?? null })
  return true
}

const retry = (at: At, refund: ModelRefund): boolean => {
  const { order } = at
  const caps = capsOf(at, refund)
  const { amount, capture, shares } = refund
  if (refund.state !== "failed" || !isByWorker(refund) || capture === null) return false
  const isRoom =
    !isOpenDispute(order, capture) &&
    amount <= roomOnCapture(order, capture) &&
    (caps === "order_open" || amount <= roomOnOrder(order)) &&
    (caps !== "order_total" || amount <= (roomInTotal(order) ?? amount)) &&
    shares.every((share) => share.amount <= roomInPart(order, share.part))
  if (!isRoom) return false
  refund.state = "approved"
  takeWaiting(order, refund)
  proceed(at, refund)
  return true
}

const isExplained = ({ detail }: { readonly detail?: string }): boolean => (detail ?? "").trim() !== ""

const resolve = (at: At, refund: ModelRefund, command: ResolveRefund): boolean => {
  const { by } = command.caller
  const { order, now } = at
  const isOpen = refund.state === "unknown" || refund.state === "in_review"
  if (!isOpen || !isExplained(command) || isSelf(at, command.caller, refund)) return false
  if (command.to === "settled" && !isLate(command, order, refund)) return false
  if (refund.settledAt !== null) {
    if (command.to === "failed") undo(at, refund, "failed")
    else {
      const settledBy = refund.isRecorded ? refund.askedBy : by.id
      Object.assign(refund, { state: "settled", settledBy, reference: command.reference ?? null })
    }
  } else if (command.to === "settled") {
    refund.settledBy = refund.isRecorded ? refund.askedBy : by.id
    settle(at, refund, { at: command.settledAt ?? now, reference: command.reference ?? null })
  } else if (refund.state === "unknown" && (refund.saysFailed === null || refund.saysFailed === by.id)) {
    refund.saysFailed = by.id
  } else end(at, refund, "failed")
  return true
}

/** Credit that was spent meanwhile cannot be taken back: a person has to say what it comes to. */
const reverseByHand = (at: At, refund: ModelRefund, command: ReverseRefund): boolean => {
  const { customerId = null } = at.order.registration
  const isReversible = isToCredit(refund) ? refund.customer === customerId : refund.settledBy !== null
  const { by, door } = command.caller
  const isWatched = [door, refund.door].some((each) => policyFor(at.model.overrides, each).fourEyes)
  if (isWatched && refund.settledBy === by.id) return false
  if (!isExplained(command) || refund.state !== "settled" || refund.deducts || !isReversible) return false
  if (spentOf(at.model, at.order, refund) > 0n) refund.state = "in_review"
  else {
    undo(at, refund, "reversed")
    refund.isUndoneByHand = true
  }
  return true
}

const begin = (at: At, refund: ModelRefund, { attemptId, caller }: BeginAttempt): boolean => {
  const { order } = at
  const isExpired = caller.now >= refund.at + 30 * day && takenBy(order, refund) === 0n
  const last = refund.attempts.at(-1)
  switch (refund.state) {
    case "submitting":
      if (last !== undefined) Object.assign(last, { told: last.told + 1, isNotSent: false, toldAt: null })
      refund.state = "unknown"
      if (!canBeAsked(at, refund)) sendOrLook(at, refund)
      return true
    case "pending_approval":
      if (isExpired) end(at, refund, "canceled")
      return true
    case "approved":
      if (refund.deducts && isExpired) end(at, refund, "canceled")
      if (isByWorker(refund) && !isDisputed(order, refund)) send(refund, attemptId, caller.now)
      return true
    case "unknown":
      if (!canBeAsked(at, refund)) sendOrLook(at, refund)
      return true
    case "pending":
    case "requires_action": {
      const days = refund.state === "pending" ? at.model.capabilitiesOf(refund.provider ?? "").pendingDays : 60
      if (!canBeAsked(at, refund) && last !== undefined && at.now >= last.at + days * day) look(refund)
      return true
    }
    default:
      return true
  }
}

/** What was not sent keeps its id. */
const send = (refund: ModelRefund, id: string, at: number): void => {
  Object.assign(refund, { state: "submitting", saysFailed: null })
  if (refund.attempts.at(-1)?.isNotSent === true) return
  refund.attempts.push({ id, at, told: 0, isNotSent: false, toldAt: null, hasReference: false })
}

/** Where nothing can be asked, the same is sent again while the provider knows it by its id; after that a person looks. */
const sendOrLook = ({ model, now }: At, refund: ModelRefund): void => {
  const { honoursKeyFor } = model.capabilitiesOf(refund.provider ?? "")
  const last = refund.attempts.at(-1)
  if (last !== undefined && now < last.at + honoursKeyFor - margin) {
    Object.assign(refund, { state: "submitting", saysFailed: null })
  } else look(refund)
}

const look = (refund: ModelRefund): void => {
  const last = refund.attempts.at(-1)
  if (last !== undefined) Object.assign(last, { told: last.told + 1, isNotSent: false, toldAt: null })
  refund.state = "in_review"
}

const canBeAsked = ({ model }: At, refund: ModelRefund): boolean => {
  const { lookup } = model.capabilitiesOf(refund.provider ?? "")
  return lookup === "key" || (lookup === "reference" && refund.attempts.at(-1)?.hasReference === true)
}

const isDisputed = (order: ModelOrder, { capture, mayBeDisputed }: ModelRefund): boolean =>
  capture !== null && ((isOpenDispute(order, capture) && !mayBeDisputed) || leftOnCapture(order, capture) < 0n)
