/** Runs work that asks (`ask.ts`) on a SQLite file: every answer comes at once. */
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { type Ask, type Asking, answerToUnkept, type Bundle, type One, type Value } from "./ask.ts"
import { tuples } from "./connection.ts"

export class Answering {
  readonly #db
  /** Each text is prepared once. There are as many as the program has, not as many as there are values. */
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** In whatever transaction there is. What a statement throws is thrown where it was asked. */
  answer<A>(work: Asking<A>): A {
    let step = work.next()
    while (step.done !== true) step = this.next(work, step.value)
    return step.value
  }

  /** Answers one ask, and goes on to the next thing that the work yields. */
  next<Yielded, A>(work: Generator<Yielded, A, unknown>, ask: Ask): IteratorResult<Yielded, A> {
    let answer: unknown
    try {
      answer = "each" in ask ? this.#answerToAll(ask) : this.#answerTo(ask)
    } catch (error) {
      return work.throw(error)
    }
    return work.next(answer)
  }

  #answerToAll({ each }: Bundle): ReadonlyArray<ReadonlyArray<unknown>> {
    return each.map(({ rows, statement: { sql } }) => {
      const statement = this.#statements.get(sql) ?? this.#prepare(sql)
      return rows.flatMap((values) => statement.all(...values))
    })
  }

  #answerTo(one: One): unknown {
    const { kind, sql, values } = one
    if (!canBeKept(values)) return answerToNotUnicode(one)
    const statement = this.#statements.get(sql) ?? this.#prepare(sql)
    if (kind === "row") return statement.get(...values)
    if (kind === "rows") return statement.all(...values)
    return Number(statement.run(...values).changes)
  }

  #prepare(sql: string): StatementSync {
    const statement = tuples(this.#db, sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** SQLite would keep other text in the place of what is not Unicode: then the journal and the row would say different things. */
export const canBeKept = (values: ReadonlyArray<Value>): boolean => {
  for (const value of values) if (typeof value === "string" && !value.isWellFormed()) return false
  return true
}

export const answerToNotUnicode = (one: One): unknown => answerToUnkept(one, "is not Unicode")
