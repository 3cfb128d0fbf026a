/** Pages of what no index has in order: numbers are looked through backwards, a window at a time. */
import { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { nextTurn } from "./slices.ts"

/** How many rows are looked through at once: about ten milliseconds. */
const window = 20_000

/** Numbers from `from` up to but without `before`, newest first, at most as many as wanted. */
export type Look<A> = (
  from: number,
  before: number,
  wanted: number
) => Effect.Effect<ReadonlyArray<A>, LedgerUnavailable>

export const newestFirst = <A>(
  look: Look<A>,
  before: number,
  wanted: number
): Effect.Effect<ReadonlyArray<A>, LedgerUnavailable> => {
  const from = Math.max(0, before - window)
  return Effect.flatMap(look(from, before, wanted), (found) => {
    const left = wanted - found.length
    if (from === 0 || left <= 0) return Effect.succeed(found)
    const rest = Effect.andThen(nextTurn, newestFirst(look, from, left))
    return Effect.map(rest, (more) => [...found, ...more])
  })
}
