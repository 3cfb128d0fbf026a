/** T37 and RULES §6.4: what was dropped, and everything left made to agree again, is found by a checkpoint. */
import type { DatabaseSync } from "node:sqlite"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { firstLost } from "refund-core/checkpoint"
import { type ChainHead, LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { ledgerAt } from "./ledgerFile.ts"
import { tenant } from "./support/findings.ts"
import { auditOf, tampered, Written } from "./tampering.ts"

/** The last thing in the ledger is an order that was only registered. */
const written = Effect.gen(function* () {
  const { execute } = yield* Refunds
  for (const id of ["o-1", "o-2", "o-3"]) {
    const registration = B.order({ captures: [B.capture(`c-${id}`)], customer: "customer-1" })
    yield* execute(B.register(registration, { id }))
  }
  yield* execute(B.request({ amount: 60n }))
  yield* execute(B.request({ amount: 5n, order: "o-2" }))
})

const headsOf = Effect.fnUntraced(function* (file: string) {
  return yield* LedgerReader.use((reader) => reader.heads(tenant, null, 1_000)).pipe(Effect.provide(ledgerAt(file)))
})

const lostOf = (file: string, heads: ReadonlyArray<ChainHead>) =>
  LedgerReader.use((reader) =>
    reader.entriesAt(
      tenant,
      heads.map(({ chain, entries }) => ({ chain, seq: entries }))
    )
  ).pipe(
    Effect.map((found) => firstLost(heads, found)),
    Effect.provide(ledgerAt(file))
  )

/** An order and everything of it, as though it had never been. */
const dropOrder = (db: DatabaseSync, id: string): void => {
  const no = `(SELECT no FROM orders WHERE id = '${id}')`
  db.exec(`DELETE FROM journal WHERE chain = ${no}; DELETE FROM captures WHERE order_no = ${no};
    DELETE FROM registrations WHERE order_no = ${no}; DELETE FROM refunds WHERE order_no = ${no};
    DELETE FROM orders WHERE id = '${id}'`)
}

layer(Written.layer(written))("a checkpoint", (it) => {
  it.effect("agrees with the ledger it is of, and with what that grows to", () =>
    Effect.gen(function* () {
      const heads = yield* headsOf((yield* Written).file)
      const copy = yield* tampered(() => {})
      assert.isNull(yield* lostOf(copy, heads))
      yield* Refunds.use(({ execute }) => execute(B.request({ amount: 5n, order: "o-3" }))).pipe(
        Effect.provide(ledgerAt(copy))
      )
      assert.isNull(yield* lostOf(copy, heads))
    })
  )

  it.effect("T37: finds every order that was dropped with all of it, where the audit finds nothing", () =>
    Effect.gen(function* () {
      const heads = yield* headsOf((yield* Written).file)
      for (const id of ["o-1", "o-2", "o-3"]) {
        const copy = yield* tampered((db) => dropOrder(db, id))
        assert.isTrue((yield* auditOf(tenant, copy)).ok)
        assert.deepStrictEqual(yield* lostOf(copy, heads), {
          chain: `order:${id}`,
          seq: 1,
          what: "the checkpoint has the chain, the ledger has not"
        })
      }
    })
  )

  it.effect("T37: finds a tail that was dropped with the state it had led to, and names its first entry", () =>
    Effect.gen(function* () {
      const { file } = yield* Written
      const before = yield* tampered(() => {})
      yield* Refunds.use(({ execute }) => execute(B.request({ amount: 7n, order: "o-3" }))).pipe(
        Effect.provide(ledgerAt(before))
      )
      const heads = yield* headsOf(before)
      // The file as it was before is the file without the tail: nobody hides one better.
      assert.isTrue((yield* auditOf(tenant, file)).ok)
      assert.deepStrictEqual(yield* lostOf(file, heads), {
        chain: "order:o-3",
        seq: 2,
        what: "the checkpoint has the entry, the ledger has not"
      })
      const other = yield* tampered(() => {})
      yield* Refunds.use(({ execute }) => execute(B.request({ amount: 8n, order: "o-3" }))).pipe(
        Effect.provide(ledgerAt(other))
      )
      assert.deepInclude(yield* lostOf(other, heads), { chain: "order:o-3", seq: 2 })
    })
  )
})
