/** The feed on PostgreSQL, where entries get their numbers before they are committed, and commits overtake each other. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Client } from "pg"
import { Feed } from "refund-core/ports/Feed"
import * as B from "refund-testkit/build"
import { layer, newEpoch } from "../src/PostgresLedger.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, looks, nothingBefore, patient, place, tellingAt } from "./support/postgresLedger.ts"
import { twoAt } from "./support/twoLedgers.ts"

const { tenant } = B.caller()

const after = (cursor: string | null) => Feed.use(({ read }) => read(tenant, cursor, { limit: 1_000, muted: false }))

const registered = (...orders: ReadonlyArray<string>) =>
  Effect.forEach(orders, (id) => execute(B.register(B.order({ captures: [B.capture(`c-${id}`, 1_000n)] }), { id })))

const asked = (order: string) => execute(B.request({ amount: 1n, order }))

/** A transaction of somebody else's, which nothing ends but whoever ends its process: that is answered. */
const somebodyWriting = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = new Client(url)
      client.on("error", () => {})
      await client.connect()
      await client.query("BEGIN")
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid, pg_current_xact_id()")
      return { client, pid: rows[0]?.pid }
    }),
    ({ client }) => Effect.promise(() => client.end())
  ).pipe(Effect.map(({ pid }) => pid))

/** Who is in the way of what is told, as the page says to ask. */
const inTheWay = (): string => {
  const page = join(import.meta.dirname, "..", "..", "..", "apps", "http", "docs", "operations.md")
  const [, sql = ""] = /```sql\n(SELECT pid[^`]*) LIMIT 5;\n```/.exec(readFileSync(page, "utf8")) ?? []
  assert.include(sql, "backend_xid")
  return sql
}

const chainsOf = (events: ReadonlyArray<{ readonly chain: string; readonly seq: number }>) =>
  events.map(({ chain, seq }) => [chain, seq] as const)

describe.skipIf(noPostgres !== null)("the feed on PostgreSQL", () => {
  it.live("passes over nothing that commits late, while others with higher numbers are committed before it", () =>
    Effect.gen(function* () {
      const { hold, look, quick, reached, release, slow } = yield* twoAt(yield* place)
      yield* registered("late", "early", "third").pipe(Effect.provideContext(quick))
      hold(/^COMMIT/)
      const late = yield* Effect.forkChild(Effect.provideContext(asked("late"), slow))
      yield* reached
      const first = yield* Effect.gen(function* () {
        yield* asked("early")
        return yield* after(null)
      }).pipe(Effect.provideContext(quick))
      assert.deepStrictEqual(first.events, [], "what another may still come before is not told yet")
      release()
      yield* Fiber.join(late)
      yield* nothingBefore(look)
      const { events } = yield* Effect.provideContext(after(first.next), quick)
      assert.deepStrictEqual(chainsOf(events), [
        ["order:late", 2],
        ["order:early", 2]
      ])
      yield* Effect.gen(function* () {
        yield* asked("third")
        yield* nothingBefore(look)
        const last = events.at(-1)?.cursor ?? null
        assert.deepStrictEqual(chainsOf((yield* after(last)).events), [["order:third", 2]])
        for (const [index, { cursor }] of events.entries()) {
          assert.deepStrictEqual((yield* after(cursor)).events.slice(0, -1), events.slice(index + 1))
        }
      }).pipe(Effect.provideContext(quick))
      const rows = yield* Effect.promise(() => look("SELECT no FROM journal ORDER BY xid, no"))
      assert.strictEqual(rows.length, 6)
    }).pipe(Effect.scoped)
  )

  it.live("waits for whoever wrote before on the same server; the operator finds and ends them, and all is told", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered("o-1")
        const pid = yield* somebodyWriting(at.url)
        yield* asked("o-1")
        assert.deepStrictEqual((yield* after(null)).events, [])
        const rows = yield* Effect.promise(() => look(inTheWay()))
        assert.deepInclude(
          rows.map(([who]) => who),
          pid
        )
        yield* Effect.promise(() => look(`SELECT pg_terminate_backend(${pid})`))
        yield* nothingBefore(look)
        assert.deepStrictEqual(chainsOf((yield* after(null)).events), [["order:o-1", 2]])
      }).pipe(Effect.provide(Layer.fresh(layer({ ...patient, ...at }))))
    }).pipe(Effect.scoped)
  )

  it.live("tells an order's entries in its chain's order, whoever of two began first to write to it", () =>
    Effect.gen(function* () {
      const { hold, look, quick, reached, release, slow } = yield* twoAt(yield* place)
      yield* Effect.provideContext(registered("o-1"), quick)
      yield* Effect.provideContext(asked("o-1"), slow)
      // It has begun its transaction, and does not have the order's lane yet.
      hold(/pg_(try_)?advisory_xact_lock/)
      const later = yield* Effect.forkChild(Effect.provideContext(asked("o-1"), slow))
      yield* reached
      yield* Effect.provideContext(asked("o-1"), quick)
      release()
      yield* Fiber.join(later)
      yield* nothingBefore(look)
      const { events } = yield* Effect.provideContext(after(null), quick)
      assert.deepStrictEqual(chainsOf(events), [
        ["order:o-1", 2],
        ["order:o-1", 3],
        ["order:o-1", 4]
      ])
      const bySeq = yield* Effect.promise(() => look("SELECT no FROM journal WHERE chain > 0 ORDER BY seq"))
      const followed = yield* Effect.promise(() => look("SELECT no FROM journal WHERE chain > 0 ORDER BY xid, no"))
      assert.deepStrictEqual(followed, bySeq)
    }).pipe(Effect.scoped)
  )

  it.live("is another one once the database is said to be a copy: cursors from before are gone", () =>
    Effect.gen(function* () {
      const at = yield* place
      const before = yield* Effect.gen(function* () {
        yield* registered("o-1")
        yield* asked("o-1")
        return yield* after(null)
      }).pipe(Effect.provide(tellingAt(at)))
      yield* newEpoch(at)
      const gone = yield* Effect.flip(after(before.next)).pipe(Effect.provide(tellingAt(at)))
      assert.strictEqual(gone._tag, "CursorGone")
      const again = yield* after(null).pipe(Effect.provide(tellingAt(at)))
      assert.deepStrictEqual(chainsOf(again.events), chainsOf(before.events))
    })
  )
})
