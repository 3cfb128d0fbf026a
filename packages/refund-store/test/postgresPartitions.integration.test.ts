/** The page on how the ledger grows says how its journal is partitioned: that is done here, word for word. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Feed } from "refund-core/ports/Feed"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { makePool } from "../src/internal/postgres/pool.ts"
import { noPostgres } from "./support/postgres.ts"
import { looks, type Place, place, tellingAt } from "./support/postgresLedger.ts"

const { tenant } = caller()
const page = join(import.meta.dirname, "..", "..", "..", "apps", "http", "docs", "scale.md")

/** With the second partition beginning soon. */
const recipe = (): string => {
  const [, sql = ""] = /```sql\n(-- While servers write[^`]*)```/.exec(readFileSync(page, "utf8")) ?? []
  assert.include(sql, "ATTACH PARTITION")
  return sql.replaceAll("2000000", "25").replaceAll("4000000", "1000")
}

const open = (at: Place) => Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(tellingAt(at))))

const refunded = (from: number) =>
  Effect.forEach(
    Array.from({ length: 10 }, (_, index) => request({ amount: 1n, key: `k-${from + index}` })),
    (command) => Refunds.use((refunds) => refunds.execute(command))
  )

/** A statement at a time, as a shell sends them. */
const doneAt = (at: Place, sql: string) =>
  Effect.promise(async () => {
    const pool = makePool({ ...at, connections: 1, statementMilliseconds: 60_000, lockMilliseconds: 10_000 })
    try {
      await pool.use(async (connection) => {
        for (const each of sql.split(/;\s*\n/)) if (each.trim() !== "") await connection.tell(each)
      })
    } finally {
      await pool.close()
    }
  })

describe.skipIf(noPostgres !== null)("a journal that is partitioned as the page says", () => {
  it.live(
    "goes on: entries follow in the next partition, the books hold, the feed tells all, and nothing is changed",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const look = yield* looks(at)
        const ask = (sql: string) => Effect.promise(() => look(sql).catch((error: Error) => error.message))
        yield* Effect.gen(function* () {
          const { execute, verify } = yield* Refunds
          const feed = yield* Feed
          yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
          yield* refunded(0)
          yield* doneAt(at, recipe())
          // The ledger has been open all the time.
          yield* refunded(10)
          yield* refunded(20)
          assert.deepStrictEqual(
            yield* ask("SELECT tableoid::regclass::text, count(*) FROM journal GROUP BY 1 ORDER BY 1"),
            [
              ["journal_1", 24],
              ["journal_2", 7]
            ]
          )
          assert.deepInclude(yield* verify(caller()), { ok: true, entries: 31 })
          const { events } = yield* feed.read(tenant, null, { limit: 100, muted: true })
          assert.lengthOf(events, 30)
          for (const table of ["journal", "journal_1", "journal_2"]) {
            for (const change of [`UPDATE ${table} SET text = ''`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
              assert.strictEqual(yield* ask(change), "the journal is append-only", change)
            }
          }
          yield* ask("ALTER TABLE journal DETACH PARTITION journal_1")
          assert.isFalse((yield* verify(caller())).ok)
          yield* ask("ALTER TABLE journal ATTACH PARTITION journal_1 FOR VALUES FROM (MINVALUE) TO (25)")
          assert.isTrue((yield* verify(caller())).ok)
        }).pipe(Effect.provide(open(at)))
        const reopened = yield* Refunds.use(({ verify }) => verify(caller())).pipe(Effect.provide(open(at)))
        assert.isTrue(reopened.ok)
      })
  )
})
