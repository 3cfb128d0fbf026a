import { expect, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Refunds } from "refund-core/Refunds"
import { caller, request } from "refund-testkit/build"
import type { WireAnswer } from "../src/Dialect.ts"
import { maverick } from "../src/maverick/inbound.ts"
import { firstNumber } from "../src/maverick/payment.ts"
import { Payment, PaymentList } from "../src/maverick/wire.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"
import { entries, no, ok, paid, refund, told } from "./support/maverick.ts"

const list = (query: Readonly<Record<string, string>>, more: Partial<Sent> = {}) =>
  send(maverick, { method: "GET", path: "/payments", query, ...more })

const found = (answer: WireAnswer): ReadonlyArray<Payment> => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const { _meta, items } = Schema.decodeUnknownSync(PaymentList, { onExcessProperty: "error" })(answer.body)
  expect(_meta.totalCount).toBe(items.length)
  return items.map((item) => Schema.decodeUnknownSync(Payment, { onExcessProperty: "error" })(item))
}

layer(layerLedger())("Maverick's list of payments", (it) => {
  it.effect("finds a refund by the externalId it was sent with, which is how a client finds out after a timeout", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const externalId = "0191f5a7-44d3-4430-8739-2d80821416bf"
      const made = ok(yield* refund(id, { amount: "4.00", externalId }))
      expect(made.externalId).toBe(externalId)
      expect(found(yield* list({ "filter[externalId]": externalId }))).toEqual([made])
      expect(found(yield* list({ "filter[externalId]": externalId, "filter[terminal.id]": "24" }))).toEqual([made])
      expect(found(yield* list({ "filter[externalId]": externalId, "filter[terminal.id]": "25" }))).toEqual([])
      expect(found(yield* list({ "filter[externalId]": "none" }))).toEqual([])
    })
  )

  it.effect("finds all refunds of one name, newest first, and those that were declined", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* paid(), yield* paid(1_000n, { reference: "sim_decline" })]
      const first = ok(yield* refund(one, { amount: "1.00", externalId: "cart-7" }))
      expect(told(yield* refund(two, { amount: "2.00", externalId: "cart-7" }))[0]).toBe(422)
      expect(found(yield* list({ "filter[externalId]": "cart-7" }))).toMatchObject([
        { amount: "2.00", status: { status: "Decline", reason: "sim_decline" } },
        { id: first.id, status: { status: "Approved" } }
      ])
    })
  )

  it.effect("finds a payment, or a refund, by its id", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const made = ok(yield* refund(id, { amount: "4.00" }))
      expect(found(yield* list({ "filter[id]": String(made.id) }))).toEqual([made])
      expect(found(yield* list({ "filter[id]": id }))).toMatchObject([{ id: Number(id), history: [made] }])
      expect(found(yield* list({ "filter[id]": id, "filter[externalId]": "x" }))).toEqual([])
      for (const none of ["1", "x", String(firstNumber + 999_999), "a\0b"]) {
        expect(found(yield* list({ "filter[id]": none }))).toEqual([])
      }
    })
  )

  it.effect("finds what came through other doors; store credit is no payment", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const id = yield* paid(1_000n, { order: { customer: "c-1" } })
      yield* refunds.execute(request({ at: id, amount: 300n, reference: "RMA-1" }))
      yield* refunds.execute(request({ at: id, amount: 200n, reference: "RMA-1", destination: "store_credit" }))
      expect(found(yield* list({ "filter[externalId]": "RMA-1" }))).toMatchObject([
        { amount: "3.00", externalId: "RMA-1" }
      ])
    })
  )

  it.effect("refuses a filter it does not understand, where the gateway would show every payment", () =>
    Effect.gen(function* () {
      const bad: ReadonlyArray<Readonly<Record<string, string>>> = [
        {},
        { "filter[terminal.id]": "24" },
        { "filter[externalid]": "x" },
        { "filter[externalId]": "" },
        { filter: "x" },
        { "filter[externalId][]": "x" },
        { "filter[id]": "1", page: "2" },
        { "filter[id]": "1".repeat(256) }
      ]
      for (const query of bad) expect(no(yield* list(query))[0], JSON.stringify(query)).toBe(422)
      const clerk = { caller: caller({ door: "maverick", permissions: ["refunds:request"] }) }
      expect(no(yield* list({ "filter[id]": "1" }, clerk))[0]).toBe(403)
    })
  )
})

layer(layerLedger())("Maverick's externalId", (it) => {
  it.effect("is the caller's own: the same one twice is two refunds", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const [one, two] = [
        ok(yield* refund(id, { amount: "4.00", externalId: "twice" })),
        ok(yield* refund(id, { amount: "4.00", externalId: "twice" }))
      ]
      expect(one.id).not.toBe(two.id)
      expect(found(yield* list({ "filter[externalId]": "twice" })).length).toBe(2)
    })
  )

  it.effect("is a text that can be kept, or null", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const before = yield* entries(id)
      for (const externalId of [5, [], {}, true, "x".repeat(256), "4111 1111 1111 1111"]) {
        expect(no(yield* refund(id, { amount: "1.00", externalId }))[0]).toBe(422)
      }
      expect(yield* entries(id)).toEqual(before)
      expect(ok(yield* refund(id, { amount: "1.00", externalId: null })).externalId).toBeNull()
      expect(ok(yield* refund(id, { amount: "1.00", externalId: "" })).externalId).toBeNull()
      const likeACard = "a4111111-1111-4111-8111-111111111111"
      expect(ok(yield* refund(id, { amount: "1.00", externalId: likeACard })).externalId).toBe(likeACard)
    })
  )
})

layer(layerLedger())("A refund of a refund at Maverick", (it) => {
  it.effect("is refused as such, and makes nothing", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const made = ok(yield* refund(id, { amount: "4.00" }))
      const before = yield* entries(id)
      expect(no(yield* refund(String(made.id), { amount: "1.00" }))).toEqual([
        422,
        `Payment ${made.id} is a refund, and a refund is never refunded`
      ])
      expect(no(yield* refund(String(firstNumber + 999_999), { amount: "1.00" }))[0]).toBe(404)
      expect(yield* entries(id)).toEqual(before)
    })
  )
})
