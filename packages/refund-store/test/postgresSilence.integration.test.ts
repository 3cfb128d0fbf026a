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

describe.skipIf(noPostgres !== null)("a database that is silent", { timeout: 180_000 }, () => {
  it.live("is told as one that cannot be reached, and is asked over another connection when it speaks again", () =>
    Effect.gen(function* () {
      const at = yield* place
      const way = yield* Effect.acquireRelease(
        Effect.promise(() => wayTo(at.url)),
        ({ close }) => Effect.sync(close)
      )
      const ask = execute(request({ amount: 1n, key: "k" }))
      yield* Effect.gen(function* () {
        yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
        way.silence()
        assert.strictEqual((yield* Effect.flip(ask))._tag, "LedgerUnavailable")
        // Each of its connections is found out when it is used.
        yield* Effect.retry(ask, { times: 5 })
      }).pipe(Effect.provide(ledgerAt({ ...at, url: way.url }, { statementMilliseconds: 500, busyMilliseconds: 500 })))
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
          await look("SELECT pg_sleep(0.2)")
        })
      const ask = execute(request({ amount: 1n, key: "k" }))
      yield* Effect.gen(function* () {
        yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
        yield* ask.pipe(Effect.andThen(execute(request({ amount: 1n, key: "before" }))))
        yield* set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        const unanswered = yield* Effect.flip(execute(request({ amount: 1n, key: "unanswered" })))
        assert.strictEqual(unanswered._tag, "LedgerUnavailable")
        yield* set("ALTER SYSTEM RESET synchronous_standby_names")
        yield* Effect.retry(execute(request({ amount: 1n, key: "unanswered" })), { times: 5 })
      }).pipe(Effect.provide(ledgerAt(at, { statementMilliseconds: 500, busyMilliseconds: 500 })))
      assert.deepStrictEqual(yield* Effect.promise(() => look("SELECT count(*) FROM refunds")), [[3]])
    })
  )
})
