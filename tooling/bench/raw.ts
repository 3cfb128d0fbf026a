/**
 * What the disk allows: the very rows that the ledger has written (refunds and journal), put once more into empty tables
 * of the same shape, a thousand refunds with their entries in one transaction, with nothing decided.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync, type SQLOutputValue } from "node:sqlite"

const atOnce = 1_000

/** Refunds a second. */
export const rawSqlite = (file: string): number => {
  const from = new DatabaseSync(file, { readOnly: true })
  const folder = mkdtempSync(join(tmpdir(), "refund-raw-"))
  const to = new DatabaseSync(join(folder, "raw.db"))
  try {
    to.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    const shapes = from
      .prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name IN ('refunds', 'journal') AND sql IS NOT NULL AND type <> 'trigger'"
      )
      .all()
    for (const { sql } of shapes) to.exec(String(sql))
    const rows = { refunds: newest(from, "refunds"), journal: newest(from, "journal") }
    const began = performance.now()
    for (let first = 0; first < rows.refunds.length; first += atOnce) {
      to.exec("BEGIN IMMEDIATE")
      for (const table of ["refunds", "journal"] as const)
        insertAll(to, table, rows[table].slice(first, first + atOnce))
      to.exec("COMMIT")
    }
    return rows.refunds.length / ((performance.now() - began) / 1_000)
  } finally {
    from.close()
    to.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Row = Record<string, SQLOutputValue>

const newest = (from: DatabaseSync, table: string): ReadonlyArray<Row> =>
  from.prepare(`SELECT * FROM ${table} ORDER BY no DESC LIMIT 20000`).all().reverse()

/** A hundred rows in a statement. */
const insertAll = (to: DatabaseSync, table: string, rows: ReadonlyArray<Row>): void => {
  const columns = Object.keys(rows[0] ?? {})
  const marks = `(${columns.map(() => "?").join(", ")})`
  for (let first = 0; first < rows.length; first += 100) {
    const some = rows.slice(first, first + 100)
    const values = some.flatMap((row) => columns.map((column) => row[column] ?? null))
    to.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ${some.map(() => marks).join(", ")}`).run(...values)
  }
}

/** The same in PostgreSQL, in a schema of its own that is dropped again. */
export const rawPostgres = async (url: string): Promise<number> => {
  const { default: pg } = await import("pg")
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("DROP SCHEMA IF EXISTS raw CASCADE; CREATE SCHEMA raw")
    const rows: Record<string, ReadonlyArray<unknown>> = {}
    for (const table of ["refunds", "journal"]) {
      await client.query(`CREATE TABLE raw.${table} (LIKE public.${table} INCLUDING ALL)`)
      rows[table] = (
        await client.query(
          `SELECT to_jsonb(x) row FROM (SELECT * FROM ${table} ORDER BY no DESC LIMIT 20000) x ORDER BY no`
        )
      ).rows.map(({ row }) => row as unknown)
    }
    const count = rows["refunds"]?.length ?? 0
    const began = performance.now()
    for (let first = 0; first < count; first += atOnce) {
      await client.query("BEGIN")
      for (const table of ["refunds", "journal"]) {
        const some = JSON.stringify(rows[table]?.slice(first, first + atOnce))
        await client.query(
          `INSERT INTO raw.${table} SELECT * FROM jsonb_populate_recordset(null::raw.${table}, $1::jsonb)`,
          [some]
        )
      }
      await client.query("COMMIT")
    }
    return count / ((performance.now() - began) / 1_000)
  } finally {
    await client.query("ROLLBACK").catch(() => {})
    await client.query("DROP SCHEMA IF EXISTS raw CASCADE").catch(() => {})
    await client.end()
  }
}
