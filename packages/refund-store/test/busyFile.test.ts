// T12: SQLITE_BUSY at every twentieth statement, wherever in its transaction that is, of one ledger on the file, and of two.
import { DatabaseSync, StatementSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { caller } from "refund-testkit/build"
import { afterEach, vi } from "vitest"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { randomFrom } from "./support/faults.ts"
import { throughFaults } from "./support/throughFaults.ts"

/** On a machine that has other work too, five seconds of trying again are over soon. */
const patient = { batchLimit: 16, busyMilliseconds: 60_000 }

const busy = () => Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR", errcode: 5 })

/** How often each kind of statement was refused. */
const refusing = (share: number, seed: number) => {
  // Numbers of its own for each kind: how often one is refused does not hang on how often the others were tried.
  const numbers = new Map<string, () => number>()
  const refused = new Map<string, number>()
  const refuse = (kind: string): void => {
    const random = numbers.get(kind) ?? randomFrom(seed + kind.length)
    numbers.set(kind, random)
    if (random() >= share) return
    refused.set(kind, (refused.get(kind) ?? 0) + 1)
    throw busy()
  }
  const exec = DatabaseSync.prototype.exec
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
    // What undoes a transaction needs no lock.
    if (sql !== "ROLLBACK") refuse(sql)
    return exec.call(this, sql)
  })
  const all = StatementSync.prototype.all as (...values: ReadonlyArray<unknown>) => unknown
  vi.spyOn(StatementSync.prototype, "all").mockImplementation(function (this: StatementSync, ...values) {
    refuse("a statement")
    return all.apply(this, values) as never
  })
  return refused
}

afterEach(() => vi.restoreAllMocks())

describe("T12: while the file is busy at every twentieth statement", () => {
  it.live.each([1, 2])(
    "every answer of %i is one of the ledger's, and what was answered is what is there, once",
    (count) =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        const { all, refused } = yield* Effect.scoped(
          Effect.gen(function* () {
            const services = yield* Effect.replicateEffect(Layer.build(ledgerAt(file, patient)), count)
            const refused = refusing(0.05, 20_261_122)
            const { all } = yield* throughFaults(
              services.map((each) => Context.get(each, LedgerStore)),
              4
            )
            vi.restoreAllMocks()
            return { all, refused }
          })
        )
        for (const kind of ["BEGIN IMMEDIATE", "COMMIT", "a statement"]) assert.isAbove(refused.get(kind) ?? 0, 0, kind)
        const audited = LedgerReader.use((reader) => reader.verify(caller().tenant))
        const { entries, ok, orders } = yield* Effect.provide(audited, ledgerAt(file))
        assert.isTrue(ok)
        assert.strictEqual(entries, orders + all)
      })
  )
})
