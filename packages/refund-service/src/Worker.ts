/**
 * Does what is due: submits refunds to their provider, looks up those whose outcome is not known, records what came
 * back. A call that fails, hangs or makes no sense is `unknown`, never "failed".
 */
import { Cause, Clock, Effect, Fiber, FiberSet, Layer, Option, Schedule, Semaphore } from "effect"
import type { Begun } from "refund-core/attempts"
import type { RefundId, TenantId } from "refund-core/Ids"
import { type DueRefund, Outbox } from "refund-core/ports/Outbox"
import { type Attempt, type Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { ownCaller } from "./Access.ts"
import { freshId } from "./freshIds.ts"
import { Wakes } from "./Wakes.ts"

export interface WorkerOptions {
  /** How many refunds are dealt with at once: so many calls may hang before others wait. */
  readonly concurrency: number
  /** A provider that has not answered by then has not answered: `unknown`. Must be shorter than a lease. */
  readonly callMilliseconds: number
  /** How often to look for what other processes left behind. */
  readonly pollMilliseconds: number
  /** How long a stop waits for calls in flight. */
  readonly graceMilliseconds: number
}

export const defaults: WorkerOptions = {
  concurrency: 256,
  callMilliseconds: 10_000,
  pollMilliseconds: 500,
  graceMilliseconds: 1_000
}

const takesAtMost = 64

/** Works as long as the layer's scope lasts; then it finishes calls in flight, bounded, and hands its leases back. */
export const layer = (options: Partial<WorkerOptions> = {}) => Layer.effectDiscard(work({ ...defaults, ...options }))

const work = Effect.fnUntraced(function* (options: WorkerOptions) {
  const outbox = yield* Outbox
  const deal = yield* makeDeal(options)
  const calls = yield* FiberSet.make<void>()
  const slots = Semaphore.makeUnsafe(options.concurrency)
  const leased = new Map<RefundId, DueRefund>()

  const finish = (due: DueRefund) =>
    Effect.suspend(() => {
      leased.delete(due.refundId)
      return slots.release(1)
    })
  /** Holds a slot already. */
  const start = (due: DueRefund) => {
    leased.set(due.refundId, due)
    return FiberSet.run(calls, deal(due).pipe(Effect.andThen(finish(due))))
  }
  const takeFresh = slots.take(1).pipe(
    Effect.andThen(outbox.fresh),
    Effect.flatMap((due) =>
      Effect.asVoid<unknown, never, never>(leased.has(due.refundId) ? slots.release(1) : start(due))
    )
  )
  const takeOverdue = Effect.gen(function* () {
    const limit = Math.min(takesAtMost, Math.max(1, options.concurrency - leased.size))
    const taken = yield* outbox.take(limit)
    for (const due of taken) {
      if (leased.has(due.refundId)) continue
      leased.set(due.refundId, due)
      yield* slots.take(1)
      yield* start(due)
    }
    if (taken.length < limit) yield* Effect.sleep(options.pollMilliseconds)
  }).pipe(
    Effect.catch((unavailable) =>
      Effect.logWarning("The worker cannot read what is due", unavailable.detail).pipe(
        Effect.andThen(Effect.sleep(options.pollMilliseconds))
      )
    )
  )

  const loops = yield* Effect.forkScoped(
    Effect.all([Effect.forever(takeFresh), Effect.forever(takeOverdue)], { concurrency: "unbounded", discard: true })
  )
  yield* Effect.addFinalizer(
    Effect.fnUntraced(function* () {
      yield* Fiber.interrupt(loops)
      yield* Effect.timeoutOption(FiberSet.awaitEmpty(calls), options.graceMilliseconds)
      yield* FiberSet.clear(calls)
      // What was cut off is `submitting`: whoever takes it next looks it up.
      yield* Effect.ignore(outbox.release([...leased.values()]))
    })
  )
})

/** Deals with one due refund. Never fails: what could not be done stays due. */
const makeDeal = Effect.fnUntraced(function* ({ callMilliseconds }: WorkerOptions) {
  const outbox = yield* Outbox
  const refunds = yield* Refunds
  const provider = yield* RefundProvider
  const wakes = yield* Wakes

  const callerOf = (tenant: TenantId) =>
    Effect.map(Clock.currentTimeMillis, (now) => ownCaller(tenant, "worker", "worker", now))

  const begin = Effect.fnUntraced(function* ({ refundId, tenant }: DueRefund) {
    const caller = yield* callerOf(tenant)
    return yield* refunds.execute({ _tag: "BeginAttempt", caller, refundId, attemptId: freshId() })
  })

  const record = Effect.fnUntraced(
    function* (attempt: Attempt, outcome: Outcome) {
      const caller = yield* callerOf(attempt.tenant)
      const { id: attemptId, refundId } = attempt
      return yield* refunds.execute({ _tag: "RecordOutcome", caller, refundId, attemptId, outcome })
    },
    Effect.retry({
      schedule: Schedule.exponential("100 millis"),
      times: 5,
      while: (failure) => failure._tag === "LedgerUnavailable"
    }),
    // An answer that came is not lost because the process is told to stop.
    Effect.uninterruptible
  )

  return Effect.fnUntraced(
    function* (due: DueRefund) {
      const begun = yield* begin(due)
      if (begun._tag === "nothing") return wakes.wake(due.tenant, begun.refund.groupId)
      const outcome = yield* ask(provider, begun, callMilliseconds)
      const [first] = yield* record(begun.attempt, outcome)
      if (first !== undefined) wakes.wake(due.tenant, first.groupId)
    },
    (dealt, due) =>
      Effect.catchCause(dealt, (cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
        return Effect.logWarning(`Refund ${due.refundId} could not be dealt with and stays due`, cause).pipe(
          Effect.andThen(isUnavailable(cause) ? Effect.ignore(outbox.release([due])) : Effect.void)
        )
      })
  )
})

const isUnavailable = (cause: Cause.Cause<{ readonly _tag: string }>): boolean => {
  const failure = Cause.findErrorOption(cause)
  return Option.isSome(failure) && failure.value._tag === "LedgerUnavailable"
}

const ask = (
  provider: RefundProvider["Service"],
  begun: Extract<Begun, { readonly attempt: Attempt }>,
  milliseconds: number
): Effect.Effect<Outcome> => {
  const { attempt } = begun
  const call: Effect.Effect<Outcome> = Effect.suspend(() =>
    begun._tag === "submit"
      ? provider.submit(attempt)
      : Effect.map(
          provider.lookup(attempt),
          (found) => found ?? { _tag: "notFound", detail: `${attempt.provider} has never heard of it` }
        )
  )
  const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
  return call.pipe(
    Effect.timeoutOption(milliseconds),
    Effect.map((answer) =>
      Option.match(answer, {
        onNone: () => unknown(`${attempt.provider} did not answer within ${milliseconds / 1000} s`),
        onSome: (outcome) => (outcomes.has(outcome?._tag) ? outcome : unknown("the answer makes no sense"))
      })
    ),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause)
        : Effect.as(Effect.logError(`Provider ${attempt.provider} broke`, cause), unknown("the call broke off"))
    )
  )
}

/** A new outcome does not compile until it is known here. */
const outcomes: ReadonlySet<string> = new Set(
  Object.keys({
    settled: true,
    pending: true,
    requiresAction: true,
    declined: true,
    reversed: true,
    notSent: true,
    notFound: true,
    unknown: true
  } satisfies Record<Outcome["_tag"], true>)
)
