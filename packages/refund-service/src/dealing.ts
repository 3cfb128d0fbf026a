/** What the worker does with one refund that is due: begins or looks up an attempt, records what came back. */
import { Cause, Clock, Effect, Schedule } from "effect"
import type { Begun } from "refund-core/attempts"
import type { TenantId } from "refund-core/Ids"
import { type DueRefund, Outbox } from "refund-core/ports/Outbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { type Attempt, type Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { Watch } from "refund-core/ports/Watch"
import { Refunds } from "refund-core/Refunds"
import type { Rejected } from "refund-core/Violation"
import { ownCaller } from "./Access.ts"
import { ask } from "./asking.ts"
import type { Sign } from "./Circuit.ts"
import { freshId } from "./freshIds.ts"
import { Inbound } from "./Inbound.ts"
import { logOutcome } from "./logOutcome.ts"
import { reasonOf } from "./redacted.ts"
import { sentenceOf } from "./Verdict.ts"
import { Wakes } from "./Wakes.ts"

/** Never fails: what could not be done stays due. Answers what the call was to the connection. */
export const makeDealing = Effect.fnUntraced(function* (callMilliseconds: number) {
  const outbox = yield* Outbox
  const refunds = yield* Refunds
  const provider = yield* RefundProvider
  const inbound = yield* Inbound
  const wakes = yield* Wakes
  const watch = yield* Watch

  const callerOf = (tenant: TenantId) =>
    Effect.map(Clock.currentTimeMillis, (now) => ownCaller(tenant, "worker", "worker", now))

  const begin = Effect.fnUntraced(function* ({ provider, refundId, tenant }: DueRefund) {
    const caller = yield* callerOf(tenant)
    const calls = provider !== null
    return yield* refunds.execute({ _tag: "BeginAttempt", caller, refundId, attemptId: freshId(), calls })
  })

  const recordAnswer = Effect.fnUntraced(function* (attempt: Attempt, outcome: Outcome) {
    const caller = yield* callerOf(attempt.tenant)
    const { id: attemptId, refundId } = attempt
    const group = yield* refunds.execute({ _tag: "RecordOutcome", caller, refundId, attemptId, outcome })
    const refund = group.find(({ id }) => id === refundId)
    if (refund === undefined) return
    yield* logOutcome(refund, { ...attempt, attemptId, outcome, from: "call" })
    wakes.wake(attempt.tenant, refund.groupId)
  })

  const record = (attempt: Attempt, outcome: Outcome) =>
    recordAnswer(attempt, outcome).pipe(
      Effect.catchTag("Rejected", (rejection) => conflicting(inbound, attempt, outcome, rejection)),
      Effect.retry({
        schedule: Schedule.exponential("100 millis"),
        times: 5,
        while: (failure) => failure._tag === "LedgerUnavailable"
      }),
      // An answer that came is not lost because the process is told to stop.
      Effect.uninterruptible
    )

  return Effect.fnUntraced(
    function* (due: DueRefund): Effect.fn.Return<Sign, { readonly _tag: string }> {
      const begun = yield* begin(due)
      if (begun._tag === "nothing") {
        wakes.wake(due.tenant, begun.refund.groupId)
        return { _tag: "none" }
      }
      yield* logBegun(begun)
      const since = yield* Clock.currentTimeMillis
      const outcome = yield* ask(provider, begun, callMilliseconds)
      const milliseconds = (yield* Clock.currentTimeMillis) - since
      watch.asked({ provider: begun.attempt.provider, what: begun._tag, outcome: outcome._tag, milliseconds })
      yield* record(begun.attempt, outcome)
      return signOf(outcome)
    },
    (dealt, due) =>
      Effect.catchCause(dealt, (cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
        const failure = Cause.squash(cause)
        return Effect.logWarning(`Refund ${due.refundId} stays due: ${reasonOf(failure)}`).pipe(
          Effect.andThen(isUnavailable(failure) ? Effect.ignore(outbox.release([due])) : Effect.void),
          Effect.as<Sign>({ _tag: "none" })
        )
      })
  )
})

const logBegun = ({ _tag, attempt }: Extract<Begun, { readonly attempt: Attempt }>) =>
  Effect.logDebug(
    _tag === "submit" ? `Refund ${attempt.refundId} is sent` : `Refund ${attempt.refundId} is looked up`
  ).pipe(
    Effect.annotateLogs({
      tenant: attempt.tenant,
      refund: attempt.refundId,
      order: attempt.orderId,
      attempt: attempt.id,
      provider: attempt.provider
    })
  )

const signOf = (outcome: Outcome): Sign => {
  if (outcome._tag === "notSent" && outcome.retryAfter !== undefined) {
    return { _tag: "busy", milliseconds: outcome.retryAfter }
  }
  return { _tag: outcome._tag === "notSent" || outcome._tag === "unknown" ? "silent" : "answered" }
}

/**
 * Somebody else has dealt with the refund meanwhile. Where the answer is about money it is told like news of the
 * provider's own: kept first, then recorded as another payout, or parked for a person.
 */
const conflicting = (inbound: Inbound["Service"], attempt: Attempt, outcome: Outcome, rejection: Rejected) => {
  const says = `Refund ${attempt.refundId}: the answer ${outcome._tag} of ${attempt.provider} came too late`
  const logged = Effect.logWarning(`${says}: ${sentenceOf(rejection)}`)
  if (outcome._tag !== "settled" && outcome._tag !== "reversed") return logged
  const told = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    inbound.tell(attempt, [answerAsNews(attempt, outcome, now)])
  )
  return Effect.andThen(logged, Effect.asVoid(told))
}

const answerAsNews = (
  attempt: Attempt,
  outcome: Extract<Outcome, { readonly _tag: "settled" | "reversed" }>,
  now: number
): ProviderNews => ({
  // The same answer heard twice is one event.
  eventId: `answer:${attempt.id}:${outcome._tag}:${outcome.reference}`,
  at: outcome.at ?? now,
  about: {
    _tag: "refund",
    attempt: { refundId: attempt.refundId, attemptId: attempt.id },
    reference: outcome.reference,
    captureReference: attempt.captureReference,
    amount: outcome._tag === "settled" ? outcome.amount : attempt.amount,
    currency: outcome._tag === "settled" ? outcome.currency : attempt.currency,
    outcome
  }
})

const isUnavailable = (failure: unknown): boolean =>
  (failure as { readonly _tag?: unknown } | null)?._tag === "LedgerUnavailable"
