/** A ledger on the run's PostgreSQL, and a way to look at its tables beside it. */
import { Effect, Layer } from "effect"
import type { Command } from "refund-core/Command"
import { decide, scopeOf } from "refund-core/decide"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { LedgerStore, type LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Services } from "../../src/internal/postgres/ledger.ts"
import { makePool } from "../../src/internal/postgres/pool.ts"
import { layer, type PostgresLedgerOptions } from "../../src/PostgresLedger.ts"
import { newPlace } from "./postgres.ts"

export interface Place {
  readonly url: string
  readonly schema: string
}

/** Rows as the database has them, over a connection of its own. */
export type Look = <Row = ReadonlyArray<unknown>>(sql: string) => Promise<ReadonlyArray<Row>>

const looking = ({ schema, url }: Place) => {
  const pool = makePool({ url, schema, connections: 1, statementMilliseconds: 60_000, lockMilliseconds: 60_000 })
  // One after the other: whoever waits for a connection of the pool is turned away after five seconds.
  let last: Promise<unknown> = Promise.resolve()
  const look: Look = async <Row>(sql: string) => {
    const answer = last.then(() => pool.use((connection) => connection.ask<Row>(sql)))
    last = answer.catch(() => {})
    return (await answer).rows
  }
  return { look, close: () => pool.close() }
}

export const place = Effect.promise(newPlace)

export const looks = (at: Place) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => looking(at)),
      ({ close }) => Effect.promise(close)
    ),
    ({ look }) => look
  )

/** On a machine that has other work too, five seconds of trying again are over soon, and so are ten with a statement held. */
export const patient = { busyMilliseconds: 60_000, statementMilliseconds: 60_000 }

/** Without what tells of commits: an older transaction of whoever else is on the server delays that (`tellingAt`). */
export const ledgerAt = (
  at: Place,
  options: Partial<PostgresLedgerOptions> = {}
): Layer.Layer<Exclude<Services, Feed | Deliveries>, LedgerUnavailable> =>
  Layer.fresh(layer({ ...patient, ...options, ...at })) as ReturnType<typeof layer>

/** Once all that was under way on the server is over, be it another test's: until then no event after it is told. */
export const nothingBefore = (look: Look) =>
  Effect.promise(async () => {
    const [[now] = []] = await look<readonly [string]>("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    const sql = `SELECT 1 WHERE pg_snapshot_xmin(pg_current_snapshot()) >= '${now}'::xid8`
    while ((await look(sql)).length === 0);
  })

/** A ledger that tells at once what is committed, for those who read it in the next line. */
export const tellingAt = (at: Place, options: Partial<PostgresLedgerOptions> = {}) => {
  const waited = Effect.map(looks(at), nothingBefore)
  const feed = Effect.gen(function* () {
    const [{ end, read }, wait] = [yield* Feed, yield* waited]
    return Feed.of({
      read: (tenant, after, page) => Effect.andThen(wait, read(tenant, after, page)),
      end: (tenant) => Effect.andThen(wait, end(tenant))
    })
  })
  const deliveries = Effect.gen(function* () {
    const [kept, wait] = [yield* Deliveries, yield* waited]
    return Deliveries.of({ ...kept, fanOut: (limit) => Effect.andThen(wait, kept.fanOut(limit)) })
  })
  return Layer.merge(Layer.effect(Feed, feed), Layer.effect(Deliveries, deliveries)).pipe(
    Layer.provideMerge(Layer.fresh(layer({ ...patient, ...options, ...at })))
  )
}

/** The core's own decision on it. */
export const execute = (command: Command) =>
  LedgerStore.use((store) => store.transact(scopeOf(command), (facts) => decide(command, facts)))
