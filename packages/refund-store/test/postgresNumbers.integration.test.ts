// Numbers that a process drew, and that its database no longer knows of: it crashed before they were on its disk.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { capture, order, register, request } from "refund-testkit/build"
import { startPostgres } from "../../../tooling/postgres/server.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, ledgerAt, looks } from "./support/postgresLedger.ts"

const manyMore = 60

/** So many at once, that more numbers are drawn than there are; none of them is used. */
const tooMuch = Effect.forEach(
  Array.from({ length: manyMore }, (_, index) => request({ order: "first", amount: 1_001n, key: `too-much-${index}` })),
  (command) => Effect.flip(execute(command)),
  { concurrency: "unbounded" }
)

/** One after the other, each with the number that follows. */
const refunds = (id: string) =>
  Effect.forEach(
    Array.from({ length: manyMore }, (_, index) => request({ order: id, amount: 1n, key: `${id}-${index}` })),
    (command) => execute(command)
  )

describe.skipIf(noPostgres !== null)("a database that crashes", { timeout: 180_000 }, () => {
  it.live("gives no two processes the same numbers, and neither is in the other's way for it", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startPostgres({ settings: { wal_writer_delay: 10_000 } })),
        (started) => Effect.promise(() => started.remove())
      )
      const at = { url: server.url(), schema: "crashing" }
      yield* Effect.gen(function* () {
        const one = yield* Layer.build(ledgerAt(at))
        const other = yield* Layer.build(ledgerAt(at))
        for (const id of ["first", "second"]) {
          const registered = register(order({ captures: [capture(`c-${id}`, 1_000n)] }), { id })
          yield* Effect.provideContext(execute(registered), Context.pick(LedgerStore)(one))
        }
        yield* Effect.provideContext(tooMuch, one)
        yield* Effect.promise(() => server.halt("immediate"))
        yield* Effect.promise(() => server.start())
        yield* Effect.provideContext(refunds("second"), other)
        yield* Effect.provideContext(refunds("first"), one)
      }).pipe(Effect.scoped)

      const look = yield* looks(at)
      const numbers = yield* Effect.promise(() => look("SELECT count(*), count(DISTINCT no) FROM refunds"))
      assert.deepStrictEqual(numbers, [[2 * manyMore, 2 * manyMore]])
    })
  )
})
