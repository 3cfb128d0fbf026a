import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { capture, freshId, order, register, request } from "refund-testkit/build"
import { startPostgres } from "../../../tooling/postgres/server.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, ledgerAt, looks } from "./support/postgresLedger.ts"

const callers = 32

/** Asks for 1 again and again; an id that it was not told the fate of is asked for again. */
const asking = (accepted: Array<string>, goesOn: () => boolean) =>
  Effect.gen(function* () {
    while (goesOn()) {
      const id = freshId()
      const command = request({ order: "busy", amount: 1n, id, chosen: true })
      const ask = execute(command).pipe(
        Effect.as(true),
        Effect.catchTag("LedgerUnavailable", () => Effect.delay(Effect.succeed(false), "50 millis"))
      )
      while (!(yield* ask));
      accepted.push(id)
    }
  })

describe.skipIf(noPostgres !== null)("a database that crashes under load", () => {
  it.live("has all that was answered when it is back, once, and goes on", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startPostgres()),
        (started) => Effect.promise(() => started.remove())
      )
      const at = { url: server.url(), schema: "crashing" }
      const accepted: Array<string> = []
      yield* Effect.gen(function* () {
        yield* LedgerStore
        yield* execute(register(order({ captures: [capture("c-1", 1_000_000n)] }), { id: "busy" }))
        let wanted = Number.POSITIVE_INFINITY
        const load = yield* Effect.forkChild(
          Effect.replicateEffect(
            asking(accepted, () => accepted.length < wanted),
            callers,
            { concurrency: "unbounded" }
          )
        )
        const reached = (count: number) =>
          Effect.promise(async () => {
            while (accepted.length < count) await new Promise((resolve) => setImmediate(resolve))
          })
        for (const mode of ["immediate", "fast"] as const) {
          yield* reached(accepted.length + 500)
          yield* Effect.promise(() => server.halt(mode))
          yield* Effect.promise(() => server.start())
        }
        wanted = accepted.length + 500
        yield* Fiber.join(load)
      }).pipe(Effect.provide(ledgerAt(at)))

      const look = yield* looks(at)
      const rows = yield* Effect.promise(() => look<readonly [string]>("SELECT id FROM refunds"))
      assert.sameMembers(
        rows.map(([id]) => id),
        accepted
      )
      const sums = "SELECT held, entries, (SELECT count(*) FROM journal) FROM orders"
      assert.deepStrictEqual(yield* Effect.promise(() => look(sums)), [
        [accepted.length, accepted.length + 1, accepted.length + 1]
      ])
    })
  )
})
