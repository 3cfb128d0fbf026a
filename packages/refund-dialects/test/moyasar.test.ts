import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { authorized, caller, capture, dispute, order, register } from "refund-testkit/build"
import { failure, fault } from "../src/moyasar/errors.ts"
import { moyasar } from "../src/moyasar/inbound.ts"
import seed from "./fixtures/moyasar.json" with { type: "json" }
import { type Answers, hostileAmounts, layerLedger, simulator } from "./support/ledger.ts"
import { entries, invalid, no, ok, refund, registered, uuid } from "./support/moyasar.ts"

const seedTime = Date.parse(seed.created_at)
const [seedCapture, seedRefund] = seed.transactions as [(typeof seed.transactions)[0], (typeof seed.transactions)[1]]

/** The page's acquirer, as the provider. */
const answers: Answers = (attempt) => {
  const outcome = simulator(attempt)
  const { retrieval_reference: reference } = seedRefund
  return attempt.captureId === seedCapture.id && outcome?._tag === "settled" ? { ...outcome, reference } : outcome
}

layer(layerLedger(answers))("Moyasar's refund of an order", (it) => {
  it.effect("gives back the page's own example, field for field", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const { merchant, description, source, airline, sub_merchant, agreement, reauthorized_order_id } = seed
      const { id: captureId, amount: _, created_at: __, refunded_amount: ___, status: ____, ...kept } = seedCapture
      const at = caller({ door: "moyasar", now: seedTime })
      yield* refunds.execute(
        register(order({ currency: "SAR", captures: [capture(captureId, 262_346n, { capturedAt: seedTime })] }), {
          caller: at,
          id: seed.id,
          texts: {
            salt: "salt",
            lines: {},
            vendor: {
              moyasar: { merchant, description, source, airline, sub_merchant, agreement, reauthorized_order_id }
            },
            captures: { [captureId]: { moyasar: kept } }
          }
        })
      )

      const answer = yield* refund(seed.id, { amount: 262_346, transaction_id: seedRefund.id }, { caller: at })

      expect(answer).toEqual({ status: 200, headers: { "refund-id": seedRefund.id }, body: seed })
      expect(Object.keys(ok(answer))).toEqual(Object.keys(seed))
    })
  )

  it.effect("answers without vendor fields too: what nobody registered is null", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      const answer = ok(yield* refund(id, { amount: 400 }))
      expect(answer).toMatchObject({ id, amount: 1000, captured_amount: 1000, refunded_amount: 400, voided_amount: 0 })
      expect(answer).toMatchObject({ merchant: null, source: null, airline: null, description: null, agreement: null })
      expect(answer.transactions).toMatchObject([
        { type: "capture", status: "approved", amount: 1000, message: null, stan: null },
        { type: "refund", status: "approved", amount: 400, message: "APPROVED", auth_code: null }
      ])
      expect(ok(yield* refund(id, { amount: 600 })).refunded_amount).toBe(1000)
    })
  )

  it.effect("says nothing about two orders that is the same and not on the page", () =>
    Effect.gen(function* () {
      const one = leaves(ok(yield* refund(yield* registered(700n), { amount: 70 })))
      const other = leaves(ok(yield* refund(yield* registered(900n), { amount: 90 })))
      const onThePage = new Set<unknown>(leaves(seed))
      // The two orders are made in the same second and the same currency.
      const asRegistered = new Set<unknown>(["2026-11-02T11:00:00Z", "2026-11-02T12:00:00Z", "SAR"])
      const shared = one.filter((value) => other.includes(value) && !asRegistered.has(value))
      expect(shared.filter((value) => !onThePage.has(value))).toEqual([])
    })
  )

  it.effect("never gives back more than was captured", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      ok(yield* refund(id, { amount: 400 }))
      const before = yield* entries(id)
      expect(no(yield* refund(id, { amount: 601 }))).toEqual(
        invalid({ amount: [`Requested 6.01 SAR of 6.00 SAR refundable on order ${id}.`] })
      )
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("refuses amounts below 1 in the page's words, and every amount that is no whole number", () =>
    Effect.gen(function* () {
      const id = yield* registered(9_007_199_254_740_991n)
      const before = yield* entries(id)
      for (const amount of hostileAmounts) {
        const answer = yield* refund(id, undefined, { text: `{"amount":${amount}}` })
        const [status, body] = no(answer)
        expect([400, 422], amount).toContain(status)
        if (status === 422) expect(body, amount).toMatchObject({ errors: { amount: [expect.any(String)] } })
      }
      const least = invalid({ amount: ["The value must be greater than or equal to 1."] })
      for (const amount of [0, -0, -1]) expect(no(yield* refund(id, { amount }))).toEqual(least)
      for (const amount of [1.5, "100"]) {
        const whole = invalid({ amount: ["Expected a whole number of minor units."] })
        expect(no(yield* refund(id, { amount }))).toEqual(whole)
      }
      for (const body of [{}, undefined]) {
        expect(no(yield* refund(id, body))).toEqual(invalid({ amount: ["The value is required."] }))
      }
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("refuses whatever else is no such request, and changes nothing", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      const before = yield* entries(id)
      const long = "x".repeat(10_000)
      for (const body of [null, [], 5, "x", true]) {
        expect(no(yield* refund(id, body))).toEqual(invalid({ amount: ["Expected a JSON object."] }))
      }
      for (const transaction_id of [5, true, [], {}, "", "x", long, "e\u202e", `${uuid(1)}0`]) {
        expect(no(yield* refund(id, { amount: 1, transaction_id }))).toMatchObject([
          422,
          { errors: { transaction_id: [expect.stringMatching(/^Expected a UUID/)] } }
        ])
      }
      expect(no(yield* refund(id, { amount: "1", transaction_id: 1 }))).toMatchObject([
        422,
        { errors: { amount: [expect.any(String)], transaction_id: [expect.any(String)] } }
      ])
      for (const key of ["", long]) {
        const headers = { "idempotency-key": key }
        expect(no(yield* refund(id, { amount: 1 }, { headers }))[0]).toBe(422)
      }
      for (const text of ["{", '{"amount":1,"amount":2}', '{"__proto__":{"amount":1}}', `${"[".repeat(70)}`]) {
        expect(no(yield* refund(id, undefined, { text }))).toMatchObject([400, { message: expect.any(String) }])
      }
      expect(yield* entries(id)).toEqual(before)
      for (const body of [{ Amount: 1 }, { amount: 1, Transaction_ID: uuid(4) }]) {
        expect(no(yield* refund(id, body))).toMatchObject([422, { errors: expect.anything() }])
      }
      expect(yield* entries(id)).toEqual(before)
      const unknown = { amount: 1, constructor: 1, toString: null, foo: { bar: [1] }, currency: "USD" }
      expect(ok(yield* refund(id, unknown)).refunded_amount).toBe(1)
    })
  )

  it.effect("tells who may not refund only that, whatever else is wrong", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      const by = (permissions: ReadonlyArray<"orders:read" | "refunds:request">) => ({
        caller: caller({ door: "moyasar", id: "till", permissions })
      })
      const denied = [403, { message: "Unauthorized" }]
      const reader = by(["orders:read"])
      expect(no(yield* refund(id, { amount: 1 }, reader))).toEqual(denied)
      expect(no(yield* refund(id, { amount: 1, transaction_id: uuid(2) }, reader))).toEqual(denied)
      expect(no(yield* refund(id, { amount: "1" }, reader))).toEqual(denied)
      expect(no(yield* refund(id, { amount: 1, transaction_id: "x" }, reader))).toEqual(denied)
      expect(no(yield* refund("no-such-order", { amount: 1 }, reader))).toEqual(denied)
      expect(ok(yield* refund(id, { amount: 1, transaction_id: uuid(2) }, by(["refunds:request"]))).id).toBe(id)
    })
  )

  it.effect("does not know an order that was never registered", () =>
    Effect.gen(function* () {
      for (const id of ["no-such-order", "..%2F..%2Fetc", "a%00b", "x".repeat(10_000), "constructor", "__proto__"]) {
        const [status, body] = no(yield* refund(id, { amount: 1 }))
        expect(status).toBe(404)
        expect(body).toMatchObject({ message: expect.stringMatching(/^No order /) })
        expect(no(yield* refund(id, { amount: 1, transaction_id: uuid(3) }))[0]).toBe(404)
      }
    })
  )

  it.effect("refuses money that was only authorized, and money that is disputed", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [authorized("auth-1", 1_000n)] }), { id: "only-authorized" }))
      expect(no(yield* refund("only-authorized", { amount: 1 }))).toEqual(
        invalid({
          amount: [
            "Capture auth-1 is only authorized; no money was taken yet.",
            "Requested 0.01 USD of 0.00 USD refundable on order only-authorized."
          ]
        })
      )
      const id = yield* registered()
      yield* refunds.execute(dispute("open", { amount: 300n, order: id, capture: `capture-${id}` }))
      expect(no(yield* refund(id, { amount: 1, transaction_id: `capture-${id}` }))[0]).toBe(422)
    })
  )
})

layer(layerLedger(answers))("Moyasar's errors", (it) => {
  it.effect("have the page's form, whoever finds the fault", () =>
    Effect.sync(() => {
      const missing = [401, { message: "Missing authentication information" }]
      expect(no(fault({ _tag: "NoCredential" }))).toEqual(missing)
      expect(no(fault({ _tag: "BadCredential" }))).toEqual(missing)
      expect(no(fault({ _tag: "BadJson", detail: "The body is not JSON" }))).toEqual([
        400,
        { message: "The body is not JSON" }
      ])
      expect(no(fault({ _tag: "TooLarge", limitBytes: 9 }))[0]).toBe(413)
      expect(no(fault({ _tag: "WrongMediaType", got: "text/xml" }))[0]).toBe(415)
      expect(no(fault({ _tag: "NoRoute", path: "/v1" }))[0]).toBe(404)
      const method = fault({ _tag: "WrongMethod", allowed: ["POST"] })
      expect([no(method)[0], method.headers]).toEqual([405, { allow: "POST" }])
      expect(no(fault({ _tag: "Broken", requestId: "r-1" }))[0]).toBe(500)
      const busy = failure(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 2 }))
      expect([no(busy), busy.headers]).toEqual([[503, { message: "The ledger is busy" }], { "retry-after": "2" }])
    })
  )

  it.effect("read the key from Authorization: Bearer and nowhere else", () =>
    Effect.sync(() => {
      expect(moyasar.credential({ authorization: "Bearer rk_1" })).toBe("rk_1")
      expect(moyasar.credential({ authorization: "bearer rk_1" })).toBe("rk_1")
      for (const authorization of ["Basic rk_1", "Bearer", "Bearer ", "rk_1", ""]) {
        expect(moyasar.credential({ authorization })).toBeNull()
      }
      expect(moyasar.credential({ "x-api-key": "rk_1" })).toBeNull()
    })
  )
})

/** Every value in an answer, without where it stands. */
const leaves = (value: unknown): ReadonlyArray<unknown> =>
  typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value]
