/** What did not work now may work in a moment: others are done, or the database is back. */
import { setTimeout as pause } from "node:timers/promises"
import { type Failure, failureOf } from "./failures.ts"

/** A while, longer with each try, and not the same for all who wait. */
export const wait = (tries: number): Promise<void> => pause(Math.random() * Math.min(200, 5 * 2 ** tries))

/** What may be tried again where nothing is written. */
export const readAgain: ReadonlySet<Failure> = new Set(["again", "crowded", "lost"])

/** Tries as long as it is not too late. */
export const patiently = async <A>(
  isLate: () => boolean,
  again: ReadonlySet<Failure>,
  work: () => Promise<A>
): Promise<A> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!again.has(failureOf(error)) || isLate()) throw error
      await wait(tries)
    }
  }
}

/** From now on. */
export const lateAfter = (milliseconds: number): (() => boolean) => {
  const since = performance.now()
  return () => performance.now() - since > milliseconds
}
