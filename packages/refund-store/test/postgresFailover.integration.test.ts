// A database that lost its last commits to a failover: what a process has read of those is as untrue as its numbers.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { make } from "../src/internal/postgres/ledger.ts"
import type { Pool } from "../src/internal/postgres/pool.ts"
import { defaults } from "../src/PostgresLedger.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, looks, patient, place } from "./support/postgresLedger.ts"

const { tenant } = caller()

/** As another process wrote it once those commits were lost: the tenant has another number, the capture is of another order. */
const writtenAnew = [
  "ALTER TABLE journal DISABLE TRIGGER USER",
  "UPDATE tenants SET no = 40",
  ...["orders", "registrations", "captures", "refunds", "journal"].map((table) => `UPDATE ${table} SET tenant = 40`),
  "UPDATE orders SET id = 'o-2', head_hash = 'another'"
]

const killed = (pool: Pool) =>
  pool.use((connection) => connection.ask("SELECT pg_terminate_backend(pg_backend_pid())")).catch(() => {})

describe.skipIf(noPostgres !== null)("a process whose database was replaced by one that lacks the last commits", () => {
  it.live("looks for tenants and captures where they are now", () =>
    Effect.gen(function* () {
      const at = yield* place
      const pools: Array<Pool> = []
      const wrap = (pool: Pool) => {
        pools.push(pool)
        return pool
      }
      const [before, after] = [register().orderId, register(order(), { id: "o-2" }).orderId]
      yield* Effect.gen(function* () {
        const reader = yield* LedgerReader
        yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
        yield* execute(request({ amount: 1n, at: "c-1", key: "k-1" }))
        assert.lengthOf((yield* reader.order(tenant, { order: before }))?.refunds ?? [], 1)

        const look = yield* looks(at)
        for (const sql of writtenAnew) yield* Effect.promise(() => look(sql))
        yield* Effect.promise(() => Promise.all(pools.map(killed)))

        assert.lengthOf((yield* reader.order(tenant, { order: after }))?.refunds ?? [], 1)
        yield* execute(request({ amount: 2n, order: "o-2", key: "k-2" }))
        yield* execute(request({ amount: 3n, at: "c-1", key: "k-3" }))
        const held = (yield* reader.order(tenant, { order: after }))?.refunds.map(({ amount }) => amount)
        assert.deepStrictEqual(held, [1n, 2n, 3n])
      }).pipe(Effect.provide(Layer.effectContext(make({ ...defaults, ...patient, ...at }, wrap))))
    }).pipe(Effect.scoped)
  )
})
