import { describe, expect, it, layer } from "@effect/vitest"
import { assertSuccess } from "@effect/vitest/utils"
import { Effect, Result, Schema } from "effect"
import { type OrderId, type RefundId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { payout } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { type CaptureOptions, caller, capture, charge, line, order, register, setPolicy } from "refund-testkit/build"
import type { WireAnswer, WireFault } from "../src/Dialect.ts"
import { failure } from "../src/geins/envelope.ts"
import { geins } from "../src/geins/inbound.ts"
import { Envelope, NewRefund } from "../src/geins/wire.ts"
import { parseJson } from "../src/Json.ts"
import { NumberText } from "../src/NumberText.ts"
import { hostileAmounts, layerLedger, type Sent, send } from "./support/ledger.ts"

let drawn = 1_000
/** 80.00 of goods in row 7 with 20.00 tax, 5.00 shipping and a 2.00 invoice fee, taken on one capture. */
const registered = (options: CaptureOptions & { readonly guest?: boolean; readonly currency?: string } = {}) =>
  Effect.gen(function* () {
    const { currency = "SEK", guest = false, ...capturing } = options
    const id = String(++drawn)
    yield* Refunds.use((refunds) =>
      refunds.execute(
        register(
          order({
            currency,
            lines: [line("7", 8_000n, { tax: 2_000n })],
            shipping: charge(500n),
            invoiceFee: charge(200n),
            captures: [capture(`c-${id}`, 10_700n, { provider: "external", ...capturing })],
            ...(guest ? {} : { customer: `customer-${id}` })
          }),
          { id }
        )
      )
    )
    return id
  })

const create = (orderId: string, body: unknown, more: Partial<Sent> = {}) =>
  send(geins, { path: `/API/Order/${orderId}/Refund`, body, ...more })

const createText = (orderId: string, text: string) => send(geins, { path: `/API/Order/${orderId}/Refund`, text })

const bodyOf = (answer: WireAnswer) =>
  Schema.decodeUnknownSync(Envelope, { onExcessProperty: "error" })(JSON.parse(JSON.stringify(answer.body)))

const created = (answer: WireAnswer): RefundId => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const { Details, Message, Resource } = bodyOf(answer)
  expect({ Message, Details }).toEqual({ Message: "Refund created", Details: [] })
  expect(answer.headers?.["refund-id"]).toBe(Resource)
  return Resource as RefundId
}

const refused = (answer: WireAnswer, status: 400 | 404 = 400) => {
  const { Details, Message, Resource } = bodyOf(answer)
  expect([answer.status, Message, Resource]).toEqual([status, status === 400 ? "Bad request." : "Not found.", null])
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  expect(Details.length).toBeGreaterThan(0)
  return Details
}

const group = (id: RefundId) => Refunds.use((refunds) => refunds.group(caller(), { id }))

const only = (id: RefundId) =>
  Effect.map(group(id), (refunds) => {
    expect(refunds.length).toBe(1)
    return refunds[0]!
  })

const entries = (orderId: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

const headOf = (orderId: string) =>
  Effect.map(
    Refunds.use((refunds) => refunds.order(caller(), { order: orderId as OrderId })),
    (view) => view.head
  )

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`

layer(layerLedger())("Geins' creation of a refund", (it) => {
  it.effect("does what each of the ten fields says", () =>
    Effect.gen(function* () {
      const id = created(
        yield* create(yield* registered(), {
          OrderRowId: 7,
          Reference: "RMA-17",
          Description: "broken handle",
          Author: "Ada",
          RefundAmount: 49.5,
          ToBalance: false,
          Settled: false,
          RefundType: 0,
          SkipRefundEvents: true,
          RefundsRequireApproval: true
        })
      )
      const refund = yield* only(id)
      expect(refund).toMatchObject({
        id,
        amount: 4_950n,
        currency: "SEK",
        type: "default",
        destination: "original",
        shares: [{ component: "line:7", amount: 4_950n }],
        reference: "RMA-17",
        skipEvents: true,
        requiresApproval: true,
        state: "pending_approval",
        origin: "requested",
        door: "geins"
      })
      expect(refund.texts).toMatchObject({ note: "broken handle", author: "Ada" })
    })
  )

  it.effect("asks for no more than an amount, and takes null for what is left out", () =>
    Effect.gen(function* () {
      const left = {
        OrderRowId: null,
        Reference: null,
        Description: null,
        Author: null,
        ToBalance: null,
        Settled: null,
        RefundType: null,
        SkipRefundEvents: null,
        RefundsRequireApproval: null
      }
      for (const body of [{ RefundAmount: 1 }, { RefundAmount: 1, ...left }]) {
        expect(yield* only(created(yield* create(yield* registered(), body)))).toMatchObject({
          amount: 100n,
          type: "default",
          destination: "original",
          state: "approved",
          reference: null,
          skipEvents: false,
          requiresApproval: false
        })
      }
    })
  )

  it.effect("records a settled refund at once, whether or not approval is asked for", () =>
    Effect.gen(function* () {
      const body = { RefundAmount: 10, Settled: true, RefundsRequireApproval: true }
      const refund = yield* only(created(yield* create(yield* registered(), body)))
      expect(refund).toMatchObject({ state: "settled", origin: "recorded", requiresApproval: false })
      expect(refund.settledAt).not.toBeNull()
    })
  )

  it.effect("lets only those who may record say that a refund is settled", () =>
    Effect.gen(function* () {
      const asked = caller({ door: "geins", permissions: ["refunds:request"] })
      const orderId = yield* registered()
      created(yield* create(orderId, { RefundAmount: 1 }, { caller: asked }))
      const details = refused(yield* create(orderId, { RefundAmount: 1, Settled: true }, { caller: asked }))
      expect(details).toEqual(["This credential may not do that: it needs refunds:record"])
    })
  )

  it.effect("credits the customer's balance, and refuses to where nobody is the customer", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const refund = yield* only(created(yield* create(orderId, { RefundAmount: 25.1, ToBalance: true })))
      expect(refund).toMatchObject({ destination: "store_credit", state: "settled", amount: 2_510n })
      const [credit] = yield* LedgerReader.use((reader) => reader.credit(TenantId.make("acme"), `customer-${orderId}`))
      expect(credit).toMatchObject({ currency: "SEK", lots: [{ expiresAt: null, left: 2_510n }] })

      const guest = yield* registered({ guest: true })
      refused(yield* create(guest, { RefundAmount: 1, ToBalance: true }))
    })
  )

  it.effect("draws shipping and the invoice fee on what was charged for them, and on no more", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const shipping = yield* only(created(yield* create(orderId, { RefundAmount: 5, RefundType: 2 })))
      expect(shipping).toMatchObject({ type: "shipping", shares: [{ component: "shipping", amount: 500n }] })
      const fee = yield* only(created(yield* create(orderId, { RefundAmount: 2, RefundType: 3 })))
      expect(fee).toMatchObject({ type: "invoice_fee", shares: [{ component: "invoice_fee", amount: 200n }] })

      expect(refused(yield* create(orderId, { RefundAmount: 0.01, RefundType: 2 }))).toEqual([
        "Requested 0.01 SEK of 0.00 SEK refundable for shipping"
      ])
      expect(refused(yield* create(orderId, { RefundAmount: 2.01, RefundType: 3 })).length).toBe(1)
    })
  )

  it.effect("takes a return cost off the order's open refund", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const id = created(yield* create(orderId, { RefundAmount: 60, OrderRowId: 7 }))
      const cost = yield* only(created(yield* create(orderId, { RefundAmount: 4.9, RefundType: 1 })))
      expect(cost).toMatchObject({ type: "instance_cost", deducts: true, netted: 490n })
      expect(payout(yield* only(id))).toBe(5_510n)
      expect((yield* headOf(orderId)).held).toBe(6_000n)
    })
  )

  it.effect("knows the order's rows, and no row beside another type than 0", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      expect(refused(yield* create(orderId, { RefundAmount: 1, OrderRowId: 8 }))).toEqual([
        "OrderRowId: the order has no row 8"
      ])
      for (const RefundType of [1, 2, 3]) {
        expect(refused(yield* create(orderId, { RefundAmount: 1, OrderRowId: 7, RefundType }))).toEqual([
          "OrderRowId: no line beside another type than default"
        ])
      }
    })
  )

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

  it.effect("makes one refund of one Idempotency-Key, and says so", () =>
    Effect.gen(function* () {
      const orderId = yield* registered()
      const headers = { "idempotency-key": "k-1" }
      const first = yield* create(orderId, { RefundAmount: 10, Description: "once" }, { headers })
      const again = yield* create(orderId, { RefundAmount: 10, Description: "once" }, { headers })
      expect(created(again)).toBe(created(first))
      expect(again.headers).toMatchObject({ "idempotent-replayed": "true" })
      expect(again.body).toEqual(first.body)

      const before = yield* entries(orderId)
      refused(yield* create(orderId, { RefundAmount: 11, Description: "once" }, { headers }))
      refused(yield* create(orderId, { RefundAmount: 10, Description: "twice" }, { headers }))
      refused(yield* create(orderId, { RefundAmount: 10 }, { headers: { "idempotency-key": "" } }))
      refused(yield* create(orderId, { RefundAmount: 10 }, { headers: { "idempotency-key": "k".repeat(256) } }))
      expect(yield* entries(orderId)).toEqual(before)
    })
  )

  it.effect("answers for the group where the money goes back to two captures", () =>
    Effect.gen(function* () {
      const id = String(++drawn)
      const captures = [capture(`a-${id}`, 100n), capture(`b-${id}`, 100n)]
      yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }), { id })))
      const groupId = created(yield* create(id, { RefundAmount: 1.5 }))
      expect((yield* group(groupId)).map((refund) => [refund.groupId, refund.amount])).toEqual([
        [groupId, 100n],
        [groupId, 50n]
      ])
    })
  )

  it.effect("follows the tenant's policy for this door", () =>
    Effect.gen(function* () {
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({ geins: { approval: { rule: "always" } } })))
      const refund = yield* only(created(yield* create(yield* registered(), { RefundAmount: 1 })))
      expect(refund.state).toBe("pending_approval")
      yield* Refunds.use((refunds) => refunds.execute(setPolicy({})))
    })
  )
})

describe("Geins' wire", () => {
  it("writes a request as it reads one, digit by digit", () => {
    const asked = {
      OrderRowId: new NumberText("7"),
      RefundAmount: new NumberText("19.90"),
      Settled: true,
      Author: null
    }
    const text = JSON.stringify(Schema.encodeSync(NewRefund)(asked))
    expect(text).toBe('{"OrderRowId":7,"Author":null,"RefundAmount":19.90,"Settled":true}')
    assertSuccess(Result.map(parseJson(text, "text"), Schema.decodeUnknownSync(NewRefund)), asked)
  })
})

describe("Geins' credentials", () => {
  const key = "rk_secret:with:colons"

  it("are the key, in its header and as the password of Basic authentication", () => {
    expect(geins.credential({ authorization: basic("user", key), "x-apikey": key })).toBe(key)
    expect(geins.credential({ authorization: basic("", key), "x-apikey": key })).toBe(key)
  })

  it("are not there where one of the two is missing or they differ", () => {
    expect(geins.credential({})).toBeNull()
    expect(geins.credential({ "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: basic("user", key) })).toBeNull()
    expect(geins.credential({ authorization: basic("user", "other"), "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: `Bearer ${key}`, "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: "Basic !!!", "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: basic("user", ""), "x-apikey": "" })).toBeNull()
  })
})

describe("what goes wrong before Geins' route", () => {
  const faults: ReadonlyArray<readonly [WireFault, number]> = [
    [{ _tag: "NoCredential" }, 401],
    [{ _tag: "BadCredential" }, 401],
    [{ _tag: "BadJson", detail: "The body is not JSON" }, 400],
    [{ _tag: "TooLarge", limitBytes: 262_144 }, 413],
    [{ _tag: "WrongMediaType", got: "text/xml" }, 415],
    [{ _tag: "NoRoute", path: "/API/Nothing" }, 404],
    [{ _tag: "WrongMethod", allowed: ["POST"] }, 405],
    [{ _tag: "Broken", requestId: "r-1" }, 500]
  ]

  it.each(faults)("is said in the envelope: %j", (wrong, status) => {
    const answer = geins.fault(wrong)
    expect(answer.status).toBe(status)
    const { Details, Message, Resource } = bodyOf(answer)
    expect(Resource).toBeNull()
    expect(Message).not.toBe("")
    expect(Details.length).toBe(1)
  })

  it("says when to come back where the ledger cannot commit", () => {
    const answer = failure(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 2 }))
    expect([answer.status, answer.headers?.["retry-after"]]).toEqual([503, "2"])
    expect(bodyOf(answer)).toEqual({ Resource: null, Message: "Service unavailable.", Details: ["The ledger is busy"] })
  })
})
