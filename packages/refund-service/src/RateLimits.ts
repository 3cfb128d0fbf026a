/**
 * How often who may ask. Each key, or token's subject, and each tenant has so many requests at once, which come back evenly
 * over the window: who asks more often is told when to come again. Off unless set. Processes that have `Buckets` in common
 * count together; others each for itself.
 */
import { Context, Effect, Layer, Option } from "effect"
import { type Bucket, Buckets } from "refund-core/ports/Buckets"
import { type Allowance, type Asking, longestOf, type RateSettings, take } from "./allowances.ts"
import { makeSharedRateLimits } from "./sharedRateLimits.ts"

/** Null: there is no limit. */
export type RateLimits = (asking: Asking) => Effect.Effect<Allowance | null>

const unlimited: RateLimits = () => Effect.succeed(null)

export const RateLimits = Context.Reference<RateLimits>("refund-service/RateLimits", { defaultValue: () => unlimited })

const isOff = ({ each, tenant }: RateSettings): boolean => each === null && tenant === null

/** Shared where the store has `Buckets`. */
export const layer = (settings: RateSettings): Layer.Layer<never> =>
  Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const buckets = Option.getOrNull(yield* Effect.serviceOption(Buckets))
      const alone = makeRateLimits(settings)
      return isOff(settings) || buckets === null ? alone : makeSharedRateLimits(settings, buckets, alone)
    })
  )

/** Of this process alone: of several servers each allows as much. */
export const makeRateLimits = (settings: RateSettings, now: () => number = Date.now): RateLimits => {
  if (isOff(settings)) return unlimited
  const kept = makeKept(longestOf(settings), now)
  return (asking) => Effect.sync(() => kept((buckets, at) => take(settings, asking, buckets, at)))
}

/** Who did not ask for so long that all is theirs again is forgotten. */
const remembersAtMost = 100_000

/** Buckets in memory. Where there are too many of them, all begin anew. */
export const makeKept = (longest: number, now: () => number) => {
  const buckets = new Map<string, Bucket>()
  const forget = (at: number): void => {
    for (const [name, bucket] of buckets) if (at - bucket.at >= longest) buckets.delete(name)
    if (buckets.size >= remembersAtMost) buckets.clear()
  }
  return <A>(use: (buckets: Map<string, Bucket>, at: number) => A): A => {
    const at = now()
    if (buckets.size >= remembersAtMost) forget(at)
    return use(buckets, at)
  }
}
