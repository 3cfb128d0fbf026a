/** The machine with the database is gone without a word: nothing is closed, and nothing is answered. */
import { connect, createServer, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { capture, order, register, request } from "refund-testkit/build"
import { startPostgres } from "../../../tooling/postgres/server.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, ledgerAt, looks, place } from "./support/postgresLedger.ts"

/** Leads to the server behind a URL, until it is silent: from then on what comes over an open connection is lost. */
const wayTo = async (url: string) => {
  const { port } = new URL(url)
  const open = new Set<Socket>()
  const way = createServer((client) => {
    const server = connect(Number(port), "127.0.0.1")
    for (const [from, to] of [
      [client, server],
      [server, client]
    ] as const) {
      open.add(from)
      from.on("error", () => to.destroy())
      from.on("close", () => to.destroy())
      from.on("data", (chunk) => open.has(from) && to.write(chunk))
    }
  })
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve))
  const address = way.address()
  const through = new URL(url)
  through.port = String(typeof address === "object" && address !== null ? address.port : 0)
  return {
    url: through.href,
    silence: () => open.clear(),
    close: () => way.close()
  }
}

/** Half a second is little where a machine is slow: whoever is told so asks again, until there is an answer. */
const hasty = { statementMilliseconds: 500, busyMilliseconds: 500 }
const answered = (command: Parameters<typeof execute>[0]) =>
  Effect.retry(execute(command), { while: ({ _tag }) => _tag === "LedgerUnavailable" })

describe.skipIf(noPostgres !== null)("a database that is silent", { timeout: 180_000 }, () => {
  it.live("is told as one that cannot be reached, and is asked over another connection when it speaks again", () =>
    Effect.gen(function* () {
      const at = yield* place
      const way = yield* Effect.acquireRelease(
        Effect.promise(() => wayTo(at.url)),
        ({ close }) => Effect.sync(close)
      )
      const ask = request({ amount: 1n, key: "k" })
      yield* Effect.gen(function* () {
        yield* answered(register(order({ captures: [capture("c-1", 1_000n)] })))
        way.silence()
        assert.strictEqual((yield* Effect.flip(execute(ask)))._tag, "LedgerUnavailable")
        // Each of its connections is found out when it is used.
        yield* answered(ask)
      }).pipe(Effect.provide(ledgerAt({ ...at, url: way.url }, hasty)))
      const look = yield* looks(at)
      assert.deepStrictEqual(yield* Effect.promise(() => look("SELECT count(*) FROM refunds")), [[1]])
    })
  )

  it.live("also where its commit waits for a standby that is not there: what was committed is there once, later", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startPostgres()),
        (started) => Effect.promise(() => started.remove())
      )
      const at = { url: server.url(), schema: "waiting" }
      const look = yield* looks(at)
      const set = (sql: string) =>
        Effect.promise(async () => {
          await look(sql)
          await look("SELECT pg_reload_conf()")
        })
      let asked = 1
      yield* Effect.gen(function* () {
        yield* answered(register(order({ captures: [capture("c-1", 1_000_000n)] })))
        const ask = Effect.suspend(() => answered(request({ amount: 1n, key: `k-${asked}` })))
        yield* ask
        yield* set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        // The server's processes hear of it one after the other: until all have, it still answers.
        const next = Effect.suspend(() => execute(request({ amount: 1n, key: `k-${++asked}` })))
        assert.strictEqual((yield* Effect.flip(Effect.forever(next)))._tag, "LedgerUnavailable")
        yield* set("ALTER SYSTEM RESET synchronous_standby_names")
        yield* ask
      }).pipe(Effect.provide(ledgerAt(at, hasty)))
      assert.deepStrictEqual(yield* Effect.promise(() => look("SELECT count(*) FROM refunds")), [[asked]])
    })
  )
})
