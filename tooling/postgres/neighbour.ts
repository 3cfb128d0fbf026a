/**
 * Somebody else on the same server who writes slowly, in two transactions that overlap, so that there is always an
 * older one under way. What is committed after it is told only when it is over, whosever it is: whoever reads events
 * in the next line after a write, in a test, has to wait (`REFUND_TEST_NEIGHBOUR=500 npm test`, milliseconds each).
 */
import { setTimeout as pause } from "node:timers/promises"
import pg from "pg"

/** Answers how it is ended. */
export const startNeighbour = (url: string, milliseconds: number): (() => Promise<void>) => {
  let isOver = false
  const write = async (late: number) => {
    const client = new pg.Client(url)
    await client.connect()
    await pause(late)
    while (!isOver) {
      await client.query("BEGIN; SELECT pg_current_xact_id()")
      await pause(milliseconds)
      await client.query("COMMIT")
    }
    await client.end()
  }
  const writing = Promise.all([write(0), write(milliseconds / 2)])
  return async () => {
    isOver = true
    await writing
  }
}
