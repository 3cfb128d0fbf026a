import { describe, expect, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import { approver, caller, capture, deny, order, register, request, setPolicy } from "refund-testkit/build"
import { refundRef } from "../src/medusa/refundRef.ts"
import { layerLedger } from "./support/ledger.ts"
import { entries, ok, refund, registered, told } from "./support/medusa.ts"

/** The seed page's own capture and order, under the ids it prints. */
const paymentId = "pay_01G8ZCC5W42ZNY842124G7P5R9"
const orderId = "order_01G8TJSYT9M6AVS5N4EMNFS1EK"

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

  it.effect("takes each of the five reasons, with or without a note", () =>
    Effect.gen(function* () {
      const { payment } = yield* registered()
      for (const reason of ["discount", "return", "swap", "claim", "other"]) {
        expect(ok(yield* refund(payment, { amount: 1, reason }))).toMatchObject({ reason, note: null, amount: 1 })
      }
      expect(ok(yield* refund(payment, { amount: 1, reason: "other", note: null })).note).toBeNull()
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
