/** Makes an empty schema a ledger, an older one a current one. Any number of processes may do so at once. */
import { createHash } from "node:crypto"
import { unavailable } from "../connection.ts"
import { type Connection, makePool, type Pool, type PoolOptions, schemaOf } from "./pool.ts"
import { migrations } from "./schema.ts"

/** All that migrate in one database wait for each other. */
const migrating = createHash("sha256").update("a refund ledger is migrated").digest().readBigInt64BE()

export const prepare = async (pool: Pool, options: Pick<PoolOptions, "schema" | "url">): Promise<void> => {
  if ((await pool.use(versionOf)) === migrations.length) return
  // A migration takes as long as it takes.
  const patient = makePool({ ...options, connections: 1, statementMilliseconds: 0, lockMilliseconds: 0 })
  try {
    await patient.use((connection) => migrateAlone(connection, schemaOf(options)))
  } finally {
    await patient.close()
  }
}

const migrateAlone = async (connection: Connection, schema: string | null): Promise<void> => {
  await connection.tell(`BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;
    SELECT pg_advisory_xact_lock(${migrating})`)
  if (schema !== null) await connection.tell(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await migrate(connection)
  await connection.tell("COMMIT")
}

/** Whoever comes second finds nothing left to do. */
const migrate = async (connection: Connection): Promise<void> => {
  await connection.tell(
    "CREATE TABLE IF NOT EXISTS migrations (version bigint PRIMARY KEY, writable_from bigint NOT NULL, migrated_at timestamptz NOT NULL)"
  )
  const version = (await versionOf(connection)) ?? 0
  for (const [index, { sql, writableFrom }] of migrations.entries()) {
    if (index < version) continue
    await connection.tell(sql)
    await connection.tell(`INSERT INTO migrations VALUES (${index + 1}, ${writableFrom}, now())`)
  }
}

export interface Found {
  /** Where the tables are: the same for all processes, however each of them was told. */
  readonly place: string
  /** Whether the server answers a commit before it is on its disk, unless it is asked not to. */
  readonly answersEarly: boolean
}

export const look = async (pool: Pool): Promise<Found> => {
  const sql = `SELECT relnamespace::regnamespace::text, current_setting('synchronous_commit')
    FROM pg_class WHERE oid = 'journal'::regclass`
  const { rows } = await pool.use((connection) => connection.ask<readonly [string, string]>(sql))
  const [place = "", commits = ""] = rows[0] ?? []
  return { place, answersEarly: commits === "off" }
}

/** What a program must know at least in order to write here; null in an empty database. */
export const writableSql = "SELECT version, writable_from FROM migrations ORDER BY version DESC LIMIT 1"
export type Writable = readonly [version: number, writableFrom: number]

/** Null: there is no ledger. */
export const versionOf = async (connection: Connection): Promise<number | null> => {
  const { rows } = await connection.ask<readonly [string | null]>("SELECT to_regclass('migrations')::text")
  if ((rows[0]?.[0] ?? null) === null) return null
  const found = await connection.ask<Writable>(writableSql)
  refuseNewer(found.rows[0])
  return found.rows[0]?.[0] ?? 0
}

/** Also where a newer program migrates while this one is at work: what this one would write is out of date. */
export const refuseNewer = (found: Writable | undefined): void => {
  if (found === undefined || found[1] <= migrations.length) return
  throw unavailable(`the ledger has schema ${found[0]}, this program knows up to ${migrations.length}`, 30)
}
