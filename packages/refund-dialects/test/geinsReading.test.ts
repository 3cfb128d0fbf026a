import { expect, layer } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { type RefundId, TenantId } from "refund-core/Ids"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { approve, approver, caller, capture, charge, deny, line, order, register } from "refund-testkit/build"
import type { WireAnswer } from "../src/Dialect.ts"
import { geins } from "../src/geins/inbound.ts"
import { BaseEnvelope, Refund } from "../src/geins/wire.ts"
import { parseJson } from "../src/Json.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"

let drawn = 1_000
interface Registered {
  readonly currency?: string
  readonly provider?: string
  readonly kept?: Readonly<Record<string, unknown>>
  readonly captureId?: string
}

/** 90.00 of goods in row 7, 10.00 off, with 20.00 tax; 5.00 shipping and a 2.00 invoice fee, all of it captured. */
const registered = ({ captureId, currency = "SEK", kept, provider = "simulator" }: Registered = {}) =>
  Effect.gen(function* () {
    const id = String(++drawn)
    const texts = {
      salt: "salt",
      lines: { "7": `Mug ${id}` },
      vendor: kept === undefined ? {} : { geins: kept },
      captures: {}
    }
    const asked = order({
      currency,
      customer: `customer-${id}`,
      lines: [line("7", 9_000n, { tax: 2_000n, discount: 1_000n })],
      shipping: charge(500n),
      invoiceFee: charge(200n),
      total: 10_700n,
      captures: [capture(captureId ?? `c-${id}`, 10_700n, { provider })]
    })
    yield* Refunds.use((refunds) => refunds.execute(register(asked, { id, texts })))
    return id
  })

const create = (orderId: string, body: unknown, more: Partial<Sent> = {}) =>
  Effect.map(send(geins, { path: `/API/Order/${orderId}/Refund`, body, ...more }), (answer) => {
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.headers?.["refund-id"] as RefundId
  })

const get = (orderId: string, refundId: string, more: Partial<Sent> = {}) =>
  send(geins, { method: "GET", path: `/API/Order/${orderId}/Refund/${refundId}`, ...more })

const list = (orderId: string, more: Partial<Sent> = {}) =>
  send(geins, { method: "GET", path: `/API/Order/${orderId}/Refund/List`, ...more })

const settle = (id: RefundId) => Outcomes.use((outcomes) => outcomes.wait(TenantId.make("acme"), id))

const decode = Schema.decodeUnknownSync(Refund, { onExcessProperty: "error" })

/** As a client reads it, once it has proved to be of the documented form. */
const found = (answer: WireAnswer): ReadonlyArray<Record<string, unknown>> => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const text = JSON.stringify(answer.body)
  const exact = Result.getOrThrow(parseJson(text, "text")) as { readonly Resource: unknown }
  for (const each of [exact.Resource].flat()) decode(each)
  const { Resource } = JSON.parse(text) as { readonly Resource: Record<string, unknown> }
  return [Resource].flat()
}

const one = (answer: WireAnswer): Record<string, unknown> => {
  const [only, ...more] = found(answer)
  expect(more).toEqual([])
  return only!
}

const refused = (answer: WireAnswer, status: 400 | 404 = 400) => {
  const { Details, Message } = Schema.decodeUnknownSync(BaseEnvelope, { onExcessProperty: "error" })(answer.body)
  expect([answer.status, Message]).toEqual([status, status === 400 ? "Bad request." : "Not found."])
  return Details
}

layer(layerLedger())("Geins' reading of refunds", (it) => {
  it.effect("shows a refund with its order's figures, its row and the order row it draws on", () =>
    Effect.gen(function* () {
      const kept = { PaymentName: "Klarna", Customer: "Ada", Shipped: true, VatRate: 0.25, Locale: "sv-SE" }
      const orderId = yield* registered({ kept })
      const asked = { OrderRowId: 7, RefundAmount: 49.9, Reference: "RMA-1", Description: "broken", Author: "Ada" }
      const id = yield* create(orderId, asked)
      const refund = one(yield* get(orderId, id))
      expect(refund).toEqual({
        RefundId: id,
        RefundInstanceId: expect.any(Number),
        OrderId: Number(orderId),
        Reference: "RMA-1",
        Description: "broken",
        Author: "Ada",
        ...kept,
        OrderSum: 107,
        OrderVat: 20,
        OrderValue: 100,
        OrderDiscount: 10,
        ShippingFee: 5,
        PaymentFee: 2,
        Currency: "SEK",
        CreatedOn: "2026-11-02T12:00:00.000Z",
        Sent: false,
        Processed: false,
        RequiresApproval: false,
        Approved: null,
        SkipRefundEvents: false,
        RefundedItemTotal: 49.9,
        RefundedShippingFee: 0,
        RefundedPaymentFee: 0,
        RefundedTotal: 49.9,
        RefundRows: [
          {
            OrderId: Number(orderId),
            RefundRowId: refund["RefundInstanceId"],
            OrderRowId: 7,
            RefundAmount: 49.9,
            ToBalance: false,
            Settled: false,
            CreatedOn: "2026-11-02T12:00:00.000Z",
            Investigation: false,
            RefundType: 0
          }
        ],
        Rows: [
          {
            OrderRowId: 7,
            Price: 100,
            PriceExVat: 80,
            Name: `Mug ${orderId}`,
            Discount: 10,
            SuggestedRefundAmount: 50.1,
            PriceBeforeDiscount: 110
          }
        ]
      })
      expect(JSON.stringify((yield* get(orderId, id)).body)).toContain('"RefundAmount":49.90,')
    })
  )

  it.effect("shows when a provider was asked and the row was settled", () =>
    Effect.gen(function* () {
      const orderId = yield* registered({ captureId: "f351a2a3-97c4-4f12-add3-80c1044091f6" })
      const id = yield* create(orderId, { RefundAmount: 5, RefundType: 2, SkipRefundEvents: true })
      yield* settle(id)
      expect(one(yield* get(orderId, id.toUpperCase()))).toMatchObject({
        Sent: true,
        SentOn: expect.stringMatching(/Z$/),
        Processed: false,
        SkipRefundEvents: true,
        RefundedShippingFee: 5,
        RefundedItemTotal: 0,
        RefundRows: [
          {
            Settled: true,
            SettledOn: expect.stringMatching(/Z$/),
            RefundType: 2,
            CaptureId: "f351a2a3-97c4-4f12-add3-80c1044091f6"
          }
        ],
        Rows: []
      })
    })
  )

  it.effect("shows what was decided on a refund that needed approval", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const asked = { RefundAmount: 1, RefundsRequireApproval: true }
      const [pending, approved, denied] = [
        yield* create(orderId, asked),
        yield* create(orderId, asked),
        yield* create(orderId, asked)
      ]
      const later = approver({ now: caller().now + 1_000 })
      yield* Refunds.use((refunds) => refunds.execute(approve(approved, { caller: later })))
      yield* Refunds.use((refunds) => refunds.execute(deny(denied, { caller: later })))
      const shown = (id: RefundId) =>
        Effect.map(get(orderId, id), (answer) => {
          const refund = one(answer)
          return ["RequiresApproval", "Approved", "ApprovalDecidedBy", "ApprovalDecidedOn"].map((name) => refund[name])
        })
      expect(yield* shown(pending)).toEqual([true, null, undefined, undefined])
      expect(yield* shown(approved)).toEqual([true, true, "bob", "2026-11-02T12:00:01.000Z"])
      expect(yield* shown(denied)).toEqual([true, false, undefined, "2026-11-02T12:00:01.000Z"])
    })
  )

  it.effect("shows credit, a return cost and what the return cost leaves to be paid", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const goods = yield* create(orderId, { RefundAmount: 60, OrderRowId: 7 })
      const cost = yield* create(orderId, { RefundAmount: 4.9, RefundType: 1 })
      const credit = yield* create(orderId, { RefundAmount: 2, RefundType: 3, ToBalance: true })
      expect(one(yield* get(orderId, goods))).toMatchObject({ RefundedTotal: 55.1, RefundedItemTotal: 60 })
      expect(one(yield* get(orderId, cost))).toMatchObject({
        RefundedTotal: 0,
        RefundRows: [{ RefundAmount: 4.9, RefundType: 1 }]
      })
      expect(one(yield* get(orderId, credit))).toMatchObject({
        RefundedPaymentFee: 2,
        RefundRows: [{ ToBalance: true, Settled: true, RefundType: 3 }]
      })
    })
  )

  it.effect("shows no order row for a refund that draws on more than one part of the order", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const id = yield* create(orderId, { RefundAmount: 103 })
      expect(one(yield* get(orderId, id))).toMatchObject({
        RefundedItemTotal: 100,
        RefundedShippingFee: 3,
        RefundRows: [{ RefundAmount: 103 }],
        Rows: [{ OrderRowId: 7, SuggestedRefundAmount: 0 }]
      })
    })
  )

  it.effect("lists the order's refunds, oldest first, each group as one", () =>
    Effect.gen(function* () {
      const id = String(++drawn)
      const captures = [capture(`a-${id}`, 100n), capture(`b-${id}`, 100n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id })))
      expect(found(yield* list(id))).toEqual([])
      const first = yield* create(id, { RefundAmount: 0.3 })
      const second = yield* create(id, { RefundAmount: 1.2 })
      const listed = found(yield* list(id))
      expect(listed.map((refund) => refund["RefundId"])).toEqual([first, second])
      expect(listed[1]).toMatchObject({
        RefundedTotal: 1.2,
        RefundRows: [{ RefundAmount: 0.7 }, { RefundAmount: 0.5 }]
      })
      expect(Object.keys(listed[1]!).filter((name) => /^(?:Order[SVD]|Shipping|Payment)/.test(name))).toEqual([])
      expect(one(yield* get(id, second))).toEqual(listed[1])
    })
  )

  it.effect("finds no refund of another order, and none under what is no id", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* registered(), yield* registered()]
      const id = yield* create(one, { RefundAmount: 1 })
      for (const refundId of [id, "00000000-0000-4000-8000-ffffffffffff", "5", "x".repeat(10_000)]) {
        expect(refused(yield* get(two, refundId), 404)).toEqual(["There is no refund with this id on this order"])
      }
      refused(yield* get("abc", id), 404)
      expect(refused(yield* list("999999"), 404)).toEqual(["There is no order with this id"])
    })
  )

  it.effect("shows refunds only to those who may read them", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const id = yield* create(orderId, { RefundAmount: 1 })
      const reader = { caller: caller({ door: "geins", permissions: ["refunds:read"] }) }
      expect(found(yield* list(orderId, reader)).length).toBe(1)
      one(yield* get(orderId, id, reader))
      const others = { caller: caller({ door: "geins", permissions: ["refunds:request", "orders:read"] }) }
      for (const answer of [yield* list(orderId, others), yield* get(orderId, id, others), yield* list("1", others)]) {
        expect(refused(answer)).toEqual(["This credential may not do that: it needs refunds:read"])
      }
    })
  )

  it.effect("shares no constant between two orders but what the page documents", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* registered(), yield* registered({ currency: "EUR" })]
      yield* create(one, { RefundAmount: 3, OrderRowId: 7, Reference: "a", Description: "b", Author: "c" })
      const later = { ...caller({ door: "geins" }), now: caller().now + 5_000 }
      yield* create(two, { RefundAmount: 4, RefundType: 2, Settled: true, SkipRefundEvents: true }, { caller: later })
      const [first] = found(yield* list(one))
      const [second] = found(yield* list(two))
      const same = Object.keys(first!).filter((name) => first![name] !== null && first![name] === second![name])
      // The figures of two orders that are worth the same, and flags that are false for both.
      expect(same).toEqual([
        "OrderSum",
        "OrderVat",
        "OrderValue",
        "OrderDiscount",
        "ShippingFee",
        "PaymentFee",
        "Sent",
        "Processed",
        "RequiresApproval",
        "RefundedPaymentFee"
      ])
    })
  )
})
