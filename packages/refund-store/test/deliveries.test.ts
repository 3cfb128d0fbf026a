import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Deliveries, type DeliveryState } from "refund-core/ports/Deliveries"
import { Refunds } from "refund-core/Refunds"
import type { Endpoint } from "refund-core/Settings"
import * as B from "refund-testkit/build"
import { deliverySql } from "../src/internal/deliveryRows.ts"
import { turnSql } from "../src/internal/turns.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const clerk = B.caller()
const { tenant } = clerk
const others = B.caller({ tenant: "others" })
const ledger = Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))

const endpoint = (id: string, options: Partial<Endpoint> = {}): Endpoint => ({
  id,
  url: `https://${id}.example/refunds`,
  events: ["*"],
  form: "standard",
  enabled: true,
  secretHashes: [],
  ...options
})

type Command = Parameters<Refunds["Service"]["execute"]>[0]
const execute = (...commands: ReadonlyArray<Command>) =>
  Refunds.use((refunds) => Effect.forEach(commands, (command) => refunds.execute(command), { discard: true }))
const set = (id: string, options: Partial<Endpoint> = {}, caller = clerk) =>
  execute({ _tag: "SetEndpoint", caller, endpoint: endpoint(id, options) })
const remove = (id: string) => execute({ _tag: "RemoveEndpoint", caller: clerk, endpointId: id })
/** Another order of the tenant, with a refund whose id is the number. */
const refunded = (number: number, caller = clerk) =>
  execute(
    B.register(B.order({ captures: [B.capture(`c-${number}`)] }), { id: `o-${number}`, caller }),
    B.request({ amount: 10n, id: B.refundId(number), order: `o-${number}`, caller })
  )
const begun = (number: number) => execute(B.begin(B.refundId(number), B.attemptId(number)))

const fanOut = Deliveries.use((deliveries) => deliveries.fanOut(100))
const take = Deliveries.use((deliveries) => deliveries.take(100))
const told = (
  taken: ReadonlyArray<{
    readonly endpointId: string
    readonly told: { readonly chain: string; readonly type: string }
  }>
) => taken.map((each) => `${each.endpointId} ${each.told.chain} ${each.told.type}`)
const toldNow = Effect.map(Effect.andThen(fanOut, take), told)
const doneAll = (state: DeliveryState = "delivered") =>
  Effect.flatMap(take, (taken) =>
    Deliveries.use((deliveries) =>
      Effect.forEach(taken, (each) => deliveries.done(each, { state, dueAt: 0, answer: "said" })).pipe(
        Effect.as(told(taken))
      )
    )
  )
const list = (filter: { readonly endpointId?: string; readonly state?: DeliveryState } = {}) =>
  Deliveries.use((deliveries) => deliveries.list(tenant, filter, { limit: 100, before: null }))

describe("an endpoint", () => {
  it.effect("listens from the entry that made it, to what it asked for and is not muted, and to no other tenant", () =>
    Effect.gen(function* () {
      yield* refunded(1)
      yield* set("all")
      yield* set("some", { events: ["refund.submitted", "refund.s*"] })
      yield* set("theirs", {}, others)
      yield* refunded(2)
      yield* begun(1)
      yield* refunded(1, others)
      assert.deepStrictEqual((yield* toldNow).toSorted(), [
        "all order:o-1 refund.submitted",
        "all order:o-2 refund.created",
        "some order:o-1 refund.submitted",
        "theirs order:o-1 refund.created"
      ])
      assert.strictEqual(yield* fanOut, 0)
      yield* refunded(3)
      yield* refunded(4, others)
      yield* execute(B.request({ amount: 10n, order: "o-3", skipEvents: true }))
      assert.strictEqual(yield* fanOut, 2)
      assert.deepStrictEqual(told(yield* take).toSorted(), [
        "all order:o-3 refund.created",
        "theirs order:o-4 refund.created"
      ])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("stands still while it is disabled, and then hears what it missed", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      yield* fanOut
      yield* set("all", { enabled: false })
      yield* refunded(2)
      assert.deepStrictEqual(yield* toldNow, [])
      yield* set("all", { enabled: true })
      assert.deepStrictEqual(yield* toldNow, ["all order:o-1 refund.created", "all order:o-2 refund.created"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("hears nothing more once it is removed, and begins anew when it is made again", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      assert.strictEqual(yield* fanOut, 1)
      yield* remove("all")
      yield* refunded(2)
      assert.deepStrictEqual(yield* toldNow, [])
      assert.deepStrictEqual(
        (yield* list()).map((each) => [each.endpointId, each.state, each.lastAnswer]),
        [["all", "dead", "the endpoint was removed"]]
      )
      const replay = Deliveries.use((deliveries) => deliveries.replay(tenant, { endpointId: "all" }))
      assert.strictEqual(yield* replay, 0)
      yield* set("all")
      yield* refunded(3)
      assert.deepStrictEqual(yield* toldNow, ["all order:o-3 refund.created"])
      assert.strictEqual(yield* replay, 1)
    }).pipe(Effect.provide(ledger))
  )

  it.effect("that is removed and made again between two looks waits for nothing from before", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      yield* fanOut
      yield* remove("all")
      yield* refunded(2)
      yield* set("all")
      yield* refunded(3)
      assert.deepStrictEqual(yield* toldNow, ["all order:o-3 refund.created"])
    }).pipe(Effect.provide(ledger))
  )

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
      const found = yield* list().pipe(Effect.provide(ledgerAt(file)))
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
      yield* begun(1)
      yield* refunded(2)
      const deliveries = yield* Deliveries
      const noted: Array<number> = []
      while (noted.at(-1) !== 0) noted.push(yield* deliveries.fanOut(2))
      assert.deepStrictEqual(noted, [2, 2, 2, 2, 1, 0])
      const found = (yield* list()).map((each) => `${each.endpointId} ${each.told.chain} ${each.told.seq}`)
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
        assert.deepStrictEqual(yield* toldNow, ["disputes order:o-1 dispute.open"])
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
  it.effect("reach an endpoint one after the other for an order, and those of other orders meanwhile", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      yield* begun(1)
      yield* refunded(2)
      assert.deepStrictEqual(yield* toldNow, ["all order:o-1 refund.created", "all order:o-2 refund.created"])
      yield* execute(B.told(B.refundId(1), B.paid(10n), { attempt: B.attemptId(1) }))
      assert.deepStrictEqual(yield* toldNow, [])
      const [second, first] = (yield* list({ state: "waiting" }))
        .filter((each) => each.told.orderId !== "o-2")
        .slice(-2)
      assert.deepStrictEqual([first?.told.type, second?.told.type], ["refund.created", "refund.submitted"])
      yield* Deliveries.use((deliveries) =>
        deliveries.done({ id: first?.id ?? 0 }, { state: "delivered", dueAt: null, answer: "200" })
      )
      assert.deepStrictEqual(yield* doneAll("waiting"), ["all order:o-1 refund.submitted"])
      assert.deepStrictEqual(yield* doneAll("dead"), ["all order:o-1 refund.submitted"])
      assert.deepStrictEqual(yield* doneAll(), ["all order:o-1 refund.settled"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("that are dead block nobody, and go first when they are asked for again, from the first try", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      yield* begun(1)
      yield* fanOut
      yield* doneAll("dead")
      const replay = Deliveries.use((deliveries) => deliveries.replay(tenant, { endpointId: "all" }))
      assert.strictEqual(yield* replay, 1)
      assert.deepStrictEqual(
        (yield* list()).map((each) => [each.told.type, each.state, each.tries, each.lastAnswer]),
        [
          ["refund.submitted", "waiting", 0, null],
          ["refund.created", "waiting", 0, "said"]
        ]
      )
      assert.deepStrictEqual(yield* doneAll(), ["all order:o-1 refund.created"])
      assert.deepStrictEqual(yield* doneAll(), ["all order:o-1 refund.submitted"])
      assert.strictEqual(yield* replay, 0)
    }).pipe(Effect.provide(ledger))
  )

  it.effect("wait for the one that is being sent, also those that are older", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      yield* begun(1)
      yield* fanOut
      yield* doneAll("dead")
      const [sent] = yield* take
      assert.isDefined(sent)
      assert.strictEqual(sent.told.type, "refund.submitted")
      yield* Deliveries.use((deliveries) => deliveries.replay(tenant, { endpointId: "all" }))
      assert.deepStrictEqual(yield* take, [])
      yield* Deliveries.use((deliveries) =>
        deliveries.done({ id: sent.id }, { state: "waiting", dueAt: 0, answer: "503" })
      )
      assert.deepStrictEqual(yield* doneAll(), ["all order:o-1 refund.created"])
      assert.deepStrictEqual(yield* doneAll(), ["all order:o-1 refund.submitted"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("stay delivered, whoever else still tried, until they are asked for again", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* refunded(1)
      yield* fanOut
      const [sent] = yield* take
      const deliveries = yield* Deliveries
      const id = sent?.id ?? 0
      yield* deliveries.done({ id }, { state: "delivered", dueAt: null, answer: "200" })
      yield* deliveries.done({ id }, { state: "dead", dueAt: null, answer: "timed out" })
      assert.deepStrictEqual(
        (yield* list()).map((each) => [each.state, each.lastAnswer]),
        [["delivered", "200"]]
      )
      assert.strictEqual(yield* deliveries.replay(others.tenant, { delivery: id }), 0)
      assert.strictEqual(yield* deliveries.replay(tenant, { delivery: id + 1 }), 0)
      assert.strictEqual(yield* deliveries.replay(tenant, { delivery: id }), 1)
      assert.deepStrictEqual(yield* doneAll(), ["all order:o-1 refund.created"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("are given back by a process that is closed, and bring the endpoint and its secrets along", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const first = yield* Effect.gen(function* () {
        const deliveries = yield* Deliveries
        yield* deliveries.setSecrets(tenant, "all", ["new", "old"])
        yield* set("all")
        yield* refunded(1)
        yield* fanOut
        assert.deepStrictEqual(yield* deliveries.take(10, ["all"]), [])
        return yield* take
      }).pipe(Effect.provide(ledgerAt(file)))
      assert.deepStrictEqual(
        first.map((each) => [each.endpoint, each.secrets]),
        [[endpoint("all"), ["new", "old"]]]
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

  it.effect("are listed newest first, page by page", () =>
    Effect.gen(function* () {
      yield* set("all")
      yield* set("more")
      for (const number of [1, 2, 3]) yield* refunded(number)
      yield* fanOut
      yield* doneAll()
      const deliveries = yield* Deliveries
      const pages = Effect.fnUntraced(function* (filter: {
        readonly endpointId?: string
        readonly state?: DeliveryState
      }) {
        const found: Array<string> = []
        let before: number | null = null
        while (true) {
          const page: ReadonlyArray<{
            readonly id: number
            readonly endpointId: string
            readonly told: { readonly orderId: string | null }
          }> = yield* deliveries.list(tenant, filter, { limit: 2, before })
          found.push(...page.map((each) => `${each.endpointId} ${each.told.orderId}`))
          before = page.at(-1)?.id ?? null
          if (before === null) return found
        }
      })
      assert.strictEqual((yield* pages({})).length, 6)
      assert.deepStrictEqual(yield* pages({ endpointId: "more" }), ["more o-3", "more o-2", "more o-1"])
      assert.deepStrictEqual(yield* pages({ state: "delivered", endpointId: "all" }), ["all o-3", "all o-2", "all o-1"])
      assert.deepStrictEqual(yield* pages({ state: "waiting" }), [])
      assert.deepStrictEqual(yield* deliveries.list(others.tenant, {}, { limit: 10, before: null }), [])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("are found by indexes, however many there are", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* execute(B.register()).pipe(Effect.provide(ledgerAt(file)))
      for (const sql of [...Object.values(deliverySql), ...Object.values(turnSql)]) {
        assert.notMatch(planOf(file, sql), /SCAN deliveries|TEMP B-TREE/)
      }
    })
  )
})
