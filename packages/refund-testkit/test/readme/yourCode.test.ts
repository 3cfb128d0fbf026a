import { randomUUID } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Caller } from "refund-core/Command"
import { OrderId, RefundId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register } from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"

/** Your code: a parcel came back, so what it cost is refunded. The parcel's number is the key, so that twice is once. */
const parcelReturned = (by: Caller, parcel: { number: string; order: OrderId; paid: bigint }) =>
  Refunds.use((refunds) =>
    refunds.execute({
      _tag: "RequestRefund",
      caller: by,
      at: { order: parcel.order },
      amount: parcel.paid,
      type: "default",
      destination: "original",
      settled: false,
      requiresApproval: false,
      skipEvents: false,
      ids: { group: RefundId.make(randomUUID()), seed: RefundId.make(randomUUID()) },
      once: { key: `parcel ${parcel.number}`, chosen: false, operation: "parcel returned" }
    })
  )

layer(Refunds.layer.pipe(Layer.provideMerge(layerMemory)))("a parcel that came back", (it) => {
  it.effect("is refunded once, however often the carrier tells us", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [capture("c-1", 100n)] }), { id: "o-1" }))

      const parcel = { number: "JJD01", order: OrderId.make("o-1"), paid: 60n }
      const told = Array.from({ length: 5 }, () => parcelReturned(caller(), parcel))
      const answers = yield* Effect.all(told, { concurrency: "unbounded" })

      assert.strictEqual(answers.filter((answer) => !answer.replayed).length, 1)
      const { head } = yield* refunds.order(caller(), { order: parcel.order })
      assert.strictEqual(head.held, 60n)
    })
  )
})
