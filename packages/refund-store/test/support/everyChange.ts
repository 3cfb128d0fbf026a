/** Every byte of every value that a ledger's file stores, changed one at a time. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite"

/**
 * What the audit does not answer for, by column: who works on a refund and until when, what a repeated request is
 * compared with, and in which order the entries of different chains were committed.
 */
const unaudited: Readonly<Record<string, ReadonlySet<string>>> = {
  refunds: new Set(["fingerprint", "due_at", "available_at", "leased_by"]),
  journal: new Set(["no"])
}

const tables = [
  "tenants",
  "keys",
  "orders",
  "registrations",
  "captures",
  "refunds",
  "former_references",
  "accounts",
  "journal"
] as const

interface Column {
  readonly name: string
  readonly type: "INTEGER" | "TEXT"
  readonly key: number
}

export interface Change {
  readonly table: string
  readonly column: string
  /** The row's. */
  readonly key: SQLInputValue | undefined
  /** `false`: the database itself refuses it. */
  readonly make: () => boolean
  readonly what: string
}

type Value = string | bigint | null

/** Text: another sign in each place. A number: the lowest bit of each of its bytes. None: something. */
const othersOf = (value: Value, { type }: Column): ReadonlyArray<Value> => {
  if (value === null) return [type === "TEXT" ? "x" : 1n]
  if (typeof value === "bigint")
    return Array.from({ length: 8 }, (_, byte) => BigInt.asIntN(64, value ^ (1n << BigInt(8 * byte))))
  return Array.from(
    value,
    (_, at) => value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1) + value.slice(at + 1)
  )
}

/** All of them, a row after the other. Each is to be undone before the next is made. */
export function* everyChange(db: DatabaseSync): Generator<Change> {
  for (const table of tables) {
    const columns = db
      .prepare(`SELECT name, type, pk AS key FROM pragma_table_info('${table}')`)
      .all() as unknown as Array<Column>
    const keys = columns.filter(({ key }) => key > 0)
    const where = keys.map(({ name }) => `${name} = ?`).join(" AND ")
    const read = db.prepare(`SELECT ${columns.map(({ name }) => name).join(", ")} FROM ${table}`)
    read.setReadBigInts(true)
    for (const row of read.all() as Array<Record<string, Value>>) {
      const of = keys.map(({ name }) => row[name] as SQLInputValue)
      for (const column of columns) {
        if (unaudited[table]?.has(column.name) === true) continue
        const update = db.prepare(`UPDATE ${table} SET ${column.name} = ? WHERE ${where}`)
        for (const [at, other] of othersOf(row[column.name] ?? null, column).entries()) {
          yield {
            table,
            column: column.name,
            key: of[0],
            make: () => isMade(() => update.run(other, ...of)),
            what: `${table} ${of.join(" ")}: ${column.name}, byte ${at}: ${row[column.name]} → ${other}`
          }
        }
      }
    }
  }
}

/** What another row has already cannot be written by anybody. */
const isMade = (make: () => unknown): boolean => {
  try {
    make()
    return true
  } catch (error) {
    if (/UNIQUE constraint|PRIMARY KEY/.test(String(error))) return false
    throw error
  }
}
