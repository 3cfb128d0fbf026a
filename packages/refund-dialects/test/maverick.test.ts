import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, dispute, order, register } from "refund-testkit/build"
import { failure, fault } from "../src/maverick/errors.ts"
import { maverick } from "../src/maverick/inbound.ts"
import { firstNumber } from "../src/maverick/payment.ts"
import seed from "./fixtures/maverick.json" with { type: "json" }
import { hostileAmounts, layerLedger } from "./support/ledger.ts"
import { entries, no, ok, paid, refund, refundable, terminal } from "./support/maverick.ts"

const seedTime = Date.parse(`${seed.createdOn.replace(" ", "T")}Z`)
/** What an integrator knows of the payment that the page's refund gives back. */
const { level, threeds, card } = seed
const vendor = { terminal: seed.terminal, level, threeds, card }

layer(layerLedger())("Maverick's refund of a payment", (it) => {
  it.effect("gives back the page's own example, which is also its request", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const at = caller({ door: "maverick", now: seedTime })
      const captures = [capture(String(seed.parent.id), 199n, { capturedAt: seedTime })]
      yield* refunds.execute(
        register(order({ captures }), {
          caller: at,
          id: "o-882",
          texts: { salt: "salt", lines: {}, vendor: {}, captures: { "882": { maverick: vendor } } }
        })
      )

      const answer = ok(yield* refund("882", JSON.stringify(seed), { caller: at }))

      // The id is drawn by the ledger, and it does not keep who called from where.
      expect(answer).toEqual({ ...seed, id: answer.id, ip: null })
      expect(answer.id).toBeGreaterThanOrEqual(firstNumber)
      expect(Object.keys(answer)).toEqual(Object.keys(seed))
    })
  )

  it.effect("answers without vendor fields too: what nobody registered is null", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const answer = ok(yield* refund(id, { amount: "4.00" }))
      expect(answer).toMatchObject({
        amount: "4.00",
        parent: { id: Number(id) },
        terminal,
        level: null,
        threeds: seed.threeds,
        card: { bin: null, number: null, exp: null, verification: { cvv: null, address: null } },
        status: { status: "Approved", reason: null }
      })
    })
  )

  it.effect("keeps the card's form where only some of it was registered", () =>
    Effect.gen(function* () {
      const id = yield* paid(1_000n, { vendor: { card: { bin: 530957 }, level: 2 } })
      expect(ok(yield* refund(id, { amount: "4.00" }))).toMatchObject({
        level: 2,
        card: { bin: 530957, number: null, verification: { cvv: null, address: null } }
      })
    })
  )

  it.effect("says nothing about two refunds that is the same and not on the page", () =>
    Effect.gen(function* () {
      const one = leaves(ok(yield* refund(yield* paid(700n), { amount: "0.70" })))
      const other = leaves(
        ok(yield* refund(yield* paid(900n), JSON.stringify({ terminal: { id: 25 }, amount: "0.90" })))
      )
      const onThePage = new Set<unknown>(leaves(seed))
      const asRequested = new Set<unknown>(["2026-11-02 12:00:00"])
      const shared = one.filter((value) => other.includes(value) && !asRequested.has(value))
      expect(shared.filter((value) => !onThePage.has(value))).toEqual([])
    })
  )

  it.effect("reads the amount as a number and as text alike, in the digits of the payment's currency", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      for (const amount of ["1.99", '"1.99"', "199e-2", "1.990"]) {
        expect(ok(yield* refund(id, `{"terminal":{"id":24},"amount":${amount}}`)).amount).toBe("1.99")
      }
      expect(yield* refundable(id)).toBe(204n)
      for (const [currency, text, kept] of [
        ["JPY", "100", 100n],
        ["KWD", "1.234", 1_234n]
      ] as const) {
        const other = yield* paid(5_000n, { order: { currency } })
        expect(ok(yield* refund(other, { amount: text })).amount).toBe(text)
        expect(yield* refundable(other)).toBe(5_000n - kept)
      }
      const yen = yield* paid(5_000n, { order: { currency: "JPY" } })
      expect(no(yield* refund(yen, { amount: "10.5" }))[0]).toBe(422)
    })
  )

  it.effect("gives back all that is left where no amount is named, and refuses where nothing is", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      ok(yield* refund(id, { amount: "4.00" }))
      expect(ok(yield* refund(id)).amount).toBe("6.00")
      expect(yield* refundable(id)).toBe(0n)
      expect(no(yield* refund(id))).toEqual([422, `Nothing is left to refund on capture ${id}`])
    })
  )

  it.effect("never gives back more than was captured", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      ok(yield* refund(id, { amount: "4.00" }))
      const before = yield* entries(id)
      expect(no(yield* refund(id, { amount: "6.01" }))).toEqual([
        422,
        `Requested 6.01 USD of 6.00 USD refundable on capture ${id}`
      ])
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("without tax and discounts restated gives back at most the subtotal, and with either all of it", () =>
    Effect.gen(function* () {
      const parts = { order: { subtotal: 900n, tax: 150n, discounts: 50n, total: 1_000n } }
      const over = { amount: "9.01" }
      const id = yield* paid(1_000n, parts)
      const before = yield* entries(id)
      for (const order of [undefined, null, {}, { tax: null }, { tax: null, discounts: null }, { total: "1" }]) {
        expect(no(yield* refund(id, { ...over, ...(order === undefined ? {} : { order }) }))).toEqual([
          422,
          "Without tax and discounts restated, at most the subtotal 9.00 USD can be refunded; requested 9.01 USD"
        ])
      }
      expect(yield* entries(id)).toEqual(before)

      for (const order of [{ tax: 0 }, { discounts: "0.00" }, { tax: "1.50", discounts: 0.5 }]) {
        expect(ok(yield* refund(yield* paid(1_000n, parts), { ...over, order })).amount).toBe("9.01")
      }
      expect(ok(yield* refund(id, { amount: "9.00" })).amount).toBe("9.00")
      expect(ok(yield* refund(yield* paid(1_000n, parts))).amount).toBe("10.00")
      expect(ok(yield* refund(yield* paid(1_000n), { amount: "10.00" })).amount).toBe("10.00")
    })
  )

  it.effect("refuses tax and discounts that are no amounts", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const before = yield* entries(id)
      for (const value of ['""', "-0.01", '"-1"', "1.999", '"1,00"', "true", "[]", "{}", "1e400000000"]) {
        for (const name of ["tax", "discounts"]) {
          const [status, message] = no(
            yield* refund(id, `{"terminal":{"id":24},"amount":1,"order":{"${name}":${value}}}`)
          )
          expect([status, message], value).toEqual([422, expect.stringContaining(`order.${name}`)])
        }
      }
      for (const order of [5, "x", true, []]) expect(no(yield* refund(id, { amount: "1", order }))[0]).toBe(422)
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("takes every amount that is none for none: it never refunds all for it", () =>
    Effect.gen(function* () {
      const id = yield* paid(900_719_925_474_099n)
      const before = yield* entries(id)
      for (const amount of hostileAmounts) {
        const [status, message] = no(yield* refund(id, `{"terminal":{"id":24},"amount":${amount}}`))
        expect([400, 422], amount).toContain(status)
        if (status === 422) expect(message, amount).toContain("amount")
      }
      for (const name of ["Amount", "AMOUNT", "Order"]) {
        expect(no(yield* refund(id, { [name]: "1.00" }))[0], name).toBe(422)
      }
      expect(no(yield* refund(id, { amount: "0" }))).toEqual([422, "amount must be more than 0"])
      for (const amount of [null, true, [], {}]) {
        expect(no(yield* refund(id, { amount }))).toEqual([422, "amount: a number, or a decimal in a string"])
      }
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("needs the terminal, and the payment's own where it is known", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const before = yield* entries(id)
      const terminals = ["null", "5", "[]", "{}", '"24"', '{"id":"24"}', '{"id":0}', '{"id":-1}', '{"id":24.5}']
      for (const value of [...terminals, '{"id":2147483648}', '{"id":4111111111111111}', '{"id":null}', '{"Id":24}']) {
        const [status, message] = no(yield* refund(id, `{"terminal":${value}}`))
        expect([status, message], value).toEqual([422, expect.stringMatching(/^terminal/)])
      }
      for (const text of ["{}", "", '{"amount":"1.00"}', '{"Terminal":{"id":24}}']) {
        expect(no(yield* refund(id, text))).toEqual([422, expect.stringContaining("terminal: ")])
      }
      expect(yield* entries(id)).toEqual(before)
      expect(ok(yield* refund(id, '{"terminal":{"id":2147483647}}')).terminal).toEqual({ id: 2_147_483_647 })

      for (const known of [24, "24"]) {
        const own = yield* paid(1_000n, { vendor: { terminal: { id: known } } })
        expect(no(yield* refund(own, '{"terminal":{"id":25}}'))).toEqual([
          422,
          `terminal.id: the terminal of payment ${own}`
        ])
        expect(ok(yield* refund(own, '{"terminal":{"id":24}}')).terminal).toEqual({ id: 24 })
      }
    })
  )

  it.effect("refuses what is no such request, and ignores what is read-only or unknown", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const before = yield* entries(id)
      for (const text of ["null", "[]", "5", '"x"', "true"]) {
        expect(no(yield* refund(id, text))).toEqual([422, "a JSON object"])
      }
      for (const text of ["{", '{"amount":1,"amount":2}', '{"__proto__":{"amount":1}}', "[".repeat(70)]) {
        expect(no(yield* refund(id, text))[0]).toBe(400)
      }
      for (const key of ["", "x".repeat(256)]) {
        expect(no(yield* refund(id, { amount: "1" }, { headers: { "idempotency-key": key } }))[0]).toBe(422)
      }
      expect(yield* entries(id)).toEqual(before)
      const ignored = { id: "x", status: 5, type: "Sale", parent: { id: 1 }, card: { number: "x" }, refunded: "yes" }
      expect(ok(yield* refund(id, { ...ignored, amount: "1.00", constructor: null }))).toMatchObject({
        type: "Return",
        amount: "1.00",
        parent: { id: Number(id) },
        refunded: false
      })
    })
  )

  it.effect("tells who may not refund only that, whatever else is wrong", () =>
    Effect.gen(function* () {
      const id = yield* paid()
      const by = (permissions: ReadonlyArray<"orders:read" | "refunds:request">) => ({
        caller: caller({ door: "maverick", id: "till", permissions })
      })
      const denied = [403, "This credential may not do that: it needs refunds:request"]
      const reader = by(["orders:read"])
      expect(no(yield* refund(id, { amount: "1" }, reader))).toEqual(denied)
      expect(no(yield* refund(id, { amount: "x" }, reader))).toEqual(denied)
      expect(no(yield* refund(id, "{}", reader))).toEqual(denied)
      expect(no(yield* refund("1", { amount: "1" }, reader))).toEqual(denied)
      expect(ok(yield* refund(id, { amount: "1" }, by(["refunds:request"]))).amount).toBe("1.00")
    })
  )

  it.effect("does not know a payment that was never registered", () =>
    Effect.gen(function* () {
      for (const id of ["1", "0882", "..%2F..%2Fetc", "a%00b", "x".repeat(10_000), "constructor", "__proto__"]) {
        expect(no(yield* refund(id, { amount: "1" }))).toEqual([404, expect.stringMatching(/^No payment /)])
      }
    })
  )

  it.effect("refuses money that was only authorized, and money that is disputed", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const waits = yield* paid(1_000n, { capturedAt: null })
      expect(no(yield* refund(waits, { amount: "1" }))).toEqual([
        422,
        expect.stringContaining(`Payment ${waits} is not captured`)
      ])
      const id = yield* paid()
      yield* refunds.execute(dispute("open", { amount: 300n, order: id, capture: id }))
      expect(no(yield* refund(id, { amount: "1" }))[0]).toBe(422)
    })
  )
})

layer(layerLedger())("Maverick's errors", (it) => {
  it.effect("have one envelope, whoever finds the fault", () =>
    Effect.sync(() => {
      const credentials = [401, "Your request was made with invalid credentials."]
      expect(no(fault({ _tag: "NoCredential" }))).toEqual(credentials)
      expect(no(fault({ _tag: "BadCredential" }))).toEqual(credentials)
      expect(no(fault({ _tag: "BadJson", detail: "The body is not JSON" }))).toEqual([400, "The body is not JSON"])
      expect(no(fault({ _tag: "TooLarge", limitBytes: 9 }))[0]).toBe(413)
      expect(no(fault({ _tag: "WrongMediaType", got: "text/xml" }))[0]).toBe(415)
      expect(no(fault({ _tag: "NoRoute", path: "/v1" }))[0]).toBe(404)
      const method = fault({ _tag: "WrongMethod", allowed: ["GET", "POST"] })
      expect([no(method)[0], method.headers]).toEqual([405, { allow: "GET, POST" }])
      expect(no(fault({ _tag: "Broken", requestId: "r-1" }))[0]).toBe(500)
      const busy = failure(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 2 }))
      expect([no(busy), busy.headers]).toEqual([[503, "The ledger is busy"], { "retry-after": "2" }])
      expect(maverick.credential({ authorization: "Bearer rk_1" })).toBe("rk_1")
    })
  )
})

/** Every value in an answer, without where it stands. */
const leaves = (value: unknown): ReadonlyArray<unknown> =>
  typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value]
