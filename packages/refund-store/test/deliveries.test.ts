import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Refunds } from "refund-core/Refunds"
import type { Endpoint } from "refund-core/Settings"
import * as B from "refund-testkit/build"
import * as settings from "refund-testkit/buildSettings"
import { deliverySql } from "../src/internal/deliveryRows.ts"
import { sqlite } from "../src/internal/dialect.ts"
import { sqliteMessages } from "../src/internal/messageDialect.ts"
import { turnSql } from "../src/internal/turns.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const { tenant } = B.caller()
const ledger = Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))

type Command = Parameters<Refunds["Service"]["execute"]>[0]
const execute = (...commands: ReadonlyArray<Command>) =>
  Refunds.use((refunds) => Effect.forEach(commands, (command) => refunds.execute(command), { discard: true }))
const set = (id: string, options: Partial<Endpoint> = {}) =>
  execute(settings.setEndpoint(settings.endpoint(id, options)))
/** Another order, with a refund whose id is the number. */
const refunded = (number: number) =>
  execute(
    B.register(B.order({ captures: [B.capture(`c-${number}`)] }), { id: `o-${number}` }),
    B.request({ amount: 10n, id: B.refundId(number), order: `o-${number}` })
  )

const fanOut = Deliveries.use((deliveries) => deliveries.fanOut(100))
const take = Deliveries.use((deliveries) => deliveries.take(100))
const list = Deliveries.use((deliveries) => deliveries.list(tenant, {}, { limit: 100, before: null }))

describe("an endpoint", () => {
  it.effect("is caught up with in steps, and what two processes read at once is noted once", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const numbers = Array.from({ length: 30 }, (_, index) => index + 1)
      yield* Effect.gen(function* () {
        yield* set("all")
        yield* Effect.forEach(numbers, (number) => refunded(number))
      }).pipe(Effect.provide(ledgerAt(file)))
      const all = Effect.gen(function* () {
        const deliveries = yield* Deliveries
        let noted = 0
        let some = 0
        do {
          some = yield* deliveries.fanOut(4)
          noted += some
        } while (some > 0)
        return noted
      })
      const both = yield* Effect.all(
        [all, all].map((each) => Effect.provide(each, ledgerAt(file))),
        { concurrency: 2 }
      )
      assert.strictEqual(
        both.reduce((sum, noted) => sum + noted, 0),
        30
      )
      const found = yield* list.pipe(Effect.provide(ledgerAt(file)))
      assert.deepStrictEqual(
        found.map((each) => String(each.told.orderId)),
        numbers.toReversed().map((number) => `o-${number}`)
      )
    })
  )

  it.effect("is given no more at once than was asked for, however many others listen to the same", () =>
    Effect.gen(function* () {
      for (const id of ["a", "b", "c"]) yield* set(id)
      assert.strictEqual(yield* fanOut, 0)
      yield* refunded(1)
      yield* execute(B.begin(B.refundId(1), B.attemptId(1)))
      yield* refunded(2)
      const deliveries = yield* Deliveries
      const noted: Array<number> = []
      while (noted.at(-1) !== 0) noted.push(yield* deliveries.fanOut(2))
      assert.deepStrictEqual(noted, [2, 2, 2, 2, 1, 0])
      const found = (yield* list).map((each) => `${each.endpointId} ${each.told.chain} ${each.told.seq}`)
      assert.strictEqual(new Set(found).size, 9)
    }).pipe(Effect.provide(ledger))
  )

  it.effect("is passed over where it listens to nothing that happened, without a row for that", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        yield* set("disputes", { events: ["dispute.*"] })
        assert.strictEqual(yield* fanOut, 0)
        const before = rowsOf(file, "endpoints")
        yield* refunded(1)
        assert.strictEqual(yield* fanOut, 0)
        assert.deepStrictEqual(rowsOf(file, "endpoints"), before)
        yield* execute(B.dispute("open", { capture: "c-1", order: "o-1" }))
        assert.strictEqual(yield* fanOut, 1)
        assert.deepStrictEqual(
          (yield* take).map((each) => each.told.type),
          ["dispute.open"]
        )
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )
})

const rowsOf = (file: string, table: string) => {
  const db = new DatabaseSync(file, { readOnly: true })
  const found = db.prepare(`SELECT * FROM ${table}`).all()
  db.close()
  return found
}

describe("deliveries", () => {
  it.effect("are given back by a process that is closed, and bring the endpoint and its secrets along", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const first = yield* Effect.gen(function* () {
        const deliveries = yield* Deliveries
        yield* deliveries.setSecrets(tenant, "all", ["new", "old"])
        yield* set("all")
        yield* refunded(1)
        yield* fanOut
        assert.deepStrictEqual(yield* deliveries.take(10, [{ tenant, endpointId: "all" }]), [])
        return yield* take
      }).pipe(Effect.provide(ledgerAt(file)))
      assert.deepStrictEqual(
        first.map((each) => [each.endpoint, each.secrets]),
        [[settings.endpoint("all"), ["new", "old"]]]
      )
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(
          (yield* take).map((each) => each.id),
          first.map((each) => each.id)
        )
        const deliveries = yield* Deliveries
        yield* deliveries.setSecrets(tenant, "all", [])
        assert.deepStrictEqual(yield* deliveries.secrets(tenant, "all"), [])
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )

  it.effect("are found by indexes, however many there are", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* execute(B.register()).pipe(Effect.provide(ledgerAt(file)))
      const turns = turnSql(sqlite, sqliteMessages)
      for (const sql of [...Object.values(deliverySql(sqlite, sqliteMessages)), turns.first, turns.oldest]) {
        assert.notMatch(planOf(file, sql), /SCAN deliveries|TEMP B-TREE/)
      }
    })
  )
})
