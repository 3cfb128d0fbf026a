/** A ledger of the first schema is made a current one while programs that know no other go on writing. */
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { type PostgresServer, startPostgres } from "../../../tooling/postgres/server.ts"
import { prepare } from "../src/internal/postgres/migrate.ts"
import { makePool, type Pool, type PoolOptions } from "../src/internal/postgres/pool.ts"
import { migrations } from "../src/internal/postgres/schema.ts"
import { noPostgres } from "./support/postgres.ts"

/** Not the one that other tests share: a transaction that is left open here would keep their events from being read. */
let server: PostgresServer
let made = 0

/** As the first program made it, with the first version's row. */
const firstSchema = async (): Promise<{ readonly options: PoolOptions; readonly pool: Pool }> => {
  const place = { url: server.url(), schema: `older_${++made}` }
  const options = { ...place, connections: 4, statementMilliseconds: 60_000, lockMilliseconds: 1_000 }
  const pool = makePool(options)
  await pool.use(async (connection) => {
    await connection.tell(`BEGIN; CREATE SCHEMA ${place.schema}`)
    await connection.tell(
      "CREATE TABLE migrations (version bigint PRIMARY KEY, writable_from bigint NOT NULL, migrated_at timestamptz NOT NULL)"
    )
    await connection.tell(migrations[0]?.sql ?? "")
    await connection.tell("INSERT INTO migrations VALUES (1, 1, now()); COMMIT")
  })
  return { options, pool }
}

const aRefund = (
  no: number
) => `INSERT INTO refunds (no, tenant, id, order_no, type, destination, amount, currency, state,
  stage, requested_at, updated_at, request) VALUES (${no}, 1, 'r-${no}', 1, 'default', 'original', 1, 'USD', 'approved', 0, 0, 0, '{}')`

const ask = (pool: Pool, sql: string) =>
  pool.use(async (connection) => (await connection.ask<ReadonlyArray<unknown>>(sql)).rows)

const soundIndexes = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'refunds_of_tenant'::regclass"

describe.skipIf(noPostgres !== null)("an older ledger on PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.remove())

  it("becomes a current one while others write: nobody waits for its index", async () => {
    const { options, pool } = await firstSchema()
    try {
      let migrated: Promise<void> = Promise.resolve()
      await pool.use(async (first) => {
        await first.tell(`BEGIN; ${aRefund(1)}`)
        migrated = prepare(pool, options)
        const isMade = "SELECT 1 FROM pg_class WHERE oid = to_regclass('refunds_of_tenant')"
        while ((await ask(pool, isMade)).length === 0);
        // The index waits for the first one's end; this one does not wait for the index.
        await ask(pool, aRefund(2))
        await first.tell("COMMIT")
      })
      await migrated
      assert.deepStrictEqual(await ask(pool, soundIndexes), [["t"]])
      assert.deepStrictEqual(await ask(pool, "SELECT max(version), count(*) FROM migrations"), [
        [migrations.length, migrations.length]
      ])
    } finally {
      await pool.close()
    }
  })

  it("has its index made anew where the process that made it has died", async () => {
    const { options, pool } = await firstSchema()
    try {
      await pool.use((connection) => connection.tell("CREATE INDEX refunds_of_tenant ON refunds (no)"))
      await ask(pool, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'refunds_of_tenant'::regclass")
      await Promise.all([prepare(pool, options), prepare(pool, options)])
      assert.deepStrictEqual(await ask(pool, soundIndexes), [["t"]])
      const [[definition]] = (await ask(pool, "SELECT pg_get_indexdef('refunds_of_tenant'::regclass)")) as [[string]]
      assert.include(definition, "- tenant")
    } finally {
      await pool.close()
    }
  })
})
