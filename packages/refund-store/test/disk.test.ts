/** T64: a disk that is full, fails or may only be read; a process that dies while it writes. Writing is refused; nothing is damaged. */
import { copyFileSync, statSync, truncateSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { assertInclude } from "@effect/vitest/utils"
import { Effect, Result } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, register, request } from "refund-testkit/build"
import { vi } from "vitest"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

const integrity = (file: string) => {
  const db = new DatabaseSync(file)
  const found = db.prepare("PRAGMA integrity_check").get()
  db.close()
  return found?.["integrity_check"]
}

const sizeOf = (file: string): number => statSync(file).size

const verified = Effect.flatMap(LedgerReader, (reader) => reader.verify(caller().tenant))

/** As SQLite reports it: by its result code. */
const failing = (statement: string, errcode: number, message: string) => {
  const exec = DatabaseSync.prototype.exec
  return vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    if (sql.startsWith(statement)) throw Object.assign(new Error(message), { errcode })
    exec.call(this, sql)
  })
}

describe("a disk that takes no more", () => {
  for (const [what, statement, errcode, says] of [
    ["is full when a decision is committed", "COMMIT", 13, "the disk is full"],
    ["fails when a decision is committed", "COMMIT", 778, "the disk failed"],
    ["may only be read", "BEGIN IMMEDIATE", 8, "read-only"]
  ] as const) {
    it.effect(`${what}: the refund is refused, what was there stays, and goes on once there is room`, () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* Effect.gen(function* () {
          const refunds = yield* Refunds
          yield* refunds.execute(register())
          const before = yield* verified
          const broken = failing(statement, errcode, "as SQLite says")
          const refused = yield* Effect.result(refunds.execute(request({ amount: 40n, key: "k" }))).pipe(
            Effect.ensuring(Effect.sync(() => broken.mockRestore()))
          )
          assert.isTrue(Result.isFailure(refused))
          if (Result.isFailure(refused)) {
            assert.strictEqual(refused.failure._tag, "LedgerUnavailable")
            assertInclude("detail" in refused.failure ? refused.failure.detail : "", says)
          }
          assert.deepStrictEqual(yield* verified, before)
          const made = yield* refunds.execute(request({ amount: 40n, key: "k" }))
          assert.isFalse(made.replayed)
          assert.isTrue((yield* verified).ok)
        }).pipe(Effect.provide(ledgerAt(file)))
        assert.strictEqual(integrity(file), "ok")
      })
    )
  }
})

describe("a write-ahead log that breaks off", () => {
  it.effect("wherever it does: each decision is there whole or not at all, the chains hold", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const copies = yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        yield* refunds.execute(register())
        for (let count = 0; count < 8; count++) yield* refunds.execute(request({ amount: 1n, key: `k-${count}` }))
        return [0, 1, 100, 4_096, 5_000, 20_000, 60_000].map((less) => {
          const copy = `${file}.${less}`
          copyFileSync(file, copy)
          copyFileSync(`${file}-wal`, `${copy}-wal`)
          if (less > 0) truncateSync(`${copy}-wal`, Math.max(0, sizeOf(`${copy}-wal`) - less))
          return copy
        })
      }).pipe(Effect.provide(ledgerAt(file)))
      const entries: Array<number> = []
      for (const copy of copies) {
        const report = yield* verified.pipe(Effect.provide(ledgerAt(copy)))
        assert.deepStrictEqual([report.ok, report.problem], [true, null], copy)
        entries.push(report.entries)
        assert.strictEqual(integrity(copy), "ok")
      }
      // The later it breaks off, the more is there; and some of it was lost at all.
      assert.deepStrictEqual(
        entries,
        entries.toSorted((a, b) => b - a)
      )
      assert.isBelow(entries.at(-1) ?? 0, entries[0] ?? 0)
    })
  )
})
