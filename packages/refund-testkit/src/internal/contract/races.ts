import { deepStrictEqual, strictEqual } from "node:assert"
import { Effect } from "effect"
import { captureRefundable, orderRefundable } from "refund-core/Order"
import {
  addCaptures,
  approve,
  cancel,
  capture,
  deny,
  dispute,
  order,
  policy,
  refundId,
  register,
  request
} from "../../build.ts"
import { ledger, type StoreIt, times } from "./ledger.ts"

export const races = (it: StoreIt): void => {
  it.effect("accepts one of fifty requests of 60 on 100, whatever they name", () =>
    Effect.gen(function* () {
      const ways = [
        [{ capture: "c-1" }, "ExceedsCaptured"],
        [{ at: "c-1" }, "ExceedsCaptured"],
        [{ destination: "payout" }, "ExceedsCollected"],
        [{ destination: "store_credit" }, "ExceedsCollected"]
      ] as const
      for (const [how, code] of ways) {
        const { ask, audited, head, together } = yield* ledger
        yield* ask(register(order({ customer: "customer-1" })))
        deepStrictEqual(yield* together(times(50, () => request({ amount: 60n, ...how }))), { accepted: 1, [code]: 49 })
        strictEqual((yield* head("o-1"))?.entries, 2)
        yield* audited()
      }
    })
  )

  it.effect("accepts exactly five hundred of a thousand requests of 1 on 500", () =>
    Effect.gen(function* () {
      const { ask, audited, head, together } = yield* ledger
      yield* ask(register(order({ captures: [capture("c-1", 500n)] })))
      const requests = times(1_000, (index) => request({ capture: "c-1", amount: 1n, key: `k ${index}` }))
      deepStrictEqual(yield* together(requests), { accepted: 500, ExceedsCaptured: 500 })
      const found = yield* head("o-1")
      deepStrictEqual([found?.held, found?.captures[0]?.held, found?.entries], [500n, 500n, 501])
      yield* audited({ orders: 1, entries: 501 })
    })
  )

  it.effect("fills three captures exactly, with the groups of requests that span them", () =>
    Effect.gen(function* () {
      const { ask, audited, head, together } = yield* ledger
      yield* ask(register(order({ captures: [capture("c-1", 50n), capture("c-2", 30n), capture("c-3", 20n)] })))
      deepStrictEqual(yield* together(times(30, () => request({ amount: 7n }))), { accepted: 14, ExceedsCollected: 16 })
      const found = yield* head("o-1")
      deepStrictEqual(
        found?.captures.map((each) => each.held),
        [50n, 30n, 18n]
      )
      deepStrictEqual(found && [orderRefundable(found), ...found.captures.map(captureRefundable)], [2n, 0n, 0n, 2n])
      yield* audited()
    })
  )

  it.effect("holds credit, payouts and captures of one order to what was collected, all at once", () =>
    Effect.gen(function* () {
      const { ask, head, together } = yield* ledger
      yield* ask(register(order({ customer: "customer-1" })))
      const destinations = ["original", "store_credit", "payout"] as const
      const asked = times(60, (index) => request({ amount: 10n, destination: destinations[index % 3] ?? "original" }))
      deepStrictEqual(yield* together(asked), { accepted: 10, ExceedsCollected: 50 })
      const found = yield* head("o-1")
      strictEqual(found && orderRefundable(found), 0n)
    })
  )

  it.effect("lets one of approve, deny and cancel win", () =>
    Effect.gen(function* () {
      for (const index of times(10, (each) => each)) {
        const { ask, audited, together } = yield* ledger
        yield* ask(register())
        const id = refundId(1)
        yield* ask(request({ amount: 60n, id, requiresApproval: true, destination: "payout" }))
        const all = [approve(id), deny(id), deny(id), approve(id)]
        const said = yield* together(index % 2 === 0 ? all : all.toReversed())
        deepStrictEqual(said, { accepted: 1, StateConflict: 3 })
        yield* audited()
      }
      const { ask, head, together } = yield* ledger
      yield* ask(register())
      yield* ask(request({ amount: 60n, id: refundId(1), requiresApproval: true }))
      deepStrictEqual(yield* together(times(10, () => cancel(refundId(1)))), { accepted: 1, StateConflict: 9 })
      strictEqual((yield* head("o-1"))?.held, 0n)
    })
  )

  it.effect("gives a capture to one of two orders that register it at the same time", () =>
    Effect.gen(function* () {
      for (const index of times(10, (each) => each)) {
        const { ask, audited, together } = yield* ledger
        yield* ask(register(order({ captures: [] }), { id: "o-1" }))
        const asked = [
          index % 2 === 0
            ? addCaptures([capture("c-1")], { order: "o-1" })
            : register(order({ captures: [capture("c-1")] }), { id: "o-3" }),
          register(order({ captures: [capture("c-1")] }), { id: "o-2" })
        ]
        deepStrictEqual(yield* together(asked), { accepted: 1, CaptureConflict: 1 })
        yield* audited()
      }
    })
  )

  it.effect("registers an order once, however often at the same time", () =>
    Effect.gen(function* () {
      const { ask, head } = yield* ledger
      const answers = yield* Effect.forEach(
        times(20, () => register()),
        ask,
        { concurrency: "unbounded" }
      )
      strictEqual(answers.filter((answer) => answer.created).length, 1)
      strictEqual((yield* head("o-1"))?.entries, 1)
    })
  )

  it.effect("refuses or counts each request beside a dispute of all of it, never both", () =>
    Effect.gen(function* () {
      const { ask, head, together } = yield* ledger
      yield* ask(register())
      const asked = times(20, () => request({ capture: "c-1", amount: 1n }))
      const said = yield* together([...asked.slice(0, 10), dispute("open", { amount: 100n }), ...asked.slice(10)])
      const found = yield* head("o-1")
      strictEqual(found?.disputed, 100n)
      strictEqual(found?.held, BigInt((said["accepted"] ?? 0) - 1))
      strictEqual((said["accepted"] ?? 0) - 1 + (said["DisputeOpen"] ?? 0), 20)
    })
  )

  it.effect("changes settings for one of those who read the same version", () =>
    Effect.gen(function* () {
      const { facts, together } = yield* ledger
      const asked = times(10, (index) =>
        policy({ approval: { rule: "above", amount: BigInt(index) } }, { expected: 0 })
      )
      deepStrictEqual(yield* together(asked), { accepted: 1, VersionConflict: 9 })
      strictEqual((yield* facts({ at: { settings: true } })).settings.version, 1)
    })
  )

  it.effect("lets orders go on beside each other without losing any", () =>
    Effect.gen(function* () {
      const { ask, head, together } = yield* ledger
      const names = times(10, (index) => `o-${index}`)
      for (const id of names) yield* ask(register(order({ captures: [capture(`c of ${id}`, 50n)] }), { id }))
      const asked = times(600, (index) => request({ order: `o-${index % 10}`, amount: 1n }))
      deepStrictEqual(yield* together(asked), { accepted: 500, ExceedsCollected: 100 })
      for (const id of names) strictEqual((yield* head(id))?.held, 50n)
    })
  )
}
