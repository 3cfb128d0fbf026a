/** PostgreSQL as a `Database`: what is read is of one state, what is written is one transaction, and both are tried again. */
import { setImmediate as turn } from "node:timers/promises"
import { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Asking } from "../ask.ts"
import { type Database, isAsk, type Stepwise } from "../database.ts"
import { Known } from "../facts.ts"
import { answer, next } from "./answering.ts"
import { postgres } from "./dialect.ts"
import type { Failure } from "./failures.ts"
import { asked, beginLook } from "./looks.ts"
import { lateAfter, patiently, readAgain } from "./patience.ts"
import type { Connection, Pool } from "./pool.ts"
import type { Pools } from "./writer.ts"

/**
 * `another`: a pool of one connection. What was committed while the connection broke is written again: that is why what
 * is written has to be the same twice.
 */
export const postgresDatabase = (pools: Pools, another: () => Pool, busyMilliseconds: number): Database => {
  const tried = <A>(again: ReadonlySet<Failure>, work: () => Promise<A>): Effect.Effect<A, LedgerUnavailable> =>
    asked(() => patiently(lateAfter(busyMilliseconds), again, work))
  return {
    dialect: postgres,
    read: (work) => tried(readAgain, () => pools.reading.use((connection) => looked(connection, work(new Known())))),
    write: (work) => tried(writeAgain, () => pools.writing.use((connection) => written(connection, work(new Known())))),
    audit: (work, onSlice) =>
      Effect.acquireUseRelease(
        Effect.sync(another),
        (pool) =>
          asked((signal) => {
            const audit = () => pool.use((connection) => inSlices(connection, work(), onSlice, signal))
            return patiently(lateAfter(busyMilliseconds), readAgain, audit)
          }),
        (pool) => Effect.promise(() => pool.close())
      )
  }
}

const beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED"
const writeAgain: ReadonlySet<Failure> = new Set([...readAgain, "taken"])

/** The first ask goes with the beginning, and nobody waits for the end of what only read. */
const looked = async <A>(connection: Connection, work: Asking<A>): Promise<A> => {
  const begun = connection.tell(beginLook)
  const answered = await answer(connection, work)
  await begun
  void connection.tell("COMMIT")
  return answered
}

const written = async <A>(connection: Connection, work: Asking<A>): Promise<A> => {
  const begun = connection.tell(beginWrite)
  const answered = await answer(connection, work)
  await Promise.all([begun, connection.tell("COMMIT")])
  return answered
}

const sliceMilliseconds = 10

/** All of it sees one state; after each slice it tells how far it is, and everything else has its turn. */
const inSlices = async <Done extends object, A>(
  connection: Connection,
  work: Stepwise<Done, A>,
  onSlice: (done: Done) => void,
  signal: AbortSignal
): Promise<A> => {
  await connection.tell(beginLook)
  let until = performance.now() + sliceMilliseconds
  let step = work.next()
  while (step.done !== true) {
    if (isAsk(step.value)) {
      step = await next(connection, work, step.value)
      continue
    }
    if (performance.now() > until) {
      onSlice(step.value)
      await turn()
      signal.throwIfAborted()
      until = performance.now() + sliceMilliseconds
    }
    step = work.next()
  }
  await connection.tell("COMMIT")
  return step.value
}
