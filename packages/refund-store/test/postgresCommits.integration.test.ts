import { randomUUID } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { assertExitFailure, assertInclude } from "@effect/vitest/utils"
import { Cause, Effect, Exit, Fiber, Layer, Result, Scope } from "effect"
import { decide, scopeOf } from "refund-core/decide"
import type { CustomerId, OrderId } from "refund-core/Ids"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { caller, capture, freshId, order, register, request } from "refund-testkit/build"
import { accountLane, laneOf } from "../src/internal/batch/lane.ts"
import { keyOf } from "../src/internal/postgres/lanes.ts"
import { layer } from "../src/PostgresLedger.ts"
import { noPostgres } from "./support/postgres.ts"
import { execute, ledgerAt, looks, place } from "./support/postgresLedger.ts"

const { tenant } = caller()
const orderId = "o-1" as OrderId

const registered = execute(register(order({ captures: [capture("c-1", 1_000n)] })))
const ask = (key: string, amount = 1n) => execute(request({ amount, key }))
const askOften = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => `k-${index}`),
    (key) => Effect.exit(ask(key)),
    { concurrency: "unbounded" }
  )
const accepted = (exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) => exits.filter(Exit.isSuccess).length
const refundsMade = "SELECT count(*) FROM refunds"

describe.skipIf(noPostgres !== null)("decisions that wait at the same time, on PostgreSQL,", () => {
  it.live("are committed together, and each is there when it is answered", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered
        const keys = Array.from({ length: 100 }, (_, index) => `k-${index}`)
        yield* Effect.forEach(
          keys,
          (key) =>
            Effect.andThen(
              ask(key),
              Effect.promise(async () => {
                assert.deepStrictEqual(await look(`SELECT 1 FROM refunds WHERE request_key = '${key}'`), [[1]])
              })
            ),
          { concurrency: "unbounded" }
        )
        const commits = yield* Effect.promise(() => look("SELECT DISTINCT xid FROM journal WHERE seq > 1"))
        assert.strictEqual(commits.length, 1)
      }).pipe(Effect.provide(ledgerAt(at)))
    })
  )

  it.live("write nothing where they are rejected", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered
        const rows = `SELECT xmin::text, ctid::text, (SELECT count(*) FROM journal), (${refundsMade}) FROM orders`
        const before = yield* Effect.promise(() => look(rows))
        assert.strictEqual((yield* Effect.flip(ask("k", 1_001n)))._tag, "Rejected")
        assert.deepStrictEqual(yield* Effect.promise(() => look(rows)), before)
      }).pipe(Effect.provide(ledgerAt(at)))
    })
  )

  it.live("go on where a rule of one throws, and where one cannot be written", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered
        const store = yield* LedgerStore
        const broken = store.transact({ tenant, at: { order: orderId } }, (): Result.Result<never, never> => {
          throw new Error("a broken rule")
        })
        const other = register(order({ captures: [] }), { id: "o-2" })
        const oddly = (customerId: string) =>
          execute({ ...other, order: { ...other.order, customerId: customerId as CustomerId } })
        const command = request({ amount: 1n, key: "too much" })
        // No rule lets this happen; the table would not keep it either.
        const tooMuch = store.transact(scopeOf(command), (facts) =>
          Result.map(decide(command, facts), (decision) => ({
            ...decision,
            after: { ...decision.after, order: decision.after.order && { ...decision.after.order, held: 2n ** 60n } }
          }))
        )
        const all = [askOften(5), broken, oddly("c-\ud800"), oddly("c-\0"), tooMuch, ask("later")]
        const [before, ...rest] = yield* Effect.all(all.map(Effect.exit), { concurrency: "unbounded" })
        assert.strictEqual(before !== undefined && Exit.isSuccess(before) ? accepted(before.value as never) : 0, 5)
        const [thrown, half, nul, figure, later] = rest
        assertExitFailure(thrown as never, Cause.die(new Error("a broken rule")))
        for (const odd of [half, nul]) {
          assertExitFailure(odd as never, Cause.die(new Error("text that is not Unicode cannot be stored")))
        }
        assert.isTrue(figure !== undefined && Exit.hasDies(figure))
        assert.isTrue(later !== undefined && Exit.isSuccess(later))
        assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[6]])
        assert.deepStrictEqual(
          yield* Effect.promise(() => look("SELECT no FROM refunds ORDER BY no")),
          [1, 2, 3, 4, 5, 6].map((no) => [no])
        )
      }).pipe(Effect.provide(ledgerAt(at)))
    })
  )

  it.live("are on the server's disk when they are answered, also where the database would answer before", () =>
    Effect.gen(function* () {
      const { url } = yield* place
      const hasty = `hasty_${randomUUID().replaceAll("-", "_")}`
      const server = yield* looks({ url, schema: "public" })
      yield* Effect.promise(() => server(`CREATE DATABASE ${hasty}`))
      yield* Effect.promise(() => server(`ALTER DATABASE ${hasty} SET synchronous_commit = off`))
      const at = { url: url.replace(/\/postgres$/, `/${hasty}`), schema: "public" }
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* LedgerStore
        for (const sql of [
          "CREATE TABLE seen (setting text)",
          `CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NULL; END $$`,
          "CREATE TRIGGER sees AFTER INSERT ON journal FOR EACH STATEMENT EXECUTE FUNCTION see()"
        ]) {
          yield* Effect.promise(() => look(sql))
        }
        yield* registered
        yield* ask("k")
      }).pipe(Effect.provide(ledgerAt(at)))
      assert.deepStrictEqual(yield* Effect.promise(() => look("SELECT * FROM seen")), [["on"], ["on"]])
    })
  )

  it.live("are turned away beyond what may wait, and are taken later", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* Effect.gen(function* () {
        yield* registered
        assert.strictEqual(accepted(yield* askOften(30)), 20)
        assert.strictEqual(accepted(yield* askOften(20)), 20)
      }).pipe(Effect.provide(ledgerAt(at, { queueLimit: 20 })))
    })
  )

  it.live("are not begun for a caller who has gone away", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered
        const fiber = yield* Effect.forkChild(ask("gone"), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
        yield* ask("here")
      }).pipe(Effect.provide(ledgerAt(at)))
      assert.deepStrictEqual(yield* Effect.promise(() => look("SELECT request_key FROM refunds")), [["here"]])
    })
  )

  it.live("are all answered before the ledger is closed, and the next numbers are the next ones", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(ledgerAt(at, { batchLimit: 7 }), scope)
      yield* Effect.provide(registered, context)
      const fiber = yield* Effect.forkChild(Effect.provide(askOften(50), context), { startImmediately: true })
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(accepted(yield* Fiber.join(fiber)), 50)
      assert.strictEqual((yield* Effect.flip(Effect.provide(ask("late"), context)))._tag, "LedgerUnavailable")
      yield* Effect.provide(ask("next"), ledgerAt(at))
      assert.deepStrictEqual(yield* Effect.promise(() => look("SELECT no FROM refunds WHERE request_key = 'next'")), [
        [51]
      ])
    })
  )
})

describe.skipIf(noPostgres !== null)("while another process is in the lane of a customer's credit,", () => {
  const key = (schema: string) => keyOf(schema, accountLane(tenant, "cust-1", "USD"))
  const plain = (id: string) => request({ order: id, amount: 1n, key: `k-${id}`, id: freshId() })
  const toCredit = { ...plain("o-1"), destination: "store_credit" } as const
  const open = Effect.forEach(
    ["o-1", "o-2", "o-3"],
    (id) => execute(register(order({ customer: "cust-1", captures: [capture(`c-${id}`)] }), { id })),
    { discard: true }
  )

  it.live("what moves it waits, and what was asked for in the same moment does not", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* open
        yield* execute(register(order({ captures: [capture("c-4")] }), { id: "o-4" }))
        yield* Effect.promise(() => look(`SELECT pg_advisory_lock(${key(at.schema)})`))
        const waiting = yield* Effect.forkChild(execute(toCredit), { startImmediately: true })
        yield* execute(plain("o-4"))
        assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[1]])
        yield* Effect.promise(() => look(`SELECT pg_advisory_unlock(${key(at.schema)})`))
        yield* Fiber.join(waiting)
      }).pipe(Effect.provide(ledgerAt(at, { lockMilliseconds: 100, busyMilliseconds: 20_000 })))
      assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[2]])
    })
  )

  it.live("it alone is given up after a while, as a ledger that is busy", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* open
        yield* execute(register(order({ captures: [capture("c-4")] }), { id: "o-4" }))
        yield* Effect.promise(() => look(`SELECT pg_advisory_lock(${key(at.schema)})`))
        const all = [plain("o-4"), toCredit, plain("o-3")].map((each) => Effect.exit(execute(each)))
        const [before, credit] = yield* Effect.all(all, { concurrency: "unbounded" })
        assert.isTrue(before !== undefined && Exit.isSuccess(before))
        const failure = credit === undefined ? undefined : Exit.findErrorOption(credit)
        assertInclude(JSON.stringify(failure), "keeps what is wanted")
      }).pipe(Effect.provide(ledgerAt(at, { lockMilliseconds: 30, busyMilliseconds: 300 })))
    })
  )
})

describe.skipIf(noPostgres !== null)("while another process is in an order's lane,", () => {
  const key = (schema: string) => keyOf(schema, laneOf({ tenant, at: { order: orderId } }, orderId) ?? "")

  it.live("decisions about it wait, and those about others do not", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered
        yield* Effect.promise(() => look(`SELECT pg_advisory_lock(${key(at.schema)})`))
        const waiting = yield* Effect.forkChild(ask("k"), { startImmediately: true })
        yield* execute(register(order({ captures: [capture("c-2")] }), { id: "o-2" }))
        assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[0]])
        yield* Effect.promise(() => look(`SELECT pg_advisory_unlock(${key(at.schema)})`))
        yield* Fiber.join(waiting)
      }).pipe(Effect.provide(ledgerAt(at, { lockMilliseconds: 30 })))
      assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[1]])
    })
  )

  it.live("decisions are given up after a while, with nothing written, and taken again later", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* registered
        yield* Effect.promise(() => look(`SELECT pg_advisory_lock(${key(at.schema)})`))
        const failure = yield* Effect.flip(ask("k"))
        assertInclude(failure._tag === "LedgerUnavailable" ? failure.detail : "", "keeps what is wanted")
        assert.strictEqual(failure._tag === "LedgerUnavailable" && failure.retryAfterSeconds, 1)
        yield* Effect.promise(() => look("SELECT pg_advisory_unlock_all()"))
        yield* ask("k")
      }).pipe(Effect.provide(ledgerAt(at, { lockMilliseconds: 20, busyMilliseconds: 60 })))
      assert.deepStrictEqual(yield* Effect.promise(() => look(refundsMade)), [[1]])
    })
  )
})

describe.skipIf(noPostgres !== null)("a database that cannot be had", () => {
  it.live("is told as such at the start", () =>
    Effect.gen(function* () {
      const at = yield* place
      const gone = { ...at, url: at.url.replace(/\/postgres$/, "/no_such_database") }
      const failure = yield* Effect.flip(Layer.build(layer(gone)))
      assertInclude(failure.detail, "there is no such database")
      const nobody = { ...at, busyMilliseconds: 20, url: "postgres://postgres@127.0.0.1:1/postgres" }
      assertInclude((yield* Effect.flip(Layer.build(layer(nobody)))).detail, "cannot be reached")
      assertInclude((yield* Effect.flip(Layer.build(layer({ ...at, schema: 'a"b' })))).detail, "a schema's name")
    })
  )
})
