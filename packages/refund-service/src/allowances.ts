/** What a request takes, and what is left: decided on the buckets that are handed in, wherever they are kept. */
import type { Bucket } from "refund-core/ports/Buckets"

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

export const longestOf = ({ each, tenant }: RateSettings): number =>
  Math.max(each?.milliseconds ?? 0, tenant?.milliseconds ?? 0)

/** The buckets that a request takes from. */
export const bucketsOf = (
  { each, tenant }: RateSettings,
  asking: Asking
): ReadonlyArray<{ readonly name: string; readonly rate: Rate }> => [
  ...(each === null ? [] : [{ name: `by ${asking.tenant}\n${asking.by}`, rate: each }]),
  ...(tenant === null ? [] : [{ name: `of ${asking.tenant}`, rate: tenant }])
]

/** Takes one request from each of its buckets, or none from any: whoever waits as told is let in. */
export const take = (
  settings: RateSettings,
  asking: Asking,
  buckets: Map<string, Bucket>,
  at: number
): Allowance | null => {
  const found = bucketsOf(settings, asking).map(({ name, rate }) => ({
    name,
    rate,
    left: leftOf(buckets.get(name), rate, at)
  }))
  const isOver = found.some(({ left }) => left < 1)
  const after = found.map(({ left, name, rate }) => {
    const remaining = isOver ? left : left - 1
    buckets.set(name, { left: remaining, at })
    return allowanceOf(remaining, rate, isOver)
  })
  return after.toSorted(tightest)[0] ?? null
}

/** What was left, and what has come back since. */
export const leftOf = (known: Bucket | undefined, rate: Rate, at: number): number => {
  const back = known === undefined ? rate.requests : ((at - known.at) * rate.requests) / rate.milliseconds
  return Math.min(rate.requests, (known?.left ?? 0) + Math.max(0, back))
}

export const allowanceOf = (left: number, { milliseconds, requests }: Rate, isOver: boolean): Allowance => {
  const secondsFor = (wanted: number) => Math.max(0, Math.ceil(((wanted - left) * milliseconds) / requests / 1_000))
  return {
    isOver,
    limit: requests,
    remaining: Math.max(0, Math.floor(left)),
    retryAfterSeconds: Math.max(1, secondsFor(1)),
    resetSeconds: secondsFor(requests)
  }
}

const tightest = (a: Allowance, b: Allowance): number =>
  a.remaining - b.remaining || b.retryAfterSeconds - a.retryAfterSeconds
