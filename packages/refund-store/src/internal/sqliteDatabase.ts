/**
 * A SQLite file as a `Database`. What is read is on a connection beside the writer's, for there may be a transaction on
 * that one; what takes long has one of its own.
 */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { Answering } from "./answering.ts"
import type { ReadInOne } from "./connection.ts"
import type { Database } from "./database.ts"
import { sqlite } from "./dialect.ts"
import { Known } from "./facts.ts"
import { inSlices, type Retried } from "./slices.ts"
import type { Writer } from "./sqlite/writer.ts"

export const sqliteDatabase = (
  answering: Answering,
  readInOne: ReadInOne,
  writer: Writer,
  retried: Retried,
  openAnother: () => DatabaseSync
): Database => ({
  dialect: sqlite,
  read: (work) => retried(() => readInOne(() => answering.answer(work(new Known())))),
  write: (work) => writer.write(work),
  audit: (work, onSlice) =>
    Effect.acquireUseRelease(
      retried(openAnother),
      (db) =>
        Effect.flatMap(
          retried(() => snapshot(db)),
          () => inSlices(new Answering(db), work(), onSlice)
        ),
      (db) => Effect.sync(() => db.close())
    )
})

/** What is read from here on is one state of the file, whatever is committed meanwhile. */
const snapshot = (db: DatabaseSync): void => {
  if (!db.isTransaction) db.exec("BEGIN")
  db.prepare("SELECT count(*) FROM tenants").get()
}
