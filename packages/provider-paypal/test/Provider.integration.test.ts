import { assert, layer } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Context, Effect, Fiber, Layer } from "effect"
import { RefundId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { make, type PayPalOptions } from "../src/Provider.ts"
import { attempt, attemptId, refundId } from "./attempts.ts"
import { broken } from "./double/answers.ts"
import { credentials, type Misbehaviour, PayPalDouble } from "./double/PayPalDouble.ts"

class Double extends Context.Service<Double, PayPalDouble>()("provider-paypal/test/Double") {}

const running = Layer.effect(
  Double,
  Effect.acquireRelease(
    Effect.promise(() => PayPalDouble.start()),
    (double) => Effect.promise(() => double.stop())
  )
)

const fresh = () => RefundId.make(crypto.randomUUID())

/** A capture of 50.00, an attempt on it, and the adapter. */
const opened = Effect.fnUntraced(function* (options: Partial<PayPalOptions> = {}) {
  const double = yield* Double
  const { provider } = make({
    ...credentials,
    environment: "sandbox",
    baseUrl: double.baseUrl,
    timeoutMilliseconds: 30_000,
    ...options
  })
  const capture = double.books.capture("50.00", "USD")
  const sent = attempt({ captureReference: capture, id: fresh(), refundId: fresh() })
  double.received.length = 0
  return { double, capture, provider, sent }
})

/** What is said of an attempt that met this. Where a limit was over before the request was there, it says nothing: with the next. */
const met = Effect.fnUntraced(function* (misbehaviour: Misbehaviour, limits: ReadonlyArray<number>) {
  for (const timeoutMilliseconds of limits) {
    const { provider, ...rest } = yield* opened({ timeoutMilliseconds })
    const { capture, double, sent } = rest
    double.arm(misbehaviour)
    const said = yield* provider.submit(sent)
    const isMet = () =>
      misbehaviour === "hangsPaid"
        ? double.books.payouts(capture).length > 0
        : double.received.some(({ path }) => path.endsWith("/refund"))
    // It may have been on its way.
    for (let pauses = 0; pauses < 60 && !isMet(); pauses++) yield* Effect.sleep(5)
    if (isMet()) return { ...rest, said }
  }
  return assert.fail(`nothing came of ${misbehaviour}`)
})

const tags = (outcomes: ReadonlyArray<Outcome | null>) => outcomes.map((outcome) => outcome?._tag)
const usd = (value: string) => ({ currency_code: "USD", value })
const paths = (double: PayPalDouble) => double.received.map(({ method, path }) => `${method} ${path}`)

layer(running, { excludeTestServices: true })("A refund through PayPal", (it) => {
  it.effect("is one request with our attempt as its id, and amount, currency and both our ids in it", () =>
    Effect.gen(function* () {
      const { capture, double, provider } = yield* opened()
      const outcome = yield* provider.submit(attempt({ captureReference: capture }))
      assert.strictEqual(outcome._tag, "settled")
      assertEquals(paths(double), ["POST /v1/oauth2/token", `POST /v2/payments/captures/${capture}/refund`])
      const [, request] = double.received
      assert.strictEqual(request?.headers["paypal-request-id"], attemptId)
      assert.strictEqual(request?.headers.prefer, "return=representation")
      assertEquals(request?.body, { amount: usd("19.99"), custom_id: `${refundId}.${attemptId}` })
      assertEquals(double.faults, [])
    })
  )

  it.effect("in forints and yen has no decimals (A74)", () =>
    Effect.gen(function* () {
      const { double, provider } = yield* opened()
      for (const [currency, amount, value] of [
        ["HUF", 1_500_00n, "1500"],
        ["JPY", 1_500n, "1500"],
        ["TND", 1_234n, "1.234"]
      ] as const) {
        const captureReference = double.books.capture(value, currency)
        const outcome = yield* provider.submit(attempt({ captureReference, currency, amount, id: fresh() }))
        assert.strictEqual(outcome._tag === "settled" ? outcome.amount : null, amount)
        assertEquals(double.books.payouts(captureReference), [{ currency_code: currency, value }])
      }
    })
  )

  it.effect("that PayPal has no amount for, or has no capture to name, is declined and never sent", () =>
    Effect.gen(function* () {
      const { double, provider } = yield* opened()
      const outcomes = [
        yield* provider.submit(attempt({ currency: "TWD", amount: 150n })),
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
      assertEquals(outcome, { _tag: "declined", code: "INVALID_RESOURCE_ID", reference: null })
      assert.strictEqual(double.received[1]?.path, "/v2/payments/captures/..%2F..%2Fx%3Fy%3D/refund")
    })
  )

  // T20–T25: what was really paid, after the same attempt was sent again, which is how PayPal is asked while it has told no id.
  const lost: ReadonlyArray<readonly [Misbehaviour, first: Outcome["_tag"], second: Outcome["_tag"]]> = [
    ["hangsPaid", "unknown", "settled"],
    ["hangsUnpaid", "unknown", "settled"],
    ["resetsPaid", "unknown", "settled"],
    ["resetsUnpaid", "unknown", "settled"],
    ["breaksPaid", "unknown", "settled"],
    ["breaksUnpaid", "unknown", "settled"],
    ["garblesPaid", "unknown", "settled"],
    ["garblesUnpaid", "unknown", "settled"],
    ["otherCurrency", "settled", "settled"],
    ["otherAmount", "settled", "settled"],
    ["otherRefund", "unknown", "settled"],
    ["minimal", "unknown", "settled"],
    ["redirects", "unknown", "settled"],
    ["busy", "notSent", "settled"],
    ["keyInUse", "unknown", "settled"],
    ["refusesToken", "notSent", "settled"],
    ["forbids", "notSent", "settled"],
    ["declines", "declined", "settled"],
    ["staysPending", "pending", "pending"]
  ]
  for (const [misbehaviour, first, second] of lost) {
    it.effect(
      `that meets a PayPal that ${misbehaviour} is ${first}, and asked again one payout at most (T20–T25, T29)`,
      () =>
        Effect.gen(function* () {
          const { provider } = yield* opened()
          const limits = misbehaviour.startsWith("hangs") ? [500, 20_000] : [30_000]
          const { capture, double, said, sent } = yield* met(misbehaviour, limits)
          const outcomes = [said, yield* provider.submit(sent)]
          assertEquals(tags(outcomes), [first, second])
          assertEquals(double.books.payouts(capture), misbehaviour === "staysPending" ? [] : [usd("19.99")])
          const [told] = outcomes
          if (misbehaviour === "otherAmount") assert.strictEqual(told?._tag === "settled" ? told.amount : 0n, 91_999n)
          if (misbehaviour === "otherCurrency") assert.strictEqual(told?._tag === "settled" ? told.currency : "", "AUD")
          if (misbehaviour === "busy") assert.strictEqual(told?._tag === "notSent" ? told.retryAfter : 0, 7_000)
        })
    )
  }

  it.effect("at a provider that is not reached is not sent (A37)", () =>
    Effect.gen(function* () {
      const { provider, sent } = yield* opened({ baseUrl: "http://127.0.0.1:1" })
      assert.strictEqual((yield* provider.submit(sent))._tag, "notSent")
      assert.strictEqual((yield* provider.lookup({ ...sent, reference: "1JU" }))?._tag, "unknown")
    })
  )

  it.effect("sent twenty times at once pays once (A11)", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened()
      const outcomes = yield* Effect.forEach(Array.from({ length: 20 }), () => provider.submit(sent), {
        concurrency: "unbounded"
      })
      assertEquals(double.books.payouts(capture), [usd("19.99")])
      assert.isTrue(tags(outcomes).every((tag) => tag === "settled" || tag === "unknown"))
      assert.strictEqual(paths(double).filter((path) => path.includes("oauth2")).length, 1)
    })
  )

  it.effect("with another amount under the same id is told as it was paid, and pays nothing more (A13)", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened()
      yield* provider.submit(sent)
      const outcome = yield* provider.submit({ ...sent, amount: 500n })
      assert.strictEqual(outcome._tag === "settled" ? outcome.amount : null, 1_999n)
      assertEquals(double.books.payouts(capture), [usd("19.99")])
    })
  )

  it.effect("is found by PayPal's id, with what became of it since (T26)", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened()
      double.arm("staysPending")
      const first = yield* provider.submit(sent)
      const reference = first._tag === "pending" ? first.reference : null
      const known = { ...sent, reference }
      assertEquals(yield* provider.lookup(known), { _tag: "pending", reference })
      double.books.later(capture, "COMPLETED")
      assert.strictEqual((yield* provider.lookup(known))?._tag, "settled")
      double.books.later(capture, "FAILED")
      assertEquals(yield* provider.lookup(known), { _tag: "declined", code: "FAILED", reference: reference ?? "" })
      assert.strictEqual(paths(double).at(-1), `GET /v2/payments/refunds/${reference}`)
    })
  )

  it.effect("is not paid by looking it up, and a question that fails says nothing", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened()
      const outcomes = [
        yield* provider.lookup(sent),
        yield* provider.lookup({ ...sent, reference: "1JU08902781691411" })
      ]
      double.revoke()
      outcomes.push(yield* provider.lookup({ ...sent, reference: "1JU08902781691411" }))
      assertEquals(tags(outcomes), ["unknown", "unknown", "unknown"])
      assertEquals(double.books.payouts(capture), [])
    })
  )

  it.effect("that is given up lets go of its connection", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened()
      double.arm("hangsUnpaid")
      const call = yield* Effect.forkChild(provider.submit(sent))
      yield* Effect.repeat(Effect.sleep(5), { until: () => double.received.length === 2 })
      yield* Fiber.interrupt(call)
      assertEquals(double.books.payouts(capture), [])
    })
  )
})

layer(running, { excludeTestServices: true })("PayPal's token", (it) => {
  it.effect("is fetched once for many refunds", () =>
    Effect.gen(function* () {
      const { double, provider } = yield* opened()
      for (let turn = 0; turn < 3; turn++) {
        const captureReference = double.books.capture("50.00", "USD")
        yield* provider.submit(attempt({ captureReference, id: fresh() }))
      }
      assert.strictEqual(paths(double).filter((path) => path.includes("oauth2")).length, 1)
    })
  )

  it.effect("that trickles in without an end holds up one refund, not those after it", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened({ timeoutMilliseconds: 1_000 })
      double.tokenAnswers.push("trickles")
      const outcomes = [yield* provider.submit(sent), yield* provider.submit(sent)]
      assertEquals(tags(outcomes), ["notSent", "settled"])
      assertEquals(double.books.payouts(capture), [usd("19.99")])
    })
  )

  it.effect("that PayPal takes no more is fetched again for the next refund", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened()
      double.books.capture("50.00", "USD")
      yield* provider.submit({ ...sent, captureReference: double.books.capture("50.00", "USD"), id: fresh() })
      double.revoke()
      assertEquals(tags([yield* provider.submit(sent), yield* provider.submit(sent)]), ["notSent", "settled"])
      assertEquals(double.books.payouts(capture), [usd("19.99")])
    })
  )

  it.effect("of a wrong secret is none: nothing is sent until somebody puts that right", () =>
    Effect.gen(function* () {
      const { capture, double, provider, sent } = yield* opened({ clientSecret: "another" })
      assertEquals(yield* provider.submit(sent), {
        _tag: "notSent",
        detail: "PayPal: 401 invalid_client Client Authentication failed",
        retryAfter: 300_000
      })
      assertEquals(double.books.payouts(capture), [])
      assertEquals(paths(double), ["POST /v1/oauth2/token"])
    })
  )

  // The SDK's own way of fetching tokens would fail for ever after any of these.
  for (const answer of [
    "resets",
    "hangs",
    broken,
    { status: 200, body: "no token" },
    { status: 429, body: { name: "RATE_LIMIT_REACHED", message: "slow down" }, headers: { "retry-after": "3" } }
  ] as const) {
    const what = typeof answer === "string" ? answer : `answers ${answer.status}`
    it.effect(`that could not be had once (PayPal ${what}) is fetched again: nothing was sent meanwhile (A37)`, () =>
      Effect.gen(function* () {
        const impatient = yield* opened({ timeoutMilliseconds: 3_000 })
        const patient = yield* opened()
        const { capture, double, provider, sent } = answer === "hangs" ? impatient : patient
        double.tokenAnswers.push(answer)
        const first = yield* provider.submit(sent)
        assert.strictEqual(first._tag, "notSent")
        assertEquals(double.books.payouts(capture), [])
        const second = yield* provider.submit(sent)
        assert.strictEqual(second._tag, "settled")
        assertEquals(double.books.payouts(capture), [usd("19.99")])
      })
    )
  }
})
