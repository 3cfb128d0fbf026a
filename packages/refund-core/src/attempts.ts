/** What the worker does about a refund that is due: send it, ask what became of it, or give it up. */
import type { BeginAttempt } from "./Command.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { EventOf } from "./Event.ts"
import {
  actionDays,
  type CapabilitiesOf,
  canBeAsked,
  capabilitiesOf,
  day,
  hour,
  isHonoured,
  nextLookup,
  openAttempt
} from "./lookups.ts"
import { captureExcess, findCapture, hasOpenDispute, type OrderHead } from "./Order.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import type { Attempt, Capabilities } from "./ports/RefundProvider.ts"
import { type AttemptRecord, paidByWorker, payout, type Refund } from "./Refund.ts"
import { disputeOverridden } from "./rules.ts"
import { expiryOf, release } from "./settlement.ts"

/** `submit`: send this attempt. `lookup`: it was sent before; ask what became of it. `nothing`: somebody else has dealt with it. */
export type Begun =
  | { readonly _tag: "submit" | "lookup"; readonly attempt: Attempt }
  | { readonly _tag: "nothing"; readonly refund: Refund }

export const beginAttempt = (command: BeginAttempt, facts: Facts, of: CapabilitiesOf): Decided<Begun> => {
  const missing = lacks(command.caller, "worker")
  if (missing !== null) return refuse(missing)
  const refund = facts.refunds.get(command.refundId)
  if (refund === undefined || facts.order === null)
    return refuse({ _tag: "RefundNotFound", refundId: command.refundId })
  const draft = new Draft(command.caller, facts)
  const open = openAttempt(refund)
  switch (refund.state) {
    case "pending_approval":
      return expire(draft, command, refund, "nobody approved it within 30 days")
    case "approved": {
      if (refund.deducts) return expire(draft, command, refund, "there was no refund to deduct it from within 30 days")
      // A person pays this one, or nobody does: no provider of ours may be asked to.
      if (!paidByWorker(refund)) return draft.commit<Begun>({ _tag: "nothing", refund })
      if (isDisputed(facts.order, refund)) {
        draft.schedule(refund.id, command.caller.now + hour)
        return draft.commit<Begun>({ _tag: "nothing", refund })
      }
      const attemptId = open?.outcome === "not_sent" ? open.id : command.attemptId
      return send(draft, command, refund, attemptId)
    }
    case "submitting":
    case "unknown":
    case "pending":
    case "requires_action":
      if (open === undefined) return draft.commit<Begun>({ _tag: "nothing", refund })
      return ask(draft, command, refund, open, capabilitiesOf(of, refund))
    default:
      draft.schedule(refund.id, null)
      return draft.commit<Begun>({ _tag: "nothing", refund })
  }
}

/** It was sent: whoever waits for it wants to know what became of it. */
const ask = (
  draft: Draft,
  command: BeginAttempt,
  refund: Refund,
  open: AttemptRecord,
  provider: Capabilities
): Decided<Begun> => {
  if (refund.state === "unknown") return clearUp(draft, command, refund, open, provider)
  if (refund.state === "submitting") {
    const detail = "the process that was submitting stopped before the answer"
    draft.add({ _tag: "OutcomeLost", refundId: refund.id, attemptId: open.id, detail })
    // Somebody has to ask for the last time, too: its answer may be lost like this one.
    draft.schedule(refund.id, nextLookup(draft.refund(refund.id), command.caller.now) ?? command.caller.now + day)
    return clearUp(draft, command, draft.refund(refund.id), open, provider)
  }
  if (!canBeAsked(provider, open)) return waitOn(draft, refund, open, provider)
  return draft.commit<Begun>({ _tag: "lookup", attempt: attemptOf(command, draft.facts, refund, open.id) })
}

/** Nobody knows what became of it: the provider is asked; or is sent the same id again, as long as it knows it by that. */
const clearUp = (
  draft: Draft,
  command: BeginAttempt,
  refund: Refund,
  open: AttemptRecord,
  provider: Capabilities
): Decided<Begun> => {
  if (canBeAsked(provider, open)) {
    return draft.commit<Begun>({ _tag: "lookup", attempt: attemptOf(command, draft.facts, refund, open.id) })
  }
  if (isHonoured(provider, open, command.caller.now)) return send(draft, command, refund, open.id)
  const detail = `${refund.provider} cannot be asked about it`
  draft.add({ _tag: "ReviewNeeded", refundId: refund.id, attemptId: open.id, detail })
  draft.schedule(refund.id, null)
  return draft.commit<Begun>({ _tag: "nothing", refund: draft.refund(refund.id) })
}

const send = (draft: Draft, command: BeginAttempt, { id: refundId }: Refund, attemptId: AttemptRecord["id"]) => {
  overtake(draft, refundId)
  draft.add(start(draft.facts, draft.refund(refundId), attemptId))
  const attempt = attemptOf(command, draft.facts, draft.refund(refundId), attemptId)
  return draft.commit<Begun>({ _tag: "submit", attempt })
}

/** That it was not paid was one person's word on what was known then: it says nothing of what is sent, or heard of, later. */
export const overtake = (draft: Draft, refundId: Refund["id"]): void => {
  if (draft.refund(refundId).failureProposedBy !== null) draft.add({ _tag: "FailureOvertaken", refundId })
}

/** An attempt stays at the account it began at, whatever was set since: at another, the same id would be paid twice. */
export const start = (facts: Facts, refund: Refund, attemptId: AttemptRecord["id"]): EventOf<"AttemptStarted"> => {
  const known = refund.attempts.find(({ id }) => id === attemptId)
  const providers = facts.settings.providers ?? {}
  const set = Object.hasOwn(providers, refund.provider ?? "") ? providers[refund.provider ?? ""] : undefined
  const account = known === undefined ? set : known.account
  return { _tag: "AttemptStarted", refundId: refund.id, attemptId, ...(account === undefined ? {} : { account }) }
}

/** The provider tells what becomes of it, and cannot be asked: the question would only make a doubt of what is known. */
const waitOn = (draft: Draft, refund: Refund, open: AttemptRecord, provider: Capabilities): Decided<Begun> => {
  const days = refund.state === "pending" ? provider.pendingDays : actionDays
  const until = open.startedAt + days * day
  const isOver = draft.stamp.at >= until
  if (isOver) {
    const what = refund.state === "pending" ? "still pending" : "still waits for the customer"
    const detail = `${what}, long after it was sent`
    draft.add({ _tag: "ReviewNeeded", refundId: refund.id, attemptId: open.id, detail })
  }
  draft.schedule(refund.id, isOver ? null : until)
  return draft.commit<Begun>({ _tag: "nothing", refund: draft.refund(refund.id) })
}

/** Given up when it has waited too long; before that, it waits on. A return cost that is taken off a refund stays. */
const expire = (draft: Draft, { calls }: BeginAttempt, refund: Refund, detail: string): Decided<Begun> => {
  const expiry = expiryOf(refund)
  // Where a call was expected, what it frees could be taken off no other: it is looked at again, at once.
  const isOver = draft.stamp.at >= expiry && refund.netted === 0n && calls !== true
  if (isOver) {
    draft.add({ _tag: "RefundCanceled", refundId: refund.id, detail })
    release(draft, refund.id)
  }
  draft.schedule(refund.id, isOver || refund.netted > 0n ? null : expiry)
  return draft.commit<Begun>({ _tag: "nothing", refund: draft.refund(refund.id) })
}

/**
 * A chargeback, or a refund from outside, came between: the money may have gone back that way. Looked at again every hour.
 * Who let it go on although a dispute was open did not let it go beyond what was captured.
 */
const isDisputed = (order: OrderHead, { captureId, notes }: Refund): boolean => {
  const capture = captureId === null ? undefined : findCapture(order, captureId)
  if (capture === undefined) return false
  if (captureExcess(capture) > 0n) return true
  return hasOpenDispute(order, capture.id) && !notes.includes(disputeOverridden)
}

const attemptOf = (command: BeginAttempt, facts: Facts, refund: Refund, id: AttemptRecord["id"]): Attempt => {
  const capture =
    facts.order === null || refund.captureId === null ? undefined : findCapture(facts.order, refund.captureId)
  if (capture === undefined) throw new Error(`refund ${refund.id} is submitted but has no capture`)
  const known = refund.attempts.find((attempt) => attempt.id === id)
  return {
    id,
    tenant: command.caller.tenant,
    refundId: refund.id,
    orderId: refund.orderId,
    captureId: capture.id,
    captureReference: capture.reference,
    provider: capture.provider,
    amount: payout(refund),
    currency: refund.currency,
    reference: known?.reference ?? null,
    startedAt: known?.startedAt ?? command.caller.now,
    ...(known?.account === undefined ? {} : { account: known.account })
  }
}
