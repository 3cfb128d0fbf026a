/**
 * `Buckets` that all processes on a database share. They are read, decided on and written in one transaction, which keeps
 * their rows from all others; its clock is the database's. The table is unlogged: nothing waits for a disk, and after the
 * server broke down, or another took its place, all limits begin anew.
 */
import { Effect } from "effect"
import type { Buckets } from "refund-core/ports/Buckets"
import { sha256 } from "../digest.ts"
import { asked } from "./looks.ts"
import { type Connection, makePool, type Pool, type PoolOptions } from "./pool.ts"

/** A limit that cannot be looked up soon is worse than one that is not shared. */
const milliseconds = 1_000

/** In the order of names, so that nobody waits for each other. What is not there is made, and kept from others at once. */
const holdSql = `INSERT INTO buckets AS b (name, at)
  SELECT name, 0 FROM json_array_elements_text($1::json) AS v (name) ORDER BY name COLLATE "C"
  ON CONFLICT (name) DO UPDATE SET at = b.at
  RETURNING b.name, b.remaining, b.at, extract(epoch FROM clock_timestamp()) * 1000`
type Held = readonly [name: string, remaining: string | null, at: string, now: string]

const keepSql = `UPDATE buckets b SET remaining = v.remaining, at = v.at
  FROM json_to_recordset($1::json) AS v (name text, remaining double precision, at double precision)
  WHERE b.name = v.name`

/** Some at a time, and none that somebody is at. */
const forgetSql = `DELETE FROM buckets WHERE name IN (SELECT name FROM buckets
  WHERE at < extract(epoch FROM clock_timestamp()) * 1000 - $1::bigint LIMIT 1000 FOR UPDATE SKIP LOCKED)`
const forgetsEvery = 60_000

const makeBuckets = (pool: Pool): Buckets["Service"] => {
  let forgot = performance.now()
  const forget = async (connection: Connection, after: number): Promise<void> => {
    if (performance.now() - forgot < forgetsEvery) return
    forgot = performance.now()
    while ((await connection.ask(forgetSql, Math.ceil(after))).count === 1_000);
  }
  return {
    change: (names, decide, forgetAfter) =>
      asked(() =>
        pool.use(async (connection) => {
          const nameOf = new Map(names.map((name) => [sha256(name), name]))
          const begun = connection.tell("BEGIN ISOLATION LEVEL READ COMMITTED")
          const held = await connection.ask<Held>(holdSql, JSON.stringify([...nameOf.keys()]))
          await begun
          const kept = new Map<string, { left: number; at: number }>()
          let now = 0
          for (const [hash, remaining, at, time] of held.rows) {
            now = Math.max(now, Number(time))
            if (remaining !== null) kept.set(nameOf.get(hash) ?? "", { left: Number(remaining), at: Number(at) })
          }
          const { answer, buckets } = decide(kept, now)
          const rows = [...buckets].map(([name, { at, left }]) => ({ name: sha256(name), remaining: left, at }))
          await Promise.all([connection.ask(keepSql, JSON.stringify(rows)), connection.tell("COMMIT")])
          await forget(connection, forgetAfter)
          return answer
        })
      )
  }
}

/** Over its own connection, which is opened when it is first wanted: limits wait for no reader, and no reader for them. */
export const openBuckets = ({ schema, url }: Pick<PoolOptions, "schema" | "url">) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        makePool({
          url,
          schema,
          connections: 1,
          statementMilliseconds: milliseconds,
          lockMilliseconds: milliseconds,
          settings: { synchronous_commit: "off" }
        })
      ),
      (pool) => Effect.promise(() => pool.close())
    ),
    makeBuckets
  )
