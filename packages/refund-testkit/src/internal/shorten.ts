/** What is left of a history when every move goes that it breaks as well without. */
import { Effect } from "effect"
import type { History } from "../histories.ts"

/** Those that are simpler by one thing. */
const simpler = function* (history: History): Iterable<History> {
  for (let index = history.moves.length - 1; index >= 0; index--) {
    yield { ...history, moves: history.moves.toSpliced(index, 1) }
  }
  if (history.capable !== 0) yield { ...history, capable: 0 }
  if (Object.keys(history.policy).length > 0) yield { ...history, policy: {} }
}

/** `isBroken` says whether it is still broken in the same way. */
export const shorten = <R>(
  history: History,
  isBroken: (history: History) => Effect.Effect<boolean, never, R>
): Effect.Effect<History, never, R> =>
  Effect.gen(function* () {
    for (const candidate of simpler(history)) {
      if (yield* isBroken(candidate)) return yield* shorten(candidate, isBroken)
    }
    return history
  })
