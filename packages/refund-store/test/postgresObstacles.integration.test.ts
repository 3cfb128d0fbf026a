/** What PostgreSQL, or the way to it, does to a batch: nothing that is kept is told as refused, and nobody waits without end. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { cancel, capture, freshId, order, register, request } from "refund-testkit/build"
import { make, type Wrap } from "../src/internal/postgres/ledger.ts"
import type { Connection } from "../src/internal/postgres/pool.ts"
import { defaults, type PostgresLedgerOptions } from "../src/PostgresLedger.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, looks, type Place, place } from "./support/postgresLedger.ts"

const opened = (at: Place, wrap: Wrap, options: Partial<PostgresLedgerOptions> = {}) =>
  Layer.fresh(Layer.effectContext(make({ ...defaults, ...options, ...at }, wrap)))

/** From `lose` on, the next commit arrives, and what the database says of it does not. */
const losing = (error: Error) => {
  let isLosing = false
  const over = (connection: Connection): Connection => ({
    tell: connection.tell,
    ask: async <Row>(
      sql: string,
      ...values: Parameters<Connection["ask"]> extends [string, ...infer V] ? V : never
    ) => {
      const answer = await connection.ask<Row>(sql, ...values)
      if (!isLosing || sql !== "COMMIT") return answer
      isLosing = false
      throw error
    }
  })
  const wrap: Wrap = (pool) => ({ ...pool, use: (work) => pool.use((connection) => work(over(connection))) })
  const lose = Effect.sync(() => {
    isLosing = true
  })
  return { wrap, lose }
}

const registered = (id: string) => execute(register(order({ captures: [capture(`c-${id}`, 1_000n)] }), { id }))
const refundsMade = "SELECT count(*), count(DISTINCT request_key) FROM refunds"

describe.skipIf(noPostgres !== null)("when the way to PostgreSQL breaks under a commit", () => {
  it.live.each([["ENETDOWN"], ["EPROTO"], ["ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"], ["ERR_NEW"], [undefined]])(
    "with %s, what is kept is told as it was decided",
    (code) =>
      Effect.gen(function* () {
        const at = yield* place
        const look = yield* looks(at)
        const { lose, wrap } = losing(Object.assign(new Error("it broke"), code === undefined ? {} : { code }))
        yield* Effect.gen(function* () {
          const ids = [freshId(), freshId()]
          for (const [index, id] of ids.entries()) {
            yield* registered(`o-${index}`)
            yield* execute(request({ order: `o-${index}`, amount: 10n, id, requiresApproval: true }))
          }
          yield* lose
          yield* Effect.forEach(ids, (id) => execute(cancel(id)), { concurrency: "unbounded" })
          yield* lose
          yield* execute(request({ order: "o-0", amount: 20n, key: "k" }))
          yield* lose
          yield* execute(request({ order: "o-1", amount: 20n, id: freshId() }))
        }).pipe(Effect.provide(opened(at, wrap)))
        assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[4, 1]])
      }).pipe(Effect.scoped)
  )
})

describe.skipIf(noPostgres !== null)("while PostgreSQL is away", () => {
  it.live("all who waited long enough are told so at once, not one batch after the other", () =>
    Effect.gen(function* () {
      const at = yield* place
      const away = Object.assign(new Error("nobody is there"), { code: "ECONNREFUSED" })
      let [isAway, tries] = [false, 0]
      const wrap: Wrap = (pool) => ({
        ...pool,
        use: async (work) => {
          if (!isAway) return pool.use(work)
          tries++
          await new Promise((resolve) => setTimeout(resolve, 400))
          throw away
        }
      })
      yield* Effect.gen(function* () {
        yield* registered("o-1")
        isAway = true
        const told = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, index) => request({ amount: 1n, key: `k-${index}` })),
          (command) => Effect.flip(execute(command)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual([...new Set(told.map(({ _tag }) => _tag))], ["LedgerUnavailable"])
        assert.isBelow(tries, 5)
        isAway = false
        yield* execute(request({ amount: 1n, key: "later" }))
      }).pipe(Effect.provide(opened(at, wrap, { batchLimit: 4, busyMilliseconds: 300 })))
    }).pipe(Effect.scoped)
  )
})
