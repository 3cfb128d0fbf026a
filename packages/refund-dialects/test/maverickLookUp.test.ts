import { expect, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "refund-testkit/build"
import type { WireAnswer } from "../src/Dialect.ts"
import { maverick } from "../src/maverick/inbound.ts"
import { firstNumber } from "../src/maverick/payment.ts"
import { Payment } from "../src/maverick/wire.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"
import { no, ok, paid, refund, told } from "./support/maverick.ts"

const lookUp = (id: number | string, more: Partial<Sent> = {}) =>
  send(maverick, { method: "GET", path: `/payment/${id}`, ...more })

const found = (answer: WireAnswer) => {
  expect(answer.status).toBe(200)
  return Schema.decodeUnknownSync(Payment, { onExcessProperty: "error" })(answer.body)
}

layer(layerLedger())("Looking a payment up at Maverick", (it) => {
  it.effect("finds a refund under the id it was answered with, as it is now", () =>
    Effect.gen(function* () {
      const made = ok(yield* refund(yield* paid(), { amount: "4.00" }))
      expect(found(yield* lookUp(made.id))).toEqual(made)
      expect(made.terminal).toEqual({ id: 24 })

      const id = yield* paid(1_000n, { reference: "sim_decline" })
      expect(told(yield* refund(id, { amount: "4.00" }))[0]).toBe(422)
      const [declined] = found(yield* lookUp(id)).history as [Payment]
      expect(found(yield* lookUp(declined.id))).toEqual(declined)
      expect(declined.status).toEqual({ status: "Decline", reason: "sim_decline" })
    })
  )

  it.effect("finds a payment, and what has been given back of it", () =>
    Effect.gen(function* () {
      const vendor = { terminal: { id: 24 }, type: "Sale", externalId: "cart-7", card: { bin: 530957 } }
      const id = yield* paid(1_000n, { vendor })
      expect(found(yield* lookUp(id))).toMatchObject({
        ...vendor,
        id: Number(id),
        amount: "10.00",
        parent: { id: null },
        refunded: false,
        captured: true,
        history: [],
        card: { bin: 530957, number: null },
        createdOn: "2026-11-02 11:00:00",
        updatedOn: "2026-11-02 11:00:00"
      })

      const made = ok(yield* refund(id, { amount: "4.00" }))

      expect(found(yield* lookUp(id))).toMatchObject({
        amount: "10.00",
        refunded: true,
        history: [made],
        updatedOn: made.updatedOn
      })
    })
  )

  it.effect("tells two payments of one order apart", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const captures = [capture("71", 600n, { authorizedAmount: 900n }), capture("72", 400n)]
      yield* refunds.execute(register(order({ captures }), { id: "o-two" }))
      const made = ok(yield* refund("72", { amount: "4.00" }))
      expect(found(yield* lookUp("71"))).toMatchObject({ amount: "6.00", refunded: false, history: [] })
      expect(found(yield* lookUp("72"))).toMatchObject({ amount: "4.00", refunded: true, history: [made] })
    })
  )

  it.effect("shows money that was only authorized as not captured", () =>
    Effect.gen(function* () {
      const id = yield* paid(1_000n, { capturedAt: null })
      expect(found(yield* lookUp(id))).toMatchObject({ amount: "10.00", captured: false, refunded: false })
    })
  )

  it.effect("keeps the ids of payments and refunds apart: one that was registered wins", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const made = ok(yield* refund(yield* paid(), { amount: "4.00" }))
      const same = String(made.id)
      yield* refunds.execute(register(order({ captures: [capture(same, 50n)] }), { id: "o-same" }))
      expect(found(yield* lookUp(same))).toMatchObject({ amount: "0.50", history: [] })
    })
  )

  it.effect("finds the refunds of other doors too, at their capture's terminal; store credit is no payment", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const id = yield* paid(1_000n, { vendor: { terminal: { id: 31 } }, order: { customer: "c-1" } })
      const native = yield* refunds.execute(request({ at: id, amount: 300n }))
      const credit = yield* refunds.execute(request({ at: id, amount: 200n, destination: "store_credit" }))
      const numberOf = (made: typeof native) => firstNumber + (made.refunds[0]?.number ?? 0)
      expect(found(yield* lookUp(numberOf(native)))).toMatchObject({
        amount: "3.00",
        terminal: { id: 31 },
        parent: { id: Number(id) },
        status: { status: "InProgress" }
      })
      expect(no(yield* lookUp(numberOf(credit)))).toEqual([404, `No payment ${numberOf(credit)}`])
      expect(found(yield* lookUp(id)).history).toMatchObject([{ id: numberOf(native) }])
    })
  )

  it.effect("does not know what is not there, and tells nobody who may not read it", () =>
    Effect.gen(function* () {
      const unknown = String(firstNumber + 999_999)
      for (const id of ["1", unknown, "9".repeat(16), "-1", "1e13", "x", "a%00b", "constructor"]) {
        expect(no(yield* lookUp(id)), id).toEqual([404, expect.stringMatching(/^No payment /)])
      }
      const id = yield* paid()
      const made = ok(yield* refund(id, { amount: "4.00" }))
      const by = (permissions: ReadonlyArray<"orders:read" | "refunds:read" | "refunds:request">) => ({
        caller: caller({ door: "maverick", permissions })
      })
      expect(no(yield* lookUp(id, by(["refunds:read", "refunds:request"])))[0]).toBe(403)
      expect(no(yield* lookUp(made.id, by(["orders:read", "refunds:request"])))[0]).toBe(403)
      expect(no(yield* lookUp(unknown, by(["orders:read"])))[0]).toBe(403)
      expect(found(yield* lookUp(made.id, by(["refunds:read"])))).toEqual(made)
      expect(found(yield* lookUp(id, by(["orders:read"]))).refunded).toBe(true)
    })
  )
})
