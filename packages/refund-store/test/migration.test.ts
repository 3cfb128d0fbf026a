import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { balance } from "refund-core/Credit"
import { CurrencyCode } from "refund-core/Currency"
import { CustomerId, OrderId } from "refund-core/Ids"
import { creditChain } from "refund-core/Journal"
import { Feed } from "refund-core/ports/Feed"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import * as settings from "refund-testkit/buildSettings"
import { ledgerAt, type Services, temporaryFile } from "./ledgerFile.ts"
import { rehash } from "./tampering.ts"

/**
 * Written by the program of the first schema: five orders with refunds in every stage, store credit that is owed, taken
 * back and still to be approved, settings, and another tenant with the same names.
 */
const firstSchema = readFileSync(new URL("schema1.sql", import.meta.url), "utf8")

const oldFile = Effect.map(temporaryFile, (file) => {
  const db = new DatabaseSync(file)
  db.exec(`BEGIN; ${firstSchema} COMMIT`)
  db.close()
  return file
})

const schemaOf = (file: string) => {
  const db = new DatabaseSync(file, { readOnly: true })
  const objects = db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all()
  const version = db.prepare("PRAGMA user_version").get()
  db.close()
  return { objects, version }
}

const { tenant } = B.caller()
const other = B.caller({ tenant: "other" }).tenant
const r = B.refundId
const usd = CurrencyCode.make("USD")
const customer = CustomerId.make("customer-1")

const onOldFile = <A, E>(test: Effect.Effect<A, E, Services>) =>
  Effect.flatMap(oldFile, (file) => test.pipe(Effect.provide(ledgerAt(file))))

const isSound = LedgerReader.use((reader) =>
  Effect.map(Effect.all([reader.verify(tenant), reader.verify(other)]), (reports) => {
    for (const { problem } of reports) assert.isNull(problem)
    return reports.map(({ entries, orders }) => [orders, entries])
  })
)

describe("a file of the first schema", () => {
  it.effect("is sound when it is opened, with every entry as it was, and has the tables of a new one", () =>
    Effect.gen(function* () {
      const [file, fresh] = [yield* oldFile, yield* temporaryFile]
      const entries = () => {
        const db = new DatabaseSync(file, { readOnly: true })
        const found = db.prepare("SELECT * FROM journal ORDER BY no").all()
        db.close()
        return found
      }
      const before = entries()
      const opened = yield* Effect.all(
        Array.from({ length: 4 }, () => isSound.pipe(Effect.provide(ledgerAt(file)))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(opened[0], [
        [5, 42],
        [1, 2]
      ])
      assert.deepStrictEqual(entries(), before)
      yield* LedgerReader.use((reader) => reader.hasOrders(tenant)).pipe(Effect.provide(ledgerAt(fresh)))
      assert.deepStrictEqual(schemaOf(file), schemaOf(fresh))
    })
  )

  it.effect("keeps settings and keys", () =>
    onOldFile(
      Effect.gen(function* () {
        const reader = yield* LedgerReader
        const refunds = yield* Refunds
        const { keys, overrides, version } = yield* refunds.settings(B.caller())
        assert.deepStrictEqual([keys, version], [[settings.apiKey("root")], 2])
        assert.deepStrictEqual(overrides, { native: { approval: { rule: "above", amount: 1_000n } } })
        assert.strictEqual((yield* reader.keyByHash(settings.apiKey("root").hash))?.tenant, tenant)
        yield* refunds.execute(B.policy({ fourEyes: false }))
        yield* isSound
      })
    )
  )

  it.effect("still owes each customer the same, as one lot that never expires", () =>
    onOldFile(
      Effect.gen(function* () {
        const reader = yield* LedgerReader
        const never = (left: bigint) => [{ expiresAt: null, left }]
        const empty = { customerId: customer, currency: usd, entries: 0 }
        assert.deepStrictEqual(yield* reader.credit(tenant, "customer-1"), [{ ...empty, lots: never(100n) }])
        assert.deepStrictEqual(yield* reader.credit(other, "customer-1"), [{ ...empty, lots: never(9n) }])
        assert.deepStrictEqual(
          (yield* reader.credit(tenant, "customer-2")).map((account) => [account.currency, balance(account)]),
          [["EUR", 0n]]
        )
        assert.deepStrictEqual(yield* reader.journal(tenant, creditChain("customer-1", "USD")), [])
      })
    )
  )

  it.effect("lets the credit be spent, given, and taken back, and stays sound", () =>
    onOldFile(
      Effect.gen(function* () {
        const { execute } = yield* Refunds
        const reader = yield* LedgerReader
        const boss = B.approver({ now: B.noon + B.hours(3) })
        const owed = (id: string) => Effect.map(reader.credit(tenant, id), (accounts) => accounts.map(balance))
        assert.strictEqual((yield* Effect.flip(execute(B.spend(101n))))._tag, "Rejected")
        const spent = yield* execute(B.spend(70n, { order: "o-2" }))
        assert.strictEqual(balance(spent.credit), 30n)
        yield* execute(B.request({ amount: 5n, order: "o-2", destination: "store_credit", id: r(20) }))
        assert.deepStrictEqual(yield* owed("customer-1"), [35n])
        // More of this one was spent than is left: a person decides.
        const [reversed] = yield* execute(B.reverse(r(10), { caller: boss, detail: "a mistake" }))
        assert.strictEqual(reversed?.state, "in_review")
        yield* execute(B.resolve(r(10), "failed", { caller: boss, detail: "it is" }))
        assert.deepStrictEqual(yield* owed("customer-1"), [0n])
        // Asked for by the old program, approved now.
        yield* execute(B.approve(r(14), { caller: boss }))
        assert.deepStrictEqual(yield* owed("customer-2"), [35n])
        assert.strictEqual((yield* reader.journal(tenant, creditChain("customer-1", "USD"))).length, 3)
        yield* isSound
      })
    )
  )

  it.effect("has refunds that were posted as credit before: one that is posted again is found", () =>
    Effect.gen(function* () {
      const file = yield* oldFile
      yield* Refunds.use((refunds) =>
        refunds.execute(B.request({ amount: 60n, order: "o-2", destination: "store_credit", id: r(20) }))
      ).pipe(Effect.provide(ledgerAt(file)))
      const db = new DatabaseSync(file)
      const account = "(SELECT 4503599627370496 + no FROM accounts WHERE tenant = 1 AND customer_id = 'customer-1')"
      db.exec(`DROP TRIGGER journal_keeps_entries;
        UPDATE journal SET text = replace(text, '${r(20)}', '${r(10)}') WHERE chain = ${account}`)
      rehash(db, account, 1, "UPDATE accounts SET head_hash = ? WHERE tenant = 1 AND customer_id = 'customer-1'")
      db.close()
      const { problem } = yield* LedgerReader.use((reader) => reader.verify(tenant)).pipe(
        Effect.provide(ledgerAt(file))
      )
      const what = `refund ${r(10)} was posted as credit before`
      assert.deepStrictEqual(problem, { chain: creditChain("customer-1", "USD"), seq: 1, what })
    })
  )

  it.effect("fixes the customers to whom credit was promised, and no others", () =>
    onOldFile(
      Effect.gen(function* () {
        const store = yield* LedgerStore
        const fixed = (id: string) =>
          store.read({ tenant, at: { order: OrderId.make(id) } }, ({ order }) => order?.customerFixed)
        assert.deepStrictEqual(yield* Effect.forEach(["o-1", "o-2", "o-3", "o-4", "o-5"], fixed), [
          true,
          true,
          true,
          false,
          true
        ])
      })
    )
  )

  it.effect("knows what is under way, and goes on with it", () =>
    onOldFile(
      Effect.gen(function* () {
        const { execute } = yield* Refunds
        const store = yield* LedgerStore
        const at = { order: OrderId.make("o-1") }
        const found = yield* store.read({ tenant, at, underWay: 9 }, ({ refunds }) => [...refunds.keys()])
        // With what they carry: return costs are deducted from refunds that were not submitted.
        assert.deepStrictEqual(found.toSorted(), [r(2), r(3), r(4)])
        const open = yield* store.read({ tenant, at, open: 9 }, ({ refunds }) => [...refunds.keys()])
        assert.deepStrictEqual(open.toSorted(), [r(5), r(6), r(7)])
        yield* execute(B.told(r(3), B.paid(12n, { reference: "re_late" }), { attempt: B.attemptId(4) }))
        yield* execute(B.told(r(2), B.paid(11n, { reference: "re_3" }), { attempt: B.attemptId(3) }))
        yield* execute(B.told(r(4), B.declined, { attempt: B.attemptId(5) }))
        yield* isSound
      })
    )
  )

  it.effect("finds captures and refunds by their providers' names", () =>
    onOldFile(
      Effect.gen(function* () {
        const reader = yield* LedgerReader
        const refund = (provider: string, reference: string) =>
          Effect.map(reader.match(tenant, provider, { reference }), (found) =>
            found?._tag === "refund" ? found.refundId : null
          )
        const capture = (provider: string, captureReference: string) =>
          Effect.map(reader.match(tenant, provider, { captureReference }), (found) =>
            found?._tag === "capture" ? [found.orderId, found.captureId] : null
          )
        assert.strictEqual(yield* refund("simulator", "re_1"), r(1))
        assert.strictEqual(yield* refund("simulator", "re_2"), r(2))
        assert.strictEqual(yield* refund("simulator", "re_3"), r(2))
        assert.strictEqual(yield* refund("manual", "cheque 1"), r(8))
        assert.isNull(yield* refund("simulator", "cheque 1"))
        assert.deepStrictEqual(yield* capture("simulator", 'ch "quoted", [x]'), ["o-2", "c-3"])
        assert.deepStrictEqual(yield* capture("simulator", "ch_c-1"), ["o-1", "c-1"])
        assert.isNull(yield* capture("manual", "ch_c-1"))
      })
    )
  )
})

describe("the feed of a file of the first schema", () => {
  it.effect("tells what its entries say, credit in the chains of the orders that it was kept in", () =>
    Effect.gen(function* () {
      const feed = yield* Feed
      const read = (of: typeof tenant) => feed.read(of, null, { limit: 1_000, muted: true })
      const [{ events }, theirs] = [yield* read(tenant), yield* read(other)]
      const ids = new Set([...events, ...theirs.events].map((event) => event.id))
      assert.strictEqual(ids.size, events.length + theirs.events.length)
      assert.isAbove(theirs.events.length, 0)
      const third = events.filter((event) => event.chain === "order:o-3")
      assert.deepStrictEqual(
        third.map((event) => `${event.seq} ${event.type} of ${event.refund?.orderId}`),
        [
          "2 refund.created of o-3",
          "2 refund.settled of o-3",
          "2 credit.posted of o-3",
          "3 refund.reversed of o-3",
          "3 credit.reversed of o-3",
          "4 approval.requested of o-3"
        ]
      )
    }).pipe(onOldFile)
  )
})
