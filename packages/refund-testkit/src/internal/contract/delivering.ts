import { deepStrictEqual, ok, strictEqual } from "node:assert"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import type { Delivery } from "refund-core/ports/Deliveries"
import { attemptId, paid, refundId, told } from "../../build.ts"
import { endpoint } from "../../buildSettings.ts"
import { times } from "./ledger.ts"
import { brief, type DeliveriesLayer, overOf, shop } from "./shop.ts"

export const delivering = (it: Vitest.Methods, storeLayer: DeliveriesLayer): void => {
  const over = overOf(storeLayer)

  it.live("reach an endpoint one after the other for an order, and those of other orders meanwhile", () =>
    over(
      Effect.gen(function* () {
        const { ask, begun, done, refunded, sent, set, take, toldNow, fanOut } = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* begun(1)
        yield* refunded(2)
        yield* fanOut(100)
        const [first, second] = yield* take(10)
        ok(first !== undefined && second !== undefined)
        deepStrictEqual(brief([first, second]), ["all order:o-1 refund.created", "all order:o-2 refund.created"])
        yield* ask(told(refundId(1), paid(10n), { attempt: attemptId(1) }))
        deepStrictEqual(yield* toldNow, [])
        yield* done(first, { state: "delivered", dueAt: null, answer: "200" })
        deepStrictEqual(yield* sent("waiting"), ["all order:o-1 refund.submitted"])
        deepStrictEqual(yield* sent("dead"), ["all order:o-1 refund.submitted"])
        deepStrictEqual(yield* sent(), ["all order:o-1 refund.settled"])
      })
    )
  )

  it.live("that are tried again later keep what comes after them in their chain waiting", () =>
    over(
      Effect.gen(function* () {
        const { all, begun, done, fanOut, refunded, set, take } = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* begun(1)
        yield* fanOut(100)
        const [first] = yield* take(10)
        ok(first !== undefined)
        // 2200-01-01
        yield* done(first, { state: "waiting", dueAt: 7_258_118_400_000, answer: "503" })
        deepStrictEqual(yield* take(10), [])
        deepStrictEqual(
          (yield* all()).map((each) => [each.told.type, each.state, each.tries, each.lastAnswer]),
          [
            ["refund.submitted", "waiting", 0, null],
            ["refund.created", "waiting", 1, "503"]
          ]
        )
      })
    )
  )

  it.live("that are dead block nobody, and go first when they are asked for again, from the first try", () =>
    over(
      Effect.gen(function* () {
        const { all, begun, fanOut, refunded, replay, sent, set, tenant } = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* begun(1)
        yield* fanOut(100)
        yield* sent("dead")
        strictEqual(yield* replay(tenant, { endpointId: "all" }), 1)
        deepStrictEqual(
          (yield* all()).map((each) => [each.told.type, each.state, each.tries]),
          [
            ["refund.submitted", "waiting", 0],
            ["refund.created", "waiting", 0]
          ]
        )
        deepStrictEqual(yield* sent(), ["all order:o-1 refund.created"])
        deepStrictEqual(yield* sent(), ["all order:o-1 refund.submitted"])
        strictEqual(yield* replay(tenant, { endpointId: "all" }), 0)
      })
    )
  )

  it.live("wait for the one that is being sent, also those that are older", () =>
    over(
      Effect.gen(function* () {
        const { begun, done, fanOut, refunded, replay, sent, set, take, tenant } = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* begun(1)
        yield* fanOut(100)
        yield* sent("dead")
        const [submitted] = yield* take(10)
        ok(submitted !== undefined)
        yield* replay(tenant, { endpointId: "all" })
        deepStrictEqual(yield* take(10), [])
        yield* done(submitted, { state: "waiting", dueAt: 0, answer: "503" })
        deepStrictEqual(yield* sent(), ["all order:o-1 refund.created"])
        deepStrictEqual(yield* sent(), ["all order:o-1 refund.submitted"])
      })
    )
  )

  it.live("stay delivered, whoever else still tried, until they are asked for again", () =>
    over(
      Effect.gen(function* () {
        const { all, done, fanOut, refunded, replay, sent, set, take, tenant } = yield* shop
        const other = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* fanOut(100)
        const [first] = yield* take(10)
        ok(first !== undefined)
        yield* done(first, { state: "delivered", dueAt: null, answer: "200" })
        yield* done(first, { state: "dead", dueAt: null, answer: "timed out" })
        deepStrictEqual(
          (yield* all()).map((each) => [each.state, each.tries, each.lastAnswer, each.dueAt]),
          [["delivered", 1, "200", null]]
        )
        strictEqual(yield* replay(other.tenant, { delivery: first.id }), 0)
        strictEqual(yield* replay(tenant, { delivery: first.id + 1 }), 0)
        strictEqual(yield* replay(tenant, { delivery: first.id }), 1)
        deepStrictEqual(yield* sent(), ["all order:o-1 refund.created"])
      })
    )
  )

  it.live("are leased to one of many who take at the same time, and again when the lease has run out", () =>
    Effect.gen(function* () {
      const taken = (concurrency: number) =>
        Effect.gen(function* () {
          const { fanOut, refunded, set, take } = yield* shop
          yield* set("all")
          for (const number of times(12, (index) => index + 1)) yield* refunded(number)
          strictEqual(yield* fanOut(100), 12)
          const all = yield* Effect.all(
            times(6, () => take(3)),
            { concurrency }
          )
          return all.flat().map((each) => each.id)
        })
      const once = yield* over(taken(6))
      deepStrictEqual([once.length, new Set(once).size], [12, 12])
      // One after the other: what others take at the same moment is left to them, lease or not.
      const again = yield* over(taken(1), { leaseMilliseconds: 0 })
      deepStrictEqual([again.length > 12, new Set(again).size < again.length], [true, true])
    })
  )

  it.live("come with their endpoint and its secrets; those of an endpoint that is busy are left for later", () =>
    over(
      Effect.gen(function* () {
        const { fanOut, refunded, secrets, set, setSecrets, take, tenant } = yield* shop
        yield* setSecrets(tenant, "a", ["new", "old"])
        yield* set("a", { secretHashes: ["hash of new", "hash of old"] })
        yield* set("b")
        yield* refunded(1)
        yield* fanOut(100)
        deepStrictEqual(
          (yield* take(10, [{ tenant, endpointId: "a" }])).map((each) => [each.endpoint, each.secrets]),
          [[endpoint("b"), []]]
        )
        deepStrictEqual(
          (yield* take(10)).map((each) => [each.endpoint, each.secrets]),
          [[endpoint("a", { secretHashes: ["hash of new", "hash of old"] }), ["new", "old"]]]
        )
        deepStrictEqual(yield* secrets(tenant, "a"), ["new", "old"])
        yield* setSecrets(tenant, "a", [])
        deepStrictEqual(yield* secrets(tenant, "a"), [])
      })
    )
  )

  it.live("are left for later for the endpoint that is busy, and for no other tenant's of the same id", () =>
    over(
      Effect.gen(function* () {
        const slow = yield* shop
        const quick = yield* shop
        for (const each of [slow, quick]) {
          yield* each.set("main")
          yield* each.refunded(1)
        }
        yield* slow.fanOut(100)
        const tenants = (all: ReadonlyArray<Delivery>) => all.map((each) => each.tenant)
        deepStrictEqual(tenants(yield* slow.take(10, [{ tenant: slow.tenant, endpointId: "main" }])), [quick.tenant])
        deepStrictEqual(tenants(yield* slow.take(10)), [slow.tenant])
      })
    )
  )

  it.live("are taken in turn, one tenant's and one endpoint's after another's, however long some wait", () =>
    over(
      Effect.gen(function* () {
        const large = yield* shop
        const small = yield* shop
        for (const id of ["a", "b"]) yield* large.set(id)
        for (const number of times(6, (index) => index + 1)) yield* large.refunded(number)
        yield* large.fanOut(100)
        yield* small.set("c")
        for (const number of [7, 8]) yield* small.refunded(number)
        yield* small.fanOut(100)
        const taken = Effect.map(large.take(4), (all) => all.map((each) => `${each.endpointId} ${each.told.orderId}`))
        deepStrictEqual((yield* taken).toSorted(), ["a o-1", "b o-1", "c o-7", "c o-8"])
        deepStrictEqual((yield* taken).toSorted(), ["a o-2", "a o-3", "b o-2", "b o-3"])
      })
    )
  )

  it.live("are listed newest first, page by page", () =>
    over(
      Effect.gen(function* () {
        const { fanOut, list, refunded, sent, set, tenant } = yield* shop
        const other = yield* shop
        yield* set("all")
        yield* set("more")
        for (const number of [1, 2, 3]) yield* refunded(number)
        yield* fanOut(100)
        yield* sent()
        const pages = Effect.fnUntraced(function* (filter: Parameters<typeof list>[1]) {
          const found: Array<string> = []
          let before: number | null = null
          do {
            const page: ReadonlyArray<Delivery> = yield* list(tenant, filter, { limit: 2, before })
            found.push(...page.map((each) => `${each.endpointId} ${each.told.orderId}`))
            before = page.at(-1)?.id ?? null
          } while (before !== null)
          return found
        })
        strictEqual((yield* pages({})).length, 6)
        deepStrictEqual(yield* pages({ endpointId: "more" }), ["more o-3", "more o-2", "more o-1"])
        deepStrictEqual(yield* pages({ state: "delivered", endpointId: "all" }), ["all o-3", "all o-2", "all o-1"])
        deepStrictEqual(yield* pages({ state: "waiting" }), [])
        deepStrictEqual(yield* list(other.tenant, {}, { limit: 10, before: null }), [])
      })
    )
  )
}
