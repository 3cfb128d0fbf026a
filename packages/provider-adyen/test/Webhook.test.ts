import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Effect } from "effect"
import { make } from "../src/Webhook.ts"
import { attemptId, refundId } from "./attempts.ts"
import { hmacKey, merchantAccount } from "./double/AdyenDouble.ts"
import { bytes, delivery, signed, type Told } from "./double/deliveries.ts"

const now = Date.parse("2026-11-22T12:00:00Z")
const oldKey = "1".repeat(64)

const options = { merchantAccount, environment: "test", hmacKeys: [hmacKey] } as const
const webhook = make(options)

const told = (changes: Partial<Told> = {}): Told => ({
  eventCode: "REFUND",
  pspReference: "QFQTPCQ8HXSKGK82",
  originalReference: "993617894903480A",
  merchantReference: `${refundId}.${attemptId}`,
  merchantAccountCode: merchantAccount,
  amount: { currency: "EUR", value: 1_999 },
  success: "true",
  ...changes
})

const receive = (body: unknown, from = webhook, headers: Readonly<Record<string, string>> = {}) =>
  from.receive({ body: body instanceof Uint8Array ? body : bytes(body), headers, now })

const assertRefused = (...receiving: Parameters<typeof receive>) =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(receive(...receiving))
    assertEquals(failure._tag, "WebhookRefused")
    assert.isAbove(failure.message.length, 0)
  })

describe("a delivery of Adyen's", () => {
  it.effect("tells all of its events, in order", () =>
    Effect.gen(function* () {
      const news = yield* receive(
        delivery([told(), told({ pspReference: "B", success: "false" }), told({ eventCode: "AUTHORISATION" })], hmacKey)
      )
      assertEquals(
        news.map(({ about }) => (about._tag === "refund" ? about.outcome._tag : about._tag)),
        ["settled", "declined", "other"]
      )
    })
  )

  // Adyen signs fields and not bytes, so that the same fields in another order are the same delivery: T42's last row in its form here.
  it.effect("written in another way tells the same, and with another signed field it is refused (T42)", () =>
    Effect.gen(function* () {
      const original = delivery([told()], hmacKey)
      const [{ NotificationRequestItem: item }] = original.notificationItems as [
        (typeof original.notificationItems)[number]
      ]
      const rewritten = JSON.stringify(
        {
          notificationItems: [{ NotificationRequestItem: Object.fromEntries(Object.entries(item).reverse()) }],
          live: "false"
        },
        null,
        2
      )
      assertEquals(yield* receive(new TextEncoder().encode(rewritten)), yield* receive(original))
      const changes: ReadonlyArray<Partial<Told>> = [
        { pspReference: "QFQTPCQ8HXSKGK83" },
        { originalReference: "993617894903480B" },
        { merchantAccountCode: "Another" },
        { merchantReference: `${attemptId}.${refundId}` },
        { amount: { currency: "EUR", value: 2_000 } },
        { amount: { currency: "USD", value: 1_999 } },
        { eventCode: "REFUND_FAILED" },
        { success: "false" }
      ]
      for (const change of changes) {
        yield* assertRefused({
          live: "false",
          notificationItems: [{ NotificationRequestItem: { ...item, ...change } }]
        })
      }
    })
  )

  it.effect("signed with another key is refused, and so is one of three (T42)", () =>
    Effect.gen(function* () {
      yield* assertRefused(delivery([told()], oldKey))
      const mixed = [told(), told({ pspReference: "B" })].map((each) => ({
        NotificationRequestItem: signed(each, hmacKey)
      }))
      mixed.push({ NotificationRequestItem: signed(told({ pspReference: "C" }), oldKey) })
      yield* assertRefused({ live: "false", notificationItems: mixed })
    })
  )

  it.effect("signed with the key before is taken while both are good (T42)", () =>
    Effect.gen(function* () {
      const both = make({ ...options, hmacKeys: [hmacKey, oldKey] })
      assertEquals(yield* receive(delivery([told()], oldKey), both), yield* receive(delivery([told()], hmacKey), both))
      yield* assertRefused(delivery([told()], "2".repeat(64)), both)
    })
  )

  const unsigned = { ...signed(told(), hmacKey), additionalData: {} }
  const bodies: ReadonlyArray<readonly [string, unknown]> = [
    ["unsigned", { live: "false", notificationItems: [{ NotificationRequestItem: unsigned }] }],
    [
      "signed with nothing",
      {
        live: "false",
        notificationItems: [{ NotificationRequestItem: { ...unsigned, additionalData: { hmacSignature: "" } } }]
      }
    ],
    [
      "signed with a number",
      {
        live: "false",
        notificationItems: [{ NotificationRequestItem: { ...unsigned, additionalData: { hmacSignature: 5 } } }]
      }
    ],
    ["without events", { live: "false", notificationItems: [] }],
    ["of the live environment", delivery([told()], hmacKey, "true")],
    ["that is no JSON", new TextEncoder().encode("live=false")],
    ["that is no text", new Uint8Array([0xff, 0xfe, 0x00])],
    ["that is empty", new Uint8Array()],
    ["that is null", null],
    ["that is deep", new TextEncoder().encode("[".repeat(100_000))],
    ["with half an amount", delivery([told({ amount: { currency: "EUR", value: 0.5 } })], hmacKey)]
  ]
  for (const [what, body] of bodies) {
    it.effect(`${what} is refused (T42, T56)`, () => assertRefused(body))
  }

  it.effect("is refused without the user name and password that Adyen was told", () =>
    Effect.gen(function* () {
      const basic = make({ ...options, basicAuthentication: { username: "adyen", password: "pässword" } })
      const header = (text: string) => ({ authorization: `Basic ${Buffer.from(text, "utf8").toString("base64")}` })
      const body = delivery([told()], hmacKey)
      assert.strictEqual((yield* receive(body, basic, header("adyen:pässword"))).length, 1)
      yield* assertRefused(body, basic)
      yield* assertRefused(body, basic, header("adyen:another"))
      yield* assertRefused(body, basic, { authorization: "Bearer x" })
    })
  )

  it.effect("of another merchant account of the company is of no concern", () =>
    Effect.gen(function* () {
      const [news] = yield* receive(delivery([told({ merchantAccountCode: "Another" })], hmacKey))
      assertEquals(news?.about, { _tag: "other", type: "REFUND of another merchant account" })
    })
  )

  it.effect("sent again years later is taken, as the same event: nothing in it says when it was signed", () =>
    Effect.gen(function* () {
      const body = bytes(delivery([told()], hmacKey))
      const [first] = yield* webhook.receive({ body, headers: {}, now })
      const [again] = yield* webhook.receive({ body, headers: {}, now: now + 3 * 365 * 86_400_000 })
      assertEquals(again, first)
    })
  )

  // T39: the inbox sees the same, whatever the order.
  it.effect("of five refunds, each told three times and shuffled, tells the same events (T39)", () =>
    Effect.gen(function* () {
      const five = ["A", "B", "C", "D", "E"].map((pspReference) => told({ pspReference }))
      const once = yield* receive(delivery(five, hmacKey))
      const byId = new Map(once.map((news) => [news.eventId, news]))
      for (let turn = 0; turn < 15; turn++) {
        const order = [...five, ...five, ...five].map((each, index) => ({ each, rank: (index * 7 + turn * 11) % 15 }))
        order.sort((one, other) => one.rank - other.rank)
        for (const news of yield* receive(
          delivery(
            order.map(({ each }) => each),
            hmacKey
          )
        )) {
          assertEquals(news, byId.get(news.eventId))
        }
      }
      assert.strictEqual(byId.size, 5)
    })
  )
})

describe("a webhook of Adyen's", () => {
  it("is not set up with a key that is none: it would be an empty one", () => {
    for (const key of ["", "secret", hmacKey.slice(1), `${hmacKey}00`, "g".repeat(64)]) {
      assert.throws(() => make({ ...options, hmacKeys: [key] }), /64 hexadecimal/)
    }
    assert.throws(() => make({ ...options, hmacKeys: [] as unknown as [string] }), /at least one/)
  })

  it.effect("agrees with a signature that Adyen itself has published", () =>
    Effect.gen(function* () {
      // From the tests of Adyen's own libraries.
      const item = {
        pspReference: "7914073381342284",
        originalReference: "",
        merchantAccountCode: "TestMerchant",
        merchantReference: "TestPayment-1407325143704",
        amount: { value: 1130, currency: "EUR" },
        eventCode: "AUTHORISATION",
        success: "true",
        additionalData: { hmacSignature: "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=" }
      }
      const body = { live: "false", notificationItems: [{ NotificationRequestItem: item }] }
      const [news] = yield* receive(body, make({ ...options, merchantAccount: "TestMerchant" }))
      assertEquals(news?.about, { _tag: "other", type: "AUTHORISATION" })
    })
  )
})
