/** A connection to the ledger's file, and what SQLite says when it cannot. */
import { mkdirSync } from "node:fs"
import { dirname, resolve } from "node:path"
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { opened, type Synchronous } from "./sqlite/session.ts"

/** A path, or a `file:` URL; `file:./data/refunds.db` is relative to the working directory. */
export const pathOf = (file: string): string => {
  if (file.startsWith("file://")) return fileURLToPath(file)
  return resolve(file.startsWith("file:") ? file.slice("file:".length) : file)
}

export const connect = (path: string, synchronous: Synchronous): DatabaseSync => {
  makeFolder(dirname(path))
  return opened(path, synchronous)
}

const makeFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw unavailable(`the ledger's folder cannot be made: ${error instanceof Error ? error.message : error}`, 30)
  }
}

/** The rows of a SELECT as tuples, typed by the caller who wrote its columns. */
export const rows = <Row>(statement: StatementSync, ...parameters: ReadonlyArray<SQLInputValue>): ReadonlyArray<Row> =>
  statement.all(...parameters) as unknown as ReadonlyArray<Row>

export const row = <Row>(statement: StatementSync, ...parameters: ReadonlyArray<SQLInputValue>): Row | undefined =>
  statement.get(...parameters) as unknown as Row | undefined

/** A statement whose rows come as tuples: a third cheaper than objects. */
export const tuples = (db: DatabaseSync, sql: string): StatementSync => {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

/** A name that is only looked for: what is not Unicode cannot be found by it, and is not kept for that. */
export const unicodeOrNull = (text: string | null): string | null => (text?.isWellFormed() ? text : null)

export type ReadInOne = <A>(work: () => A) => A

/** All reads of `work` see one state of the file. */
export const reading = (db: DatabaseSync): ReadInOne => {
  const begin = db.prepare("BEGIN")
  const commit = db.prepare("COMMIT")
  return (work) => {
    begin.run()
    try {
      return work()
    } finally {
      commit.run()
    }
  }
}

const busy = 5
const locked = 6

/** Why a statement cannot be run now, by SQLite's primary result code. All others are faults of the program. */
const obstacles: ReadonlyMap<number, string> = new Map([
  [busy, "another process is writing to the ledger"],
  [locked, "another process is writing to the ledger"],
  [7, "out of memory"],
  [8, "the ledger's file is read-only"],
  [10, "the disk failed"],
  [11, "the ledger's file is damaged"],
  [13, "the disk is full"],
  [14, "the ledger's file cannot be opened"],
  [15, "the ledger's file cannot be locked"],
  [26, "the file is not a ledger"]
])

const codeOf = (error: unknown): number | null => {
  const code = error instanceof Error ? (error as { readonly errcode?: unknown }).errcode : undefined
  return typeof code === "number" ? code & 0xff : null
}

export const isBusy = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === busy || code === locked
}

/** Null where the error is no obstacle of the store's but a fault of the program's. */
export const obstacle = (error: unknown): LedgerUnavailable | null => {
  if (error instanceof LedgerUnavailable) return error
  const code = codeOf(error)
  const what = code === null ? undefined : obstacles.get(code)
  if (what === undefined || !(error instanceof Error)) return null
  return unavailable(`${what}: ${error.message}`, code === busy || code === locked ? 1 : 30)
}

export const unavailable = (detail: string, retryAfterSeconds = 1): LedgerUnavailable =>
  new LedgerUnavailable({ detail, retryAfterSeconds })
