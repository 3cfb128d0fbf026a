import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TenantId } from "refund-core/Ids"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { copyLedger } from "../src/copy.ts"
import { tables } from "../src/internal/copy/tables.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { noPostgres } from "./support/postgres.ts"
import { looks, type Place, place, tellingAt } from "./support/postgresLedger.ts"

const clerk = B.caller()
const { tenant } = clerk
const other = { ...clerk, tenant: TenantId.make("other") }
const onPostgres = (at: Place) =>
  Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(tellingAt(at, { readers: 2, writers: 2 }))))

const endpoint = { id: "shop", url: "", events: ["*"], form: "standard", enabled: true, secretHashes: [] } as const
type Command = Parameters<Refunds["Service"]["execute"]>[0]
const execute = (...commands: ReadonlyArray<Command>) =>
  Refunds.use((refunds) => Effect.forEach(commands, (command) => refunds.execute(command), { discard: true }))
const oddKey = "a\\key\0with \\0 all"

/** Something in every table but those that only odd histories fill. */
const written = Effect.gen(function* () {
  yield* execute({ _tag: "SetEndpoint", caller: clerk, endpoint })
  for (const number of [1, 2, 3]) {
    const order = B.order({ captures: [B.capture(`c-${number}`, 1_000n)], customer: `customer-${number}` })
    yield* execute(B.register(order, { id: `o-${number}` }), B.request({ amount: 10n, order: `o-${number}` }))
  }
  yield* execute(
    B.request({ amount: 7n, order: "o-1", key: oddKey }),
    B.request({ amount: 5n, order: "o-2", destination: "store_credit" })
  )
  const { done, fanOut, setSecrets, take } = yield* Deliveries
  yield* setSecrets(tenant, "shop", ["new", "old"])
  yield* fanOut(4)
  const [delivery] = yield* take(1)
  if (delivery !== undefined) yield* done(delivery, { state: "delivered", dueAt: null, answer: "200" })
  const inbox = yield* Inbox
  const news = { eventId: "evt\0 1", at: B.noon, about: { _tag: "other", type: "ping" } } as const
  yield* inbox.put(tenant, "stripe", [news], B.noon)
})

const read = (after: string | null) => Feed.use((feed) => feed.read(tenant, after, { limit: 100, muted: true }))

const rowsOf = (file: string) => {
  const db = new DatabaseSync(file, { readOnly: true })
  const all = tables.map(({ columns, inSqlite = {}, key, name }) => {
    const names = Object.keys(columns).filter((column) => inSqlite[column] === undefined)
    return [name, db.prepare(`SELECT ${names.join(", ")} FROM ${name} ORDER BY ${key.join(", ")}`).all()]
  })
  db.close()
  return all
}

describe.skipIf(noPostgres !== null)("a ledger that is copied", () => {
  it.live("goes from a file to PostgreSQL and back with every row of it, and both are in order", () =>
    Effect.gen(function* () {
      const [file, back, at] = [yield* temporaryFile, yield* temporaryFile, yield* place]
      yield* written.pipe(Effect.provide(ledgerAt(file)))
      const there = yield* copyLedger({ url: file }, at)
      assert.deepInclude(there, { tenants: 1, orders: 3 })
      assert.isTrue(Object.entries(there.rows).every(([name, count]) => count > 0 || /_uses|former|keys/.test(name)))
      const here = yield* copyLedger(at, { url: back })
      assert.deepStrictEqual(here, there)
      assert.deepStrictEqual(rowsOf(back), rowsOf(file))
    })
  )

  it.live("goes on where it is: numbers, chains and keys as before, and who follows is told to begin again", () =>
    Effect.gen(function* () {
      const [file, at] = [yield* temporaryFile, yield* place]
      const before = yield* Effect.andThen(written, read(null)).pipe(Effect.provide(ledgerAt(file)))
      yield* copyLedger({ url: file }, at)
      yield* Effect.gen(function* () {
        const gone = yield* Effect.flip(read(before.next))
        assert.strictEqual(gone._tag, "CursorGone")
        const again = yield* read(null)
        assert.deepStrictEqual(
          again.events.map(({ id }) => id),
          before.events.map(({ id }) => id)
        )
        yield* execute(B.request({ amount: 7n, order: "o-1", key: oddKey }))
        assert.deepStrictEqual((yield* read(again.next)).events, [], "the same key is the same refund")
        yield* execute(
          B.register(B.order({ captures: [B.capture("c-4", 1_000n)] }), { id: "o-4" }),
          B.request({ amount: 1n, order: "o-4" }),
          B.request({ amount: 3n, order: "o-1", destination: "store_credit" })
        )
        assert.isAbove((yield* read(again.next)).events.length, 2)
        const { fanOut, list } = yield* Deliveries
        yield* fanOut(1_000)
        const all = yield* list(tenant, {}, { limit: 1_000, before: null })
        assert.strictEqual(new Set(all.map(({ told }) => told.id)).size, all.length)
        const report = yield* Refunds.use((refunds) => refunds.verify(clerk))
        assert.deepInclude(report, { ok: true, orders: 4 })
      }).pipe(Effect.provide(onPostgres(at)))
    })
  )

  it.live("only goes where no ledger is, and one that breaks off has left nothing and can be begun again", () =>
    Effect.gen(function* () {
      const [file, at] = [yield* temporaryFile, yield* place]
      yield* written.pipe(Effect.provide(ledgerAt(file)))
      const broken = yield* Effect.exit(
        copyLedger({ url: file }, at, (progress) => {
          if (progress._tag === "copying" && progress.table === "journal") throw new Error("the machine stops")
        })
      )
      assert.strictEqual(broken._tag, "Failure")
      yield* copyLedger({ url: file }, at)
      const twice = yield* Effect.flip(copyLedger({ url: file }, at))
      assert.strictEqual(twice._tag, "CopyRefused")
      const look = yield* looks(at)
      const rows = yield* Effect.promise(() => look("SELECT count(*) FROM orders"))
      assert.deepStrictEqual(rows, [[3]])
    }).pipe(Effect.scoped)
  )

  it.live("never goes to where a process has drawn numbers already, until that is stopped", () =>
    Effect.gen(function* () {
      const [file, at] = [yield* temporaryFile, yield* place]
      yield* written.pipe(Effect.provide(ledgerAt(file)))
      yield* Effect.gen(function* () {
        // Nothing is written for it, and still the process has the first numbers from here on.
        yield* Effect.flip(execute(B.request({ amount: 1n, order: "unknown" })))
        const refused = yield* Effect.flip(copyLedger({ url: file }, at))
        assert.strictEqual(refused._tag, "CopyRefused")
        assert.include(refused.message, "another schema")
        yield* execute(B.register(B.order({ captures: [B.capture("c-9", 1_000n)] }), { id: "o-9", caller: other }))
        yield* execute(B.request({ amount: 77n, order: "o-9", caller: other }))
        const report = yield* Refunds.use((refunds) => refunds.verify(other))
        assert.deepInclude(report, { ok: true, orders: 1, entries: 2 })
      }).pipe(Effect.provide(onPostgres(at)))

      const next = yield* place
      yield* Effect.flip(execute(B.request({ amount: 1n, order: "unknown" }))).pipe(Effect.provide(onPostgres(next)))
      assert.deepInclude(yield* copyLedger({ url: file }, next), { tenants: 1, orders: 3 })
    })
  )

  it.live("goes to a file that a process has open, which goes on after it", () =>
    Effect.gen(function* () {
      const [file, to] = [yield* temporaryFile, yield* temporaryFile]
      yield* written.pipe(Effect.provide(ledgerAt(file)))
      yield* Effect.gen(function* () {
        yield* Effect.flip(execute(B.request({ amount: 1n, order: "unknown" })))
        yield* copyLedger({ url: file }, { url: to })
        yield* execute(B.register(B.order({ captures: [B.capture("c-9", 1_000n)] }), { id: "o-9", caller: other }))
        yield* execute(B.request({ amount: 77n, order: "o-9", caller: other }), B.request({ amount: 1n, order: "o-3" }))
        for (const [caller, orders] of [[other, 1] as const, [clerk, 3] as const]) {
          const report = yield* Refunds.use((refunds) => refunds.verify(caller))
          assert.deepInclude(report, { ok: true, orders })
        }
      }).pipe(Effect.provide(ledgerAt(to)))
    })
  )

  it.live("has every table and every column that a ledger has", () =>
    Effect.gen(function* () {
      const [file, at] = [yield* temporaryFile, yield* place]
      yield* written.pipe(Effect.provide(ledgerAt(file)))
      yield* Effect.void.pipe(Effect.provide(onPostgres(at)))
      const db = new DatabaseSync(file, { readOnly: true })
      const inFile = db
        .prepare(
          `SELECT m.name AS name, c.name AS col FROM sqlite_schema m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'copy'`
        )
        .all()
        .map((row) => `${row.name}.${row.col}`)
      db.close()
      const named = tables.flatMap(({ columns, name }) => Object.keys(columns).map((column) => `${name}.${column}`))
      const workedOut = tables.flatMap(({ inSqlite = {}, name }) =>
        Object.keys(inSqlite).map((each) => `${name}.${each}`)
      )
      assert.deepStrictEqual(inFile.sort(), named.filter((each) => !workedOut.includes(each)).sort())
      const look = yield* looks(at)
      const inPostgres = yield* Effect.promise(() =>
        look<readonly [string]>(`SELECT table_name || '.' || column_name FROM information_schema.columns
          WHERE table_schema = '${at.schema}' AND table_name NOT IN ('copy', 'migrations', 'numbers', 'buckets')`)
      )
      const own = ["journal.xid"]
      assert.deepStrictEqual(inPostgres.map(([name]) => name).sort(), [...named, ...own].sort())
    }).pipe(Effect.scoped)
  )
})
