/** A ledger's file as one end of a copy. */
import type { DatabaseSync } from "node:sqlite"
import { setTimeout as pause } from "node:timers/promises"
import { connect, isBusy, pathOf } from "../connection.ts"
import { prepare } from "../schema.ts"
import { type End, emptySql, type WithEnd } from "./end.ts"
import { pageSql, type Row, type Table } from "./tables.ts"

const patience = 5_000

const patiently = async <A>(work: () => A): Promise<A> => {
  const since = performance.now()
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() - since > patience) throw error
      await pause(5)
    }
  }
}

export const withSqlite: WithEnd = async (where, use, work) => {
  const db = await patiently(() => connect(pathOf(where.url), "FULL"))
  try {
    await patiently(() => prepare(db))
    await patiently(() => db.exec(use === "read" ? "BEGIN" : "BEGIN IMMEDIATE"))
    const done = await work(endOn(db))
    db.exec("COMMIT")
    return done
  } finally {
    db.close()
  }
}

const endOn = (db: DatabaseSync): End => {
  const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>()
  const statement = (sql: string) => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const made = db.prepare(sql)
    made.setReturnArrays(true)
    prepared.set(sql, made)
    return made
  }
  const rowsOf = (sql: string, values: Row = []) => statement(sql).all(...values) as unknown as ReadonlyArray<Row>
  return {
    page: async (table, after) => rowsOf(pageSql(table, table.inSqlite), after),
    insert: async (table, rows) => {
      const insert = statement(insertSql(table))
      const kept = Object.keys(table.columns).map((name) => table.inSqlite?.[name] === undefined)
      for (const row of rows) insert.run(...row.filter((_, index) => kept[index]))
    },
    // Nobody has numbers from before: each is one more than the highest that there is when it is written.
    taken: async () => (rowsOf(emptySql).length > 0 ? "ledger" : null),
    goOn: async () => {}
  }
}

const insertSql = ({ columns, inSqlite = {}, name }: Table): string => {
  const names = Object.keys(columns).filter((column) => inSqlite[column] === undefined)
  return `INSERT INTO ${name} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`
}
