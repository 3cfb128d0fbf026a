/** A way to the database that breaks now and then, as databases and networks do: a proxy of the pool's connections. */
import type { Wrap } from "../../src/internal/postgres/ledger.ts"
import type { Answer, Connection, Pool } from "../../src/internal/postgres/pool.ts"

export const faults = ["40001", "40P01", "55P03", "57014", "lost", "killed", "answer lost"] as const
export type Fault = (typeof faults)[number]

export interface Breaking {
  readonly wrap: Wrap
  /** How often each has happened. */
  readonly happened: Record<Fault, number>
  readonly begin: () => void
  readonly end: () => void
}

/** The same numbers for the same seed. */
export const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** What is said of a connection that broke: by `pg`, by the operating system, by TLS. */
const broke = [undefined, "ECONNRESET", "ENETDOWN", "EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER"]
let breaks = 0

const error = (code: string): Error => {
  if (code !== "lost" && code !== "killed" && code !== "answer lost") {
    return Object.assign(new Error(`told by a test: ${code}`), { code })
  }
  const word = broke[breaks++ % broke.length]
  return word === undefined
    ? new Error("Connection terminated unexpectedly")
    : Object.assign(new Error(`told by a test: ${word}`), { code: word })
}

/** `share` of all statements fails, or is the last of its connection. */
export const breaking = (share: number, seed: number): Breaking => {
  const happened = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>
  const random = randomFrom(seed)
  let isBreaking = false
  const draw = (): Fault | null => {
    if (!isBreaking || random() >= share) return null
    const fault = faults[Math.floor(random() * faults.length)] ?? null
    if (fault !== null) happened[fault]++
    return fault
  }

  const over = (connection: Connection): Connection => {
    let broken: Error | null = null
    const through = async <A>(send: () => Promise<A>): Promise<A> => {
      if (broken !== null) throw broken
      const fault = draw()
      if (fault === null) return send()
      // Nothing goes over this connection any more: what was to follow must not arrive without it.
      broken = error(fault)
      if (fault === "killed") await connection.ask("SELECT pg_terminate_backend(pg_backend_pid())").catch(() => {})
      // What was sent arrives, and what the database says of it does not.
      else if (fault === "answer lost") await send()
      // Whatever else ends a statement, the server undoes what it was part of: whoever has the connection next is not in it.
      else await connection.tell("ROLLBACK").catch(() => {})
      throw broken
    }
    const watched = <A>(answer: Promise<A>): Promise<A> => {
      answer.catch(() => {})
      return answer
    }
    return {
      ask: <Row>(sql: string, ...values: Parameters<Connection["ask"]> extends [string, ...infer V] ? V : never) =>
        watched<Answer<Row>>(through(() => connection.ask<Row>(sql, ...values))),
      tell: (sql) => watched(through(() => connection.tell(sql)))
    }
  }

  const wrap = (pool: Pool): Pool => ({
    use: (work) => pool.use((connection) => work(over(connection))),
    close: pool.close
  })
  const turn = (on: boolean) => () => {
    isBreaking = on
  }
  return { wrap, happened, begin: turn(true), end: turn(false) }
}
