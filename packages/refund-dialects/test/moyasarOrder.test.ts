import { expect, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { OrderId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { authorized, caller, capture, freshId, order, register, request } from "refund-testkit/build"
import { orderOf } from "../src/moyasar/order.ts"
import { Order } from "../src/moyasar/wire.ts"
import { layerLedger } from "./support/ledger.ts"

const decode = Schema.decodeUnknownSync(Order, { onExcessProperty: "error" })

const viewOf = (id: string) => Refunds.use((refunds) => refunds.order(caller(), { order: OrderId.make(id) }))

layer(layerLedger())("An order as Moyasar writes it", (it) => {
  it.effect("counts all that was authorized, and lists only money that was taken", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const captures = [
        capture("taken", 600n, { authorizedAmount: 700n }),
        capture("unstated", 50n, { authorizedAmount: null }),
        authorized("waits", 300n)
      ]
      yield* refunds.execute(register(order({ captures }), { id: "authorized" }))
      const { amount, captured_amount, transactions } = decode(orderOf(yield* viewOf("authorized")))
      expect({ amount, captured_amount }).toEqual({ amount: 1050, captured_amount: 650 })
      expect(transactions.map((each) => each.id)).toEqual(["taken", "unstated"])
    })
  )

  it.effect("gives back what was registered for Moyasar, and nothing that was registered for others", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const texts = {
        salt: "salt",
        lines: {},
        vendor: {
          moyasar: { created_at: "2024-01-02T03:04:05Z", voided_amount: 12, amount: 1, id: "x", secret: "s" },
          kibo: { description: "theirs" }
        },
        captures: { "c-9": { moyasar: { stan: "912425", status: "declined" }, maverick: { message: "theirs" } } }
      }
      yield* refunds.execute(register(order({ captures: [capture("c-9", 80n)] }), { id: "vendor-fields", texts }))
      const answer = decode(orderOf(yield* viewOf("vendor-fields")))
      expect(answer).toMatchObject({
        id: "vendor-fields",
        amount: 80,
        voided_amount: 12,
        created_at: "2024-01-02T03:04:05Z",
        description: null
      })
      expect(answer.transactions).toMatchObject([{ stan: "912425", status: "approved", message: null }])
    })
  )

  it.effect("has one transaction per refund that goes to the card, with its gross; a return cost is none", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [capture("c-10", 500n)] }), { id: "return-cost" }))
      yield* refunds.execute(request({ order: "return-cost", amount: 20n, type: "instance_cost" }))
      yield* refunds.execute(request({ order: "return-cost", amount: 100n }))
      const { refunded_amount, transactions } = decode(orderOf(yield* viewOf("return-cost")))
      expect(refunded_amount).toBe(0)
      expect(transactions.map(({ amount, type }) => [type, amount])).toEqual([
        ["capture", 500],
        ["refund", 100]
      ])
    })
  )

  it.effect("numbers a refund's trace by its own number, in six digits; several parts have no reference of one", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const captures = [capture("c-11", 60n), capture("c-12", 40n)]
      yield* refunds.execute(register(order({ captures }), { id: "traced" }))
      yield* refunds.execute(request({ order: "traced", amount: 90n, id: freshId() }))
      const view = yield* viewOf("traced")
      const told = { number: 1_234_567, providerReference: "re_1", state: "settled" } as const
      const changed = view.refunds.map((refund) => ({ ...refund, ...told }))
      const whole = decode(orderOf({ ...view, refunds: changed })).transactions.at(-1)
      expect(whole).toMatchObject({ amount: 90, stan: "234567", retrieval_reference: null })
      const single = decode(orderOf({ ...view, refunds: changed.slice(0, 1) })).transactions.at(-1)
      expect(single).toMatchObject({ amount: 60, stan: "234567", retrieval_reference: "re_1" })
    })
  )
})
