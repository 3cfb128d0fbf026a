import { expect, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { authorized, caller, capture, order, register, setPolicy } from "refund-testkit/build"
import type { WireAnswer } from "../src/Dialect.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { MedusaOrder, MedusaPayment } from "../src/medusa/wire.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"

let drawn = 0
interface Registered {
  readonly amounts?: ReadonlyArray<bigint>
  readonly reference?: string
  readonly vendor?: Readonly<Record<string, unknown>>
}

/** An order of its own for every test: one payment of 1,000, unless told otherwise. */
const registered = ({ amounts = [1_000n], reference = "ch_1", vendor }: Registered = {}) =>
  Effect.gen(function* () {
    const id = `order_o${++drawn}`
    const captures = amounts.map((amount, index) => capture(`${id}_pay_${index + 1}`, amount, { reference }))
    const texts = { salt: "salt", lines: {}, captures: {}, vendor: { medusa: vendor } }
    yield* Refunds.use((refunds) =>
      refunds.execute(register(order({ captures }), { id, ...(vendor ? { texts } : {}) }))
    )
    return { id, payments: captures.map((each) => each.id) }
  })

const refund = (id: string, body: unknown, more: Partial<Sent> = {}) =>
  send(medusa, { path: `/admin/orders/${id}/refund`, body, ...more })
const payRefund = (id: string, body: unknown, more: Partial<Sent> = {}) =>
  send(medusa, { path: `/admin/payments/${id}/refund`, body, ...more })
const get = (path: string, more: Partial<Sent> = {}) => send(medusa, { method: "GET", path, ...more })

const shown = (answer: WireAnswer): MedusaOrder => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const { order } = answer.body as { readonly order: unknown }
  return Schema.decodeUnknownSync(MedusaOrder)(order)
}

const told = (answer: WireAnswer) => [answer.status, answer.body ?? answer.text]
const notAllowed = (message: string) => [400, { type: "not_allowed", message }]
const entries = (id: string) => LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${id}`))
const key = (value: string) => ({ headers: { "idempotency-key": value } })

layer(layerLedger())("Medusa's refund of an order", (it) => {
  it.effect("answers the order, with a refund that names no payment", () =>
    Effect.gen(function* () {
      const { id } = yield* registered({ vendor: { email: "ada@example.com", display_id: 7 } })
      const answer = yield* refund(id, { amount: 400, reason: "Do not like it", note: "late" })
      expect(answer.headers?.["refund-id"]).toMatch(/^[0-9a-f-]{36}$/)
      expect(shown(answer)).toMatchObject({
        id,
        object: "order",
        email: "ada@example.com",
        display_id: 7,
        region_id: null,
        currency_code: "usd",
        payment_status: "partially_refunded",
        paid_total: 1_000,
        refunded_total: 400,
        refundable_amount: 600,
        payments: [{ amount: 1_000, amount_refunded: 400 }],
        refunds: [{ order_id: id, payment_id: null, amount: 400, reason: "other", note: "late", metadata: null }]
      })
      expect(shown(yield* refund(id, { amount: 600, reason: "return" }))).toMatchObject({
        payment_status: "refunded",
        refundable_amount: 0,
        refunds: [{ amount: 400 }, { amount: 600, reason: "return" }]
      })
    })
  )

  it.effect("goes back to the first payment that has so much left", () =>
    Effect.gen(function* () {
      const { id } = yield* registered({ amounts: [300n, 700n] })
      const amounts = (answer: WireAnswer) => shown(answer).payments.map((payment) => payment.amount_refunded)
      expect(amounts(yield* refund(id, { amount: 200, reason: "return" }))).toEqual([200, 0])
      expect(amounts(yield* refund(id, { amount: 200, reason: "return" }))).toEqual([200, 200])
      expect(amounts(yield* refund(id, { amount: 100, reason: "return" }))).toEqual([300, 200])
    })
  )

  it.effect("goes back to several payments where the tenant lets a request name none", () =>
    Effect.gen(function* () {
      const { id } = yield* registered({ amounts: [300n, 700n] })
      expect(told(yield* refund(id, { amount: 800, reason: "return" }))).toEqual(
        notAllowed("No payment of the order has so much left; refund its payments one by one")
      )
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({ medusa: { requireCapture: false } })))
      const order = shown(yield* refund(id, { amount: 800, reason: "return" }))
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({}, { expected: 1 })))
      expect(order).toMatchObject({
        payments: [{ amount_refunded: 300 }, { amount_refunded: 500 }],
        refunds: [{ amount: 800, payment_id: null }]
      })
    })
  )

  it.effect("never gives back more than was paid, in Medusa's own sentence, and records nothing of it", () =>
    Effect.gen(function* () {
      const { id, payments } = yield* registered({ amounts: [300n, 700n] })
      yield* payRefund(payments[0]!, { amount: 100, reason: "return" })
      const before = yield* entries(id)
      expect(told(yield* refund(id, { amount: 901, reason: "return" }))).toEqual(
        notAllowed("Cannot refund more than the original order amount")
      )
      expect(told(yield* refund("order_none", { amount: 1, reason: "return" }))).toEqual([
        404,
        { type: "not_found", message: "Order with id: order_none was not found" }
      ])
      expect(told(yield* refund("x".repeat(5_000), { amount: 1, reason: "return" }))).toMatchObject([404, {}])
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("refuses what Medusa's validator refuses, in its words", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const faults = (body: unknown) => Effect.map(refund(id, body), told)
      const invalid = (message: string) => [400, { type: "invalid_data", message }]
      expect(yield* faults({})).toEqual(
        invalid(
          "amount should not be empty, amount must be an integer number, reason should not be empty, reason must be a string"
        )
      )
      expect(yield* faults({ amount: 1, reason: "" })).toEqual(invalid("reason should not be empty"))
      expect(yield* faults({ amount: 1, reason: "a", no_notification: "yes", more: 1 })).toEqual(
        invalid("property more should not exist, no_notification must be a boolean value")
      )
      expect(yield* faults({ amount: 0, reason: "a" })).toEqual(invalid("amount must be a positive number"))
      expect(yield* faults({ amount: 1, reason: "4111 1111 1111 1111" })).toEqual(
        invalid("reason must not contain a card number")
      )
      expect((yield* faults({ amount: 1, reason: "a", no_notification: true }))[0]).toBe(200)
    })
  )

  it.effect("is the same refund under the same key, whichever payment would be chosen by then", () =>
    Effect.gen(function* () {
      const { id, payments } = yield* registered({ amounts: [300n, 700n] })
      const asked = { amount: 250, reason: "return" }
      const first = yield* refund(id, asked, key("order-key"))
      expect(shown(first).refunds).toMatchObject([{ amount: 250 }])
      const again = yield* refund(id, asked, key("order-key"))
      expect(again.headers).toEqual({ ...first.headers, "idempotent-replayed": "true" })
      expect(shown(again).payments).toMatchObject([{ amount_refunded: 250 }, { amount_refunded: 0 }])
      const reused = [422, { code: "invalid_request_error", type: "duplicate_error", message: expect.any(String) }]
      expect(told(yield* refund(id, { ...asked, amount: 251 }, key("order-key")))).toEqual(reused)
      expect(told(yield* payRefund(payments[1]!, asked, key("order-key")))).toEqual(reused)
    })
  )

  it.effect("tells a decline as Medusa's plugin error, with the refund's id, and does not show it in the order", () =>
    Effect.gen(function* () {
      const { id, payments } = yield* registered({ reference: "sim_decline" })
      const answer = yield* refund(id, { amount: 1, reason: "return" })
      expect(told(answer)).toEqual([
        500,
        { type: "unexpected_state", message: `Failed to refund Payment ${payments[0]}` }
      ])
      expect(answer.headers?.["refund-id"]).toBeDefined()
      expect(shown(yield* get(`/admin/orders/${id}`))).toMatchObject({ payment_status: "captured", refunds: [] })
    })
  )

  it.effect("is for whoever may request refunds; they read the answer, and nothing else", () =>
    Effect.gen(function* () {
      const { id, payments } = yield* registered()
      const clerk = { caller: caller({ door: "medusa", permissions: ["refunds:request"] }) }
      shown(yield* refund(id, { amount: 1, reason: "return" }, clerk))
      for (const path of [`/admin/orders/${id}`, `/admin/payments/${payments[0]}`]) {
        expect(told(yield* get(path, clerk))).toEqual([401, "Unauthorized"])
      }
      const reader = { caller: caller({ door: "medusa", permissions: ["orders:read", "refunds:read"] }) }
      expect(told(yield* refund(id, {}, reader))).toEqual([401, "Unauthorized"])
      shown(yield* get(`/admin/orders/${id}`, reader))
    })
  )
})

layer(layerLedger())("Medusa's payment", (it) => {
  it.effect("shows what was taken and given back, with no relation expanded", () =>
    Effect.gen(function* () {
      const { id, payments } = yield* registered()
      yield* payRefund(payments[0]!, { amount: 250, reason: "return" })
      const { body, status } = yield* get(`/admin/payments/${payments[0]}`)
      expect(status).toBe(200)
      const { payment } = body as { readonly payment: unknown }
      expect(Schema.decodeUnknownSync(MedusaPayment, { onExcessProperty: "error" })(payment)).toMatchObject({
        id: payments[0],
        order_id: id,
        amount: 1_000,
        amount_refunded: 250,
        currency_code: "usd",
        captured_at: expect.stringMatching(/Z$/),
        data: {}
      })
    })
  )

  it.effect("that was only authorized has not been captured, and its order is awaited", () =>
    Effect.gen(function* () {
      const id = `order_o${++drawn}`
      const captures = [authorized(`${id}_pay`, 500n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id })))
      expect((yield* get(`/admin/payments/${id}_pay`)).body).toMatchObject({
        payment: { captured_at: null, amount: 500 }
      })
      expect(shown(yield* get(`/admin/orders/${id}`))).toMatchObject({ payment_status: "awaiting", paid_total: 0 })
      expect(told(yield* refund(id, { amount: 1, reason: "return" }))).toEqual(
        notAllowed(`Payment ${id}_pay is not captured`)
      )
    })
  )

  it.effect("that nobody registered is not found", () =>
    Effect.gen(function* () {
      expect(told(yield* get("/admin/payments/pay_zz"))).toEqual([
        404,
        { type: "not_found", message: "Payment with id pay_zz was not found" }
      ])
    })
  )
})

layer(layerLedger())("A request of Medusa's that comes again while the provider is being asked", (it) => {
  it.effect("conflicts, so that Medusa's client sends it once more with its key; the first one is told its state", () =>
    Effect.gen(function* () {
      const { id, payments } = yield* registered({ reference: "sim_submitting" })
      const asked = { amount: 10, reason: "return" }
      const first = yield* payRefund(payments[0]!, asked, key("in-flight"))
      expect(first.body).toMatchObject({ refund: { metadata: { state: "submitting" } } })
      const again = yield* payRefund(payments[0]!, asked, key("in-flight"))
      expect(told(again)).toEqual([
        409,
        {
          code: "invalid_state_error",
          type: "conflict",
          message:
            "The request conflicted with another request. You may retry the request with the provided Idempotency-Key."
        }
      ])
      expect(again.headers?.["refund-id"]).toBe(first.headers?.["refund-id"])
      expect(shown(yield* get(`/admin/orders/${id}`)).refunds).toMatchObject([{ metadata: { state: "submitting" } }])
    })
  )
})
