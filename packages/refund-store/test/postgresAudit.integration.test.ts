// The audit on PostgreSQL. What is changed behind the ledger's back is changed in a transaction that the audit runs in too,
// and that is undone after it.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { chained } from "refund-core/Journal"
import { LedgerReader, type VerifyReport } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { afterAll, beforeAll } from "vitest"
import { isAsk } from "../src/internal/database.ts"
import { sha256 } from "../src/internal/digest.ts"
import { next } from "../src/internal/postgres/answering.ts"
import { postgres } from "../src/internal/postgres/dialect.ts"
import { type Connection, makePool, type Pool } from "../src/internal/postgres/pool.ts"
import { Audit } from "../src/internal/verify.ts"
import * as credit from "./support/creditFindings.ts"
import { addedEntry, findings, tenant, written } from "./support/findings.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"
import { ledgerAt, type Place, place } from "./support/postgresLedger.ts"

const audited = async (connection: Connection): Promise<VerifyReport> => {
  const work = new Audit(postgres, tenant).run()
  let step = work.next()
  while (step.done !== true) step = isAsk(step.value) ? await next(connection, work, step.value) : work.next()
  return step.value
}

const withRefunds = (at: Place) => Refunds.layer.pipe(Layer.provideMerge(ledgerAt(at)))

/** What is found in a ledger after a change, and after its chain was hashed again, if it was. */
const auditsOf = (written: Effect.Effect<void, unknown, Refunds>) => {
  let pool: Pool | undefined
  beforeAll(async () => {
    const at = await newPlace()
    await Effect.runPromise(written.pipe(Effect.provide(withRefunds(at))))
    pool = makePool({ ...at, connections: 1, statementMilliseconds: 60_000, lockMilliseconds: 10_000 })
  })
  afterAll(() => pool?.close())

  return async (sql: string, then: (connection: Connection) => Promise<void> = async () => {}) => {
    if (pool === undefined) throw new Error("there is no pool")
    return pool.use(async (connection) => {
      await connection.tell(`BEGIN; ALTER TABLE journal DISABLE TRIGGER USER; ${sql}`)
      await then(connection)
      const report = await audited(connection)
      await connection.tell("ROLLBACK")
      return report
    })
  }
}

const { account } = credit

/** As somebody would who knows how entries are hashed. */
const rehashed = (from: number) => async (connection: Connection) => {
  type Row = readonly [no: number, seq: number, hash: string, text: string]
  const { rows } = await connection.ask<Row>(
    `SELECT no, seq, hash, text FROM journal WHERE chain = ${account} ORDER BY seq`
  )
  let last = ""
  for (const [no, seq, hash, text] of rows) {
    last = seq < from ? hash : sha256(chained(last, text))
    await connection.ask("UPDATE journal SET hash = $1 WHERE no = $2", last, no)
  }
  await connection.ask("UPDATE accounts SET head_hash = $1 WHERE customer_id = 'customer-1'", last)
}

describe.skipIf(noPostgres !== null)("the audit of store credit on PostgreSQL", () => {
  const reportAfter = auditsOf(credit.written)

  it("finds nothing where nothing was changed", async () => {
    assert.deepStrictEqual(await reportAfter(""), { ok: true, orders: 3, entries: 17, problem: null })
  })

  for (const { found, rehashedFrom, seq, sql, what } of [...credit.findings, credit.addedEntry("tenant, ")]) {
    it(`finds ${what}`, async () => {
      const { ok, problem } = await reportAfter(sql, rehashedFrom === null ? undefined : rehashed(rehashedFrom))
      assert.isFalse(ok)
      assert.match(problem?.what ?? "", found)
      assert.deepInclude(problem, { chain: credit.chain, seq })
    })
  }
})

describe.skipIf(noPostgres !== null)("the audit on PostgreSQL", () => {
  const reportAfter = auditsOf(written)

  it("finds nothing where nothing was changed", async () => {
    assert.deepStrictEqual(await reportAfter(""), { ok: true, orders: 2, entries: 11, problem: null })
  })

  it("finds nothing where texts were removed", async () => {
    const report = await reportAfter("UPDATE refunds SET texts = NULL; UPDATE registrations SET texts = NULL")
    assert.isNull(report.problem)
  })

  for (const [what, sql, chain, seq, found] of [...findings, addedEntry("tenant, ")]) {
    it(`finds ${what}`, async () => {
      const { ok, problem } = await reportAfter(sql)
      assert.isFalse(ok)
      assert.match(problem?.what ?? "", found)
      assert.deepInclude(problem, { chain, seq })
    })
  }

  it("lets the ledger be used meanwhile, and reports one state of it", async () => {
    const program = Effect.gen(function* () {
      const { execute } = yield* Refunds
      const reader = yield* LedgerReader
      yield* execute(B.register(B.order({ captures: [B.capture("c-1", 10_000n)] })))
      const ask = Effect.suspend(() => execute(B.request({ amount: 1n })))
      yield* Effect.replicateEffect(ask, 2_500, { concurrency: "unbounded", discard: true })
      let slices = 0
      const report = reader.verify(tenant, () => slices++)
      const [{ entries, ok }] = yield* Effect.all(
        [report, Effect.replicateEffect(ask, 20, { concurrency: "unbounded", discard: true })],
        { concurrency: "unbounded" }
      )
      assert.isTrue(ok)
      assert.isAtLeast(entries, 2_501)
      assert.isAbove(slices, 1)
      assert.strictEqual((yield* reader.verify(tenant)).entries, 2_521)
    })
    const at = await Effect.runPromise(place)
    await Effect.runPromise(program.pipe(Effect.provide(withRefunds(at))))
  })

  it("is given up when nobody wants to know any more", async () => {
    const program = Effect.gen(function* () {
      const { execute } = yield* Refunds
      const reader = yield* LedgerReader
      yield* execute(B.register(B.order({ captures: [B.capture("c-1", 10_000n)] })))
      const ask = Effect.suspend(() => execute(B.request({ amount: 1n })))
      yield* Effect.replicateEffect(ask, 1_500, { concurrency: "unbounded", discard: true })
      const begun = yield* Deferred.make<void>()
      const stopped = yield* Deferred.make<void>()
      const audit = yield* reader
        .verify(tenant, () => Deferred.doneUnsafe(begun, Effect.void))
        .pipe(Effect.ensuring(Deferred.succeed(stopped, undefined)), Effect.forkChild)
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(audit)
      yield* Deferred.await(stopped)
    })
    const at = await Effect.runPromise(place)
    await Effect.runPromise(program.pipe(Effect.provide(withRefunds(at))))
  })
})
