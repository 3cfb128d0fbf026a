import type { DatabaseSync } from "node:sqlite"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { chained } from "refund-core/Journal"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { vi } from "vitest"
import { Answering } from "../src/internal/answering.ts"
import { connect } from "../src/internal/connection.ts"
import { isAsk } from "../src/internal/database.ts"
import { sqlite } from "../src/internal/dialect.ts"
import { sha256 } from "../src/internal/digest.ts"
import { Audit } from "../src/internal/verify.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { addedEntry, findings, order1, tenant, written } from "./support/findings.ts"
import { rehash as rehashed, reportAfter as reportOf, Written } from "./tampering.ts"

const reportAfter = (tamper: (db: DatabaseSync) => void) => reportOf(tenant, tamper)

const rehash = (db: DatabaseSync, from: number): void =>
  rehashed(db, order1, from, "UPDATE orders SET head_hash = ? WHERE id = 'o-1'")

layer(Written.layer(written))("the audit", (it) => {
  it.effect("finds nothing where nothing was changed", () =>
    Effect.gen(function* () {
      const report = yield* reportAfter(() => {})
      assert.deepStrictEqual(report, { ok: true, orders: 2, entries: 11, problem: null })
    })
  )

  it.effect("finds nothing where texts were removed", () =>
    Effect.gen(function* () {
      const report = yield* reportAfter((db) =>
        db.exec("UPDATE refunds SET texts = NULL; UPDATE registrations SET texts = NULL")
      )
      assert.isNull(report.problem)
    })
  )

  for (const [what, sql, chain, seq, found] of [...findings, addedEntry()]) {
    it.effect(`finds ${what}`, () =>
      Effect.gen(function* () {
        const { ok, problem } = yield* reportAfter((db) => db.exec(sql))
        assert.isFalse(ok)
        assert.match(problem?.what ?? "", found)
        assert.deepInclude(problem, { chain, seq })
      })
    )
  }

  it.effect("finds an entry that was changed and hashed again, by the entry after it", () =>
    Effect.gen(function* () {
      const { problem } = yield* reportAfter((db) => {
        const entry = db.prepare(`SELECT no, hash, text FROM journal WHERE chain = ${order1} AND seq = 2`).get()
        const before = String(
          db.prepare(`SELECT hash FROM journal WHERE chain = ${order1} AND seq = 1`).get()?.["hash"]
        )
        const text = String(entry?.["text"]).replace('"60"', '"61"')
        db.prepare("UPDATE journal SET text = ?, hash = ? WHERE no = ?").run(
          text,
          sha256(chained(before, text)),
          Number(entry?.["no"])
        )
      })
      assert.deepInclude(problem, { chain: "order:o-1", seq: 3 })
    })
  )

  it.effect("finds an entry that was changed by somebody who hashed the whole chain again, by the figures", () =>
    Effect.gen(function* () {
      const { problem } = yield* reportAfter((db) => {
        db.exec(`UPDATE journal SET text = replace(text, '"60"', '"61"') WHERE chain = ${order1} AND seq = 2`)
        rehash(db, 2)
      })
      assert.deepInclude(problem, { chain: "order:o-1", seq: 7 })
    })
  )
})

/** A clock that is a millisecond further on whenever somebody looks: what takes long is done in slices, however fast the machine is. */
const hurried = Effect.acquireRelease(
  Effect.sync(() => {
    const now = performance.now.bind(performance)
    let looks = 0
    return vi.spyOn(performance, "now").mockImplementation(() => now() + ++looks)
  }),
  (spy) => Effect.sync(() => spy.mockRestore())
)

describe("the audit of many entries", () => {
  it.live("lets the ledger be used meanwhile, and reports one state of it", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        const reader = yield* LedgerReader
        yield* refunds.execute(B.register(B.order({ captures: [B.capture("c-1", 10_000n)] })))
        const ask = Effect.suspend(() => refunds.execute(B.request({ amount: 1n })))
        yield* Effect.replicateEffect(ask, 2_000, { concurrency: "unbounded", discard: true })
        yield* hurried
        const told: Array<number> = []
        const report = reader.verify(tenant, (done) => told.push(done.entries))
        const asked = Effect.replicateEffect(ask, 5, { discard: true })
        const [{ entries, ok }, heard] = yield* Effect.all([report, Effect.map(asked, () => told.length)], {
          concurrency: "unbounded"
        })
        assert.isTrue(ok)
        assert.strictEqual(entries, 2_001)
        assert.isAbove(told.length, heard)
        assert.deepStrictEqual(
          told,
          told.toSorted((a, b) => a - b)
        )
      }).pipe(Effect.scoped, Effect.provide(ledgerAt(file)))
    })
  )

  it.live("asks for many orders, entries and refunds at once", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        const { execute } = yield* Refunds
        for (let n = 0; n < 250; n++) {
          yield* execute(B.register(B.order({ captures: [B.capture(`c-${n}`)] }), { id: `o-${n}` }))
          yield* execute(B.request({ amount: 1n, order: `o-${n}` }))
          yield* execute(B.request({ amount: 2n, order: `o-${n}` }))
        }
      }).pipe(Effect.provide(ledgerAt(file)))
      const db = connect(file, "OFF")
      const answering = new Answering(db)
      const work = new Audit(sqlite, tenant).run()
      let asks = 0
      let step = work.next()
      while (step.done !== true) {
        if (isAsk(step.value)) asks++
        step = isAsk(step.value) ? answering.next(work, step.value) : work.next()
      }
      db.close()
      assert.deepStrictEqual(step.value, { ok: true, orders: 250, entries: 750, problem: null })
      assert.isBelow(asks, 30)
    })
  )
})
