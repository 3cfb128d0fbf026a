import { assert, describe, it } from "@effect/vitest"
import { prepare } from "../src/internal/postgres/migrate.ts"
import { makePool, type Pool, type PoolOptions } from "../src/internal/postgres/pool.ts"
import { migrations } from "../src/internal/postgres/schema.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"

const options = async (): Promise<PoolOptions> => ({
  ...(await newPlace()),
  connections: 4,
  statementMilliseconds: 10_000,
  lockMilliseconds: 5_000
})

const withPool = async <A>(made: PoolOptions, work: (pool: Pool) => Promise<A>): Promise<A> => {
  const pool = makePool(made)
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}

const told = (pool: Pool, sql: string) =>
  pool
    .use((connection) => connection.ask<ReadonlyArray<unknown>>(sql))
    .then(
      ({ rows }) => rows,
      (error: Error) => error.message
    )

const aLine = "INSERT INTO journal (tenant, chain, seq, hash, text) VALUES (1, 7, 1, 'h', 't')"

describe.skipIf(noPostgres !== null)("a ledger's tables on PostgreSQL", () => {
  it("are made once, however many processes start at the same time", async () => {
    const made = await options()
    await withPool(made, async (pool) => {
      await Promise.all(Array.from({ length: 4 }, () => prepare(pool, made)))
      const { rows } = await pool.use((connection) => connection.ask("SELECT version FROM migrations"))
      assert.deepStrictEqual(
        rows,
        migrations.map((_, index) => [index + 1])
      )
    })
  })

  it("keep the journal append-only", async () => {
    const made = await options()
    await withPool(made, async (pool) => {
      await prepare(pool, made)
      await told(pool, aLine)
      for (const change of ["UPDATE journal SET text = 'other'", "DELETE FROM journal", "TRUNCATE journal"]) {
        assert.strictEqual(await told(pool, change), "the journal is append-only")
      }
      assert.deepStrictEqual(await told(pool, "SELECT chain, seq, text FROM journal"), [[7, 1, "t"]])
    })
  })

  it("have room for one entry after another in a chain, whatever raced", async () => {
    const made = await options()
    await withPool(made, async (pool) => {
      await prepare(pool, made)
      await told(pool, aLine)
      assert.include(await told(pool, aLine), "duplicate key")
    })
  })

  it("are not written to by a program that is too old for them", async () => {
    const made = await options()
    await withPool(made, async (pool) => {
      await prepare(pool, made)
      await told(pool, "INSERT INTO migrations VALUES (99, 1, now())")
      await prepare(pool, made)
      await told(pool, "INSERT INTO migrations VALUES (100, 100, now())")
      const failed = await prepare(pool, made).catch((error: Error) => error)
      assert.propertyVal(failed, "message", `the ledger has schema 100, this program knows up to ${migrations.length}`)
    })
  })
})
