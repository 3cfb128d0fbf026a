import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { type RefundId, TenantId } from "refund-core/Ids"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { approve, approver, caller, capture, deny, order, register, setPolicy } from "refund-testkit/build"
import { create, created, createText, entries, group, headOf, refused, registered, textOf } from "./support/kibo.ts"
import { layerLedger } from "./support/ledger.ts"

layer(layerLedger())("Kibo's creation of a refund", (it) => {
  it.effect("answers with the refund that was asked for, and the payment it goes back to", () =>
    Effect.gen(function* () {
      const kept = {
        paymentType: "CreditCard",
        paymentWorkflow: "Mozu",
        status: "Collected",
        billingInfo: { paymentType: "CreditCard", card: { cardNumberPartOrMask: "************1111" } },
        interactions: [{ id: "i-1", interactionType: "Capture", status: "Success", amount: 107 }],
        amountCollected: 1
      }
      const { id, payment } = yield* registered({ kept })
      const asked = {
        id: "ignored",
        orderId: id,
        reason: "broken handle",
        reasonCode: "DAMAGED",
        payment: { id: payment, amountCollected: 5, interactions: [{ id: "ignored" }] },
        amount: 19.9,
        refundMethod: "OriginalPayment",
        auditInfo: { createBy: "ignored" }
      }
      const answer = yield* create(id, asked)
      const { auditInfo, id: refundId, payment: shown, ...rest } = created(answer)
      expect(refundId).toMatch(/^[0-9a-f]{32}$/)
      expect(rest).toEqual({
        orderId: id,
        reason: "broken handle",
        reasonCode: "DAMAGED",
        amount: 19.9,
        refundMethod: "OriginalPayment"
      })
      expect(textOf(answer)).toContain('"amount":19.90,')
      expect(auditInfo).toEqual({
        createDate: "2026-11-02T12:00:00.000Z",
        createBy: "ada",
        updateDate: "2026-11-02T12:00:00.000Z",
        updateBy: "ada"
      })
      expect(shown).toEqual({
        ...kept,
        id: payment,
        orderId: id,
        paymentServiceTransactionId: `ch_${payment}`,
        availableActions: null,
        externalTransactionId: null,
        data: null,
        subPayments: null,
        changeMessages: null,
        installmentPlanCode: null,
        interactions: [
          ...kept.interactions,
          {
            id: refundId,
            paymentId: payment,
            orderId: id,
            currencyCode: "USD",
            interactionType: "Credit",
            status: null,
            isManual: false,
            isPending: true,
            gatewayTransactionId: null,
            amount: 19.9,
            interactionDate: "2026-11-02T12:00:00.000Z",
            refundId
          }
        ],
        amountRequested: 107,
        amountCollected: 107,
        amountCredited: 0
      })
      expect((yield* group(answer))[0]).toMatchObject({ amount: 1_990n, captureId: payment, destination: "original" })
    })
  )

  it.effect("asks for no more than an amount, and gives null for what was not said", () =>
    Effect.gen(function* () {
      const nulls = { id: null, orderId: null, reason: null, reasonCode: null, payment: null, refundMethod: null }
      for (const body of [{ amount: 1 }, { amount: 1, ...nulls }, { amount: 1, payment: { id: null } }]) {
        const { id } = yield* registered()
        const { amount, orderId, reason, reasonCode, refundMethod } = created(yield* create(id, body))
        expect({ amount, orderId, reason, reasonCode, refundMethod }).toEqual({
          amount: 1,
          orderId: id,
          reason: null,
          reasonCode: null,
          refundMethod: null
        })
      }
    })
  )

  it.effect("gives store credit where that is the refund method, in any case, with or without a space", () =>
    Effect.gen(function* () {
      for (const refundMethod of ["StoreCredit", "store credit", " STORECREDIT ", "Store Credit"]) {
        const { id } = yield* registered()
        const answer = yield* create(id, { amount: 25, refundMethod })
        expect(created(answer).refundMethod).toBe(refundMethod)
        expect(created(answer).payment).toBeUndefined()
        expect((yield* group(answer))[0]).toMatchObject({ destination: "store_credit", state: "settled" })
      }
      for (const refundMethod of ["GiftCard", "no store credit", "store-credit", ""]) {
        const answer = yield* create((yield* registered()).id, { amount: 25, refundMethod })
        expect(created(answer).refundMethod).toBe(refundMethod)
        expect((yield* group(answer))[0]).toMatchObject({ destination: "original" })
      }
      const { id } = yield* registered({ guest: true })
      refused(yield* create(id, { amount: 1, refundMethod: "StoreCredit" }), 400, "VALIDATION_CONFLICT")
    })
  )

  it.effect("may exceed the order's total, with a reason and the right to: the excess is store credit", () =>
    Effect.gen(function* () {
      const { id, payment } = yield* registered()
      const answer = yield* create(id, { amount: 150, reason: "goodwill" })
      const body = created(answer)
      expect(body.amount).toBe(150)
      expect(body.payment).toMatchObject({ id: payment, amountCollected: 107 })
      expect((yield* group(answer)).map((refund) => [refund.destination, refund.amount])).toEqual([
        ["original", 10_700n],
        ["store_credit", 4_300n]
      ])
      expect((yield* headOf(id)).collected).toBe(10_700n)
    })
  )

  it.effect("goes back to the payment that is named", () =>
    Effect.gen(function* () {
      const id = "order-of-several"
      const captures = [capture(`a-${id}`, 5_000n), capture(`b-${id}`, 5_000n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id })))
      const named = yield* create(id, { amount: 10, payment: { id: `b-${id}` } })
      expect(created(named).payment?.id).toBe(`b-${id}`)
      expect((yield* group(named))[0]).toMatchObject({ captureId: `b-${id}` })

      const both = yield* create(id, { amount: 60 })
      expect(created(both).payment).toBeUndefined()
      expect(created(both).amount).toBe(60)
      expect((yield* group(both)).length).toBe(2)

      refused(yield* create(id, { amount: 1, payment: { id: "c-none" } }), 404, "ITEM_NOT_FOUND")
      const { payment: elsewhere } = yield* registered()
      refused(yield* create(id, { amount: 1, payment: { id: elsewhere } }), 404, "ITEM_NOT_FOUND")
    })
  )

  it.effect("tells later what came of it, to whoever repeats the request with its key", () =>
    Effect.gen(function* () {
      const headers = { "idempotency-key": "k-1" }
      const { id, payment } = yield* registered()
      const first = yield* create(id, { amount: 10 }, { headers })
      yield* Outcomes.use((outcomes) => outcomes.wait(TenantId.make("acme"), first.headers?.["refund-id"] as RefundId))
      const again = yield* create(id, { amount: 10 }, { headers })
      expect(again.headers).toMatchObject({ "idempotent-replayed": "true", "refund-id": first.headers?.["refund-id"] })
      const body = created(again)
      expect(body.id).toBe(created(first).id)
      expect(body.payment).toMatchObject({ id: payment, amountCollected: 107, amountCredited: 10 })
      expect(body.payment?.interactions).toMatchObject([{ status: "Success", isPending: false, refundId: body.id }])

      const before = yield* entries(id)
      refused(yield* create(id, { amount: 11 }, { headers }), 422, "ITEM_ALREADY_EXISTS")
      refused(yield* create(id, { amount: 10 }, { headers: { "idempotency-key": "" } }))
      expect(yield* entries(id)).toEqual(before)
    })
  )

  it.effect("tells a refund that was declined, or that nobody approved, as a failed credit", () =>
    Effect.gen(function* () {
      const declined = yield* registered({ reference: "sim_decline" })
      const headers = { "idempotency-key": "k-2" }
      const first = yield* create(declined.id, { amount: 10 }, { headers })
      yield* Outcomes.use((outcomes) => outcomes.wait(TenantId.make("acme"), first.headers?.["refund-id"] as RefundId))
      const again = created(yield* create(declined.id, { amount: 10 }, { headers }))
      expect(again.payment?.interactions).toMatchObject([{ status: "Failure", isPending: false }])

      yield* Refunds.use((refunds) => refunds.execute(setPolicy({ kibo: { approval: { rule: "always" } } })))
      const { id } = yield* registered()
      const approval = { headers: { "idempotency-key": "k-3" } }
      const waiting = yield* create(id, { amount: 10 }, approval)
      expect(created(waiting).payment?.interactions).toMatchObject([{ status: null, isPending: true }])
      const by = approver()
      yield* Refunds.use((refunds) => refunds.execute(deny(waiting.headers?.["refund-id"] as RefundId, { caller: by })))
      expect(created(yield* create(id, { amount: 10 }, approval)).payment?.interactions).toMatchObject([
        { status: "Failure", isPending: false }
      ])

      const other = yield* create(id, { amount: 20 }, { headers: { "idempotency-key": "k-4" } })
      yield* Refunds.use((refunds) =>
        refunds.execute(approve(other.headers?.["refund-id"] as RefundId, { caller: { ...by, now: by.now + 1_000 } }))
      )
      expect(
        created(yield* create(id, { amount: 20 }, { headers: { "idempotency-key": "k-4" } })).auditInfo
      ).toMatchObject({ createBy: "ada", updateBy: "bob", updateDate: "2026-11-02T12:00:01.000Z" })
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({})))
    })
  )

  it.effect("returns only the fields that are asked for", () =>
    Effect.gen(function* () {
      const { id, payment } = yield* registered()
      const limitedTo = (responseFields: string) =>
        Effect.map(create(id, { amount: 1, reason: "x" }, { query: { responseFields } }), (answer) => {
          expect([answer.status, answer.headers?.["refund-id"]]).toEqual([200, expect.any(String)])
          return JSON.parse(textOf(answer))
        })
      expect(yield* limitedTo("amount,orderId")).toEqual({ amount: 1, orderId: id })
      expect(yield* limitedTo(" amount , payment( id, interactions(status,amount) ) ")).toEqual({
        amount: 1,
        payment: { id: payment, interactions: [{ status: null, amount: 1 }] }
      })
      expect(Object.keys(yield* limitedTo("")).length).toBeGreaterThan(6)
      expect(yield* limitedTo("nothing,constructor,__proto__,toString")).toEqual({})
      expect(yield* limitedTo("AMOUNT")).toEqual({ amount: 1 })
    })
  )

  it.effect("shows the payment to a credential that may only request refunds", () =>
    Effect.gen(function* () {
      const { id, payment } = yield* registered({ kept: { status: "Collected" } })
      const asked = caller({ door: "kibo", permissions: ["refunds:request"] })
      const body = created(yield* create(id, { amount: 1 }, { caller: asked }))
      expect(body.payment).toMatchObject({ id: payment, status: "Collected" })
    })
  )

  it.effect("says that a refund was made also where the payment can no longer be read", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const refunds = yield* Refunds
      const unread = Effect.fail(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 1 }))
      const answer = yield* create(id, { amount: 1 }).pipe(
        Effect.provideService(Refunds, Refunds.of({ ...refunds, order: () => unread, registered: () => unread }))
      )
      expect(created(answer).payment).toBeUndefined()
      expect(yield* group(answer)).toHaveLength(1)
    })
  )

  it.effect("prints amounts with the currency's digits, exactly", () =>
    Effect.gen(function* () {
      for (const [currency, text, printed] of [
        ["USD", "1e1", "10.00"],
        ["JPY", "10.0", "10"],
        ["KWD", "1.23", "1.230"]
      ] as const) {
        const { id } = yield* registered({ currency })
        const answer = yield* createText(id, `{"amount":${text}}`)
        created(answer)
        expect(textOf(answer)).toContain(`"amount":${printed},"refundMethod"`)
      }
      const { id } = yield* registered({ currency: "JPY" })
      expect(refused(yield* createText(id, '{"amount":10.5}')).message).toBe(
        "amount 10.5 has more than the currency's 0 decimals"
      )
    })
  )

  it.effect("shares no constant between two orders that the page does not document", () =>
    Effect.gen(function* () {
      const one = yield* registered({ kept: { status: "Collected", paymentType: "Check" } })
      const two = yield* registered({ currency: "KWD", kept: { status: "Pending", paymentType: "PayPal" } })
      const earlier = yield* create(two.id, { amount: 3 })
      yield* Outcomes.use((outcomes) =>
        outcomes.wait(TenantId.make("acme"), earlier.headers?.["refund-id"] as RefundId)
      )
      const first = created(yield* create(one.id, { amount: 1, reason: "a", reasonCode: "b", refundMethod: "c" }))
      const bob = { ...caller({ door: "kibo", id: "bob" }), now: caller().now + 1_000 }
      const second = created(
        yield* create(two.id, { amount: 2, reason: "d", reasonCode: "e", refundMethod: "f" }, { caller: bob })
      )
      expect(shared(first, second)).toEqual({
        "payment.interactions.0.interactionType": "Credit",
        "payment.interactions.0.isManual": false,
        "payment.interactions.0.isPending": true
      })
    })
  )
})

/** The leaves that are the same in both, by path; null says nothing. */
const shared = (one: unknown, two: unknown, path = ""): Record<string, unknown> => {
  if (typeof one !== "object" || one === null) return one === two && one !== null ? { [path]: one } : {}
  const other = (two ?? {}) as Record<string, unknown>
  const found = Object.entries(one).map(([name, each]) =>
    shared(each, other[name], path === "" ? name : `${path}.${name}`)
  )
  return Object.assign({}, ...found)
}
