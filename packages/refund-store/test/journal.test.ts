import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import { register } from "refund-testkit/build"
import { connect } from "../src/internal/connection.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

const statements = [
  "UPDATE journal SET text = replace(text, 'ada', 'bob')",
  "UPDATE journal SET hash = ''",
  "DELETE FROM journal",
  "INSERT OR REPLACE INTO journal SELECT no, chain, seq, hash, 'other' FROM journal",
  "INSERT INTO journal SELECT no + 1, chain, seq, hash, 'other' FROM journal",
  "REPLACE INTO journal SELECT no + 1, chain, seq, hash, 'other' FROM journal"
]

describe("the journal", () => {
  it.effect.each(statements)("is only added to: it refuses %s", (statement) =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Refunds.use((refunds) => refunds.execute(register())).pipe(Effect.provide(ledgerAt(file)))
      const db = connect(file, "OFF")
      const all = () => db.prepare("SELECT * FROM journal").all()
      const before = all()
      assert.throws(() => db.exec(statement), /append-only|UNIQUE/)
      assert.deepStrictEqual(all(), before)
      db.close()
    })
  )

  it.effect("refuses to be changed from outside the program too", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Refunds.use((refunds) => refunds.execute(register())).pipe(Effect.provide(ledgerAt(file)))
      const db = new DatabaseSync(file)
      assert.throws(() => db.exec("UPDATE journal SET seq = 2"), /append-only/)
      assert.throws(() => db.exec("DELETE FROM journal"), /append-only/)
      db.close()
    })
  )
})
