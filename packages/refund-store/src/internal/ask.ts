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
export interface One {
  readonly kind: "row" | "rows" | "run"
  readonly sql: string
  readonly values: ReadonlyArray<Value>
}

/** Whether a statement writes: then a text that the database cannot keep is a fault; a search for one finds nothing. */
const writes = (sql: string): boolean => /^\s*(?:INSERT|UPDATE|DELETE)\b/.test(sql)

/** For a statement with a text in it that the database would not give back as it is: `which` texts are so. */
export const answerToUnkept = ({ kind, sql }: One, which: string): unknown => {
  if (writes(sql)) throw new Error(`text that ${which} cannot be stored`)
  return kind === "rows" ? [] : undefined
}

/** What a column of values is: PostgreSQL has to be told. */
export type Kind = "int8" | "text"
export type Columns = Readonly<Record<string, Kind>>

/** A statement for many rows of values: `sql` is in the database's own words, and has the columns in their order. */
export interface Statement {
  readonly sql: string
  readonly columns: Columns
}

export type Values = ReadonlyArray<Value>

/** It is run for all of the rows; what it finds for each of them comes as one list. */
export interface Each {
  readonly statement: Statement
  readonly rows: ReadonlyArray<Values>
}

/** Several at once, none of which needs another's answer. */
export interface Bundle {
  readonly each: ReadonlyArray<Each>
}

export type Ask = One | Bundle

export type Asking<A> = Generator<Ask, A, unknown>

/**
 * A statement that is asked once with `yield*`, and whose answer is of the type that its author gave it. It is an iterator
 * of its own, and no generator: decisions ask half a dozen times, and this is a third of what the asking costs.
 */
class Asked<A> implements One {
  readonly kind
  readonly sql
  readonly values
  #isAnswered = false

  constructor(kind: One["kind"], sql: string, values: ReadonlyArray<Value>) {
    this.kind = kind
    this.sql = sql
    this.values = values
  }

  [Symbol.iterator](): this {
    return this
  }

  next(answer: unknown): IteratorResult<One, A> {
    if (this.#isAnswered) return { done: true, value: answer as A }
    this.#isAnswered = true
    return { done: false, value: this }
  }

  throw(error: unknown): never {
    throw error
  }
}

const asked = <A>(kind: One["kind"], sql: string, values: ReadonlyArray<Value>): Asking<A> =>
  new Asked<A>(kind, sql, values) as unknown as Asking<A>

/** The rows of a statement as tuples, typed by the caller who wrote its columns. */
export const rows = <Row>(sql: string, ...values: ReadonlyArray<Value>): Asking<ReadonlyArray<Row>> =>
  asked("rows", sql, values)

/** For statements that find one row at most, or of which only the first is wanted. */
export const row = <Row>(sql: string, ...values: ReadonlyArray<Value>): Asking<Row | undefined> =>
  asked("row", sql, values)

/** How many rows it changed. */
export const run = (sql: string, ...values: ReadonlyArray<Value>): Asking<number> => asked("run", sql, values)

/** The rows that each of them finds, in their order. */
export function* together(asked: ReadonlyArray<Each>): Asking<ReadonlyArray<ReadonlyArray<unknown>>> {
  if (asked.every(({ rows }) => rows.length === 0)) return asked.map(() => [])
  return (yield { each: asked }) as ReadonlyArray<ReadonlyArray<unknown>>
}
