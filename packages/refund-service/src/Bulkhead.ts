/** One provider's own share of the process: so many calls at once, the others in turn. What it is slow with, no other waits for. */
import { Effect, Semaphore } from "effect"

export interface Bulkhead {
  /** No more may wait in it. */
  readonly isFull: () => boolean
  /** Begins when it is this one's turn. */
  readonly enter: <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const makeBulkhead = (options: { readonly atOnce: number; readonly waiting: number }): Bulkhead => {
  const turns = Semaphore.makeUnsafe(options.atOnce)
  let inside = 0
  const leave = Effect.sync(() => {
    inside -= 1
  })
  return {
    isFull: () => inside >= options.atOnce + options.waiting,
    enter: (call) =>
      Effect.suspend(() => {
        inside += 1
        return Effect.ensuring(turns.withPermit(call), leave)
      })
  }
}
