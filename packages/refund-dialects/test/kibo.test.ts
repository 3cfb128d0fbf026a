import { describe, expect, it, layer } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import { Effect, Result, Schema } from "effect"
import { type OrderId, type RefundId, TenantId } from "refund-core/Ids"
import type { OrderTexts } from "refund-core/Order"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import {
  approve,
  approver,
  authorized,
  type CaptureOptions,
  caller,
  capture,
  deny,
  dispute,
  order,
  register,
  setPolicy
} from "refund-testkit/build"
import type { WireAnswer, WireFault } from "../src/Dialect.ts"
import { parseJson } from "../src/Json.ts"
import { failure } from "../src/kibo/errors.ts"
import { kibo } from "../src/kibo/inbound.ts"
import { limited, readResponseFields } from "../src/kibo/responseFields.ts"
import { KiboError, Refund, RefundRequest } from "../src/kibo/wire.ts"
import { NumberText } from "../src/NumberText.ts"
import { hostileAmounts, layerLedger, type Sent, send } from "./support/ledger.ts"

let drawn = 0
interface Registered extends CaptureOptions {
  readonly guest?: boolean
  readonly currency?: string
  /** What was registered for Kibo with the capture. */
  readonly kept?: Readonly<Record<string, unknown>>
}

/** An order of its own: 107.00 on one capture. */
const registered = ({ currency = "USD", guest = false, kept, ...capturing }: Registered = {}) =>
  Effect.gen(function* () {
    const id = `order-${++drawn}`
    const payment = `payment-${drawn}`
    const texts: OrderTexts = {
      salt: "salt",
      lines: {},
      vendor: {},
      captures: kept === undefined ? {} : { [payment]: { kibo: kept } }
    }
    const captures = [capture(payment, 10_700n, capturing)]
    const customer = guest ? {} : { customer: `customer-${id}` }
    yield* Refunds.use((refunds) =>
      refunds.execute(register(order({ currency, captures, ...customer }), { id, texts }))
    )
    return { id, payment }
  })

const create = (orderId: string, body: unknown, more: Partial<Sent> = {}) =>
  send(kibo, { path: `/api/commerce/orders/${orderId}/refunds`, body, ...more })

const createText = (orderId: string, text: string) =>
  send(kibo, { path: `/api/commerce/orders/${orderId}/refunds`, text })

const textOf = (answer: WireAnswer): string => JSON.stringify(answer.body)

/** As a client of doubles reads it. */
const created = (answer: WireAnswer) => {
  expect(answer.status, textOf(answer)).toBe(200)
  const read = Result.getOrThrow(parseJson(textOf(answer), "text"))
  Schema.decodeUnknownSync(Refund, { onExcessProperty: "error" })(read)
  const body = JSON.parse(textOf(answer)) as typeof Refund.Type
  expect(String(answer.headers?.["refund-id"]).replaceAll("-", "")).toBe(body.id)
  return body
}

const refused = (answer: WireAnswer, status = 400, errorCode = "MISSING_OR_INVALID_PARAMETER") => {
  const error = Schema.decodeUnknownSync(KiboError, { onExcessProperty: "error" })(JSON.parse(textOf(answer)))
  expect([answer.status, error.errorCode], error.message).toEqual([status, errorCode])
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  expect(error.message).not.toBe("")
  return error
}

const group = (answer: WireAnswer) =>
  Refunds.use((refunds) => refunds.group(caller(), { id: answer.headers?.["refund-id"] as RefundId }))

const entries = (orderId: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

const headOf = (orderId: string) =>
  Effect.map(
    Refunds.use((refunds) => refunds.order(caller(), { order: orderId as OrderId })),
    (view) => view.head
  )

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

  it.effect("goes back to the payment that is named", () =>
    Effect.gen(function* () {
      const id = `order-${++drawn}`
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

  it.effect("says a dispute and an authorization that was never captured as conflicts", () =>
    Effect.gen(function* () {
      const { id, payment } = yield* registered()
      yield* Refunds.use((refunds) => refunds.execute(dispute("open", { order: id, capture: payment })))
      refused(yield* create(id, { amount: 1, payment: { id: payment } }), 409, "VALIDATION_CONFLICT")

      const only = `order-${++drawn}`
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

describe("Kibo's wire", () => {
  it("writes a request as it reads one, digit by digit", () => {
    const asked = { amount: new NumberText("19.90"), payment: { id: "c-1" }, reason: null }
    const text = JSON.stringify(Schema.encodeSync(RefundRequest)(asked))
    expect(text).toContain('"amount":19.90')
    assertSuccess(Result.map(parseJson(text, "text"), Schema.decodeUnknownSync(RefundRequest)), asked)
  })
})

describe("Kibo's responseFields", () => {
  it("are names with what is wanted of them", () => {
    assertSuccess(
      readResponseFields("id,Payment(id)"),
      new Map([
        ["id", null],
        ["payment", new Map([["id", null]])]
      ])
    )
    assertSuccess(readResponseFields(undefined), null)
    assertSuccess(readResponseFields("  "), null)
    assertFailure(readResponseFields("id,,amount"), "a list of names such as id,payment(id,status)")
  })

  it("go through lists, and leave alone what has no fields", () => {
    const fields = Result.getOrThrow(readResponseFields("a(b),c(d)"))
    expect(limited({ a: [{ b: 1, x: 2 }, { b: { y: 3 } }, 4], c: null, d: 5 }, fields)).toEqual({
      a: [{ b: 1 }, { b: { y: 3 } }, 4],
      c: null
    })
  })

  it("may be nested as deep as they are long", () => {
    const deep = `${"a(".repeat(666)}a${")".repeat(666)}`
    expect(Result.isSuccess(readResponseFields(deep))).toBe(true)
  })
})

describe("Kibo's credential", () => {
  it("is the bearer token, or the app's claims", () => {
    expect(kibo.credential({ authorization: "Bearer k" })).toBe("k")
    expect(kibo.credential({ "x-vol-app-claims": "k" })).toBe("k")
    expect(kibo.credential({ authorization: "Bearer k", "x-vol-app-claims": "other" })).toBe("k")
  })

  it("is not there in any other form", () => {
    for (const headers of [{}, { authorization: "Basic k" }, { authorization: "Bearer" }, { "x-vol-app-claims": "" }]) {
      expect(kibo.credential(headers as Record<string, string>)).toBeNull()
    }
  })
})

describe("what goes wrong before Kibo's route", () => {
  const faults: ReadonlyArray<readonly [WireFault, number]> = [
    [{ _tag: "NoCredential" }, 401],
    [{ _tag: "BadCredential" }, 401],
    [{ _tag: "BadJson", detail: "The body is not JSON" }, 400],
    [{ _tag: "TooLarge", limitBytes: 262_144 }, 413],
    [{ _tag: "WrongMediaType", got: "" }, 415],
    [{ _tag: "NoRoute", path: "/api/nothing" }, 404],
    [{ _tag: "WrongMethod", allowed: ["POST"] }, 405],
    [{ _tag: "Broken", requestId: "r-1" }, 500]
  ]

  it.each(faults)("is said in JSON that Kibo's clients read: %j", (wrong, status) => {
    const answer = kibo.fault(wrong)
    expect(answer.status).toBe(status)
    const error = Schema.decodeUnknownSync(KiboError, { onExcessProperty: "error" })(answer.body)
    expect(error.message).not.toBe("")
  })

  it("says when to come back where the ledger cannot commit", () => {
    const answer = failure(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 2 }))
    expect([answer.status, answer.headers?.["retry-after"]]).toEqual([503, "2"])
    expect(answer.body).toMatchObject({ errorCode: "SERVICE_UNAVAILABLE", message: "The ledger is busy" })
  })
})
