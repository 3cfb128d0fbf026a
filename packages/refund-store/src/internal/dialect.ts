/** What two databases say differently. All other statements are in the words that both understand. */
import { unicodeOrNull } from "./connection.ts"

export interface Dialect {
  /** The database's own clock in milliseconds, which is the same for all processes: leases are counted by it. */
  readonly now: string
  /** Whether a text has another in it, letter by letter. */
  readonly contains: (text: string, part: string) => string
  /** Whether a column's value is among those of a SELECT, which is run once. */
  readonly among: (column: string, select: string) => string
  /** Whether a column's value is in a list, which is given as a JSON text. */
  readonly numberIn: (column: string, list: string) => string
  readonly textIn: (column: string, list: string) => string
  /** After a table's name, where SQLite would look through the whole tenant if it were not told. */
  readonly by: (index: string) => string
  /** After a table's name, where a window of its numbers is looked through: the same, if it were not told. */
  readonly byNumber: string
  /** At the end of a SELECT of rows that are to be leased: what another process is about to lease is passed over. */
  readonly forLease: string
  /**
   * The tenant's own refunds (of the first `?`) below a number (the second), the newest so many. Null: no index has them, so
   * numbers are looked through instead, whosever they are.
   */
  readonly ownRefunds: ((columns: string, count: number) => string) | null
  /** How an idempotency key is kept. */
  readonly keptKey: (key: string) => string
  /** A name of somebody else's as it is kept, or null where the database has no such text: then it is not found by it. */
  readonly keptName: (name: string | null) => string | null
}

const isIn = (column: string, list: string): string => `${column} IN (SELECT value FROM json_each(${list}))`

export const sqlite: Dialect = {
  now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  among: (column, select) => `${column} IN (${select})`,
  numberIn: isIn,
  textIn: isIn,
  by: (index) => ` INDEXED BY ${index}`,
  byNumber: " NOT INDEXED",
  forLease: "",
  ownRefunds: null,
  keptKey: (key) => key,
  keptName: unicodeOrNull
}
