/** What is asked of a ledger's file in one turn. Only Node's own modules are here: the writer's thread is made of nothing else. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"

/** `FULL`: an answer survives a power cut. `OFF`: not even that of the operating system; for tests. */
export type Synchronous = "FULL" | "OFF"

/** The write-ahead log grows to 64 MB before its pages go into the file. */
const checkpointPages = 16_384

/**
 * Waiting for a lock is never SQLite's (`timeout: 0`): it would stop everything else. Dropped rows fire their triggers
 * even where a REPLACE drops them, so the journal stays append-only.
 */
export const opened = (path: string, synchronous: Synchronous): DatabaseSync => {
  const db = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: false })
  db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA recursive_triggers = ON; PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = ${checkpointPages}`)
  return db
}

/** A statement for each of the rows. `counts`: how many rows it changed is the answer, else those that it found. */
export interface Asked {
  readonly sql: string
  readonly rows: ReadonlyArray<ReadonlyArray<SQLInputValue>>
  readonly counts: boolean
}

/** One turn of a transaction: `begins` it, does what is asked, and `ends` it. */
export interface Turn {
  readonly begins: boolean
  readonly asked: ReadonlyArray<Asked>
  readonly ends: "COMMIT" | "ROLLBACK" | null
}

export interface Answered {
  readonly answers: ReadonlyArray<ReadonlyArray<unknown> | number>
  /** Of the schema, and of what others wrote; where the turn began the transaction. */
  readonly versions: Versions | null
}

export interface Versions {
  readonly schema: number
  /** Another one wherever another connection wrote. */
  readonly data: number
}

export class Session {
  readonly #db
  /** Each text is prepared once. There are as many as the program has, not as many as there are values. */
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Where it throws, all of the transaction is undone. */
  turn({ asked, begins, ends }: Turn): Answered {
    try {
      if (begins) this.#db.exec("BEGIN IMMEDIATE")
      const versions = begins ? { schema: this.#pragma("user_version"), data: this.#pragma("data_version") } : null
      const answers = asked.map((each) => this.#answer(each))
      if (ends === "COMMIT") this.#db.exec("COMMIT")
      if (ends === "ROLLBACK") this.#undo()
      return { answers, versions }
    } catch (error) {
      this.#undo()
      throw error
    }
  }

  close(): void {
    this.#db.close()
  }

  #undo(): void {
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK")
  }

  #answer({ counts, rows, sql }: Asked): ReadonlyArray<unknown> | number {
    const statement = this.#statement(sql)
    if (counts) return rows.reduce((count, values) => count + Number(statement.run(...values).changes), 0)
    return rows.flatMap((values) => statement.all(...values) as unknown as ReadonlyArray<unknown>)
  }

  #pragma(name: string): number {
    const [value] = this.#statement(`PRAGMA ${name}`).get() as unknown as readonly [number]
    return value
  }

  /** Its rows come as tuples: a third cheaper than objects. */
  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#db.prepare(sql)
    made.setReturnArrays(true)
    this.#statements.set(sql, made)
    return made
  }
}
