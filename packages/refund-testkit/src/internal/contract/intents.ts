import { deepStrictEqual, strictEqual } from "node:assert"
import { Effect } from "effect"
import { approve, capture, order, refundId, register, request } from "../../build.ts"
import { ledger, type StoreIt, times } from "./ledger.ts"

const chosen = { id: refundId(1), chosen: true }

export const intents = (it: StoreIt): void => {
  it.effect("knows a request by its key, and answers with its refunds as they are now", () =>
    Effect.gen(function* () {
      const { ask } = yield* ledger
      yield* ask(register())
      const made = yield* ask(request({ amount: 60n, key: "k", requiresApproval: true }))
      strictEqual(made.refunds[0]?.state, "pending_approval")
      yield* ask(approve(made.groupId))
      const again = yield* ask(request({ amount: 60n, key: "k", requiresApproval: true }))
      strictEqual(again.replayed, true)
      strictEqual(again.groupId, made.groupId)
      deepStrictEqual(
        again.refunds.map((refund) => [refund.id, refund.state]),
        [[made.groupId, "approved"]]
      )
    })
  )

  it.effect("knows a request by the id that was chosen for it", () =>
    Effect.gen(function* () {
      const { ask, told } = yield* ledger
      yield* ask(register())
      const made = yield* ask(request({ amount: 60n, ...chosen }))
      const again = yield* ask(request({ amount: 60n, ...chosen }))
      deepStrictEqual(again, { ...made, replayed: true })
      strictEqual(yield* told(request({ amount: 30n, ...chosen })), "IdempotencyKeyReused")
    })
  )

  it.effect("knows a request by its chosen id where it comes with another key, and by its key where both do", () =>
    Effect.gen(function* () {
      const { ask, told } = yield* ledger
      yield* ask(register())
      const made = yield* ask(request({ amount: 10n, key: "k-1", ...chosen }))
      const again = yield* ask(request({ amount: 10n, key: "k-2", ...chosen }))
      deepStrictEqual(again, { ...made, replayed: true })
      strictEqual(
        yield* told(request({ amount: 10n, key: "k-1", id: refundId(2), chosen: true })),
        "IdempotencyKeyReused"
      )
    })
  )

  it.effect("takes no id for a request that some refund has already", () =>
    Effect.gen(function* () {
      const { ask, snapshot, told } = yield* ledger
      yield* ask(register(order({ captures: [capture("c-1", 50n), capture("c-2", 50n)] })))
      const made = yield* ask(request({ amount: 60n }))
      strictEqual(made.refunds.length, 2)
      const before = yield* snapshot("o-1")
      for (const id of [made.groupId, ...made.refunds.map((refund) => refund.id)]) {
        strictEqual(yield* told(request({ amount: 5n, id, chosen: true })), "IdempotencyKeyReused")
        strictEqual(yield* told(request({ amount: 60n, id, chosen: true })), "IdempotencyKeyReused")
      }
      deepStrictEqual(yield* snapshot("o-1"), before)
    })
  )

  it.effect("holds a key for one content in the tenant, whatever the order", () =>
    Effect.gen(function* () {
      const { ask, told } = yield* ledger
      yield* ask(register(order(), { id: "o-1" }))
      yield* ask(register(order({ captures: [capture("c-2")] }), { id: "o-2" }))
      yield* ask(request({ order: "o-1", amount: 10n, key: "k" }))
      const others = [
        request({ order: "o-2", amount: 10n, key: "k" }),
        request({ order: "o-1", amount: 11n, key: "k" }),
        request({ order: "o-1", amount: 10n, key: "k", destination: "payout" }),
        request({ order: "o-1", amount: 10n, key: "k", operation: "another" }),
        request({ order: "o-1", amount: 10n, key: "k", reason: "broken" }),
        request({ at: "c-2", amount: 10n, key: "k" })
      ]
      deepStrictEqual(
        yield* Effect.forEach(others, told),
        others.map(() => "IdempotencyKeyReused")
      )
    })
  )

  it.effect("remembers no key of a request that was rejected, nor of another tenant", () =>
    Effect.gen(function* () {
      const one = yield* ledger
      const other = yield* ledger
      for (const { ask } of [one, other]) yield* ask(register())
      strictEqual(yield* one.told(request({ amount: 101n, key: "k" })), "ExceedsCollected")
      strictEqual((yield* one.ask(request({ amount: 60n, key: "k" }))).replayed, false)
      strictEqual((yield* other.ask(request({ amount: 7n, key: "k", id: refundId(9), chosen: true }))).replayed, false)
      strictEqual((yield* one.ask(request({ amount: 7n, id: refundId(9), chosen: true }))).replayed, false)
    })
  )

  it.effect("keeps keys apart that look alike", () =>
    Effect.gen(function* () {
      const { ask } = yield* ledger
      yield* ask(register())
      const keys = ["k", "K", "k ", " k", "k\u0000", "ключ", "__proto__", "'", "x".repeat(255), `${"x".repeat(254)}y`]
      const answers = yield* Effect.forEach(keys, (key) => ask(request({ amount: 1n, key })))
      strictEqual(new Set(answers.map((answer) => answer.groupId)).size, keys.length)
      const again = yield* Effect.forEach(keys, (key) => ask(request({ amount: 1n, key })))
      deepStrictEqual(
        again,
        answers.map((answer) => ({ ...answer, replayed: true }))
      )
    })
  )

  it.effect("makes one refund of a hundred requests with the same key at the same time", () =>
    Effect.gen(function* () {
      const { ask, head } = yield* ledger
      yield* ask(register())
      const answers = yield* Effect.forEach(
        times(100, () => request({ amount: 60n, key: "k" })),
        ask,
        {
          concurrency: "unbounded"
        }
      )
      strictEqual(answers.filter((answer) => !answer.replayed).length, 1)
      strictEqual(new Set(answers.map((answer) => answer.groupId)).size, 1)
      strictEqual((yield* head("o-1"))?.entries, 2)
    })
  )

  it.effect("makes one refund of a key or a chosen id that two orders are asked for at the same time", () =>
    Effect.gen(function* () {
      const { ask, told } = yield* ledger
      yield* ask(register(order(), { id: "o-1" }))
      yield* ask(register(order({ captures: [capture("c-2")] }), { id: "o-2" }))
      for (const intent of times(20, (index) =>
        index % 2 === 0 ? { key: `k ${index}` } : { id: refundId(50 + index), chosen: true }
      )) {
        const both = ["o-1", "o-2"].map((id) => told(request({ order: id, amount: 1n, ...intent })))
        const said = yield* Effect.all(both, { concurrency: 2 })
        deepStrictEqual(said.toSorted(), ["IdempotencyKeyReused", "accepted"])
      }
    })
  )
}
