/**
 * One limit for all processes that share `Buckets`. While one look at them is under way, whoever asks waits for the next,
 * which is for all of them together: the busier a server, the less a request costs. What cannot be looked up in time is
 * counted by this process alone, and for a moment nothing is looked up.
 */
import { Cause, Deferred, Effect } from "effect"
import type { Bucket, Buckets } from "refund-core/ports/Buckets"
import { type Allowance, type Asking, bucketsOf, longestOf, type RateSettings, take } from "./allowances.ts"
import type { RateLimits } from "./RateLimits.ts"
import { reasonOf } from "./redacted.ts"

interface Waiting {
  readonly asking: Asking
  readonly answered: Deferred.Deferred<Allowance | null>
}

const patience = 1_000
const aloneFor = 1_000
const togetherAtMost = 500
const warnsEvery = 60_000

export const makeSharedRateLimits = (
  settings: RateSettings,
  buckets: Buckets["Service"],
  alone: RateLimits,
  now: () => number = () => performance.now()
): RateLimits => {
  const waiting: Array<Waiting> = []
  let isLooking = false
  let aloneUntil = Number.NEGATIVE_INFINITY
  let warned = Number.NEGATIVE_INFINITY

  const decide = (asked: ReadonlyArray<Waiting>) => (kept: ReadonlyMap<string, Bucket>, at: number) => {
    const changed = new Map(kept)
    return { answer: asked.map(({ asking }) => take(settings, asking, changed, at)), buckets: changed }
  }

  const lookUp = (asked: ReadonlyArray<Waiting>) => {
    const names = new Set(asked.flatMap(({ asking }) => bucketsOf(settings, asking).map(({ name }) => name)))
    return buckets.change([...names], decide(asked), longestOf(settings)).pipe(
      Effect.timeout(patience),
      Effect.catchCause((cause) => Effect.andThen(fallBack(reasonOf(Cause.squash(cause))), countAlone(asked)))
    )
  }

  const countAlone = (asked: ReadonlyArray<Waiting>) => Effect.forEach(asked, ({ asking }) => alone(asking))

  const fallBack = (why: string) =>
    Effect.suspend(() => {
      aloneUntil = now() + aloneFor
      if (now() - warned < warnsEvery) return Effect.void
      warned = now()
      return Effect.logWarning(`Rate limits are counted by this process alone for now: ${why}`)
    })

  const look: Effect.Effect<void> = Effect.suspend(() => {
    const asked = waiting.splice(0, togetherAtMost)
    return Effect.flatMap(now() < aloneUntil ? countAlone(asked) : lookUp(asked), (answers) =>
      Effect.forEach(asked, ({ answered }, index) => Deferred.succeed(answered, answers[index] ?? null), {
        discard: true
      })
    )
  })

  const lookWhile: Effect.Effect<void> = Effect.suspend(() => {
    isLooking = waiting.length > 0
    return isLooking ? Effect.flatMap(look, () => lookWhile) : Effect.void
  })

  return (asking) =>
    Effect.suspend(() => {
      const answered = Deferred.makeUnsafe<Allowance | null>()
      waiting.push({ asking, answered })
      const begun = isLooking ? Effect.void : Effect.forkDetach(lookWhile)
      isLooking = true
      return Effect.andThen(begun, Deferred.await(answered))
    })
}
