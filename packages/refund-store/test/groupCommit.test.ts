import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { assertExitFailure, assertInclude } from "@effect/vitest/utils"
import { Cause, Effect, Exit, Fiber, Layer, type Result, Scope } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { CustomerId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { approve, caller, capture, order, refundId, register, request } from "refund-testkit/build"
import { row, run } from "../src/internal/ask.ts"
import { Places } from "../src/internal/batch/places.ts"
import { connect } from "../src/internal/connection.ts"
import { prepare } from "../src/internal/schema.ts"
import { Writer } from "../src/internal/sqlite/writer.ts"
import { writingHere } from "../src/internal/sqlite/writing.ts"
import { ledgerAt as opened, temporaryFile } from "./ledgerFile.ts"

const { tenant } = caller()
const { orderId } = register()

const registered = Refunds.use((refunds) => refunds.execute(register(order({ captures: [capture("c-1", 1_000n)] }))))
const ask = (key: string, amount = 1n) => Refunds.use((refunds) => refunds.execute(request({ amount, key })))
const askOften = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => `k-${index}`),
    (key) => Effect.exit(ask(key)),
    { concurrency: "unbounded" }
  )
const accepted = (exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) => exits.filter(Exit.isSuccess).length

const refundsMade = LedgerReader.use((reader) => reader.order(tenant, { order: orderId })).pipe(
  Effect.map((view) => view?.refunds.length)
)
const isSound = LedgerReader.use((reader) => reader.verify(tenant)).pipe(Effect.map((report) => report.ok))

/** Commits in the write-ahead log: the frames that say how large the file is after them. */
const commitsIn = (file: string): number => {
  const log = readFileSync(`${file}-wal`)
  const frame = 24 + log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) commits++
  return commits
}

/** Another process, as far as locks are concerned. */
const locked = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const other = new DatabaseSync(file)
      other.exec("BEGIN IMMEDIATE")
      return other
    }),
    (other) => Effect.sync(() => other.close())
  )

describe.each([
  ["in the process's own thread", false],
  ["on a thread of its own", true]
])("with its file written %s,", (_, thread) => {
  const ledgerAt: typeof opened = (file, options) => opened(file, { thread, ...options })

  describe("decisions that wait at the same time", () => {
    it.effect("are committed together, and each is in the file when it is answered", () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* Effect.gen(function* () {
          yield* registered
          const before = commitsIn(file)
          const other = new DatabaseSync(file, { readOnly: true })
          const seen = other.prepare("SELECT count(*) AS count FROM refunds WHERE request_key = ?")
          yield* Effect.forEach(
            Array.from({ length: 100 }, (_, index) => `k-${index}`),
            (key) => Effect.map(ask(key), () => assert.strictEqual(seen.get(key)?.["count"], 1)),
            { concurrency: "unbounded" }
          )
          other.close()
          assert.strictEqual(commitsIn(file) - before, 1)
        }).pipe(Effect.provide(ledgerAt(file)))
      })
    )

    it.effect("write nothing where they are rejected", () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* Effect.gen(function* () {
          yield* registered
          const before = readFileSync(`${file}-wal`)
          assert.strictEqual((yield* Effect.flip(ask("k", 1_001n)))._tag, "Rejected")
          assert.isTrue(readFileSync(`${file}-wal`).equals(before))
        }).pipe(Effect.provide(ledgerAt(file)))
      })
    )

    it.effect("go on where a rule of one throws", () =>
      Effect.gen(function* () {
        yield* registered
        const store = yield* LedgerStore
        const broken = store.transact({ tenant, at: { order: orderId } }, (): Result.Result<never, never> => {
          throw new Error("a broken rule")
        })
        const [before, thrown, after] = yield* Effect.all(
          [askOften(5), Effect.exit(broken), Effect.exit(ask("later"))],
          {
            concurrency: "unbounded"
          }
        )
        assertExitFailure(thrown, Cause.die(new Error("a broken rule")))
        assert.strictEqual(accepted([...before, after]), 6)
        assert.strictEqual(yield* refundsMade, 6)
        assert.isTrue(yield* isSound)
      }).pipe(Effect.provide(Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))))
    )

    it.effect("are each committed once where one cannot be written", () =>
      Effect.gen(function* () {
        yield* registered
        const other = register(order({ captures: [] }), { id: "o-2" })
        const notUnicode = { ...other, order: { ...other.order, customerId: "c-\ud800" as CustomerId } }
        const unwritable = Refunds.use((refunds) => refunds.execute(notUnicode))
        const [before, failed, after] = yield* Effect.all(
          [askOften(5), Effect.exit(unwritable), Effect.exit(ask("later"))],
          { concurrency: "unbounded" }
        )
        assertExitFailure(failed, Cause.die(new Error("text that is not Unicode cannot be stored")))
        assert.strictEqual(accepted([...before, after]), 6)
        assert.strictEqual(yield* refundsMade, 6)
        assert.isTrue(yield* isSound)
      }).pipe(Effect.provide(Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))))
    )

    it.effect("are turned away beyond what may wait, and are taken later", () =>
      Effect.gen(function* () {
        yield* registered
        const exits = yield* askOften(30)
        assert.strictEqual(accepted(exits), 20)
        assert.strictEqual(yield* refundsMade, 20)
        assert.strictEqual(accepted(yield* askOften(20)), 20)
      }).pipe(Effect.provide(Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file, { queueLimit: 20 })))))
    )

    it.effect("are not begun for a caller who has gone away", () =>
      Effect.gen(function* () {
        yield* registered
        const fiber = yield* Effect.forkChild(ask("gone"), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
        yield* ask("here")
        assert.strictEqual(yield* refundsMade, 1)
      }).pipe(Effect.provide(Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))))
    )

    it.effect("are all answered before the ledger is closed", () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(ledgerAt(file, { batchLimit: 7 }), scope)
        yield* Effect.provide(registered, context)
        const fiber = yield* Effect.forkChild(Effect.provide(askOften(50), context), { startImmediately: true })
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(accepted(yield* Fiber.join(fiber)), 50)
        assert.strictEqual((yield* Effect.flip(Effect.provide(ask("late"), context)))._tag, "LedgerUnavailable")
        assert.strictEqual(yield* refundsMade.pipe(Effect.provide(ledgerAt(file))), 50)
      })
    )
  })

  describe("while another process keeps the file", () => {
    it.effect("decisions wait for it without stopping anything else", () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* Effect.gen(function* () {
          yield* registered
          const other = yield* locked(file)
          let turns = 0
          const turn = setInterval(() => {
            if (++turns === 20) other.exec("ROLLBACK")
          }, 1)
          assert.strictEqual(accepted(yield* askOften(10)), 10)
          clearInterval(turn)
          assert.isAtLeast(turns, 20)
        }).pipe(Effect.provide(ledgerAt(file)))
      })
    )

    it.effect("decisions are given up after a while, with nothing written, and taken again later", () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* Effect.gen(function* () {
          yield* registered
          const other = yield* locked(file)
          const failure = yield* Effect.flip(ask("k"))
          assert.strictEqual(failure._tag, "LedgerUnavailable")
          assertInclude(failure._tag === "LedgerUnavailable" ? failure.detail : "", "another process")
          assert.strictEqual(failure._tag === "LedgerUnavailable" && failure.retryAfterSeconds, 1)
          assert.strictEqual(yield* refundsMade, 0)
          other.exec("ROLLBACK")
          yield* ask("k")
          assert.strictEqual(yield* refundsMade, 1)
        }).pipe(Effect.provide(ledgerAt(file, { busyMilliseconds: 30 })))
      })
    )
  })
})

describe("a full disk", () => {
  it.effect("fails what does not fit, and nothing else", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const db = connect(file, "OFF")
      prepare(db)
      const pages = Number(db.prepare("PRAGMA page_count").get()?.["page_count"])
      const writing = writingHere(file, "OFF")
      const shared = { places: new Places(), tenants: new Map(), lease: null }
      const options = { queueLimit: 10, batchLimit: 10, busyMilliseconds: 100 }
      const writer = new Writer(writing, shared, options, () => {})
      yield* writer.write(() => row(`PRAGMA max_page_count = ${pages + 2}`))
      const add = (key: string, size: number) =>
        writer.write(() => run("INSERT INTO keys (hash, tenant) VALUES (?, 1)", key.padEnd(size, "x")))
      const exits = yield* Effect.forEach([add("a", 10), add("b", 100_000), add("c", 10)], Effect.exit, {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true])
      const [, full] = exits
      const failure = full === undefined ? undefined : Exit.findErrorOption(full)
      assertInclude(JSON.stringify(failure), "the disk is full")
      assert.strictEqual(db.prepare("SELECT count(*) AS count FROM keys").get()?.["count"], 2)
      yield* Effect.promise(writing.close)
      db.close()
    })
  )
})

describe("store credit", () => {
  it.effect("is owed to the customer whom the refund was made for: the order is nobody else's any more", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const reader = yield* LedgerReader
      const id = refundId(1)
      yield* refunds.execute(register(order({ customer: "first" })))
      yield* refunds.execute(request({ id, amount: 10n, destination: "store_credit", requiresApproval: true }))
      const other = yield* Effect.flip(refunds.execute(register(order({ customer: "second" }))))
      assert.deepInclude(other, { _tag: "Rejected" })
      yield* refunds.execute(approve(id))
      const lots = [{ expiresAt: null, left: 10n }]
      const account = { customerId: CustomerId.make("first"), currency: CurrencyCode.make("USD"), lots, entries: 1 }
      assert.deepStrictEqual(yield* reader.credit(tenant, "first"), [account])
      assert.deepStrictEqual(yield* reader.credit(tenant, "second"), [])
      assert.isTrue(yield* isSound)
    }).pipe(Effect.provide(Layer.unwrap(Effect.map(temporaryFile, (file) => opened(file)))))
  )
})
