/** What a provider said of an attempt, and what follows from it; told again, late, or in the wrong order. */
import { groupOf } from "./approval.ts"
import { overtake, start } from "./attempts.ts"
import type { RecordOutcome } from "./Command.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { Instant, RefundId } from "./Ids.ts"
import { actionDays, type CapabilitiesOf, capabilitiesOf, day, isHonoured, nextLookup, openAttempt } from "./lookups.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import type { Capabilities, Outcome } from "./ports/RefundProvider.ts"
import { type AttemptRecord, paidByWorker, payout, type Refund } from "./Refund.ts"
import { resharedTax, reverse } from "./review.ts"
import { deductWaiting, release, settle } from "./settlement.ts"

/** How long to wait before sending again what did not reach the provider: twice as long each time, at most 5 minutes. */
const resendAfter = (refund: Refund): number => Math.min(1_000 * 2 ** (openAttempt(refund)?.asked ?? 0), 300_000)

/** What the provider has accepted is asked about at the same times, then daily. */
const pollFor =
  (days: number) =>
  (refund: Refund, now: Instant): Instant | null => {
    const at = nextLookup(refund, now) ?? now + day
    return at > (openAttempt(refund)?.startedAt ?? now) + days * day ? null : at
  }

export const recordOutcome = (
  command: RecordOutcome,
  facts: Facts,
  of: CapabilitiesOf
): Decided<ReadonlyArray<Refund>> => {
  const missing = lacks(command.caller, "worker")
  if (missing !== null) return refuse(missing)
  const { attemptId, outcome, refundId } = command
  const refund = facts.refunds.get(refundId)
  if (refund === undefined) return refuse({ _tag: "RefundNotFound", refundId })
  const draft = new Draft(command.caller, facts)
  const answer = () => groupOf(draft.facts, refundId)
  const isOpen = openAttempt(refund)?.id === attemptId || (attemptId === null && refund.origin === "external")
  // An attempt that another has followed was refused: nothing but its having been paid would be news.
  const isPast = !isOpen && outcome._tag !== "settled" && refund.attempts.some((attempt) => attempt.id === attemptId)
  if (isPast || (isOpen && isKnown(refund, command))) return draft.commit(answer())
  if (attemptId !== null && isForgotten(refund, attemptId) && arrived.has(outcome._tag)) {
    draft.add(start(facts, refund, attemptId))
    record(draft, draft.refund(refundId), command, attemptId, capabilitiesOf(of, refund))
    return draft.commit(answer())
  }
  if (!isOpen || !isNews(draft, refund, command, capabilitiesOf(of, refund))) {
    return refuse({ _tag: "StateConflict", refundId, state: refund.state, action: `outcome ${outcome._tag}` })
  }
  return draft.commit(answer())
}

/** The ledger was brought back from before it sent this attempt: made anew, the refund would be paid twice. */
const isForgotten = (refund: Refund, attemptId: RefundId): boolean =>
  refund.state === "approved" &&
  paidByWorker(refund) &&
  refund.attempts.every(({ id, outcome }) => id !== attemptId && outcome !== "not_sent")

type Settled = Extract<Outcome, { readonly _tag: "settled" }>

/** What it changes is drafted; false where it fits nothing that is known of the refund. */
const isNews = (draft: Draft, refund: Refund, command: RecordOutcome, provider: Capabilities): boolean => {
  const { attemptId, outcome, refundId, toldAt } = command
  const effectiveAt = ("at" in outcome ? outcome.at : null) ?? toldAt ?? command.caller.now
  const isOver = outcome._tag === "reversed" || outcome._tag === "declined"
  if (refund.state === "settled" && isOver) {
    const detail = outcome._tag === "reversed" ? outcome.detail : outcome.code
    reverse(draft, refundId, { attemptId, reference: outcome.reference, effectiveAt, detail })
    return true
  }
  if (attemptId === null) return false
  // It was not sent, as far as anybody knew: the provider has it all the same.
  const wasNotSent = refund.state === "approved" && openAttempt(refund)?.outcome === "not_sent"
  if (wasNotSent && arrived.has(outcome._tag)) draft.add(start(draft.facts, refund, attemptId))
  if (awaits.has(draft.refund(refundId).state)) {
    record(draft, draft.refund(refundId), command, attemptId, provider)
    return true
  }
  if (outcome._tag !== "settled") return false
  // Sent once more, it would be paid twice: a person looks at it instead.
  if (isRetried(refund)) {
    paidAfterAll(draft, refund, attemptId, outcome)
    draft.schedule(refundId, null)
    return true
  }
  if (refund.state !== "failed") return false
  if (isOlder(refund, command)) {
    // Told in the other order: it was paid first, and came back.
    settle(draft, refundId, { attemptId, reference: outcome.reference, effectiveAt, detail: null, recorded: false })
    reverse(draft, refundId, { attemptId, reference: outcome.reference, effectiveAt, detail: refund.detail })
  } else paidAfterAll(draft, refund, attemptId, outcome)
  return true
}

/** Its last attempt came to nothing, as far as anybody knew, and the next one was not made yet. */
const isRetried = (refund: Refund): boolean => {
  const last = openAttempt(refund)
  return refund.state === "approved" && last !== undefined && last.outcome !== "not_sent"
}

/** The no freed what was taken off it when it was sent: what waits since is taken off it again, so that the books say what was paid. */
const paidAfterAll = (
  draft: Draft,
  { currency, id: refundId }: Refund,
  attemptId: RefundId,
  outcome: Settled
): void => {
  if (outcome.currency === currency) deductWaiting(draft, refundId, outcome.amount)
  const wouldPay = payout(draft.refund(refundId))
  const isSame = outcome.amount === wouldPay && outcome.currency === currency
  const differs = `; it says ${outcome.amount} ${outcome.currency}, ${wouldPay} ${currency} would be booked (minor units)`
  const detail = `the provider says settled after it had said no${isSame ? "" : differs}`
  draft.add({ _tag: "ReviewNeeded", refundId, attemptId, detail, ...sharesOf(draft, refundId) })
}

/** The no gave back the tax in its parts, too: what others have taken of it since is theirs. */
const sharesOf = (draft: Draft, id: RefundId): { readonly shares?: Refund["shares"] } => {
  const { shares, state } = draft.refund(id)
  const { order } = draft.facts
  const now = state === "failed" && order !== null ? resharedTax(order, shares) : shares
  return now === shares ? {} : { shares: now }
}

/** By the provider's own time, it came to this before what is known of the refund. */
const isOlder = (refund: Refund, { outcome, toldAt }: RecordOutcome): boolean => {
  const at = toldAt ?? ("at" in outcome ? outcome.at : null)
  const known = refund.state === "settled" ? refund.settledAt : (openAttempt(refund)?.toldAt ?? null)
  return at !== null && known !== null && at < known
}

/** Outcomes that are on the way to those that a refund has come to. */
const underWay: ReadonlySet<Outcome["_tag"]> = new Set(["pending", "requiresAction", "notSent", "notFound", "unknown"])
/** The provider has the attempt. */
const arrived: ReadonlySet<Outcome["_tag"]> = new Set(["settled", "pending", "requiresAction", "declined", "reversed"])

/** Told again what was told before, or something older: providers repeat themselves, and not always in order. */
const isKnown = (refund: Refund, command: RecordOutcome): boolean => {
  const { outcome } = command
  switch (refund.state) {
    case "settled":
      if (outcome._tag === "settled") return isSamePayout(refund, outcome)
      // It was settled without a call, deducted in full: nothing left that could come back.
      if (payout(refund) === 0n) return true
      return underWay.has(outcome._tag) || (outcome._tag === "declined" && isOlder(refund, command))
    case "reversed":
      return outcome._tag !== "settled" || (isSamePayout(refund, outcome) && !isUndoneUnheard(refund))
    case "failed":
      return outcome._tag !== "settled"
    case "approved":
      return isRetried(refund) && outcome._tag !== "settled"
    default:
      return false
  }
}

/** Under another name it would be a second one; without one that is known it is told by its money. */
const isSamePayout = (refund: Refund, { amount, currency, reference }: Settled): boolean =>
  refund.providerReference === null
    ? amount === payout(refund) && currency === refund.currency
    : refund.providerReference === reference

/** People said that it was paid, then that it was not, and the provider has said neither before. */
const isUndoneUnheard = (refund: Refund): boolean => {
  const { origin, providerReference } = refund
  return origin !== "external" && providerReference === null && openAttempt(refund)?.outcome !== "reversed"
}

const awaits: ReadonlySet<Refund["state"]> = new Set(["submitting", "unknown", "pending", "requires_action"])

const record = (
  draft: Draft,
  refund: Refund,
  { outcome, toldAt }: RecordOutcome,
  attemptId: AttemptRecord["id"],
  provider: Capabilities
): void => {
  const { id: refundId } = refund
  const { at: now } = draft.stamp
  switch (outcome._tag) {
    case "settled": {
      const detail = disagreement(refund, outcome)
      if (detail !== null) {
        draft.add({ _tag: "ReviewNeeded", refundId, attemptId, detail })
        return draft.schedule(refundId, null)
      }
      settle(draft, refundId, {
        attemptId,
        reference: outcome.reference,
        effectiveAt: outcome.at ?? toldAt ?? now,
        detail: null,
        recorded: false
      })
      return draft.schedule(refundId, null)
    }
    // Paid and returned before anybody here knew of it: both are booked.
    case "reversed": {
      const { detail, reference } = outcome
      const effectiveAt = outcome.at ?? toldAt ?? now
      settle(draft, refundId, { attemptId, reference, effectiveAt, detail: null, recorded: false })
      reverse(draft, refundId, { attemptId, reference, effectiveAt, detail })
      return draft.schedule(refundId, null)
    }
    case "declined":
      draft.add({
        _tag: "RefundDeclined",
        refundId,
        attemptId,
        code: outcome.code,
        reference: outcome.reference,
        ...(toldAt === undefined ? {} : { toldAt })
      })
      release(draft, refund.id)
      return draft.schedule(refundId, null)
    case "notSent": {
      // This call moved nothing; one before it, under the same id, may have. It stays a doubt, and the id's time runs on.
      const isDoubt = refund.state === "submitting" && openAttempt(refund)?.outcome === "unknown"
      const _tag = isDoubt ? "OutcomeLost" : "AttemptNotSent"
      draft.add({ _tag, refundId, attemptId, detail: outcome.detail })
      return draft.schedule(refundId, now + Math.max(resendAfter(refund), outcome.retryAfter ?? 0))
    }
    case "notFound": {
      const open = openAttempt(refund)
      if (open !== undefined && isHonoured(provider, open, now)) {
        draft.add({ _tag: "AttemptNotSent", refundId, attemptId, detail: outcome.detail })
        return draft.schedule(refundId, now + resendAfter(refund))
      }
      // The same id might be paid as a new one by now: it is not sent again, and was never paid.
      draft.add({ _tag: "RefundDeclined", refundId, attemptId, code: "not_found", reference: null })
      release(draft, refund.id)
      return draft.schedule(refundId, null)
    }
    case "pending":
      overtake(draft, refundId)
      draft.add({ _tag: "RefundPending", refundId, attemptId, reference: outcome.reference })
      return askAgain(draft, refund, attemptId, "still pending", pollFor(provider.pendingDays))
    case "requiresAction":
      overtake(draft, refundId)
      draft.add({ _tag: "ActionRequired", refundId, attemptId, reference: outcome.reference })
      return askAgain(draft, refund, attemptId, "still waits for the customer", pollFor(actionDays))
    case "unknown":
      draft.add({ _tag: "OutcomeLost", refundId, attemptId, detail: outcome.detail })
      return askAgain(draft, refund, attemptId, "still unknown", nextLookup)
  }
}

/** Never failed by age: when there is no next time to ask, a person decides. */
const askAgain = (
  draft: Draft,
  { id: refundId }: Refund,
  attemptId: AttemptRecord["id"],
  what: string,
  next: (refund: Refund, now: Instant) => Instant | null
): void => {
  const at = next(draft.refund(refundId), draft.stamp.at)
  if (at === null) draft.add({ _tag: "ReviewNeeded", refundId, attemptId, detail: `${what}, long after it was sent` })
  draft.schedule(refundId, at)
}

const disagreement = (refund: Refund, outcome: Settled): string | null => {
  const sent = payout(refund)
  if (outcome.amount === sent && outcome.currency === refund.currency) return null
  return `the provider says ${outcome.amount} ${outcome.currency}, sent were ${sent} ${refund.currency} (minor units)`
}
