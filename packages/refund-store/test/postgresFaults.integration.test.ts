// T12: connections that are killed, transactions that the database gives up, and answers that are lost, at every twentieth
// statement of one server, and of two.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { make } from "../src/internal/postgres/ledger.ts"
import { makePool } from "../src/internal/postgres/pool.ts"
import { defaults } from "../src/PostgresLedger.ts"
import { breaking } from "./support/faults.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"
import { throughFaults } from "./support/throughFaults.ts"

/** On a machine that has other work too, five seconds of trying again are over soon. */
const patient = { batchLimit: 16, busyMilliseconds: 60_000 }

describe.skipIf(noPostgres !== null)("T12: while connections and statements fail", () => {
  it.each([1, 2])(
    "every answer of %i is one of the ledger's, and what was answered is what is there, once",
    async (count) => {
      const place = await newPlace()
      const broken = breaking(0.05, 20_261_122)
      const opened = Layer.effectContext(make({ ...defaults, ...place, ...patient }, broken.wrap))
      const pool = makePool({ ...place, connections: 1, statementMilliseconds: 5_000, lockMilliseconds: 1_000 })
      const read = async (sql: string) =>
        (await pool.use((connection) => connection.ask<ReadonlyArray<unknown>>(sql))).rows

      const { all, withoutKey } = await Effect.runPromise(
        Effect.scoped(
          Effect.gen(function* () {
            const services = yield* Effect.replicateEffect(Layer.build(Layer.fresh(opened)), count)
            broken.begin()
            return yield* throughFaults(
              services.map((each) => Context.get(each, LedgerStore)),
              4
            )
          })
        )
      )
      assert.deepStrictEqual(
        await read("SELECT count(*), count(DISTINCT request_key), sum(amount)::bigint FROM refunds"),
        [[all, all - withoutKey, all]]
      )
      // One entry after the other in every chain, as many as its head says, and no figure that is not its refunds'.
      const odd = `SELECT o.id FROM orders o WHERE entries <> (SELECT count(*) FROM journal j WHERE j.chain = o.no)
      OR entries <> (SELECT max(seq) FROM journal j WHERE j.chain = o.no)
      OR head_hash <> (SELECT hash FROM journal j WHERE j.chain = o.no ORDER BY seq DESC LIMIT 1)
      OR held <> (SELECT sum(amount) FROM refunds r WHERE r.order_no = o.no)`
      assert.deepStrictEqual(await read(odd), [])
      // An order's entries are in the feed in their order.
      const passed = `SELECT a.no FROM journal a JOIN journal b ON a.chain = b.chain AND a.seq < b.seq
      WHERE (a.xid, a.no) > (b.xid, b.no)`
      assert.deepStrictEqual(await read(passed), [])
      for (const [fault, times] of Object.entries(broken.happened)) assert.isAbove(times, 0, fault)
      await pool.close()
    }
  )
})
