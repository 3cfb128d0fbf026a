/** What was looked at, what was found, and what to do about it. */
import { Schema } from "effect"

export const Finding = Schema.Struct({
  about: Schema.String,
  /** `look`: somebody should, before it gets worse. `unknown`: it could not be looked at. */
  state: Schema.Literals(["good", "look", "bad", "unknown"]),
  found: Schema.String,
  /** What to do; null: nothing. */
  advice: Schema.NullOr(Schema.String)
}).annotate({ identifier: "Finding" })
export type Finding = typeof Finding.Type

export const good = (about: string, found: string): Finding => ({ about, state: "good", found, advice: null })
export const look = (about: string, found: string, advice: string): Finding => ({ about, state: "look", found, advice })
export const bad = (about: string, found: string, advice: string): Finding => ({ about, state: "bad", found, advice })

const minute = 60_000

/** `3 d 4 h`, `5 min`: how long something has waited. */
export const ageOf = (milliseconds: number): string => {
  const minutes = Math.floor(milliseconds / minute)
  if (minutes < 1) return "less than a minute"
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

export const times = { minute, hour: 60 * minute, day: 24 * 60 * minute } as const
