import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import {
  approve,
  approver,
  capture,
  deny,
  noon,
  order,
  register,
  request,
  reverse,
  setPolicy
} from "refund-testkit/build"
import { layerLedger } from "./support/ledger.ts"
import { entries, invalid, no, ok, refund, registered, uuid } from "./support/moyasar.ts"

layer(layerLedger())("Moyasar's transaction_id", (it) => {
  it.effect("becomes the refund's id, and makes a repeat the same refund", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      const body = { amount: 250, transaction_id: uuid(10) }
      const first = yield* refund(id, body)
      const before = yield* entries(id)
      expect(ok(first).transactions.at(-1)).toMatchObject({ id: uuid(10), amount: 250 })

      const again = yield* refund(id, { ...body, transaction_id: uuid(10).toUpperCase() })

      expect(again.body).toEqual(first.body)
      expect(again.headers).toEqual({ "refund-id": uuid(10), "idempotent-replayed": "true" })
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("is refused for another amount, and for another order", () =>
    Effect.gen(function* () {
      const [id, other] = [yield* registered(), yield* registered()]
      ok(yield* refund(id, { amount: 250, transaction_id: uuid(11) }))
      const reused = invalid({ transaction_id: [`Key ${uuid(11)} was already used for another request.`] })
      expect(no(yield* refund(id, { amount: 251, transaction_id: uuid(11) }))).toEqual(reused)
      expect(no(yield* refund(other, { amount: 250, transaction_id: uuid(11) }))).toEqual(reused)
      expect(ok(yield* refund(other, { amount: 1 })).refunded_amount).toBe(1)
    })
  )

  it.effect("names a capture where it is one of the order's, and is then no key", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const captures = [capture(uuid(12), 600n), capture("second", 400n)]
      yield* refunds.execute(register(order({ captures }), { id: "two-captures" }))
      const named = { amount: 300, transaction_id: "second" }
      expect(ok(yield* refund("two-captures", named)).refunded_amount).toBe(300)
      expect(no(yield* refund("two-captures", named))).toEqual(
        invalid({ amount: ["Requested 3.00 USD of 1.00 USD refundable on capture second."] })
      )
      const whole = { amount: 600, transaction_id: uuid(12) }
      expect(ok(yield* refund("two-captures", whole)).refunded_amount).toBe(900)
      expect(ok(yield* refund("two-captures", { ...whole, amount: 100, transaction_id: "second" }))).toMatchObject({
        refunded_amount: 1000
      })
    })
  )

  it.effect("stands for all parts of a refund that goes back to several captures", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const captures = [capture("split-1", 600n), capture("split-2", 400n)]
      yield* refunds.execute(register(order({ captures }), { id: "split" }))
      const answer = yield* refund("split", { amount: 900, transaction_id: uuid(13) })
      expect(ok(answer)).toMatchObject({ captured_amount: 1000, refunded_amount: 900 })
      expect(ok(answer).transactions.at(-1)).toMatchObject({ id: uuid(13), amount: 900, status: "approved" })
      expect(ok(answer).transactions).toHaveLength(3)
    })
  )

  it.effect("tells the parts apart where one was declined: approved transactions add up to refunded_amount", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const captures = [capture("paid", 600n), capture("declined", 400n, { reference: "sim_decline" })]
      yield* refunds.execute(register(order({ captures }), { id: "half-declined" }))
      const answer = ok(yield* refund("half-declined", { amount: 900, transaction_id: uuid(14) }))
      expect(answer.refunded_amount).toBe(600)
      expect(answer.transactions.slice(2)).toMatchObject([
        { status: "approved", amount: 600 },
        { status: "declined", amount: 300 }
      ])
    })
  )

  it.effect("goes together with an Idempotency-Key, which alone does as well", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      const headers = { "idempotency-key": "till-7" }
      const first = yield* refund(id, { amount: 5 }, { headers })
      const again = yield* refund(id, { amount: 5 }, { headers })
      expect(again.body).toEqual(first.body)
      expect(again.headers).toEqual({ ...first.headers, "idempotent-replayed": "true" })
      expect(no(yield* refund(id, { amount: 6 }, { headers }))).toMatchObject([422, { errors: expect.anything() }])
      expect(ok(yield* refund(id, { amount: 5 })).refunded_amount).toBe(10)
    })
  )
})

layer(layerLedger())("Moyasar's outcomes", (it) => {
  it.effect("answers a decline with a transaction that says so and does not count", () =>
    Effect.gen(function* () {
      const id = yield* registered(1_000n, "sim_decline")
      const answer = ok(yield* refund(id, { amount: 400, transaction_id: uuid(20) }))
      expect(answer.refunded_amount).toBe(0)
      expect(answer.transactions.at(-1)).toMatchObject({
        id: uuid(20),
        status: "declined",
        message: "sim_decline",
        response_code: null
      })
    })
  )

  it.effect("answers what is still open as pending; a repeat meanwhile is told that, and makes nothing", () =>
    Effect.gen(function* () {
      for (const [count, reference] of ["sim_hang", "sim_pending"].entries()) {
        const id = yield* registered(1_000n, reference)
        const body = { amount: 400, transaction_id: uuid(30 + count) }
        const first = ok(yield* refund(id, body))
        expect(first.refunded_amount).toBe(0)
        expect(first.transactions.at(-1)).toMatchObject({ status: "pending", message: null, response_code: null })
        const before = yield* entries(id)

        expect(yield* refund(id, body)).toEqual({
          status: 400,
          headers: { "refund-id": uuid(30 + count), "idempotent-replayed": "true" },
          body: { message: "Initial request is still processing." }
        })
        expect(yield* entries(id)).toEqual(before)
      }
    })
  )

  it.effect("says which refund was made even where the ledger cannot be read any more", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const id = yield* registered()
      const gone = new LedgerUnavailable({ detail: "The ledger is gone", retryAfterSeconds: 3 })
      const answer = yield* refund(id, { amount: 400, transaction_id: uuid(39) }).pipe(
        Effect.provideService(Refunds, Refunds.of({ ...refunds, order: () => Effect.fail(gone) }))
      )
      expect(answer).toEqual({
        status: 503,
        headers: { "refund-id": uuid(39), "retry-after": "3" },
        body: { message: "The ledger is gone" }
      })
      expect(ok(yield* refund(id, { amount: 400, transaction_id: uuid(39) })).refunded_amount).toBe(400)
    })
  )

  it.effect("answers with the refund as it was committed where waiting for the outcome fails", () =>
    Effect.gen(function* () {
      const id = yield* registered()
      const gone = new LedgerUnavailable({ detail: "The ledger is gone", retryAfterSeconds: 3 })
      const answer = yield* refund(id, { amount: 400 }).pipe(
        Effect.provideService(Outcomes, Outcomes.of({ wait: () => Effect.fail(gone) }))
      )
      expect(ok(answer).transactions.at(-1)).toMatchObject({ status: "pending", amount: 400 })
    })
  )

  it.effect("lists the refunds of all doors that go to the card, and counts no others", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const id = yield* registered()
      yield* refunds.execute(register(order({ currency: "SAR", customer: "c-1", captures: [] }), { id }))
      yield* refunds.execute(request({ order: id, amount: 100n, destination: "store_credit" }))
      yield* refunds.execute(request({ order: id, amount: 50n, settled: true, id: uuid(40), chosen: true }))
      const answer = ok(yield* refund(id, { amount: 7 }))
      expect(answer.refunded_amount).toBe(57)
      expect(answer.transactions.map((each) => [each.type, each.amount])).toEqual([
        ["capture", 1000],
        ["refund", 50],
        ["refund", 7]
      ])
    })
  )

  it.effect("mirrors a refund that was reversed by a transaction that names it, and counts it no more", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const id = yield* registered()
      yield* refunds.execute(request({ order: id, amount: 300n, settled: true, id: uuid(60), chosen: true }))
      yield* refunds.execute(
        reverse(uuid(60), {
          caller: approver({ now: noon + 60_000 }),
          detail: "the wrong order"
        })
      )
      const { refunded_amount, transactions } = ok(yield* refund(id, { amount: 7, transaction_id: uuid(61) }))
      expect(refunded_amount).toBe(7)
      expect(transactions.slice(1)).toMatchObject([
        { id: uuid(60), type: "refund", status: "declined", amount: 300, reversed_transaction_id: null },
        { id: uuid(61), type: "refund", status: "approved", amount: 7 },
        {
          type: "reversal",
          status: "approved",
          amount: 300,
          reversed_transaction_id: uuid(60),
          reverse_reason: "the wrong order",
          created_at: new Date(noon + 60_000).toISOString().replace(".000Z", "Z")
        }
      ])
      expect(new Set(transactions.map((each) => each.id)).size).toBe(4)
      expect(ok(yield* refund(id, { amount: 7, transaction_id: uuid(61) })).transactions).toEqual(transactions)
    })
  )

  it.effect(
    "names the whole refund in the reversal of each of its parts, or the part where only that was reversed",
    () =>
      Effect.gen(function* () {
        const refunds = yield* Refunds
        const captures = [capture("back-1", 600n), capture("back-2", 400n)]
        yield* refunds.execute(register(order({ captures }), { id: "back" }))
        const made = { order: "back", amount: 900n, settled: true, id: uuid(70), chosen: true }
        const parts = (yield* refunds.execute(request(made))).refunds
        const [first, second] = parts.map((part) => part.id)
        yield* refunds.execute(reverse(first!, { detail: "once" }))
        const half = ok(yield* refund("back", { amount: 1 }))
        expect(half.refunded_amount).toBe(301)
        expect(half.transactions.find((each) => each.type === "reversal")).toMatchObject({
          amount: 600,
          reversed_transaction_id: first
        })
        yield* refunds.execute(reverse(second!, { detail: "twice" }))
        const whole = ok(yield* refund("back", { amount: 1 })).transactions
        expect(whole.filter((each) => each.type === "reversal")).toMatchObject([
          { amount: 600, reversed_transaction_id: uuid(70), reverse_reason: "once" },
          { amount: 300, reversed_transaction_id: uuid(70), reverse_reason: "twice" }
        ])
        expect(whole.find((each) => each.id === uuid(70))).toMatchObject({ amount: 900, status: "declined" })
      })
  )

  it.effect("waits for a person's consent as pending, and shows what was denied as declined", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(setPolicy({ moyasar: { approval: { rule: "always" } } }))
      const id = yield* registered()
      const body = (count: number) => ({ amount: 400, transaction_id: uuid(count) })
      expect(ok(yield* refund(id, body(50))).transactions.at(-1)).toMatchObject({ status: "pending" })
      ok(yield* refund(id, body(51)))
      yield* refunds.execute(deny(uuid(50), { detail: "not the customer's card" }))
      yield* refunds.execute(approve(uuid(51)))

      const { refunded_amount, transactions } = ok(yield* refund(id, body(51)))

      expect(refunded_amount).toBe(400)
      expect(transactions.slice(1)).toMatchObject([
        { id: uuid(50), status: "declined", message: null },
        { id: uuid(51), status: "approved", message: "APPROVED" }
      ])
    })
  )
})
