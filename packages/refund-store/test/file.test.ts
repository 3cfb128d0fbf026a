import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { assertInclude } from "@effect/vitest/utils"
import { Effect, Layer } from "effect"
import type { OrderId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, order, register, request } from "refund-testkit/build"
import { pathOf } from "../src/internal/connection.ts"
import { layer } from "../src/SqliteLedger.ts"
import { ledgerAt, temporaryFile, temporaryFolder } from "./ledgerFile.ts"

const clerk = caller()

const opened = (file: string) => Effect.scoped(Layer.build(layer({ file, busyMilliseconds: 50 })))

const schemaOf = (file: string) => {
  const db = new DatabaseSync(file)
  const objects = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all()
  const version = db.prepare("PRAGMA user_version").get()
  db.close()
  return { objects, version }
}

describe("the ledger's file", () => {
  it("is named by a path or a file: URL, relative to the working directory", () => {
    assert.strictEqual(pathOf("file:./data/refunds.db"), resolve("data/refunds.db"))
    assert.strictEqual(pathOf("data/refunds.db"), resolve("data/refunds.db"))
    assert.strictEqual(pathOf("file:///srv/my%20shop/refunds.db"), "/srv/my shop/refunds.db")
  })

  it.effect("is made with its folder on first use, and is the same when it is opened again", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "deep", "down", "refunds.db")
      yield* opened(`file:${file}`)
      const first = schemaOf(file)
      yield* opened(file)
      assert.deepStrictEqual(schemaOf(file), first)
    })
  )

  it.effect("becomes one ledger when many open it at once for the first time", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const ask = Refunds.use((refunds) => refunds.execute(register()))
      const all = Array.from({ length: 8 }, () => ask.pipe(Effect.provide(ledgerAt(file))))
      const answers = yield* Effect.all(all, { concurrency: "unbounded" })
      assert.strictEqual(answers.filter((answer) => answer.created).length, 1)
    })
  )

  it.effect("keeps everything when it is closed and opened again", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const view = LedgerReader.use((reader) => reader.order(clerk.tenant, { order: register().orderId }))
      const before = yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        yield* refunds.execute(register())
        yield* refunds.execute(request({ amount: 60n, key: "k", reason: "broken" }))
        return yield* view
      }).pipe(Effect.provide(ledgerAt(file)))
      const after = yield* view.pipe(Effect.provide(ledgerAt(file)))
      assert.isNotNull(after)
      assert.deepStrictEqual(after, before)
    })
  )

  it.effect("is left alone where it is another program's", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const theirs = new DatabaseSync(file)
      theirs.exec("CREATE TABLE songs (name TEXT); INSERT INTO songs VALUES ('Waltz')")
      theirs.close()
      const before = readFileSync(file)
      const refused = yield* Effect.flip(opened(file))
      assertInclude(refused.message, "another program's database")
      assert.deepStrictEqual(readFileSync(file), before)
    })
  )

  it.effect("is not opened by a program that is older than its schema", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* opened(file)
      const db = new DatabaseSync(file)
      db.exec("PRAGMA user_version = 999")
      db.close()
      assertInclude((yield* Effect.flip(opened(file))).message, "schema 999")
    })
  )

  it.effect("is not written to any more by a program that is older than what another one made of it meanwhile", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        const { execute } = yield* Refunds
        yield* execute(register())
        const db = new DatabaseSync(file)
        db.exec("PRAGMA user_version = 999")
        assertInclude(JSON.stringify(yield* Effect.flip(execute(request({ amount: 1n })))), "schema 999")
        assert.strictEqual(db.prepare("SELECT count(*) AS count FROM refunds").get()?.["count"], 0)
        db.close()
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )

  it.effect("is refused where it is no database at all, or cannot be made", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const text = join(folder, "notes.txt")
      writeFileSync(text, "not a database, but long enough to be taken for one ".repeat(20))
      assertInclude((yield* Effect.flip(opened(text))).message, "not a ledger")
      assertInclude((yield* Effect.flip(opened(join(text, "refunds.db")))).message, "folder cannot be made")
      assertInclude((yield* Effect.flip(opened(folder))).message, "cannot be opened")
    })
  )

  it.effect("keeps no id that is not Unicode, nor takes another's for it", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order(), { id: "o-\ufffd" }))
      const notUnicode = "o-\ud800" as OrderId
      const found = yield* Effect.flip(refunds.execute({ ...request({ amount: 1n }), at: { order: notUnicode } }))
      assert.deepInclude(found, { _tag: "Rejected" })
      const exit = yield* Effect.exit(refunds.execute({ ...register(order({ captures: [] })), orderId: notUnicode }))
      assert.strictEqual(exit._tag, "Failure")
      const reader = yield* LedgerReader
      assert.isTrue((yield* reader.verify(clerk.tenant)).ok)
    }).pipe(Effect.provide(Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))))
  )
})
