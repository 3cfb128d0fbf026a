import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { assertInstanceOf } from "@effect/vitest/utils"
import { Effect } from "effect"
import { CursorGone, Feed } from "refund-core/ports/Feed"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { sqlite } from "../src/internal/dialect.ts"
import { endpointSql } from "../src/internal/endpoints.ts"
import { sqliteMessages } from "../src/internal/messageDialect.ts"
import { noticeSql } from "../src/internal/notices.ts"
import { newEpoch } from "../src/SqliteLedger.ts"
import { ledgerAt, temporaryFile, temporaryFolder } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const { tenant } = B.caller()
const others = B.caller({ tenant: "others" })
const [r1, r2] = [B.refundId(1), B.refundId(2)] as const

/** Entries of another tenant's order, as if they had come between. */
const crowd = (file: string, count: number): void => {
  const db = new DatabaseSync(file)
  db.exec(`
    WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ${count})
    INSERT INTO journal (chain, seq, hash, text) SELECT 999, seq, printf('%064x', seq), 'not an entry' FROM n`)
  db.exec(`
    CREATE TEMP TABLE theirs AS SELECT * FROM orders LIMIT 1;
    UPDATE theirs SET no = 999, tenant = 99;
    INSERT INTO orders SELECT * FROM theirs`)
  db.close()
}

type Command = Parameters<Refunds["Service"]["execute"]>[0]
const execute = (...commands: ReadonlyArray<Command>) =>
  Refunds.use((refunds) => Effect.forEach(commands, (command) => refunds.execute(command), { discard: true }))

const read = (after: string | null, limit = 100) =>
  Feed.use((feed) => feed.read(tenant, after, { limit, muted: false }))
const typesOf = (events: ReadonlyArray<{ readonly type: string }>) => events.map((event) => event.type)

/** The start that is told to whoever comes with a cursor that is gone. */
const startToldFor = (cursor: string) =>
  Effect.map(Effect.flip(read(cursor)), (gone) => {
    assertInstanceOf(gone, CursorGone)
    return gone.start
  })

const copied = (file: string, to: string) =>
  Effect.sync(() => {
    const db = new DatabaseSync(file)
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    copyFileSync(file, to)
  })

describe("the feed", () => {
  it.effect("tells a tenant's own, of orders and of store credit, however many entries of others lie between", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const ask = (customer: string, order: string, caller = B.caller()) =>
        execute(
          B.register(B.order({ customer, captures: [B.capture(`c-${order}`)] }), { id: order, caller }),
          B.request({ amount: 10n, destination: "store_credit", order, caller })
        )
      yield* ask("customer-1", "o-1").pipe(
        Effect.andThen(ask("customer-1", "o-1", others)),
        Effect.provide(ledgerAt(file))
      )
      crowd(file, 9_000)
      yield* Effect.gen(function* () {
        yield* ask("customer-1", "o-2")
        const { events, next } = yield* read(null)
        const types = ["refund.created", "refund.settled", "credit.posted"]
        assert.deepStrictEqual(typesOf(events), [...types, ...types])
        assert.deepStrictEqual(
          [...new Set(events.map((event) => event.chain))],
          ["order:o-1", "credit:USD:customer-1", "order:o-2"]
        )
        assert.deepStrictEqual(yield* read(null, 4), { events: events.slice(0, 4), next: events[3]?.cursor ?? "" })
        assert.strictEqual(next, yield* Feed.use((feed) => feed.end(tenant)))
        const nobody = B.caller({ tenant: "nobody" }).tenant
        assert.deepStrictEqual(yield* Feed.use((feed) => feed.read(nobody, null, { limit: 10, muted: true })), {
          events: [],
          next
        })
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )
})

describe("a cursor", () => {
  const written = execute(B.register(), B.request({ amount: 10n, id: r1 }))

  it.effect("is gone once the file is said to be a copy", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        yield* written
        const { events, next } = yield* read(null)
        yield* newEpoch({ file })
        const again = yield* read(yield* startToldFor(next))
        assert.deepStrictEqual(
          again.events.map((event) => event.id),
          events.map((event) => event.id)
        )
        assert.deepStrictEqual((yield* read(again.next)).events, [])
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )

  it.effect("is gone from a copy that was made before it, also when nobody says that it is one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [file, copy] = [join(folder, "refunds.db"), join(folder, "copy.db")]
      yield* written.pipe(Effect.provide(ledgerAt(file)))
      yield* copied(file, copy)
      const after = yield* Effect.gen(function* () {
        yield* execute(B.request({ amount: 10n, id: r2 }))
        return (yield* read(null)).next
      }).pipe(Effect.provide(ledgerAt(file)))
      yield* Effect.gen(function* () {
        const start = yield* startToldFor(after)
        yield* execute(B.request({ amount: 20n, id: r2 }), B.request({ amount: 1n }))
        assert.strictEqual(yield* startToldFor(after), start)
      }).pipe(Effect.provide(ledgerAt(copy)))
    })
  )
})

describe("what is read for the feed", () => {
  it.effect("is found by numbers and indexes, however long the journal is", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* execute(B.register()).pipe(Effect.provide(ledgerAt(file)))
      const plans = [...Object.values(noticeSql(sqlite, sqliteMessages)), ...Object.values(endpointSql(sqlite))].map(
        (sql) => planOf(file, sql)
      )
      for (const plan of plans)
        assert.notMatch(plan, /SCAN (?!\w+ VIRTUAL|json_each|tenants USING (COVERING )?INDEX)|TEMP B-TREE/)
    })
  )
})
