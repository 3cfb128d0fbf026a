import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { authorized, caller, dispute, order, register } from "refund-testkit/build"
import { failure } from "../src/medusa/errors.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { MedusaError } from "../src/medusa/wire.ts"
import { hostileAmounts, layerLedger } from "./support/ledger.ts"
import { entries, ok, refund, registered, told } from "./support/medusa.ts"

layer(layerLedger())("A refund of a payment that Medusa does not make", (it) => {
  it.effect("refuses the page's request example, whose amount is 0 and whose reason is no reason", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      expect(told(yield* refund(payment, { amount: 0, reason: "string", note: "string" }))).toEqual([
        400,
        {
          type: "invalid_data",
          message: "reason must be one of the following values: discount, return, swap, claim, other"
        }
      ])
      expect(told(yield* refund(payment, { amount: 0, reason: "return" }))).toEqual([
        400,
        { type: "invalid_data", message: "amount must be a positive number" }
      ])
    })
  )

  it.effect("never gives back more than was captured, and says how much can be", () =>
    Effect.gen(function* () {
      const { order, payment } = yield* registered()
      ok(yield* refund(payment, { amount: 400, reason: "return" }))
      const before = yield* entries(order)

      expect(told(yield* refund(payment, { amount: 601, reason: "return" }))).toEqual([
        400,
        { type: "not_allowed", message: `Only 600 can be refunded from Payment ${payment}` }
      ])
      expect(yield* entries(order)).toEqual(before)

      ok(yield* refund(payment, { amount: 600, reason: "return" }))
      expect(told(yield* refund(payment, { amount: 1, reason: "return" }))[1]).toMatchObject({
        message: `Only 0 can be refunded from Payment ${payment}`
      })
    })
  )

  it.effect("refuses a payment that is not captured", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [authorized("pay_auth", 1_000n)] }), { id: "order_auth" }))
      expect(told(yield* refund("pay_auth", { amount: 1, reason: "return" }))).toEqual([
        400,
        { type: "not_allowed", message: "Payment pay_auth is not captured" }
      ])
    })
  )

  it.effect("lists several broken rules in the page's form for several errors", () =>
    Effect.gen(function* () {
      const { order, payment } = yield* registered()
      const refunds = yield* Refunds
      yield* refunds.execute(dispute("open", { amount: 400n, order, capture: payment }))
      expect(told(yield* refund(payment, { amount: 601, reason: "return" }))).toEqual([
        400,
        {
          message: "Provided request body contains errors. Please check the data and retry the request",
          errors: [
            { type: "not_allowed", message: `4.00 USD of capture ${payment} are disputed` },
            { type: "not_allowed", message: `Only 600 can be refunded from Payment ${payment}` }
          ]
        }
      ])
    })
  )

  it.effect("does not know a payment that is not registered, whatever its id looks like", () =>
    Effect.gen(function* () {
      expect(told(yield* refund("pay_zz", { amount: 1, reason: "return" }))).toEqual([
        404,
        { type: "not_found", message: "Payment with id pay_zz was not found" }
      ])
      for (const id of ["..%2f..%2fetc", "%00", "x".repeat(10_000), "01890000-0000-7000-8000-000000000000", "1"]) {
        const { body, status } = yield* refund(id, { amount: 1, reason: "return" })
        expect([status, (body as MedusaError).type]).toEqual([404, "not_found"])
        expect((body as MedusaError).message.length).toBeLessThan(300)
      }
    })
  )

  it.effect("finds no payment of another tenant", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      const stranger = caller({ tenant: "other", door: "medusa" })
      const answer = yield* refund(payment, { amount: 1, reason: "return" }, { caller: stranger })
      expect(answer.status).toBe(404)
    })
  )

  it.effect("puts all faults of the body into one message, as Medusa's validator does", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      const messages = {
        amount: "amount must be an integer number",
        noAmount: "amount should not be empty, amount must be an integer number",
        reason: "reason must be one of the following values: discount, return, swap, claim, other",
        noReason:
          "reason should not be empty, reason must be one of the following values: discount, return, swap, claim, other"
      }
      const rows: ReadonlyArray<readonly [unknown, string]> = [
        [{}, `${messages.noAmount}, ${messages.noReason}`],
        [undefined, `${messages.noAmount}, ${messages.noReason}`],
        [{ reason: "return" }, messages.noAmount],
        [{ amount: null, reason: "return" }, messages.noAmount],
        [{ amount: 1.5, reason: "return" }, messages.amount],
        [{ amount: "100", reason: "return" }, messages.amount],
        [{ amount: 1 }, messages.noReason],
        [{ amount: 1, reason: "theft" }, messages.reason],
        [{ amount: 1, reason: ["return"] }, messages.reason],
        [{ amount: 1, reason: "return", note: 5 }, "note must be a string"],
        [{ amount: 1, reason: "return", foo: 1 }, "property foo should not exist"],
        [{ amount: 1, reason: "return", constructor: {} }, "property constructor should not exist"],
        [{ foo: 1, amount: 1.5, reason: "return" }, `property foo should not exist, ${messages.amount}`],
        [
          { amount: 1, reason: "return", note: "x".repeat(2_001) },
          "note must be shorter than or equal to 2000 characters"
        ],
        [{ amount: 1, reason: "return", note: "4242 4242 4242 4242" }, "note must not contain a card number"],
        [[], "The request body must be an object"],
        ["amount", "The request body must be an object"]
      ]
      for (const [body, message] of rows) {
        expect(told(yield* refund(payment, body))).toEqual([400, { type: "invalid_data", message }])
      }
    })
  )

  it.effect("takes no hostile amount, and writes nothing", () =>
    Effect.gen(function* () {
      const { order, payment } = yield* registered()
      const before = yield* entries(order)
      for (const amount of hostileAmounts) {
        const answer = yield* refund(payment, undefined, { text: `{"amount":${amount},"reason":"return"}` })
        expect([amount, answer.status]).toEqual([amount, 400])
        expect(Schema.decodeUnknownSync(MedusaError, { onExcessProperty: "error" })(answer.body).type).toBe(
          "invalid_data"
        )
      }
      expect(yield* entries(order)).toEqual(before)
      const largest = yield* refund(payment, undefined, { text: '{"amount":9223372036854775808,"reason":"return"}' })
      expect((largest.body as MedusaError).message).toBe("amount must not be greater than 9007199254740991")
    })
  )

  it.effect("refuses a key that is empty or too long, beside what is wrong with the body", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      for (const key of ["", "k".repeat(256)]) {
        const answer = yield* refund(
          payment,
          { amount: 1, reason: "return", note: 5 },
          { headers: { "idempotency-key": key } }
        )
        expect(told(answer)).toEqual([
          400,
          {
            type: "invalid_data",
            message:
              "note must be a string, Idempotency-Key must be 1 to 255 characters, none of them a control character"
          }
        ])
      }
    })
  )

  it.effect("tells an unentitled caller nothing, not even what is wrong with the body", () =>
    Effect.gen(function* () {
      const { order, payment } = yield* registered()
      const before = yield* entries(order)
      const reader = caller({ door: "medusa", permissions: ["refunds:read", "orders:read", "refunds:approve"] })
      for (const [id, body] of [
        [payment, { amount: 5_000, reason: "return" }],
        ["pay_zz", {}]
      ] as const) {
        expect(told(yield* refund(id, body, { caller: reader }))).toEqual([401, "Unauthorized"])
      }
      expect(yield* entries(order)).toEqual(before)
    })
  )
})

describe("everything else that goes wrong", () => {
  it("keeps Medusa's shape", () => {
    expect(medusa.fault({ _tag: "NoCredential" })).toEqual({ status: 401, text: "Unauthorized" })
    expect(medusa.fault({ _tag: "BadCredential" })).toEqual({ status: 401, text: "Unauthorized" })
    const faults = [
      { _tag: "BadJson", detail: "no" },
      { _tag: "TooLarge", limitBytes: 1 },
      { _tag: "WrongMediaType", got: "text/plain" },
      { _tag: "NoRoute", path: "/x" },
      { _tag: "WrongMethod", allowed: ["POST"] },
      { _tag: "Broken", requestId: "r-1" }
    ] as const
    const statuses = faults.map((each) => {
      const answer = medusa.fault(each)
      Schema.decodeUnknownSync(MedusaError, { onExcessProperty: "error" })(answer.body)
      return answer.status
    })
    expect(statuses).toEqual([400, 413, 415, 404, 405, 500])
  })

  it("says when to come back while the ledger is unavailable", () => {
    expect(failure(new LedgerUnavailable({ detail: "busy", retryAfterSeconds: 2 }))).toEqual({
      status: 503,
      headers: { "retry-after": "2" },
      body: { code: "api_error", type: "database_error", message: "busy" }
    })
  })

  it("reads our key from either of Medusa's headers", () => {
    expect(medusa.credential({ "x-medusa-access-token": "k" })).toBe("k")
    expect(medusa.credential({ authorization: "Bearer k" })).toBe("k")
    expect(medusa.credential({ authorization: "bearer  k" })).toBe("k")
    expect(medusa.credential({ authorization: "Basic k" })).toBeNull()
    expect(medusa.credential({ cookie: "connect.sid=k" })).toBeNull()
  })
})
