/** What each of the five is sent, over HTTP: the vendor's own request, and the question for what became of it. */
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Effect, Result, Schema } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import type { Attempt } from "refund-core/ports/RefundProvider"
import type { Dialect } from "../src/Dialect.ts"
import { geins as geinsDoor } from "../src/geins/inbound.ts"
import { make as geins } from "../src/geins/outbound.ts"
import { NewRefund } from "../src/geins/wire.ts"
import type { Outbound } from "../src/internal/outbound.ts"
import { parseJson } from "../src/Json.ts"
import { kibo as kiboDoor } from "../src/kibo/inbound.ts"
import { make as kibo } from "../src/kibo/outbound.ts"
import { RefundRequest as KiboRefund } from "../src/kibo/wire.ts"
import { maverick as maverickDoor } from "../src/maverick/inbound.ts"
import { make as maverick } from "../src/maverick/outbound.ts"
import { RefundRequest as MaverickRefund } from "../src/maverick/wire.ts"
import { medusa as medusaDoor } from "../src/medusa/inbound.ts"
import { make as medusa } from "../src/medusa/outbound.ts"
import { PostPaymentRefund } from "../src/medusa/wire.ts"
import { moyasar as moyasarDoor } from "../src/moyasar/inbound.ts"
import { make as moyasar } from "../src/moyasar/outbound.ts"
import { RefundRequest as MoyasarRefund } from "../src/moyasar/wire.ts"
import seed from "./fixtures/maverick.json" with { type: "json" }
import { type Complaints, ours } from "./support/judge.ts"
import { attemptOn, mark } from "./support/outbound.ts"
import { json, vendorServer } from "./support/vendorServer.ts"
import { theirs } from "./support/vendors.ts"

const currencies = [CurrencyCode.make("USD"), CurrencyCode.make("KWD")] as const
const { id } = attemptOn(null)

const noJudge: Complaints = () => []

interface Case {
  readonly vendor: string
  readonly dialect: Dialect
  readonly make: (baseUrl: string) => Outbound
  readonly reference: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly schema: Schema.Codec<unknown, unknown>
  readonly numbers: "text" | "double"
  /** References that are none of the vendor's. */
  readonly strangers: ReadonlyArray<string>
  readonly declines: string
}

const cases: ReadonlyArray<Case> = [
  {
    vendor: "Kibo",
    dialect: kiboDoor,
    make: (baseUrl) => kibo({ baseUrl, currencies, accessToken: "token" }),
    reference: "13f5a7/882",
    path: "/api/commerce/orders/13f5a7/refunds",
    headers: { authorization: "Bearer token", "idempotency-key": id },
    body: `{"orderId":"13f5a7","amount":19.99,"reason":"${mark}","payment":{"id":"882"}}`,
    schema: KiboRefund,
    numbers: "text",
    strangers: ["", "882", "13f5a7/", "/882", "a/b/c", "13f5a7/../882", "a b/c", "a%2Fb/c"],
    declines: "not_a_kibo_payment"
  },
  {
    vendor: "Geins",
    dialect: geinsDoor,
    make: (baseUrl) =>
      geins({ baseUrl, currencies, username: "ada", password: "pass", apiKey: "key", author: "Refunds" }),
    reference: "1001",
    path: "/API/Order/1001/Refund",
    headers: {
      authorization: `Basic ${Buffer.from("ada:pass").toString("base64")}`,
      "x-apikey": "key",
      "idempotency-key": id
    },
    body: `{"RefundAmount":19.99,"RefundType":0,"Reference":"${mark}","Author":"Refunds"}`,
    schema: NewRefund,
    numbers: "text",
    strangers: ["", "0", "-1", "1.5", "A-1001", "2147483648", "1001/Refund", "1e3"],
    declines: "not_a_geins_order"
  },
  {
    vendor: "Moyasar",
    dialect: moyasarDoor,
    make: (baseUrl) => moyasar({ baseUrl, currencies, apiKey: "key" }),
    reference: "0191f5a7-44a9-76c2-9fec-39709fdbf723",
    path: "/v1/orders/0191f5a7-44a9-76c2-9fec-39709fdbf723/refund",
    headers: { authorization: "Bearer key" },
    body: `{"amount":1999,"transaction_id":"${id}"}`,
    schema: MoyasarRefund,
    numbers: "double",
    strangers: ["", ".", "..", "a/b", "a?b", "a#b", "é", "x".repeat(256)],
    declines: "not_a_moyasar_order"
  },
  {
    vendor: "Maverick",
    dialect: maverickDoor,
    make: (baseUrl) => maverick({ baseUrl, currencies, token: "token", terminalId: 24 }),
    reference: "882",
    path: "/payment/882/refund",
    headers: { authorization: "Bearer token", "idempotency-key": id },
    body: `{"terminal":{"id":24},"amount":"19.99","externalId":"${id}"}`,
    schema: MaverickRefund,
    numbers: "text",
    strangers: ["", "0", "-882", "882/refund", "8.82", "pay_1", "9007199254740993"],
    declines: "not_a_maverick_payment"
  },
  {
    vendor: "Medusa",
    dialect: medusaDoor,
    make: (baseUrl) => medusa({ baseUrl, currencies, apiToken: "token", reason: "return" }),
    reference: "pay_01G8ZCC5W42ZNY842124G7P5R9",
    path: "/admin/payments/pay_01G8ZCC5W42ZNY842124G7P5R9/refund",
    headers: { "x-medusa-access-token": "token", "idempotency-key": id },
    body: `{"amount":1999,"reason":"return","note":"${mark}"}`,
    schema: PostPaymentRefund,
    numbers: "double",
    strangers: ["", ".", "..", "pay_1/refund", "pay 1", "pay_1\r\nx: y"],
    declines: "not_a_medusa_payment"
  }
]

describe.each(cases)(
  "$vendor",
  ({ body, declines, dialect, headers, make, numbers, path, reference, schema, strangers }) => {
    it.live("is sent its own request, which its own schema reads", () =>
      Effect.gen(function* () {
        const server = yield* vendorServer
        server.responding(json(500, {}))
        yield* make(server.url).provider.submit(attemptOn(reference))
        assert.strictEqual(server.sent.length, 1)
        const sent = server.sent[0]
        assert.deepInclude(sent, { method: "POST", path, body })
        assert.deepInclude(sent?.headers, headers)
        const parsed = Result.getOrThrow(parseJson(sent?.body ?? "", numbers))
        assert.isTrue(Result.isSuccess(Schema.decodeUnknownResult(schema)(parsed)))
      })
    )

    it.live("is sent what its description allows, ours and where there is one the vendor's own", () =>
      Effect.gen(function* () {
        const server = yield* vendorServer
        server.responding(json(500, {}))
        yield* make(server.url).provider.submit(attemptOn(reference))
        const call = { method: "POST", path, body: JSON.parse(server.sent[0]?.body ?? "null") as unknown }
        // Of an answer that was taken, only what is said of its request.
        const told = { status: 200, body: {}, mediaType: "application/json" }
        const judges = [
          ours(dialect.description ?? assert.fail("it is not described")),
          theirs[dialect.door] ?? noJudge
        ]
        const complaints = (body: unknown) =>
          judges.flatMap((judge) => judge({ ...call, body }, told)).filter((each) => each.includes("a request"))
        assert.deepEqual(complaints(call.body), [])
        assert.isNotEmpty(complaints("no object"))
      })
    )

    it.live("is never sent what cannot be said to it: that is declined", () =>
      Effect.gen(function* () {
        const server = yield* vendorServer
        const { provider } = make(server.url)
        const refused = (code: string) => ({ _tag: "declined", code, reference: null }) as const
        const asked: ReadonlyArray<[Attempt, string]> = [
          ...strangers.map((stranger): [Attempt, string] => [attemptOn(stranger), declines]),
          [attemptOn(null), "capture_reference_missing"],
          [attemptOn(reference, { currency: CurrencyCode.make("EUR") }), "currency_mismatch"]
        ]
        for (const [attempt, code] of asked) assertEquals(yield* provider.submit(attempt), refused(code))
        assert.strictEqual(server.sent.length, 0)
      })
    )

    it("is at an address, or nothing is made", () => assert.throws(() => make("nowhere"), "baseUrl must be"))
  }
)

describe("the question what became of a refund", () => {
  const asking = Effect.fnUntraced(function* (
    outbound: (baseUrl: string) => Outbound,
    attempt: Attempt,
    body: unknown
  ) {
    const server = yield* vendorServer
    server.responding(json(200, body))
    const outcome = yield* outbound(server.url).provider.lookup(attempt)
    return { outcome, asked: server.sent.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`) }
  })
  const of = (vendor: string) => cases.find((each) => each.vendor === vendor)?.make ?? assert.fail()

  it.live("is Kibo's order", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* asking(of("Kibo"), attemptOn("13f5a7/882"), { id: "13f5a7", refunds: [] })
      assert.deepEqual(asked, [
        "GET /api/commerce/orders/13f5a7?responseFields=id,currencyCode,refunds,payments(interactions)"
      ])
      assert.isNull(outcome)
    })
  )

  it.live("is Geins' list", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* asking(of("Geins"), attemptOn("1001"), { Resource: [] })
      assert.deepEqual(asked, ["GET /API/Order/1001/Refund/List"])
      assert.isNull(outcome)
    })
  )

  it.live("is Maverick's payment, once its id is told, and nothing before", () =>
    Effect.gen(function* () {
      const approved = { ...seed, amount: "19.99" }
      const told = yield* asking(of("Maverick"), attemptOn("882", { reference: "883" }), approved)
      assert.deepEqual(told.asked, ["GET /payment/883"])
      assert.strictEqual(told.outcome?._tag, "settled")
      const untold = yield* asking(of("Maverick"), attemptOn("882"), approved)
      assert.deepEqual([untold.asked, untold.outcome?._tag], [[], "unknown"])
      const odd = yield* asking(of("Maverick"), attemptOn("882", { reference: "../refund" }), approved)
      assert.deepEqual([odd.asked, odd.outcome?._tag], [[], "unknown"])
    })
  )

  it.live("is Maverick's list by our id, where the gateway was seen to keep it", () =>
    Effect.gen(function* () {
      const keeping = (baseUrl: string) =>
        maverick({ baseUrl, currencies, token: "token", terminalId: 24, keepsExternalId: true })
      const items = [{ ...seed, amount: "19.99", externalId: id }]
      const found = yield* asking(keeping, attemptOn("882"), { items, _meta: { totalCount: 1 } })
      assert.deepEqual(found.asked, [`GET /payments?filter[externalId]=${id}&filter[terminal.id]=24`])
      assert.strictEqual(found.outcome?._tag, "settled")
      const none = yield* asking(keeping, attemptOn("882"), { items: [], _meta: { totalCount: 0 } })
      assert.isNull(none.outcome)
    })
  )

  it.live("is Moyasar's transaction_id sent again, once it has told that it has it, and nothing before", () =>
    Effect.gen(function* () {
      const order = "0191f5a7-44a9-76c2-9fec-39709fdbf723"
      const untold = yield* asking(of("Moyasar"), attemptOn(order), {})
      assert.deepEqual([untold.asked, untold.outcome?._tag], [[], "unknown"])
      const told = yield* asking(of("Moyasar"), attemptOn(order, { reference: id }), {})
      assert.deepEqual([told.asked, told.outcome?._tag], [[`POST /v1/orders/${order}/refund`], "unknown"])
      const server = yield* vendorServer
      server.responding(json(400, { message: "Initial request is still processing." }))
      const { provider } = of("Moyasar")(server.url)
      assertEquals(yield* provider.lookup(attemptOn(order, { reference: id })), { _tag: "pending", reference: id })
      assert.strictEqual((yield* provider.submit(attemptOn(order)))._tag, "unknown")
    })
  )

  it.live("is none that Medusa knows", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* asking(of("Medusa"), attemptOn("pay_1", { reference: "ref_1" }), {})
      assert.deepEqual([asked, outcome?._tag], [[], "unknown"])
    })
  )

  it.live("that is refused or lost says nothing of the refund", () =>
    Effect.gen(function* () {
      const server = yield* vendorServer
      const keyed = { honoursIdempotencyKey: true, currencies, baseUrl: server.url }
      const asked: ReadonlyArray<readonly [Outbound, Attempt]> = [
        ...cases.map((each) => [each.make(server.url), attemptOn(each.reference, { reference: id })] as const),
        [kibo({ ...keyed, accessToken: "token" }), attemptOn("13f5a7/882", { reference: "r" })],
        [medusa({ ...keyed, apiToken: "token" }), attemptOn("pay_1", { reference: "r" })],
        [maverick({ ...keyed, token: "token", terminalId: 24 }), attemptOn("882", { reference: "883" })]
      ]
      const errors = [
        [400, { errorCode: "VALIDATION_CONFLICT", Message: "no", message: "no", type: "not_allowed" }],
        [401, {}],
        [
          404,
          {
            errorCode: "ITEM_NOT_FOUND",
            Message: "no",
            message: "no",
            type: "not_found",
            name: "",
            code: 0,
            status: 404
          }
        ],
        [422, { message: "no", errors: {}, name: "no", code: 0, status: 422 }],
        [429, {}],
        [500, {}]
      ] as const
      for (const [status, body] of errors) {
        server.responding(json(status, body))
        for (const [{ provider }, attempt] of asked) {
          assert.strictEqual((yield* provider.lookup(attempt))?._tag, "unknown", `${status}`)
        }
      }
      yield* Effect.promise(server.close)
      for (const [{ provider }, attempt] of asked)
        assert.strictEqual((yield* provider.lookup(attempt))?._tag, "unknown")
    })
  )
})
