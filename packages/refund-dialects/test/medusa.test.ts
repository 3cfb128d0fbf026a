import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import {
  approver,
  authorized,
  caller,
  capture,
  deny,
  dispute,
  order,
  register,
  request,
  setPolicy
} from "refund-testkit/build"
import type { WireAnswer } from "../src/Dialect.ts"
import { failure } from "../src/medusa/errors.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { refundRef } from "../src/medusa/refundRef.ts"
import { MedusaError, RefundAnswer } from "../src/medusa/wire.ts"
import { hostileAmounts, layerLedger, type Sent, send } from "./support/ledger.ts"

/** The seed page's own capture and order, under the ids it prints. */
const paymentId = "pay_01G8ZCC5W42ZNY842124G7P5R9"
const orderId = "order_01G8TJSYT9M6AVS5N4EMNFS1EK"

let drawn = 0
/** An order of its own for every test: one capture of 1,000, unless told otherwise. */
const registered = (amount = 1_000n, reference = "ch_1") =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const id = `${++drawn}`
    yield* refunds.execute(
      register(order({ captures: [capture(`pay_${id}`, amount, { reference })] }), { id: `order_${id}` })
    )
    return { payment: `pay_${id}`, order: `order_${id}` }
  })

const refund = (payment: string, body: unknown, more: Partial<Sent> = {}) =>
  send(medusa, { path: `/admin/payments/${payment}/refund`, body, ...more })

const entries = (orderId: string) =>
  Effect.flatMap(LedgerReader, (reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

const told = (answer: WireAnswer) => [answer.status, answer.body ?? answer.text]

const ok = (answer: WireAnswer) => {
  expect(answer.status).toBe(200)
  return Schema.decodeUnknownSync(RefundAnswer, { onExcessProperty: "error" })(answer.body).refund
}

describe("a refund's id", () => {
  it("is the same 128 bits as a ULID", () => {
    expect(refundRef("ffffffff-ffff-ffff-ffff-ffffffffffff" as never)).toBe("ref_7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
    expect(refundRef("0180605d-88f0-f749-7ed5-58c5d9c0d51a" as never)).toBe("ref_01G1G5V27GYX4QXNARRQCW1N8T")
    expect(refundRef("00000000-0000-0000-0000-000000000001" as never)).toBe("ref_00000000000000000000000001")
  })
})

layer(layerLedger())("Medusa's refund of a payment", (it) => {
  it.effect("answers the page's own example with the page's own fields", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [capture(paymentId, 1_000n)] }), { id: orderId }))

      const answer = yield* refund(paymentId, { amount: 1000, reason: "return", note: "I didn't like it" })

      const { id, created_at, updated_at, ...rest } = ok(answer)
      expect(id).toMatch(/^ref_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
      expect(answer.headers?.["refund-id"]).toMatch(/^[0-9a-f-]{36}$/)
      expect(refundRef(answer.headers?.["refund-id"] as never)).toBe(id)
      expect(created_at).toBe("2026-11-02T12:00:00.000Z")
      expect(updated_at).toBe("2026-11-02T12:00:00.001Z")
      expect(rest).toEqual({
        order_id: orderId,
        payment_id: paymentId,
        amount: 1000,
        note: "I didn't like it",
        reason: "return",
        idempotency_key: null,
        metadata: null
      })
    })
  )

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

  it.effect("takes each of the five reasons, with or without a note", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      for (const reason of ["discount", "return", "swap", "claim", "other"]) {
        expect(ok(yield* refund(payment, { amount: 1, reason }))).toMatchObject({ reason, note: null, amount: 1 })
      }
      expect(ok(yield* refund(payment, { amount: 1, reason: "other", note: null })).note).toBeNull()
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

  it.effect("answers a key again with the same refund, and refuses it for another request", () =>
    Effect.gen(function* () {
      const { order, payment } = yield* registered()
      const key = { headers: { "idempotency-key": "k-1" } }
      const first = yield* refund(payment, { amount: 10, reason: "return" }, key)
      expect(ok(first).idempotency_key).toBe("k-1")
      const before = yield* entries(order)

      const again = yield* refund(payment, { amount: 10, reason: "return" }, key)
      expect([told(again), again.headers?.["refund-id"]]).toEqual([told(first), first.headers?.["refund-id"]])
      expect(told(yield* refund(payment, { amount: 11, reason: "return" }, key))).toEqual([
        422,
        {
          code: "invalid_request_error",
          type: "duplicate_error",
          message: "Key k-1 was already used for another request"
        }
      ])
      expect(yield* entries(order)).toEqual(before)
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

  it.effect("needs no other right than to request refunds", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      const clerk = caller({ door: "medusa", permissions: ["refunds:request"] })
      ok(yield* refund(payment, { amount: 1, reason: "return" }, { caller: clerk }))
    })
  )

  it.effect("says that the provider declined in Medusa's words, and names the refund that was kept", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered(1_000n, "sim_decline")
      const answer = yield* refund(payment, { amount: 10, reason: "return" })
      expect(told(answer)).toEqual([500, { type: "unexpected_state", message: `Failed to refund Payment ${payment}` }])
      expect(answer.headers?.["refund-id"]).toMatch(/^[0-9a-f-]{36}$/)
    })
  )

  it.effect("says in metadata that the money has not moved yet", () =>
    Effect.gen(function* () {
      for (const [reference, state] of [
        ["sim_hang", "unknown"],
        ["sim_pending", "pending"]
      ] as const) {
        const { payment } = yield* registered(1_000n, reference)
        const answer = yield* refund(payment, { amount: 10, reason: "return" })
        expect(ok(answer).metadata).toEqual({ state })
        expect(answer.headers?.["refund-id"]).toMatch(/^[0-9a-f-]{36}$/)
      }
    })
  )

  it.effect("shares no constant between two orders that the page does not document", () =>
    Effect.gen(function* () {
      const one = yield* registered(5_000n)
      const two = yield* registered(7_000n)
      const first = ok(
        yield* refund(
          one.payment,
          { amount: 11, reason: "swap", note: "a" },
          {
            headers: { "idempotency-key": "one" },
            caller: caller({ door: "medusa", now: 1_793_620_800_001 })
          }
        )
      )
      const second = ok(
        yield* refund(
          two.payment,
          { amount: 22, reason: "claim", note: "b" },
          {
            headers: { "idempotency-key": "two" },
            caller: caller({ door: "medusa", now: 1_793_620_900_002 })
          }
        )
      )
      const shared = Object.entries(first).filter(([name, value]) => second[name as keyof typeof second] === value)
      expect(shared).toEqual([["metadata", null]])
    })
  )
})

layer(layerLedger())("A Medusa refund that waits for approval", (it) => {
  it.effect("is accepted with its state, and a replay after the denial says that it was denied", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(setPolicy({ medusa: { approval: { rule: "always" } } }))
      const { payment } = yield* registered()
      const key = { headers: { "idempotency-key": "k" } }
      const waiting = yield* refund(payment, { amount: 10, reason: "return" }, key)
      expect(ok(waiting).metadata).toEqual({ state: "pending_approval" })

      yield* refunds.execute(deny(waiting.headers?.["refund-id"] as never, { caller: approver() }))
      const denied = yield* refund(payment, { amount: 10, reason: "return" }, key)
      expect(told(denied)).toEqual([400, { type: "not_allowed", message: `Refund ${ok(waiting).id} is denied` }])
      expect(denied.headers?.["refund-id"]).toBe(waiting.headers?.["refund-id"])
    })
  )

  it.effect("counts what other doors refunded on the same capture", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const { payment } = yield* registered()
      yield* refunds.execute(request({ at: payment, amount: 990n }))
      expect(told(yield* refund(payment, { amount: 11, reason: "return" }))[1]).toMatchObject({
        message: `Only 10 can be refunded from Payment ${payment}`
      })
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
