import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Effect } from "effect"
import { beforeAll } from "vitest"
import { type FetchCertificate, make } from "../src/Webhook.ts"
import { attemptId, refundId } from "./attempts.ts"
import { bytes, certificateUrl, type Identity, identity, signed } from "./double/deliveries.ts"

const now = Date.now()
const webhookId = "8PT597110X687430LKGECATA"
const minute = 60_000
const year = 365 * 86_400_000

const event = (id = "WH-1") => ({
  id,
  create_time: "2026-11-22T10:00:06Z",
  resource_type: "refund",
  event_type: "PAYMENT.CAPTURE.REFUNDED",
  resource: {
    id: `REFUND-${id}`,
    status: "COMPLETED",
    amount: { currency_code: "USD", value: "19.99" },
    custom_id: `${refundId}.${attemptId}`
  }
})

let paypal: Identity
let stranger: Identity
beforeAll(async () => {
  ;[paypal, stranger] = await Promise.all([identity(), identity()])
})

const opened = (options: Partial<Parameters<typeof make>[0]> = {}) => {
  const fetched: Array<string> = []
  const fetchCertificate: FetchCertificate = (url) =>
    Effect.sync(() => {
      fetched.push(url)
      return paypal.certificate
    })
  return { fetched, webhook: make({ environment: "sandbox", webhookIds: [webhookId], fetchCertificate, ...options }) }
}

const good = (body: Uint8Array = bytes(event()), signing: Partial<Parameters<typeof signed>[1]> = {}) => ({
  ...signed(body, { by: paypal, webhookId, at: now, ...signing }),
  now
})

const assertRefused = ({ webhook }: ReturnType<typeof opened>, delivery: Parameters<typeof webhook.receive>[0]) =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(webhook.receive(delivery))
    assertEquals(failure._tag, "WebhookRefused")
    assert.isAbove(failure.message.length, 0)
  })

describe("a delivery of PayPal's", () => {
  it.effect("tells its event", () =>
    Effect.gen(function* () {
      const { fetched, webhook } = opened()
      const [news, ...more] = yield* webhook.receive(good())
      assertEquals(more, [])
      assert.strictEqual(news?.eventId, "WH-1")
      assert.strictEqual(news?.about._tag, "refund")
      assertEquals(fetched, [certificateUrl])
    })
  )

  it.effect("with another body is refused, be it the same written in another way (T42)", () =>
    Effect.gen(function* () {
      const delivery = good()
      const text = JSON.stringify(event())
      for (const other of [`${text} `, text.replace("19.99", "99.99"), JSON.stringify(event(), null, 2), ""]) {
        yield* assertRefused(opened(), { ...delivery, body: new TextEncoder().encode(other) })
      }
    })
  )

  it.effect("signed by a stranger is refused (T42)", () => assertRefused(opened(), good(undefined, { by: stranger })))

  it.effect("meant for another webhook is refused (T42)", () =>
    assertRefused(opened(), good(undefined, { webhookId: "1JE4291016473214C" }))
  )

  it.effect("meant for the webhook that is being replaced is taken while both are known (T42)", () =>
    Effect.gen(function* () {
      const { webhook } = opened({ webhookIds: [webhookId, "1JE4291016473214C"] })
      for (const id of [webhookId, "1JE4291016473214C"]) {
        assert.strictEqual((yield* webhook.receive(good(undefined, { webhookId: id }))).length, 1)
      }
      yield* assertRefused({ fetched: [], webhook }, good(undefined, { webhookId: "SOMEBODYELSES" }))
    })
  )

  for (const [age, isTaken] of [
    [0, true],
    [4.9 * minute, true],
    [-4.9 * minute, true],
    [5.1 * minute, false],
    [-5.1 * minute, false],
    [year, false]
  ] as const) {
    it.effect(`sent ${age / minute} minutes ago is ${isTaken ? "taken" : "refused"} (T42)`, () =>
      Effect.gen(function* () {
        const at = opened()
        const delivery = good(undefined, { at: now - age })
        if (isTaken) assert.strictEqual((yield* at.webhook.receive(delivery)).length, 1)
        else {
          yield* assertRefused(at, delivery)
          assertEquals(at.fetched, [])
        }
      })
    )
  }

  it.effect("that says it was sent later than it was is refused: the time is signed too", () => {
    const delivery = good(undefined, { at: now - 10 * minute })
    const headers = { ...delivery.headers, "paypal-transmission-time": new Date(now).toISOString() }
    return assertRefused(opened(), { ...delivery, headers })
  })

  for (const header of [
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-cert-url",
    "paypal-auth-algo"
  ] as const) {
    it.effect(`without ${header}, or with another, is refused, and nothing is fetched for it`, () =>
      Effect.gen(function* () {
        const at = opened()
        const { [header]: _, ...headers } = good().headers
        yield* assertRefused(at, { ...good(), headers })
        assertEquals(at.fetched, [])
        for (const other of ["", "x", "SHA1withRSA", "2026-11-22T10:00:00Z"]) {
          yield* assertRefused(at, { ...good(), headers: { ...good().headers, [header]: other } })
        }
      })
    )
  }

  it.effect("that is no text is kept for a person to look at, since it is signed", () =>
    Effect.gen(function* () {
      const [news] = yield* opened().webhook.receive(good(new Uint8Array([0xff, 0xfe])))
      assert.strictEqual(news?.about._tag, "unreadable")
    })
  )

  // T39: the inbox sees the same, whatever the order and however often.
  it.effect("of five refunds, each told three times and shuffled, tells the same events (T39)", () =>
    Effect.gen(function* () {
      const { webhook } = opened()
      const five = ["A", "B", "C", "D", "E"].map((id) => bytes(event(id)))
      const once = (yield* Effect.forEach(five, (body) => webhook.receive(good(body)))).flat()
      const byId = new Map(once.map((news) => [news.eventId, news]))
      const order = [...five, ...five, ...five].map((body, index) => ({ body, rank: (index * 7) % 15 }))
      order.sort((one, other) => one.rank - other.rank)
      for (const { body } of order) {
        const [news] = yield* webhook.receive(good(body))
        assertEquals(news, byId.get(news?.eventId ?? ""))
      }
      assert.strictEqual(byId.size, 5)
    })
  )
})

describe("PayPal's certificate", () => {
  it.effect("is fetched once", () =>
    Effect.gen(function* () {
      const { fetched, webhook } = opened()
      for (let turn = 0; turn < 5; turn++) yield* webhook.receive(good())
      assert.strictEqual(fetched.length, 1)
    })
  )

  for (const url of [
    "https://evil.example/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1",
    "https://evilpaypal.com/v1/notifications/certs/CERT-1",
    "https://www.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.paypal.com/v1/notifications/certs/CERT-1",
    "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com:8443/v1/notifications/certs/CERT-1",
    "https://me@api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1",
    "https://api.sandbox.paypal.com/v1/notifications/certs/../../../redirect",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1?to=evil.example",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1#x",
    "https://api.sandbox.paypal.com/redirect?url=https://evil.example",
    "https://api.sandbox.paypal.com/v1/notifications/certs/",
    "file:///v1/notifications/certs/CERT-1",
    "CERT-1",
    ""
  ]) {
    it.effect(`is never fetched from «${url}» for the sandbox`, () =>
      Effect.gen(function* () {
        const at = opened()
        yield* assertRefused(at, good(undefined, { certificateUrl: url }))
        assertEquals(at.fetched, [])
      })
    )
  }

  it.effect("of the live environment comes from its own address, and the sandbox does not vouch for it", () =>
    Effect.gen(function* () {
      const live = "https://api.paypal.com/v1/notifications/certs/CERT-1"
      const at = opened({ environment: "live" })
      assert.strictEqual((yield* at.webhook.receive(good(undefined, { certificateUrl: live }))).length, 1)
      assertEquals(at.fetched, [live])
      yield* assertRefused(opened({ environment: "live" }), good())
    })
  )

  const texts: Readonly<Record<string, Effect.Effect<string, unknown>>> = {
    "cannot be fetched": Effect.fail("no route"),
    "is none": Effect.succeed("<html></html>"),
    "is empty": Effect.succeed("")
  }
  for (const [what, text] of Object.entries(texts)) {
    it.effect(`that ${what} vouches for nothing`, () => assertRefused(opened({ fetchCertificate: () => text }), good()))
  }

  const identities: Readonly<Record<string, () => Promise<Identity>>> = {
    "is over": () => identity({ from: now - 2 * year, to: now - minute }),
    "is not good yet": () => identity({ from: now + minute, to: now + year }),
    "has a key of another kind": () => identity({ keyType: "ec" })
  }
  for (const [what, made] of Object.entries(identities)) {
    it.effect(`that ${what} vouches for nothing, not even for what it has signed`, () =>
      Effect.gen(function* () {
        const by = yield* Effect.promise(made)
        yield* assertRefused(
          opened({ fetchCertificate: () => Effect.succeed(by.certificate) }),
          good(undefined, { by })
        )
      })
    )
  }

  it.effect("that could not be had once is asked for again", () =>
    Effect.gen(function* () {
      let asked = 0
      const fetchCertificate: FetchCertificate = () =>
        Effect.suspend(() => (asked++ === 0 ? Effect.fail("no route") : Effect.succeed(paypal.certificate)))
      const at = opened({ fetchCertificate })
      yield* assertRefused(at, good())
      assert.strictEqual((yield* at.webhook.receive(good())).length, 1)
    })
  )

  it.effect("that was good is not taken any more once it is over", () =>
    Effect.gen(function* () {
      const ending = yield* Effect.promise(() => identity({ from: now - year, to: now + minute }))
      const at = opened({ fetchCertificate: () => Effect.succeed(ending.certificate) })
      assert.strictEqual((yield* at.webhook.receive(good(undefined, { by: ending }))).length, 1)
      const later = now + 2 * minute
      yield* assertRefused(at, { ...good(undefined, { by: ending, at: later }), now: later })
    })
  )
})

describe("a webhook of PayPal's", () => {
  it("is not set up without an id, or with one that is none", () => {
    const fetchCertificate: FetchCertificate = () => Effect.succeed("")
    for (const webhookIds of [[], [""], ["a|b"], [webhookId, " "]] as unknown as ReadonlyArray<readonly [string]>) {
      assert.throws(() => make({ environment: "sandbox", webhookIds, fetchCertificate }), /at least one/)
    }
  })
})
