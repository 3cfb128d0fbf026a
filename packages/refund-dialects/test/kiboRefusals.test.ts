import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import { authorized, caller, dispute, order, register, setPolicy } from "refund-testkit/build"
import { create, created, createText, entries, refused, registered } from "./support/kibo.ts"
import { hostileAmounts, layerLedger } from "./support/ledger.ts"

layer(layerLedger())("What Kibo's creation of a refund refuses", (it) => {
  it.effect("does not exceed it without a reason, nor for whom it is not permitted", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const before = yield* entries(id)
      expect(refused(yield* create(id, { amount: 107.01 })).message).toContain("reason")
      const asked = caller({ door: "kibo", permissions: ["refunds:request"] })
      const body = { amount: 107.01, reason: "goodwill" }
      refused(yield* create(id, body, { caller: asked }), 403, "FORBIDDEN")
      expect(yield* entries(id)).toEqual(before)
      created(yield* create(id, { amount: 107 }, { caller: asked }))
    })
  )

  it.effect("refuses a list of fields it cannot read, before anything is refunded", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const before = yield* entries(id)
      for (const responseFields of [
        "id,",
        "id)",
        "payment(",
        "payment()",
        "(id)",
        "a b",
        "a.b",
        "-id",
        "é",
        "a".repeat(2_001)
      ]) {
        const error = refused(yield* create(id, { amount: 1 }, { query: { responseFields } }))
        expect(error.message).toContain("responseFields: ")
      }
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("refuses another order in the body than in the path", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      expect(refused(yield* create(id, { amount: 1, orderId: "another" })).message).toContain("orderId: ")
    })
  )

  it.effect("finds no order where there is none", () =>
    Effect.gen(function* () {
      for (const id of ["none", "x".repeat(10_000), "..%2F..", "a%00b", "null", "__proto__", "constructor"]) {
        const error = refused(yield* create(id, { amount: 1 }), 404, "ITEM_NOT_FOUND")
        expect(error.message.length).toBeLessThan(300)
      }
    })
  )

  it.effect("tells those who may not ask nothing but that", () =>
    Effect.gen(function* () {
      const asked = caller({ door: "kibo", permissions: ["orders:read", "refunds:read"] })
      for (const [id, body] of [
        [(yield* registered()).id, { amount: 1 }],
        ["none", { amount: "x" }],
        ["none", []]
      ] as const) {
        const error = refused(yield* create(id, body, { caller: asked }), 403, "FORBIDDEN")
        expect(error.items).toEqual([])
        expect(error.additionalErrorData).toEqual([
          { name: "violation", value: "NotPermitted" },
          { name: "permission", value: "refunds:request" }
        ])
      }
    })
  )

  it.effect("says a dispute and an authorization that was never captured as conflicts", () =>
    Effect.gen(function* () {
      const { id, payment } = yield* registered()
      yield* Refunds.use((refunds) => refunds.execute(dispute("open", { order: id, capture: payment })))
      refused(yield* create(id, { amount: 1, payment: { id: payment } }), 409, "VALIDATION_CONFLICT")

      const only = "order-authorized"
      const captures = [authorized(`auth-${only}`, 100n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id: only })))
      refused(yield* create(only, { amount: 1, payment: { id: `auth-${only}` } }), 409, "VALIDATION_CONFLICT")
    })
  )

  it.effect("lists every violation with its numbers", () =>
    Effect.gen(function* () {
      yield* Refunds.use((refunds) =>
        refunds.execute(setPolicy({ kibo: { overRefund: "capture_strict", requireCapture: true } }))
      )
      const { id, payment } = yield* registered()
      const one = refused(yield* create(id, { amount: 107.5, payment: { id: payment } }), 400, "VALIDATION_CONFLICT")
      expect(one.items).toEqual([])
      expect(one.additionalErrorData).toEqual([
        { name: "violation", value: "ExceedsCaptured" },
        { name: "captureId", value: payment },
        { name: "currency", value: "USD" },
        { name: "requested", value: "107.50" },
        { name: "refundable", value: "107.00" }
      ])
      const two = refused(yield* create(id, { amount: 107.5 }))
      expect(two.items.map((item) => item.errorCode)).toEqual(["MISSING_OR_INVALID_PARAMETER", "VALIDATION_CONFLICT"])
      expect(two.message).toContain("payment.id is missing")
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({})))
    })
  )

  it.effect("refuses every hostile amount as a 400, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const before = yield* entries(id)
      for (const amount of hostileAmounts) {
        const error = refused(yield* createText(id, `{"amount":${amount}}`))
        expect(error.message, amount).toMatch(/amount|JSON/)
      }
      expect(refused(yield* create(id, undefined)).message).toBe("amount is missing; say how much to refund")
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("refuses a wrong type in any field, and names the field", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const before = yield* entries(id)
      const texts = ["5", "true", "[]", "{}", '["x"]']
      const wrong: Readonly<Record<string, ReadonlyArray<string>>> = {
        orderId: texts,
        reason: texts,
        reasonCode: texts,
        refundMethod: texts,
        payment: ["5", '"x"', "true", "[]", '{"id":5}', '{"id":[]}', '{"id":""}', `{"id":"${"x".repeat(256)}"}`],
        amount: ['"1"', '"1.99"']
      }
      for (const [field, values] of Object.entries(wrong)) {
        for (const value of values) {
          const amount = field === "amount" ? "" : '"amount":1,'
          const answer = yield* createText(id, `{${amount}"${field}":${value}}`)
          expect(answer.status, `${field} ${value}`).toBe(400)
          const error = refused(answer)
          expect(error.message).toMatch(new RegExp(`^${field}(\\.id)?: `))
          expect(error.message.length).toBeLessThan(100)
        }
      }
      for (const body of ["[]", "5", '"x"', "true", "null"]) {
        expect(refused(yield* createText(id, body)).message).toBe("a JSON object")
      }
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("bounds what people write, and keeps no card number", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const before = yield* entries(id)
      for (const field of ["reason", "reasonCode", "refundMethod"]) {
        for (const text of ["x".repeat(2_001), "x".repeat(10_000), "card 4242 4242 4242 4242"]) {
          const error = refused(yield* create(id, { amount: 1, [field]: text }))
          expect(error.message).toContain(`${field}: `)
          expect(error.message).not.toContain("4242")
        }
      }
      expect(yield* entries(id)).toEqual(before)
      for (const field of ["reason", "reasonCode", "refundMethod"]) {
        const text = "‮ =cmd é ".repeat(20)
        expect(created(yield* create(id, { amount: 0.01, [field]: text }))).toMatchObject({ [field]: text })
      }
    })
  )

  it.effect("ignores what it does not know, but not a field in another case", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      created(yield* createText(id, '{"amount":1,"foo":5,"constructor":{},"toString":"x"}'))
      expect(refused(yield* create(id, { amount: 1, Payment: { id: "x" } })).message).toBe("Payment: the name payment")
    })
  )
})
