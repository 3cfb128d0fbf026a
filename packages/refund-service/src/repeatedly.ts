import { Cause, Effect } from "effect"
import { reasonOf } from "./redacted.ts"

/**
 * A step again and again, until it is interrupted. Where it finds nothing to do (`false`), or fails, it pauses first.
 * `task`: what it is there for, as a log line begins.
 */
export const repeatedly = <E, R>(
  task: string,
  milliseconds: number,
  step: Effect.Effect<boolean, E, R>
): Effect.Effect<never, never, R> =>
  step.pipe(
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause as Cause.Cause<never>)
        : Effect.as(
            Effect.logWarning(`${task} failed and will be tried again: ${reasonOf(Cause.squash(cause))}`),
            false
          )
    ),
    Effect.flatMap((found) => (found ? Effect.yieldNow : Effect.sleep(milliseconds))),
    Effect.forever
  )
