/** Makes the tables of a ledger current, as whatever opens it does too, and says what it did. */
import { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { connect, pathOf, row, tuples } from "./internal/connection.ts"
import { isPostgresAt, reached, type Where } from "./internal/copy/end.ts"
import { prepare as preparePostgres, versionOf } from "./internal/postgres/migrate.ts"
import { makePool } from "./internal/postgres/pool.ts"
import { prepare as prepareSqlite } from "./internal/schema.ts"
import { retrying } from "./internal/slices.ts"

export interface Migrated {
  /** The schema's number. Zero: there was no ledger. */
  readonly before: number
  readonly after: number
}

export const migrateLedger = (where: Where): Effect.Effect<Migrated, LedgerUnavailable> =>
  isPostgresAt(where) ? reached(() => inPostgres(where)) : inFile(where)

const patience = 5_000

const inFile = ({ url }: Where): Effect.Effect<Migrated, LedgerUnavailable> => {
  const retried = retrying(patience)
  return Effect.acquireUseRelease(
    retried(() => connect(pathOf(url), "FULL")),
    (db) =>
      retried(() => {
        const version = () => row<readonly [number]>(tuples(db, "PRAGMA user_version"))?.[0] ?? 0
        const before = version()
        prepareSqlite(db)
        return { before, after: version() }
      }),
    (db) => Effect.sync(() => db.close())
  )
}

const inPostgres = async (where: Where): Promise<Migrated> => {
  const options = { ...where, connections: 1, statementMilliseconds: 3_600_000, lockMilliseconds: 60_000 }
  const pool = makePool(options)
  try {
    const version = () => pool.use(async (connection) => (await versionOf(connection)) ?? 0)
    const before = await version()
    await preparePostgres(pool, options)
    return { before, after: await version() }
  } finally {
    await pool.close()
  }
}
