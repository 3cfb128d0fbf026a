/** A ledger on the run's PostgreSQL, and a way to look at its tables beside it. */
import { Effect, Layer } from "effect"
import type { Command } from "refund-core/Command"
import { decide, scopeOf } from "refund-core/decide"
import { LedgerStore } from "refund-core/ports/LedgerStore"
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
  const pool = makePool({ url, schema, connections: 1, statementMilliseconds: 20_000, lockMilliseconds: 20_000 })
  const look: Look = async <Row>(sql: string) => (await pool.use((connection) => connection.ask<Row>(sql))).rows
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

export const ledgerAt = (at: Place, options: Partial<PostgresLedgerOptions> = {}) =>
  Layer.fresh(layer({ ...options, ...at }))

/** The core's own decision on it. */
export const execute = (command: Command) =>
  LedgerStore.use((store) => store.transact(scopeOf(command), (facts) => decide(command, facts)))
