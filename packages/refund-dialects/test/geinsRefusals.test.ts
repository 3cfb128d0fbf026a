import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register } from "refund-testkit/build"
import { create, created, createText, entries, only, refused, registered } from "./support/geinsCreation.ts"
import { hostileAmounts, layerLedger } from "./support/ledger.ts"

layer(layerLedger())("Geins' refusal of a refund", (it) => {
  it.effect("never gives back more than was captured, and changes nothing when it refuses", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      created(yield* create(orderId, { RefundAmount: 100 }))
      const before = yield* entries(orderId)
      expect(refused(yield* create(orderId, { RefundAmount: 7.01 }))).toEqual([
        `Requested 7.01 SEK of 7.00 SEK refundable on order ${orderId}`
      ])
      expect(yield* entries(orderId)).toEqual(before)
      created(yield* create(orderId, { RefundAmount: 7 }))
    })
  )

  it.effect("says every violation in Details, in Geins' own names", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      expect(refused(yield* create(orderId, { OrderRowId: 8, RefundAmount: 107.01 }))).toEqual([
        "OrderRowId: the order has no row 8",
        `Requested 107.01 SEK of 107.00 SEK refundable on order ${orderId}`
      ])
      expect(refused(yield* create(orderId, { RefundAmount: -3, OrderRowId: 7, RefundType: 2 }))).toEqual([
        "OrderRowId: no line beside another type than default",
        "RefundAmount must be more than 0"
      ])
      expect(refused(yield* create(yield* registered(), {}))).toEqual([
        "RefundAmount is missing; say how much to refund"
      ])
    })
  )

  it.effect("finds no order where there is none, or where none can be", () =>
    Effect.gen(function* () {
      for (const id of [
        "999999",
        "2147483648",
        "99999999999999999999",
        "abc",
        "-1",
        "007",
        "1e3",
        "x".repeat(10_000)
      ]) {
        expect(refused(yield* create(id, { RefundAmount: 1 }), 404)).toEqual(["There is no order with this id"])
      }
      const beyond = register(order({ captures: [capture("c-beyond")] }), { id: "2147483648" })
      yield* Refunds.use((refunds) => refunds.execute(beyond))
      refused(yield* create("2147483648", { RefundAmount: 1 }), 404)
    })
  )

  it.effect("tells those who may not ask nothing but that", () =>
    Effect.gen(function* () {
      const asked = caller({ door: "geins", permissions: ["orders:read", "refunds:read"] })
      for (const [id, body] of [
        [yield* registered(), { RefundAmount: 1 }],
        ["999999", { RefundAmount: "x" }],
        ["abc", []]
      ] as const) {
        expect(refused(yield* create(id, body, { caller: asked }))).toEqual([
          "This credential may not do that: it needs refunds:request"
        ])
      }
    })
  )

  it.effect("refuses every hostile amount as a 400, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const before = yield* entries(orderId)
      for (const amount of hostileAmounts) {
        const answer = yield* createText(orderId, `{"RefundAmount":${amount}}`)
        const told = refused(answer).join()
        expect(told, amount).toMatch(/RefundAmount|JSON/)
      }
      expect(yield* entries(orderId)).toEqual(before)
    })
  )

  it.effect("reads an amount by its value, in the order's currency, without ever rounding", () =>
    Effect.gen(function* () {
      for (const [currency, text, minor] of [
        ["SEK", "19.90", 1_990n],
        ["SEK", "19.9000", 1_990n],
        ["SEK", "1e1", 1_000n],
        ["SEK", "0.1", 10n],
        ["JPY", "10", 10n],
        ["JPY", "10.0", 10n],
        ["KWD", "1.234", 1_234n]
      ] as const) {
        const answer = yield* createText(yield* registered({ currency }), `{"RefundAmount":${text}}`)
        expect((yield* only(created(answer))).amount).toBe(minor)
      }
      for (const [currency, text, digits] of [
        ["SEK", "0.1000000000000000055511151231257827", 2],
        ["SEK", "0.30000000000000004", 2],
        ["JPY", "10.5", 0],
        ["KWD", "1.2345", 3]
      ] as const) {
        const details = refused(yield* createText(yield* registered({ currency }), `{"RefundAmount":${text}}`))
        expect(details).toEqual([`RefundAmount ${text} has more than the currency's ${digits} decimals`])
      }
    })
  )

  it.effect("refuses a wrong type in any field, and names the field", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const before = yield* entries(orderId)
      const texts = ["5", "true", "[]", "{}", '["x"]']
      const booleans = ['"true"', "1", "0", "[]", "{}", '"x"']
      const wrong: Readonly<Record<string, ReadonlyArray<string>>> = {
        OrderRowId: ['"7"', "7.0", "1.5", "7e0", "2147483648", "-2147483649", "-0", "true", "[]", "{}", "1e400000000"],
        Reference: texts,
        Description: texts,
        Author: texts,
        RefundAmount: ['"1"', '"1.99"'],
        ToBalance: booleans,
        Settled: booleans,
        RefundType: ["4", "-1", '"2"', "2.0", "1e0", "true", "[]", '"Shipping"'],
        SkipRefundEvents: booleans,
        RefundsRequireApproval: booleans
      }
      for (const [field, values] of Object.entries(wrong)) {
        for (const value of values) {
          const amount = field === "RefundAmount" ? "" : '"RefundAmount":1,'
          const details = refused(yield* createText(orderId, `{${amount}"${field}":${value}}`))
          expect(details.length, `${field} ${value}`).toBe(1)
          expect(details[0]).toContain(`${field}: `)
          if (field === "OrderRowId") expect(details[0]).toContain("int32")
        }
      }
      for (const body of ["[]", "5", '"x"', "true", "null", ""]) {
        expect(refused(yield* createText(orderId, body))).toEqual(["a JSON object"])
      }
      expect(yield* entries(orderId)).toEqual(before)
    })
  )

  it.effect("bounds what people write, and keeps no card number", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const before = yield* entries(orderId)
      for (const [field, most] of [
        ["Reference", 255],
        ["Description", 2_000],
        ["Author", 2_000]
      ] as const) {
        for (const text of ["x".repeat(most + 1), "x".repeat(10_000), "card 4242 4242 4242 4242"]) {
          const details = refused(yield* create(orderId, { RefundAmount: 1, [field]: text }))
          expect(details.length).toBe(1)
          expect(details[0]).toContain(`${field}: `)
          expect(details[0]?.length).toBeLessThan(100)
        }
      }
      refused(yield* createText(orderId, '{"RefundAmount":1,"Description":"a\\u0000b"}'))
      expect(yield* entries(orderId)).toEqual(before)
      for (const field of ["Reference", "Description", "Author"]) {
        created(yield* create(orderId, { RefundAmount: 0.01, [field]: "‮ =cmd é ".repeat(20) }))
      }
    })
  )

  it.effect("ignores what it does not know, but not a field in another case", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      created(yield* createText(orderId, '{"RefundAmount":1,"Foo":5,"constructor":{},"toString":"x"}'))
      expect(refused(yield* create(orderId, { RefundAmount: 1, settled: true }))).toEqual(["settled: the name Settled"])
      refused(yield* create(orderId, { refundAmount: 1 }))
    })
  )
})
