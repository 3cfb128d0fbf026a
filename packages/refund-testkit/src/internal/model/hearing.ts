/** What a provider says of a refund: news, or what is known, or what comes too late. */
import type { RecordOutcome } from "refund-core/Command"
import { lookupAfter } from "refund-core/lookups"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { type At, end, isByWorker, settle, takeWaiting, undo } from "./ending.ts"
import { type ModelOrder, type ModelRefund, payoutOf } from "./state.ts"

const day = 86_400_000
/** Near its end an id is not relied on. */
export const margin = 600_000

const onTheWay: ReadonlyArray<Outcome["_tag"]> = ["pending", "requiresAction", "notSent", "notFound", "unknown"]

const saidAt = ({ outcome, toldAt }: RecordOutcome): number | null =>
  toldAt ?? ("at" in outcome ? outcome.at : null) ?? null

const isBefore = (at: number | null, known: number | null): boolean => at !== null && known !== null && at < known

/** It came to that before, or is further by now. */
const isOldNews = (order: ModelOrder, refund: ModelRefund, command: RecordOutcome): boolean => {
  const { outcome } = command
  const paid = payoutOf(order, refund)
  const isAnother = (said: Extract<Outcome, { readonly _tag: "settled" }>) =>
    refund.reference === null
      ? said.amount !== paid || said.currency !== order.registration.currency
      : said.reference !== refund.reference
  const isAnotherPayout = outcome._tag === "settled" && isAnother(outcome)
  switch (refund.state) {
    case "settled":
      if (outcome._tag !== "settled" && paid === 0n) return true
      if (outcome._tag === "declined") return isBefore(saidAt(command), refund.settledAt)
      return onTheWay.includes(outcome._tag) || (outcome._tag === "settled" && !isAnotherPayout)
    case "reversed":
      if (outcome._tag === "settled" && refund.isUndoneByHand && refund.reference === null) return false
      return !isAnotherPayout
    case "failed":
      return outcome._tag !== "settled"
    case "approved":
      return isRetried(refund) && outcome._tag !== "settled"
    default:
      return false
  }
}

/** It failed, and is to be sent once more. */
const isRetried = ({ attempts, state }: ModelRefund): boolean =>
  state === "approved" && attempts.at(-1)?.isNotSent === false

/** An attempt that the books were brought back from before: it was made all the same. */
const remember = ({ now }: At, refund: ModelRefund, { attemptId, outcome }: RecordOutcome): void => {
  const isOnItsWay = onTheWay.includes(outcome._tag) && outcome._tag !== "pending" && outcome._tag !== "requiresAction"
  if (attemptId === null || isOnItsWay || refund.state !== "approved" || !isByWorker(refund)) return
  if (refund.attempts.some(({ id, isNotSent }) => id === attemptId || isNotSent)) return
  refund.attempts.push({ id: attemptId, at: now, told: 0, isNotSent: false, toldAt: null, hasReference: false })
  refund.state = "submitting"
}

export const hear = (at: At, refund: ModelRefund, command: RecordOutcome): boolean => {
  const { attemptId, outcome } = command
  remember(at, refund, command)
  const last = refund.attempts.at(-1)
  const isOpen = attemptId === null ? refund.isExternal : last?.id === attemptId
  // Another followed it, so it was refused: only that it was paid would be news, and contradict that.
  if (!isOpen) return outcome._tag !== "settled" && refund.attempts.some(({ id }) => id === attemptId)
  if (isOldNews(at.order, refund, command)) return true
  if (refund.state === "settled" && (outcome._tag === "declined" || outcome._tag === "reversed")) {
    undo(at, refund, "reversed")
    return true
  }
  if (last === undefined || attemptId === null) return false
  const isOnItsWay = onTheWay.includes(outcome._tag) && outcome._tag !== "pending" && outcome._tag !== "requiresAction"
  if (refund.state === "approved" && last.isNotSent && !isOnItsWay) refund.state = "submitting"
  switch (refund.state) {
    case "submitting":
    case "unknown":
    case "pending":
    case "requires_action":
      come(at, refund, command, last)
      return true
    case "failed":
      comeBack(at, refund, command, last)
      return true
    case "approved":
      // It would be paid twice.
      if (!isRetried(refund)) return false
      review(at, refund, command)
      return true
    default:
      return false
  }
}

const review = (at: At, refund: ModelRefund, { outcome }: RecordOutcome): void => {
  const isSameMoney = "currency" in outcome && outcome.currency === at.order.registration.currency
  if (isSameMoney) takeWaiting(at.order, refund, outcome.amount)
  refund.state = "in_review"
}

/** It said no, and now yes: it paid before that, and took it back; or a person has to look, and what was not paid is kept. */
const comeBack = (at: At, refund: ModelRefund, command: RecordOutcome, last: ModelRefund["attempts"][number]): void => {
  if (!isBefore(saidAt(command), last.toldAt)) return review(at, refund, command)
  settle(at, refund, settling(at, command))
  undo(at, refund, "reversed")
}

const settling = ({ now }: At, command: RecordOutcome) => {
  const { outcome, toldAt } = command
  const own = "at" in outcome ? outcome.at : null
  return { at: own ?? toldAt ?? now, reference: "reference" in outcome ? outcome.reference : null }
}

const come = (at: At, refund: ModelRefund, command: RecordOutcome, last: ModelRefund["attempts"][number]): void => {
  const { model, now, order } = at
  const { outcome } = command
  const provider = model.capabilitiesOf(refund.provider ?? "")
  // It was sent again in doubt: that this call moved nothing says nothing of the one before it.
  const isDoubt = refund.state === "submitting" && last.told > 0 && !last.isNotSent
  const isSentAgain =
    (outcome._tag === "notSent" && !isDoubt) ||
    (outcome._tag === "notFound" && now < last.at + provider.honoursKeyFor - margin)
  Object.assign(last, {
    told: last.told + 1,
    isNotSent: isSentAgain,
    toldAt: outcome._tag === "declined" ? (command.toldAt ?? null) : null,
    hasReference: last.hasReference || ("reference" in outcome && outcome.reference !== null)
  })
  const next = lookupAfter[last.told - 1]
  const isTooLong = (days: number) => now + (next ?? day) > last.at + days * day
  switch (outcome._tag) {
    case "settled": {
      const isAsSent = outcome.amount === payoutOf(order, refund) && outcome.currency === order.registration.currency
      if (isAsSent) settle(at, refund, settling(at, command))
      else refund.state = "in_review"
      return
    }
    case "reversed":
      settle(at, refund, settling(at, command))
      return undo(at, refund, "reversed")
    case "declined":
      return end(at, refund, "failed")
    case "notSent":
      refund.state = isDoubt ? "unknown" : "approved"
      return
    case "notFound":
      if (isSentAgain) refund.state = "approved"
      else end(at, refund, "failed")
      return
    case "pending":
      refund.saysFailed = null
      refund.state = isTooLong(provider.pendingDays) ? "in_review" : "pending"
      return
    case "requiresAction":
      refund.saysFailed = null
      refund.state = isTooLong(60) ? "in_review" : "requires_action"
      return
    case "unknown":
      refund.state = next === undefined ? "in_review" : "unknown"
      return
  }
}
