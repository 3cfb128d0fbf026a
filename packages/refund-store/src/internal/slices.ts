/** Work on the file in turns that leave the event loop free: waiting for locks, and long work in slices. */
import { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Answering } from "./answering.ts"
import type { Ask } from "./ask.ts"
import { isBusy, obstacle } from "./connection.ts"
import { isAsk, type Stepwise } from "./database.ts"

export type Retried = <A>(attempt: () => A) => Effect.Effect<A, LedgerUnavailable>

/** Reads seldom meet a lock, but may (another process recovers the file): they try again, and do not block meanwhile. */
export const retrying =
  (busyMilliseconds: number): Retried =>
  <A>(attempt: () => A) =>
    Effect.callback<A, LedgerUnavailable>((resume) => {
      const since = performance.now()
      let timer: NodeJS.Timeout | undefined
      const tryOnce = (): void => {
        try {
          resume(Effect.succeed(attempt()))
        } catch (error) {
          if (isBusy(error) && performance.now() - since < busyMilliseconds) {
            timer = setTimeout(tryOnce, 1 + Math.random() * 2)
            return
          }
          resume(failure(error))
        }
      }
      tryOnce()
      return Effect.sync(() => clearTimeout(timer))
    })

/** Lets everything else that waits have its turn. */
export const nextTurn: Effect.Effect<void> = Effect.callback((resume) => {
  const turn = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(turn))
})

const sliceMilliseconds = 10

/** Answers long work to its end, a slice at a time; after each slice tells how far it is. */
export const inSlices = <Done extends object, A>(
  answering: Answering,
  work: Stepwise<Done, A>,
  onSlice: (done: Done) => void
): Effect.Effect<A, LedgerUnavailable> =>
  Effect.callback<A, LedgerUnavailable>((resume) => {
    let turn: NodeJS.Immediate | undefined
    let step: IteratorResult<Ask | Done, A> | undefined
    const slice = (): void => {
      const until = performance.now() + sliceMilliseconds
      let done: Done | undefined
      try {
        step ??= work.next()
        while (step.done !== true && performance.now() < until) {
          if (isAsk(step.value)) step = answering.next(work, step.value)
          else {
            done = step.value
            step = work.next()
          }
        }
        if (step.done === true) return resume(Effect.succeed(step.value))
        if (done !== undefined) onSlice(done)
        turn = setImmediate(slice)
      } catch (error) {
        resume(failure(error))
      }
    }
    slice()
    return Effect.sync(() => clearImmediate(turn))
  })

const failure = (error: unknown): Effect.Effect<never, LedgerUnavailable> => {
  const reason = obstacle(error)
  return reason === null ? Effect.die(error) : Effect.fail(reason)
}
