/**
 * Work on the ledger's tables that does not know which database it runs on: it asks, and goes on with the answer.
 * SQLite answers at once, PostgreSQL after a while; whoever runs the work (`answering.ts`, `postgres/answering.ts`)
 * also decides which transaction it is in.
 */
import type { SQLInputValue } from "node:sqlite"

/** Figures are below 2^53 everywhere, so that they come back as numbers; texts are given as they are. */
export type Value = Exclude<SQLInputValue, NodeJS.ArrayBufferView>

/**
 * One statement. Its text is the key that it is kept prepared by, so it has no values in it: they are `?1`, `?2`, or `?`
 * one after the other. `row`: the first row or undefined; `rows`: all of them, as tuples; `run`: how many it changed.
 */
export interface Ask {
  readonly kind: "row" | "rows" | "run"
  readonly sql: string
  readonly values: ReadonlyArray<Value>
}

/** Whether a statement writes: then a text that the database cannot keep is a fault; a search for one finds nothing. */
export const writes = (sql: string): boolean => /^\s*(?:INSERT|UPDATE|DELETE)\b/.test(sql)

/** The answer to an ask is what its kind says; the functions below give it its type. */
export type Asking<A> = Generator<Ask, A, unknown>

/** The rows of a statement as tuples, typed by the caller who wrote its columns. */
export function* rows<Row>(sql: string, ...values: ReadonlyArray<Value>): Asking<ReadonlyArray<Row>> {
  return (yield { kind: "rows", sql, values }) as ReadonlyArray<Row>
}

/** For statements that find one row at most, or of which only the first is wanted. */
export function* row<Row>(sql: string, ...values: ReadonlyArray<Value>): Asking<Row | undefined> {
  return (yield { kind: "row", sql, values }) as Row | undefined
}

/** How many rows it changed. */
export function* run(sql: string, ...values: ReadonlyArray<Value>): Asking<number> {
  return (yield { kind: "run", sql, values }) as number
}
