/** Makes an empty schema a ledger, an older one a current one. Any number of processes may do so at once. */
import { createHash } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import { unavailable } from "../connection.ts"
import { type Connection, makePool, type Pool, type PoolOptions, schemaOf } from "./pool.ts"
import { type Index, migrations } from "./schema.ts"

/** All that migrate in one database wait for each other. */
const migrating = createHash("sha256").update("a refund ledger is migrated").digest().readBigInt64BE()

export const prepare = async (pool: Pool, options: Pick<PoolOptions, "schema" | "url">): Promise<void> => {
  if (isCurrent(await pool.use(versionOf))) return
  // A migration takes as long as it takes.
  const patient = makePool({ ...options, connections: 1, statementMilliseconds: 0, lockMilliseconds: 0 })
  try {
    await patient.use(async (connection) => {
      await connection.tell("SET lock_timeout = 0; SET statement_timeout = 0")
      await alone(connection)
      await migrate(connection, schemaOf(options))
      await connection.tell(`SELECT pg_advisory_unlock(${migrating})`)
    })
  } finally {
    await patient.close()
  }
}

const isCurrent = (version: number | null): boolean => version !== null && version >= migrations.length

/** Asked for again and again: whoever waited for it in the database would keep an index from being made beside them. */
const alone = async (connection: Connection): Promise<void> => {
  const sql = `SELECT 1 WHERE pg_try_advisory_lock(${migrating})`
  while ((await connection.ask(sql)).rows.length === 0) await pause(50)
}

/** Whoever comes second finds nothing left to do. */
const migrate = async (connection: Connection, schema: string | null): Promise<void> => {
  const version = await versionOf(connection)
  if (isCurrent(version)) return
  if (version === null) return await inOne(connection, () => makeAll(connection, schema))
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    if (migration.index !== undefined) await makeBeside(connection, migration.index)
    await inOne(connection, async () => {
      await connection.tell(migration.sql)
      await note(connection, index + 1)
    })
  }
}

const inOne = async (connection: Connection, work: () => Promise<void>): Promise<void> => {
  await connection.tell("BEGIN")
  await work()
  await connection.tell("COMMIT")
}

/** All of it or nothing, where there is no ledger yet. */
const makeAll = async (connection: Connection, schema: string | null): Promise<void> => {
  if (schema !== null) await connection.tell(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await connection.tell(
    "CREATE TABLE IF NOT EXISTS migrations (version bigint PRIMARY KEY, writable_from bigint NOT NULL, migrated_at timestamptz NOT NULL)"
  )
  for (const [number, { index, sql }] of migrations.entries()) {
    await connection.tell(sql)
    if (index !== undefined) await connection.tell(`CREATE INDEX ${index.name} ON ${index.on}`)
    await note(connection, number + 1)
  }
}

const note = (connection: Connection, version: number): Promise<void> =>
  connection.tell(`INSERT INTO migrations VALUES (${version}, ${migrations[version - 1]?.writableFrom}, now())`)

/** Programs go on writing meanwhile. One that was not finished is no index, and is made anew. */
const makeBeside = async (connection: Connection, { name, on }: Index): Promise<void> => {
  const { rows } = await connection.ask(
    `SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('${name}') AND NOT indisvalid`
  )
  if (rows.length > 0) await connection.tell(`DROP INDEX CONCURRENTLY ${name}`)
  await connection.tell(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${on}`)
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
