/** What two databases say differently. All other statements are in the words that both understand. */
import { now } from "./clock.ts"

export interface Dialect {
  /** The database's own clock in milliseconds, which is the same for all processes: leases are counted by it. */
  readonly now: string
  /** Whether a text has another in it, letter by letter. */
  readonly contains: (text: string, part: string) => string
  /** What is in a list, given as a JSON text. */
  readonly numbersOf: (list: string) => string
  readonly textsOf: (list: string) => string
  /** After a table's name, where SQLite would look through the whole tenant if it were not told. */
  readonly by: (index: string) => string
  /** At the end of a SELECT of rows that are to be leased: what another process is about to lease is passed over. */
  readonly forLease: string
}

export const sqlite: Dialect = {
  now,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  numbersOf: (list) => `(SELECT value FROM json_each(${list}))`,
  textsOf: (list) => `(SELECT value FROM json_each(${list}))`,
  by: (index) => ` INDEXED BY ${index}`,
  forLease: ""
}
