import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "../src/build.ts"
import { layerMemory } from "../src/LedgerStoreMemory.ts"

layer(Refunds.layer.pipe(Layer.provideMerge(layerMemory)))("LedgerStoreMemory", (it) => {
  it.effect("two clerks cannot refund the same money", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [capture("c-1", 100n)] }), { id: "o-1" }))
      const outcomes = yield* Effect.forEach(
        [1, 2],
        () =>
          refunds.execute(request({ order: "o-1", capture: "c-1", amount: 60n })).pipe(
            Effect.match({
              onSuccess: () => "requested",
              onFailure: (failure) => (failure._tag === "Rejected" ? failure.violations[0]._tag : failure._tag)
            })
          ),
        { concurrency: "unbounded" }
      )
      assert.sameMembers(outcomes, ["requested", "ExceedsCaptured"])
      const reader = yield* LedgerReader
      const report = yield* reader.verify(caller().tenant)
      assert.deepStrictEqual(report, { ok: true, orders: 1, entries: 2, problem: null })
    })
  )
})
