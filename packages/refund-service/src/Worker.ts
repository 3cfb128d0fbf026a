/**
 * Does what is due: submits refunds to their provider, looks up those whose outcome is not known, records what came
 * back; takes expired credit off; applies what providers have told. Any number of workers share the work.
 */
import { Clock, Effect, Fiber, FiberSet, Layer, Random } from "effect"
import type { Instant } from "refund-core/Ids"
import { Inbox } from "refund-core/ports/Inbox"
import { type DueRefund, Outbox } from "refund-core/ports/Outbox"
import { Watch } from "refund-core/ports/Watch"
import { Refunds } from "refund-core/Refunds"
import { ownCaller } from "./Access.ts"
import { type Bulkhead, makeBulkhead } from "./Bulkhead.ts"
import { type Circuit, makeCircuit, type Sign } from "./Circuit.ts"
import { makeDealing } from "./dealing.ts"
import { elapsed, elapsedOf } from "./elapsed.ts"
import { Inbound } from "./Inbound.ts"
import { repeatedly } from "./repeatedly.ts"
import { retaining } from "./retaining.ts"
import { Trail } from "./Trail.ts"
import { sentenceOf } from "./Verdict.ts"

export interface WorkerOptions {
  /** How many refunds of one provider are dealt with at once: so many calls to it may hang before its others wait. */
  readonly concurrency: number
  /** How many may wait for that in this process; more are left for later, or for other processes. */
  readonly waiting: number
  /** A provider that has not answered by then has not answered: `unknown`. At most a third of a lease. */
  readonly callMilliseconds: number
  /** As the store's: what waited longer than half of it here is left to whoever takes it next. */
  readonly leaseMilliseconds: number
  /** How often to look for what other processes left behind, and for what providers told. */
  readonly pollMilliseconds: number
  /** How often to look for credit that has expired. */
  readonly expiryMilliseconds: number
  /** After how long what was done with may go; null: never. */
  readonly retentionMilliseconds: number | null
  /** How often to look for that. */
  readonly pruneMilliseconds: number
  /** How long a stop waits for calls in flight. */
  readonly graceMilliseconds: number
}

export const defaults: WorkerOptions = {
  concurrency: 256,
  waiting: 10_000,
  callMilliseconds: 10_000,
  leaseMilliseconds: 60_000,
  pollMilliseconds: 500,
  expiryMilliseconds: 60_000,
  retentionMilliseconds: null,
  pruneMilliseconds: 3_600_000,
  graceMilliseconds: 1_000
}

const takesAtMost = 64
const appliesAtOnce = 32

/** Works as long as the layer's scope lasts; then it finishes calls in flight, bounded, and hands its leases back. */
export const layer = (options: Partial<WorkerOptions> = {}) => Layer.effectDiscard(work({ ...defaults, ...options }))

const work = Effect.fnUntraced(function* (options: WorkerOptions) {
  const outbox = yield* Outbox
  const watch = yield* Watch
  const calls = yield* FiberSet.make<void>()
  const { accept, close, held } = yield* makeAccepting(options, calls)

  // All that is there is begun before anything else is done, so that it is committed together.
  const fresh = Effect.forever(Effect.flatMap(outbox.fresh, accept), { disableYield: true })
  const overdue = Effect.gen(function* () {
    watch.looked("due")
    const taken = yield* outbox.take(takesAtMost)
    for (const due of taken) yield* accept(due)
    return taken.length === takesAtMost
  })
  const { pruneMilliseconds, retentionMilliseconds: kept } = options
  const prune = "Removing what was done with long ago"
  const loops = yield* Effect.forkScoped(
    Effect.all(
      [
        ...(kept === null ? [] : [repeatedly(prune, pruneMilliseconds, Effect.as(retaining(kept), false))]),
        repeatedly("Taking new refunds", options.pollMilliseconds, fresh),
        repeatedly("Taking refunds that are due", options.pollMilliseconds, overdue),
        repeatedly("Applying what providers told", options.pollMilliseconds, applyNews),
        repeatedly("Taking off expired credit", options.expiryMilliseconds, expireCredit)
      ],
      { concurrency: "unbounded", discard: true }
    )
  )
  yield* Effect.addFinalizer(
    Effect.fnUntraced(function* () {
      yield* Fiber.interrupt(loops)
      close()
      yield* Effect.timeoutOption(FiberSet.awaitEmpty(calls), options.graceMilliseconds)
      yield* FiberSet.clear(calls)
      // What was cut off is `submitting`: whoever takes it next looks it up.
      yield* Effect.ignore(outbox.release(held()))
    })
  )
})

/** All that stands between what is due and the provider it is due at. */
interface Lane {
  readonly bulkhead: Bulkhead
  readonly circuit: Circuit
}

interface Held {
  readonly due: DueRefund
  /** When it was leased, as near as this process knows, in milliseconds that have passed. */
  since: number
  /** It was leased to us once more since its turn began. */
  again: boolean
}

const makeAccepting = Effect.fnUntraced(function* (options: WorkerOptions, calls: FiberSet.FiberSet<void>) {
  const outbox = yield* Outbox
  const { leaseMilliseconds } = options
  const watch = yield* Watch
  const deal = yield* makeDealing(Math.min(options.callMilliseconds, leaseMilliseconds / 3))
  const trail = yield* Trail
  const lanes = new Map<string | null, Lane>()
  const held = new Map<string, Held>()
  let isClosed = false
  const nameOf = ({ refundId, tenant }: DueRefund) => `${refundId} ${tenant}`

  const laneOf = ({ provider }: DueRefund): Lane => {
    const known = lanes.get(provider)
    if (known !== undefined) return known
    const bulkhead = makeBulkhead({ atOnce: options.concurrency, waiting: options.waiting })
    const lane = { bulkhead, circuit: makeCircuit() }
    lanes.set(provider, lane)
    return lane
  }

  /** Somewhat later than that: not all of them at once. Where it cannot be kept, the lease runs out instead. */
  const postpone = (due: DueRefund, now: Instant, until: Instant) =>
    Effect.flatMap(Random.next, (random) =>
      Effect.ignore(outbox.postpone(due, until + Math.round(((until - now) * random) / 2)))
    )

  const turn = (mine: Held, { circuit }: Lane) =>
    Effect.gen(function* () {
      const { due } = mine
      const now = yield* Clock.currentTimeMillis
      mine.again = false
      // Another worker may begin it when the lease runs out: an attempt is begun only with enough of it left.
      if (isClosed || (yield* elapsed) - mine.since > leaseMilliseconds / 2)
        return yield* Effect.ignore(outbox.release([due]))
      const admission = circuit.admit(now)
      if (admission._tag === "paused") return yield* postpone(due, now, admission.until)
      const { isProbe } = admission
      const saw = (sign: Sign) =>
        Effect.flatMap(Effect.all([Clock.currentTimeMillis, Random.next]), ([now, spread]) =>
          Effect.sync(() => {
            circuit.saw(sign, { isProbe, now, spread })
            watch.paused(due.provider, circuit.pausedUntil() !== null)
          })
        )
      yield* trail.follow(due.refundId, "worker", deal(due)).pipe(
        Effect.flatMap(saw),
        Effect.onInterrupt(() => saw({ _tag: "none" }))
      )
    })

  const start = (mine: Held, lane: Lane): Effect.Effect<unknown> =>
    FiberSet.run(
      calls,
      Effect.flatMap(lane.bulkhead.enter(turn(mine, lane)), () => {
        held.delete(nameOf(mine.due))
        return mine.again ? Effect.asVoid(accept(mine.due)) : Effect.void
      })
    )

  const accept = (due: DueRefund): Effect.Effect<unknown> =>
    Effect.flatMap(Clock.Clock, (clock): Effect.Effect<unknown> => {
      const since = elapsedOf(clock)
      const known = held.get(nameOf(due))
      if (known !== undefined) {
        known.since = since
        known.again = true
        return Effect.void
      }
      const lane = laneOf(due)
      if (lane.bulkhead.isFull()) {
        const now = clock.currentTimeMillisUnsafe()
        return FiberSet.run(calls, postpone(due, now, now + leaseMilliseconds / 3))
      }
      const mine: Held = { due, since, again: false }
      held.set(nameOf(due), mine)
      return start(mine, lane)
    })

  return {
    accept,
    /** What waits for its turn goes to others when that comes. */
    close: () => {
      isClosed = true
    },
    held: () => [...held.values()].map(({ due }) => due)
  }
})

const applyNews = Effect.gen(function* () {
  const inbox = yield* Inbox
  const inbound = yield* Inbound
  const events = yield* inbox.take(takesAtMost)
  yield* Effect.forEach(events, inbound.apply, { concurrency: appliesAtOnce, discard: true })
  return events.length === takesAtMost
})

const betweenBatches = 1_000

const expireCredit = Effect.gen(function* () {
  const outbox = yield* Outbox
  const refunds = yield* Refunds
  const accounts = yield* outbox.expired(takesAtMost)
  for (const { currency, customerId, tenant } of accounts) {
    const caller = ownCaller(tenant, "worker", "worker", yield* Clock.currentTimeMillis)
    yield* refunds.execute({ _tag: "ExpireCredit", caller, customerId, currency }).pipe(
      Effect.andThen(Effect.logInfo("Store credit has expired")),
      Effect.catch((failure) =>
        Effect.logWarning(
          `Store credit could not expire: ${failure._tag === "Rejected" ? sentenceOf(failure) : failure.detail}`
        )
      ),
      Effect.annotateLogs({ tenant, customer: customerId, currency })
    )
  }
  if (accounts.length < takesAtMost) return false
  yield* Effect.sleep(betweenBatches)
  return true
})
