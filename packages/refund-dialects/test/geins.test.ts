import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { payout } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, setPolicy } from "refund-testkit/build"
import {
  create,
  created,
  entries,
  freshOrder,
  group,
  headOf,
  only,
  refused,
  registered
} from "./support/geinsCreation.ts"
import { layerLedger } from "./support/ledger.ts"

layer(layerLedger())("Geins' creation of a refund", (it) => {
  it.effect("does what each of the ten fields says", () =>
    Effect.gen(function* () {
      const id = created(
        yield* create(yield* registered(), {
          OrderRowId: 7,
          Reference: "RMA-17",
          Description: "broken handle",
          Author: "Ada",
          RefundAmount: 49.5,
          ToBalance: false,
          Settled: false,
          RefundType: 0,
          SkipRefundEvents: true,
          RefundsRequireApproval: true
        })
      )
      const refund = yield* only(id)
      expect(refund).toMatchObject({
        id,
        amount: 4_950n,
        currency: "SEK",
        type: "default",
        destination: "original",
        shares: [{ component: "line:7", amount: 4_950n }],
        reference: "RMA-17",
        skipEvents: true,
        requiresApproval: true,
        state: "pending_approval",
        origin: "requested",
        door: "geins"
      })
      expect(refund.texts).toMatchObject({ note: "broken handle", author: "Ada" })
    })
  )

  it.effect("asks for no more than an amount, and takes null for what is left out", () =>
    Effect.gen(function* () {
      const left = {
        OrderRowId: null,
        Reference: null,
        Description: null,
        Author: null,
        ToBalance: null,
        Settled: null,
        RefundType: null,
        SkipRefundEvents: null,
        RefundsRequireApproval: null
      }
      for (const body of [{ RefundAmount: 1 }, { RefundAmount: 1, ...left }]) {
        expect(yield* only(created(yield* create(yield* registered(), body)))).toMatchObject({
          amount: 100n,
          type: "default",
          destination: "original",
          state: "approved",
          reference: null,
          skipEvents: false,
          requiresApproval: false
        })
      }
    })
  )

  it.effect("records a settled refund at once, whether or not approval is asked for", () =>
    Effect.gen(function* () {
      const body = { RefundAmount: 10, Settled: true, RefundsRequireApproval: true }
      const refund = yield* only(created(yield* create(yield* registered(), body)))
      expect(refund).toMatchObject({ state: "settled", origin: "recorded", requiresApproval: false })
      expect(refund.settledAt).not.toBeNull()
    })
  )

  it.effect("lets only those who may record say that a refund is settled", () =>
    Effect.gen(function* () {
      const asked = caller({ door: "geins", permissions: ["refunds:request"] })
      const orderId = yield* registered()
      created(yield* create(orderId, { RefundAmount: 1 }, { caller: asked }))
      const details = refused(yield* create(orderId, { RefundAmount: 1, Settled: true }, { caller: asked }))
      expect(details).toEqual(["This credential may not do that: it needs refunds:record"])
    })
  )

  it.effect("credits the customer's balance, and refuses to where nobody is the customer", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const refund = yield* only(created(yield* create(orderId, { RefundAmount: 25.1, ToBalance: true })))
      expect(refund).toMatchObject({ destination: "store_credit", state: "settled", amount: 2_510n })
      const [credit] = yield* LedgerReader.use((reader) => reader.credit(TenantId.make("acme"), `customer-${orderId}`))
      expect(credit).toMatchObject({ currency: "SEK", lots: [{ expiresAt: null, left: 2_510n }] })

      const guest = yield* registered({ guest: true })
      refused(yield* create(guest, { RefundAmount: 1, ToBalance: true }))
    })
  )

  it.effect("draws shipping and the invoice fee on what was charged for them, and on no more", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const shipping = yield* only(created(yield* create(orderId, { RefundAmount: 5, RefundType: 2 })))
      expect(shipping).toMatchObject({ type: "shipping", shares: [{ component: "shipping", amount: 500n }] })
      const fee = yield* only(created(yield* create(orderId, { RefundAmount: 2, RefundType: 3 })))
      expect(fee).toMatchObject({ type: "invoice_fee", shares: [{ component: "invoice_fee", amount: 200n }] })

      expect(refused(yield* create(orderId, { RefundAmount: 0.01, RefundType: 2 }))).toEqual([
        "Requested 0.01 SEK of 0.00 SEK refundable for shipping"
      ])
      expect(refused(yield* create(orderId, { RefundAmount: 2.01, RefundType: 3 })).length).toBe(1)
    })
  )

  it.effect("takes a return cost off the order's open refund", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const id = created(yield* create(orderId, { RefundAmount: 60, OrderRowId: 7 }))
      const cost = yield* only(created(yield* create(orderId, { RefundAmount: 4.9, RefundType: 1 })))
      expect(cost).toMatchObject({ type: "instance_cost", deducts: true, netted: 490n })
      expect(payout(yield* only(id))).toBe(5_510n)
      expect((yield* headOf(orderId)).held).toBe(6_000n)
    })
  )

  it.effect("knows the order's rows, and no row beside another type than 0", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      expect(refused(yield* create(orderId, { RefundAmount: 1, OrderRowId: 8 }))).toEqual([
        "OrderRowId: the order has no row 8"
      ])
      for (const RefundType of [1, 2, 3]) {
        expect(refused(yield* create(orderId, { RefundAmount: 1, OrderRowId: 7, RefundType }))).toEqual([
          "OrderRowId: no line beside another type than default"
        ])
      }
    })
  )

  it.effect("makes one refund of one Idempotency-Key, and says so", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const headers = { "idempotency-key": "k-1" }
      const first = yield* create(orderId, { RefundAmount: 10, Description: "once" }, { headers })
      const again = yield* create(orderId, { RefundAmount: 10, Description: "once" }, { headers })
      expect(created(again)).toBe(created(first))
      expect(again.headers).toMatchObject({ "idempotent-replayed": "true" })
      expect(again.body).toEqual(first.body)

      const before = yield* entries(orderId)
      refused(yield* create(orderId, { RefundAmount: 11, Description: "once" }, { headers }))
      refused(yield* create(orderId, { RefundAmount: 10, Description: "twice" }, { headers }))
      refused(yield* create(orderId, { RefundAmount: 10 }, { headers: { "idempotency-key": "" } }))
      refused(yield* create(orderId, { RefundAmount: 10 }, { headers: { "idempotency-key": "k".repeat(256) } }))
      expect(yield* entries(orderId)).toEqual(before)
    })
  )

  it.effect("answers for the group where the money goes back to two captures", () =>
    Effect.gen(function* () {
      const id = freshOrder()
      const captures = [capture(`a-${id}`, 100n), capture(`b-${id}`, 100n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id })))
      const groupId = created(yield* create(id, { RefundAmount: 1.5 }))
      expect((yield* group(groupId)).map((refund) => [refund.groupId, refund.amount])).toEqual([
        [groupId, 100n],
        [groupId, 50n]
      ])
    })
  )

  it.effect("follows the tenant's policy for this door", () =>
    Effect.gen(function* () {
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({ geins: { approval: { rule: "always" } } })))
      const refund = yield* only(created(yield* create(yield* registered(), { RefundAmount: 1 })))
      expect(refund.state).toBe("pending_approval")
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({})))
    })
  )
})
