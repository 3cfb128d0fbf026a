import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Deliveries, type DeliveryState, type DueDelivery } from "refund-core/ports/Deliveries"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

const clerk = B.caller()
const { tenant } = clerk
const ledger = Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))
const endpoint = { id: "shop", url: "", events: ["*"], form: "standard", enabled: true, secretHashes: [] } as const

/** Numbers below `count`, the same for a seed. */
const draws = (seed: number) => {
  let state = seed
  return (count: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * count)
  }
}

const asked = (order: string) => Refunds.use(({ execute }) => execute(B.request({ amount: 1n, order })))
const results: ReadonlyArray<DeliveryState> = ["delivered", "delivered", "waiting", "dead"]

describe("whose turn it is", () => {
  it.effect("is one delivery's of an order, and somebody's as long as any waits, whatever happens in between", () =>
    Effect.gen(function* () {
      const { done, fanOut, list, replay, take } = yield* Deliveries
      const refunds = yield* Refunds
      yield* refunds.execute({ _tag: "SetEndpoint", caller: clerk, endpoint })
      for (const order of ["o-1", "o-2"]) {
        yield* refunds.execute(B.register(B.order({ captures: [B.capture(`c-${order}`, 10_000n)] }), { id: order }))
      }
      const draw = draws(20_261_122)
      const sending = new Map<string, DueDelivery>()
      const takeSome = Effect.gen(function* () {
        for (const delivery of yield* take(1 + draw(3))) {
          assert.isFalse(sending.has(delivery.told.chain))
          sending.set(delivery.told.chain, delivery)
          const waiting = yield* list(tenant, { state: "waiting" }, { limit: 1_000, before: null })
          const older = waiting.filter((each) => each.told.chain === delivery.told.chain && each.id < delivery.id)
          assert.deepStrictEqual(older, [])
        }
      })
      const finish = (states: ReadonlyArray<DeliveryState>) =>
        Effect.gen(function* () {
          const delivery = [...sending.values()][draw(sending.size)]
          if (delivery === undefined) return
          sending.delete(delivery.told.chain)
          yield* done(delivery, { state: states[draw(states.length)] ?? "dead", dueAt: 0, answer: "" })
        })
      for (let step = 0; step < 300; step++) {
        const what = draw(8)
        if (what < 2) yield* Effect.andThen(asked(`o-${1 + draw(2)}`), fanOut(draw(3)))
        else if (what < 4) yield* takeSome
        else if (what < 7) yield* finish(results)
        else if (draw(2) === 0) yield* replay(tenant, { endpointId: "shop" })
        else yield* replay(tenant, { delivery: 1 + draw(100) })
      }
      yield* fanOut(1_000)
      yield* replay(tenant, { endpointId: "shop" })
      while (sending.size > 0 || (yield* list(tenant, { state: "waiting" }, { limit: 1, before: null })).length > 0) {
        yield* takeSome
        assert.isAbove(sending.size, 0)
        yield* finish(["delivered"])
      }
      const all = yield* list(tenant, {}, { limit: 1_000, before: null })
      assert.isAbove(all.length, 40)
      for (const { state } of all) assert.strictEqual(state, "delivered")
    }).pipe(Effect.provide(ledger))
  )
})
