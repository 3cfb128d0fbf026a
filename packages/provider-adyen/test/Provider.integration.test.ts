import { assert, describe, layer } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Context, Effect, Layer } from "effect"
import { RefundId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { vi } from "vitest"
import { type AdyenOptions, make } from "../src/Provider.ts"
import { make as makeWebhook } from "../src/Webhook.ts"
import { attempt, attemptId, refundId } from "./attempts.ts"
import { AdyenDouble, apiKey, hmacKey, type Misbehaviour, merchantAccount } from "./double/AdyenDouble.ts"

class Double extends Context.Service<Double, AdyenDouble>()("provider-adyen/test/Double") {}

const running = Layer.effect(
  Double,
  Effect.acquireRelease(
    Effect.promise(() => AdyenDouble.start()),
    (double) => Effect.promise(() => double.stop())
  )
)

const webhook = makeWebhook({ merchantAccount, environment: "test", hmacKeys: [hmacKey] })

/** A payment of 50.00, an attempt on it, and the adapter. */
const opened = Effect.fnUntraced(function* (options: Partial<AdyenOptions> = {}) {
  const double = yield* Double
  const { provider } = make({
    apiKey,
    merchantAccount,
    environment: "test",
    baseUrl: double.baseUrl,
    timeoutMilliseconds: 30_000,
    ...options
  })
  const payment = double.capture(5_000, "EUR")
  const sent = attempt({ captureReference: payment, id: fresh(), refundId: fresh() })
  double.received.length = 0
  double.deliveries()
  return { double, payment, provider, sent }
})

/** What is said of an attempt that met this. Where a limit was over before the request was there, it says nothing: with the next. */
const met = Effect.fnUntraced(function* (misbehaviour: Misbehaviour, limits: ReadonlyArray<number>) {
  for (const timeoutMilliseconds of limits) {
    const { provider, ...rest } = yield* opened({ timeoutMilliseconds })
    const { double, payment, sent } = rest
    double.arm(misbehaviour)
    const said = yield* provider.submit(sent)
    const isMet = () => (misbehaviour === "hangsPaid" ? double.payouts(payment).length > 0 : double.received.length > 0)
    // It may have been on its way.
    for (let pauses = 0; pauses < 60 && !isMet(); pauses++) yield* Effect.sleep(5)
    if (isMet()) return { ...rest, said }
  }
  return assert.fail(`nothing came of ${misbehaviour}`)
})

const fresh = () => RefundId.make(crypto.randomUUID())

const tags = (outcomes: ReadonlyArray<Outcome>) => outcomes.map(({ _tag }) => _tag)

layer(running, { excludeTestServices: true })("A refund through Adyen", (it) => {
  it.effect("is one request with our attempt as its key, and amount, currency and both our ids in it", () =>
    Effect.gen(function* () {
      const { double, payment, provider } = yield* opened()
      const outcome = yield* provider.submit(attempt({ captureReference: payment }))
      assert.strictEqual(outcome._tag, "pending")
      assert.strictEqual(double.received.length, 1)
      const [request] = double.received
      assert.strictEqual(request?.path, `/v72/payments/${payment}/refunds`)
      assert.strictEqual(request?.headers["idempotency-key"], attemptId)
      assertEquals(request?.body, {
        merchantAccount,
        amount: { currency: "EUR", value: 1_999 },
        reference: `${refundId}.${attemptId}`
      })
      assertEquals(double.faults, [])
    })
  )

  it.effect("in rupiah and pesos is sent in Adyen's digits (A74)", () =>
    Effect.gen(function* () {
      const { double, provider } = yield* opened()
      for (const [currency, amount, value] of [
        ["CLP", 500n, 50_000],
        ["IDR", 150_000_00n, 150_000]
      ] as const) {
        const payment = double.capture(value, currency)
        yield* provider.submit(attempt({ captureReference: payment, currency, amount, id: fresh() }))
        assertEquals(double.payouts(payment), [value])
      }
    })
  )

  it.effect("that cannot be said in Adyen's digits, or has no payment to name, is declined and never sent", () =>
    Effect.gen(function* () {
      const { double, provider } = yield* opened()
      const outcomes = [
        yield* provider.submit(attempt({ currency: "CVE", amount: 150n })),
        yield* provider.submit(attempt({ captureReference: null }))
      ]
      assertEquals(tags(outcomes), ["declined", "declined"])
      assertEquals(double.received, [])
    })
  )

  it.effect("does not break out of its path", () =>
    Effect.gen(function* () {
      const { double, provider } = yield* opened()
      const outcome = yield* provider.submit(attempt({ captureReference: "../../x?y=", id: fresh() }))
      assertEquals(outcome, {
        _tag: "declined",
        code: "167: Original pspReference required for this operation",
        reference: null
      })
      assert.strictEqual(double.received[0]?.path, "/v72/payments/..%2F..%2Fx%3Fy%3D/refunds")
    })
  )

  // T20–T25: what was really paid, after the same attempt was sent again, which is how Adyen is asked.
  const lost: ReadonlyArray<readonly [Misbehaviour, first: Outcome["_tag"], second: Outcome["_tag"]]> = [
    ["hangsPaid", "unknown", "pending"],
    ["hangsUnpaid", "unknown", "pending"],
    ["resetsPaid", "unknown", "pending"],
    ["resetsUnpaid", "unknown", "pending"],
    ["breaksPaid", "unknown", "pending"],
    ["breaksUnpaid", "unknown", "pending"],
    ["garblesPaid", "unknown", "pending"],
    ["garblesUnpaid", "unknown", "pending"],
    ["otherAmount", "unknown", "pending"],
    ["otherCurrency", "unknown", "pending"],
    ["otherRefund", "unknown", "pending"],
    ["busy", "notSent", "pending"],
    ["keyInUse", "unknown", "pending"],
    ["refusesKey", "notSent", "pending"],
    ["declines", "pending", "pending"]
  ]
  for (const [misbehaviour, first, second] of lost) {
    it.effect(
      `that meets an Adyen that ${misbehaviour} is ${first}, and asked again one payout at most (T20–T25, T29)`,
      () =>
        Effect.gen(function* () {
          const { provider } = yield* opened()
          const limits = misbehaviour.startsWith("hangs") ? [500, 20_000] : [30_000]
          const { double, payment, said, sent } = yield* met(misbehaviour, limits)
          const outcomes = [said, yield* provider.submit(sent)]
          assertEquals(tags(outcomes), [first, second])
          assertEquals(double.payouts(payment), misbehaviour === "declines" ? [] : [1_999])
          assert.strictEqual(double.received.length, 2)
          const news = (yield* Effect.forEach(double.deliveries(), (body) =>
            webhook.receive({ body, headers: {}, now: Date.now() })
          )).flat()
          assert.strictEqual(news.length, 1)
          const about = news[0]?.about
          assert.strictEqual(about?._tag, "refund")
          if (about?._tag !== "refund") return
          assertEquals(about.attempt, { refundId: sent.refundId, attemptId: sent.id })
          assert.strictEqual(about.outcome._tag, misbehaviour === "declines" ? "declined" : "settled")
        })
    )
  }

  it.effect("is asked again at a provider that was not reached, and is not sent (A37)", () =>
    Effect.gen(function* () {
      const { provider, sent } = yield* opened({ baseUrl: "https://127.0.0.1:1/v72" })
      assert.strictEqual((yield* provider.submit(sent))._tag, "notSent")
    })
  )

  it.effect(
    "with another key than Adyen's own, or another account, is not sent: who we are is no decision about it",
    () =>
      Effect.gen(function* () {
        const { payment, provider, sent, double } = yield* opened({ apiKey: "another" })
        const elsewhere = yield* opened({ merchantAccount: "Another" })
        assertEquals(yield* provider.submit(sent), {
          _tag: "notSent",
          detail: "Adyen: 401 000: HTTP Status Response - Unauthorized",
          retryAfter: 300_000
        })
        assertEquals(yield* elsewhere.provider.submit(elsewhere.sent), {
          _tag: "notSent",
          detail: "Adyen: 403 901: Invalid Merchant Account",
          retryAfter: 300_000
        })
        assertEquals(double.payouts(payment), [])
      })
  )

  it.effect("with another amount under the same id is unknown, and pays nothing more (A13)", () =>
    Effect.gen(function* () {
      const { double, payment, provider, sent } = yield* opened()
      const outcomes = [yield* provider.submit(sent), yield* provider.submit({ ...sent, amount: 500n })]
      assertEquals(tags(outcomes), ["pending", "unknown"])
      assertEquals(double.payouts(payment), [1_999])
    })
  )

  it.effect("sent twenty times at once pays once (A11)", () =>
    Effect.gen(function* () {
      const { double, payment, provider, sent } = yield* opened()
      const outcomes = yield* Effect.forEach(Array.from({ length: 20 }), () => provider.submit(sent), {
        concurrency: "unbounded"
      })
      assertEquals(double.payouts(payment), [1_999])
      assert.isTrue(tags(outcomes).every((tag) => tag === "pending" || tag === "unknown"))
    })
  )

  it.effect("whose answer cannot be read says so nowhere but to us", () =>
    Effect.gen(function* () {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined)
      const { double, provider, sent } = yield* opened()
      double.arm("garblesPaid")
      assertEquals(yield* provider.submit(sent), {
        _tag: "unknown",
        detail: "no answer from Adyen: an answer that is not JSON"
      })
      assert.strictEqual(warn.mock.calls.length, 0)
      warn.mockRestore()
    })
  )

  it.effect("that is looked up is unknown, whatever Adyen has said of it: nothing can be asked", () =>
    Effect.gen(function* () {
      const { double, provider, sent } = yield* opened()
      yield* provider.submit(sent)
      double.received.length = 0
      assert.strictEqual((yield* provider.lookup({ ...sent, reference: "993617894906488A" }))?._tag, "unknown")
      assert.strictEqual((yield* provider.lookup(sent))?._tag, "unknown")
      assertEquals(double.received, [])
    })
  )

  it.effect("later comes back by either of Adyen's two events (T27)", () =>
    Effect.gen(function* () {
      for (const happening of ["reverses", "fails late"] as const) {
        const { double, payment, provider, sent } = yield* opened()
        yield* provider.submit(sent)
        double.later(payment, happening)
        const [body] = double.deliveries()
        const news = yield* webhook.receive({ body: body ?? new Uint8Array(), headers: {}, now: Date.now() })
        assertEquals(
          news.map(({ about }) => (about._tag === "refund" ? about.outcome._tag : about._tag)),
          ["settled", "reversed"]
        )
      }
    })
  )
})

describe("An address of Adyen's", () => {
  layer(running, { excludeTestServices: true })((it) => {
    it.effect("of the live environment needs the company's own prefix", () =>
      Effect.sync(() => {
        const live = { apiKey, merchantAccount, environment: "live" } as const
        assert.throws(() => make(live), /prefix/)
        make({ ...live, liveEndpointUrlPrefix: "1797a841fbb37ca7-AdyenDemo" })
      })
    )

    it.effect("of the live environment is replaced by another one too", () =>
      Effect.gen(function* () {
        const { payment, double, provider, sent } = yield* opened({
          environment: "live",
          liveEndpointUrlPrefix: "1797a841fbb37ca7-AdyenDemo"
        })
        assert.strictEqual((yield* provider.submit(sent))._tag, "pending")
        assertEquals(double.payouts(payment), [1_999])
      })
    )
  })
})
