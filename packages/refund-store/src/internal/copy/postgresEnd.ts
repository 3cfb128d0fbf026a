/** A ledger in PostgreSQL as one end of a copy. */
import { unavailable } from "../connection.ts"
import { canBeKept, given, keptKey, valuesOf } from "../postgres/lists.ts"
import { beginLook } from "../postgres/looks.ts"
import { prepare } from "../postgres/migrate.ts"
import { type Connection, makePool } from "../postgres/pool.ts"
import { keptText } from "../texts.ts"
import { type End, emptySql, type WithEnd } from "./end.ts"
import { pageSql, type Row, type Table } from "./tables.ts"

/** A page, or making an index of what was copied, takes no longer. */
const patience = 3_600_000

/**
 * Nobody begins to use the ledger meanwhile: whoever would write waits, and then finds it as it is. Who has drawn numbers
 * before need not look again: that is asked under this lock.
 */
const beginWrite = "BEGIN; LOCK TABLE tenants, inbox, numbers IN EXCLUSIVE MODE"
/** What a process did not use it gives back when it is closed; one that was killed has not. */
const drawnSql = "SELECT 1 FROM numbers WHERE next > 1"

export const withPostgres: WithEnd = async (where, use, work) => {
  const options = { ...where, connections: 1, statementMilliseconds: patience, lockMilliseconds: 5_000 }
  const pool = makePool(options)
  try {
    await prepare(pool, options)
    return await pool.use(async (connection) => {
      await connection.tell(use === "read" ? beginLook : beginWrite)
      const done = await work(endOver(connection))
      const { command } = await connection.ask("COMMIT")
      if (command !== "COMMIT") throw unavailable("the database did not keep what was copied", 30)
      return done
    })
  } finally {
    await pool.close()
  }
}

const endOver = (connection: Connection): End => ({
  page: async (table, after) => {
    const sql = pageSql(table, table.fromPostgres).replaceAll(/\?(\d+)/g, (_, number: string) => `$${number}`)
    const { rows } = await connection.ask<Row>(sql, ...after)
    const at = Object.keys(table.columns).indexOf("request_key")
    return at === -1 ? rows : rows.map((row) => row.with(at, toldKey(row[at] ?? null)))
  },
  insert: async (table, rows) => {
    const names = Object.keys(table.columns).join(", ")
    const kept = rows.map((row) => keptRow(table, row)).filter((row) => row !== null)
    const sql = `INSERT INTO ${table.name} (${names}) SELECT ${names} FROM ${given(table.columns)}`
    await connection.ask(sql, ...valuesOf(table.columns, kept))
  },
  taken: async () => {
    if ((await connection.ask(emptySql)).count > 0) return "ledger"
    return (await connection.ask(drawnSql)).count > 0 ? "numbers" : null
  },
  goOn: async () => {
    for (const name of ["orders", "refunds", "accounts"]) {
      const next = `(SELECT coalesce(max(no), 0) + 1 FROM ${name})`
      await connection.tell(`UPDATE numbers SET next = ${next} WHERE name = '${name}'`)
    }
    for (const name of ["tenants", "journal", "endpoints", "deliveries", "inbox"]) {
      const next = `(SELECT coalesce(max(no), 0) + 1 FROM ${name})`
      await connection.tell(`SELECT setval(pg_get_serial_sequence('${name}', 'no'), ${next}, false)`)
    }
  }
})

/** `keptKey` the other way. */
const toldKey = (key: string | number | null): string | null =>
  key === null ? null : String(key).replaceAll(/\\([\\0])/g, (_, escaped: string) => (escaped === "0" ? "\0" : escaped))

/** What a text becomes that PostgreSQL does not keep: as whoever writes it there has it. */
const instead: Readonly<Record<string, (text: string) => string | null>> = {
  provider_reference: () => null,
  reference: () => null,
  provider: () => null,
  event_id: (text) => JSON.stringify(text),
  detail: keptText,
  last_answer: keptText
}

/** Null: there is no such row in PostgreSQL. */
const keptRow = ({ columns, key, name }: Table, row: Row): Row | null => {
  const names = Object.keys(columns)
  const kept = row.map((value, index) => {
    if (typeof value !== "string") return value
    const column = names[index] ?? ""
    if (column === "request_key") return keptKey(value)
    if (canBeKept(value)) return value
    const otherwise = instead[column]
    if (otherwise === undefined) {
      throw unavailable(`${column} of a row of ${name} has a letter that PostgreSQL does not keep`, 30)
    }
    return otherwise(value)
  })
  return key.some((column) => kept[names.indexOf(column)] === null) ? null : kept
}
