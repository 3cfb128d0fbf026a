/** How much time passes, whatever is done to the clock: a time of day may jump ahead, and step back. */
import { Clock, Effect } from "effect"

/** Milliseconds since some moment of this process. */
export const elapsedOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000

export const elapsed: Effect.Effect<number> = Effect.map(Clock.Clock, elapsedOf)
