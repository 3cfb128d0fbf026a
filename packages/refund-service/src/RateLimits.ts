/**
 * How often who may ask. Each key, or token's subject, and each tenant has so many requests at once, which come back evenly
 * over the window: who asks more often is told when to come again. Off unless set.
 */
import { Context, Effect } from "effect"

export interface Rate {
  readonly requests: number
  readonly milliseconds: number
}

export interface RateSettings {
  /** For each credential. Null: no limit. */
  readonly each: Rate | null
  /** For all credentials of a tenant together. */
  readonly tenant: Rate | null
}

export interface Asking {
  readonly tenant: string
  /** The credential: a key's id, or a token's issuer and subject. */
  readonly by: string
}

/** What is left to the caller; the tighter of its limits. */
export interface Allowance {
  readonly isOver: boolean
  readonly limit: number
  readonly remaining: number
  /** Until one more request is allowed, and until all of them are. */
  readonly retryAfterSeconds: number
  readonly resetSeconds: number
}

/** Null: there is no limit. A store that several processes share answers the same for all of them. */
export type RateLimits = (asking: Asking) => Effect.Effect<Allowance | null>

const unlimited: RateLimits = () => Effect.succeed(null)

export const RateLimits = Context.Reference<RateLimits>("refund-service/RateLimits", { defaultValue: () => unlimited })

/** Who did not ask for so long that all is theirs again is forgotten. */
const remembersAtMost = 100_000

/** Of this process alone: of several servers each allows as much. */
export const makeRateLimits = ({ each, tenant }: RateSettings, now: () => number = Date.now): RateLimits => {
  if (each === null && tenant === null) return unlimited
  const buckets = new Map<string, { tokens: number; at: number }>()

  const look = (key: string, rate: Rate, at: number) => {
    const known = buckets.get(key)
    const back = known === undefined ? rate.requests : ((at - known.at) * rate.requests) / rate.milliseconds
    const tokens = Math.min(rate.requests, (known?.tokens ?? 0) + Math.max(0, back))
    return { key, rate, tokens }
  }

  const forget = (at: number): void => {
    const longest = Math.max(each?.milliseconds ?? 0, tenant?.milliseconds ?? 0)
    for (const [key, bucket] of buckets) if (at - bucket.at >= longest) buckets.delete(key)
    if (buckets.size >= remembersAtMost) buckets.clear()
  }

  return (asking) =>
    Effect.sync(() => {
      const at = now()
      if (buckets.size >= remembersAtMost) forget(at)
      const found = [
        ...(each === null ? [] : [look(`by ${asking.tenant}\n${asking.by}`, each, at)]),
        ...(tenant === null ? [] : [look(`of ${asking.tenant}`, tenant, at)])
      ]
      const isOver = found.some(({ tokens }) => tokens < 1)
      // What is refused takes nothing, so that whoever waits as told is let in.
      const left = found.map(({ key, rate, tokens }) => {
        const remaining = isOver ? tokens : tokens - 1
        buckets.set(key, { tokens: remaining, at })
        return { rate, tokens: remaining }
      })
      return left.map((bucket) => allowanceOf(bucket, isOver)).toSorted(tightest)[0] ?? null
    })
}

const allowanceOf = (
  { rate, tokens }: { readonly rate: Rate; readonly tokens: number },
  isOver: boolean
): Allowance => {
  const { milliseconds, requests } = rate
  const secondsFor = (wanted: number) => Math.max(0, Math.ceil(((wanted - tokens) * milliseconds) / requests / 1_000))
  return {
    isOver,
    limit: requests,
    remaining: Math.max(0, Math.floor(tokens)),
    retryAfterSeconds: Math.max(1, secondsFor(1)),
    resetSeconds: secondsFor(requests)
  }
}

const tightest = (a: Allowance, b: Allowance): number =>
  a.remaining - b.remaining || b.retryAfterSeconds - a.retryAfterSeconds
