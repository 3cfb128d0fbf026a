/** The adapter over HTTP and Stripe's SDK, against a double that knows what it really paid. */
import { assert, describe, layer } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Context, Effect, Fiber, Layer } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { RefundId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { connect } from "../src/internal/connection.ts"
import { outcomeOfFailure } from "../src/internal/failures.ts"
import { make } from "../src/Provider.ts"
import { answer, broken, busy, garbled } from "./double/answers.ts"
import { type Reply, secretKey } from "./double/StripeDouble.ts"
import { attemptOn, usd } from "./support/attempts.ts"
import { type Opened, open } from "./support/opened.ts"

class Stripe extends Context.Service<Stripe, Opened>()("provider-stripe/test/Stripe") {}

/** A capture of 50.00 USD and what was sent since. */
const captured = Effect.gen(function* () {
  const stripe = yield* Stripe
  const { books, requests } = stripe.double
  const { charge, paymentIntent } = books.take(5_000, "usd", "payment_intent")
  const from = requests.length
  const posts = () => requests.slice(from).filter(({ method }) => method === "POST")
  const reference = paymentIntent ?? charge
  return { ...stripe, charge, reference, posts, payouts: () => books.payouts(charge) }
})

const detailOf = (outcome: Outcome | null): string =>
  outcome !== null && "detail" in outcome ? outcome.detail : "no detail"

layer(Layer.effect(Stripe, open), { excludeTestServices: true })("Stripe", (it) => {
  describe("is sent", () => {
    it.effect("the charge, or the payment intent, with what finds the refund again", () =>
      Effect.gen(function* () {
        const { charge, double, posts, provider, reference } = yield* captured
        for (const [capture, name] of [
          [charge, "charge"],
          [reference, "payment_intent"]
        ] as const) {
          const attempt = attemptOn(capture)
          const outcome = yield* provider.submit(attempt)
          const refund = double.books.refundsOf(charge)[0]
          assertEquals(outcome, {
            _tag: "settled",
            reference: refund?.id ?? "",
            amount: 1_999n,
            currency: usd,
            at: (refund?.created ?? 0) * 1000
          })
          const { id, refundId, tenant } = attempt
          assert.deepStrictEqual(refund?.metadata, { refund_id: refundId, attempt_id: id, tenant })
          assert.strictEqual(posts().at(-1)?.headers["idempotency-key"], id)
          assert.include(double.lastForm, `${name}=${capture}`)
        }
        assert.strictEqual(posts().length, 2)
      })
    )

    it.effect("never a currency, which it refuses, nor telemetry", () =>
      Effect.gen(function* () {
        const { double, posts, provider, reference } = yield* captured
        yield* provider.submit(attemptOn(reference))
        assert.notInclude(double.lastForm, "currency")
        assert.isUndefined(posts()[0]?.headers["x-stripe-client-telemetry"])
        assert.notInclude(String(posts()[0]?.headers["x-stripe-client-user-agent"]), "telemetry_id")
      })
    )

    it.effect("the connected account, where there is one", () =>
      Effect.gen(function* () {
        const { double, posts, reference } = yield* captured
        const { provider } = make({ secretKey, baseUrl: double.url, account: "acct_1" })
        yield* provider.submit(attemptOn(reference))
        assert.strictEqual(posts()[0]?.headers["stripe-account"], "acct_1")
      })
    )

    it.effect("nothing that its own description does not allow", () =>
      Effect.gen(function* () {
        const { double } = yield* captured
        assert.deepStrictEqual(double.complaints, [])
      })
    )
  })

  describe("is not asked to pay", () => {
    it.effect("in another currency than the payment's (A78)", () =>
      Effect.gen(function* () {
        const { charge, payouts, posts, provider, reference } = yield* captured
        for (const capture of [charge, reference]) {
          const outcome = yield* provider.submit(attemptOn(capture, { currency: CurrencyCode.make("EUR") }))
          assertEquals(outcome, { _tag: "declined", code: "currency_mismatch", reference: null })
        }
        assert.deepStrictEqual([payouts(), posts()], [[], []])
      })
    )

    it.effect("for what is no payment of Stripe's, or none it knows", () =>
      Effect.gen(function* () {
        const { posts, provider } = yield* captured
        for (const [capture, code] of [
          [null, "capture_reference_missing"],
          ["in_1", "not_a_stripe_payment"],
          ["ch_1/../../refunds", "not_a_stripe_payment"],
          ["ch_3QNONE", "resource_missing"],
          ["pi_3QNONE", "resource_missing"]
        ] as const) {
          const outcome = yield* provider.submit(attemptOn(capture))
          assertEquals(outcome, { _tag: "declined", code, reference: null })
        }
        assert.deepStrictEqual(posts(), [])
      })
    )

    it.effect("an amount that cannot be said to it, and what was never said was never paid", () =>
      Effect.gen(function* () {
        const { posts, provider, reference } = yield* captured
        const attempt = attemptOn(reference, { amount: 5_124n, currency: CurrencyCode.make("KWD") })
        const outcome = yield* provider.submit(attempt)
        assertEquals(outcome, { _tag: "declined", code: "amount_not_expressible", reference: null })
        assert.isNull(yield* provider.lookup(attempt))
        assert.deepStrictEqual(posts(), [])
      })
    )

    it.effect("before it has said in which currency the payment was: nothing is sent", () =>
      Effect.gen(function* () {
        const { double, payouts, posts, provider, reference } = yield* captured
        const { provider: hasty } = make({ secretKey, baseUrl: double.url, timeoutMilliseconds: 600 })
        const replies: ReadonlyArray<Reply> = [
          "reset",
          broken,
          garbled,
          answer({}),
          busy(7),
          { status: 500, body: "{}" },
          // Last: where the limit is over before it is met, it would be the next one's.
          "hang"
        ]
        for (const reply of replies) {
          double.nextAnswer = reply
          const outcome = yield* (reply === "hang" ? hasty : provider).submit(attemptOn(reference))
          assert.strictEqual(outcome._tag, "notSent")
          if (outcome._tag === "notSent" && outcome.retryAfter !== undefined)
            assert.strictEqual(outcome.retryAfter, 7_000)
        }
        double.nextAnswer = null
        assert.deepStrictEqual([payouts(), posts()], [[], []])
      })
    )

    it.effect("with a key that it does not take: a person has to put that right", () =>
      Effect.gen(function* () {
        const { double, payouts, reference } = yield* captured
        const { provider } = make({ secretKey: "sk_test_other", baseUrl: double.url })
        const outcome = yield* provider.submit(attemptOn(reference))
        assert.deepInclude(outcome as object, { _tag: "notSent", retryAfter: 300_000 })
        assert.notInclude(detailOf(outcome), "sk_test_other")
        assert.deepStrictEqual(payouts(), [])
        assert.strictEqual((yield* provider.lookup(attemptOn(reference)))?._tag, "unknown")
      })
    )
  })

  describe("that pays and is not heard", () => {
    it.effect("has paid once: the SDK does not send again by itself, and one lookup tells (T20, T22, A10)", () =>
      Effect.gen(function* () {
        for (const meets of ["resetsPaid", "breaksPaid", "garblesPaid", "otherRefund"] as const) {
          const { arm, payouts, posts, provider, reference } = yield* captured
          const attempt = attemptOn(reference)
          arm(meets)
          assert.strictEqual((yield* provider.submit(attempt))._tag, "unknown", meets)
          assert.strictEqual(posts().length, 1, meets)
          assert.strictEqual((yield* provider.lookup(attempt))?._tag, "settled", meets)
          assert.deepStrictEqual(payouts(), [1_999], meets)
        }
      })
    )

    it.effect("within the adapter's limit is unknown, and says so (T20)", () =>
      Effect.gen(function* () {
        // Where a limit was over before the request was there, on a busy machine, it says nothing: with a longer one.
        for (const seconds of [3, 30]) {
          const { arm, double, payouts, provider: patient, reference } = yield* captured
          const { provider } = make({ secretKey, baseUrl: double.url, timeoutMilliseconds: seconds * 1_000 })
          const attempt = attemptOn(reference)
          arm("hangsPaid")
          const said = detailOf(yield* provider.submit(attempt))
          for (let pauses = 0; pauses < 60 && payouts().length === 0; pauses++) yield* Effect.sleep(5)
          if (payouts().length === 0 && seconds < 30) continue
          assert.include(said, `did not answer within ${(seconds * 2) / 3} s`)
          assert.strictEqual((yield* patient.lookup(attempt))?._tag, "settled")
          return assert.deepStrictEqual(payouts(), [1_999])
        }
      })
    )
  })

  describe("that is not there", () => {
    it.effect("was sent nothing, which is more than a broken connection says (A37)", () =>
      Effect.gen(function* () {
        const { double, payouts, provider, reference } = yield* captured
        const attempt = attemptOn(reference)
        const pay = () =>
          connect({ secretKey, baseUrl: double.url }).refunds.create({ payment_intent: reference, amount: 100 })
        yield* Effect.promise(() => double.close())
        const unsent = yield* Effect.promise(() => pay().catch(outcomeOfFailure))
        assert.include(unsent, { _tag: "notSent" })
        assert.strictEqual((yield* provider.submit(attempt))._tag, "notSent")
        assert.strictEqual((yield* provider.lookup(attempt))?._tag, "unknown")
        yield* Effect.promise(() => double.listen())
        double.arm("resetsUnpaid")
        assert.include(yield* Effect.promise(() => pay().catch(outcomeOfFailure)), { _tag: "unknown" })
        assert.deepStrictEqual(payouts(), [])
        assert.strictEqual((yield* provider.submit(attempt))._tag, "settled")
      })
    )
  })

  describe("that is asked twice under one id", () => {
    it.effect("pays once, and says the same", () =>
      Effect.gen(function* () {
        const { payouts, provider, reference } = yield* captured
        const attempt = attemptOn(reference)
        assertEquals(yield* provider.submit(attempt), yield* provider.submit(attempt))
        assert.deepStrictEqual(payouts(), [1_999])
      })
    )

    it.effect("at the same time leaves the second in doubt, and pays once", () =>
      Effect.gen(function* () {
        const { arm, double, payouts, provider, reference } = yield* captured
        const attempt = attemptOn(reference)
        arm("waits")
        const first = yield* Effect.forkChild(provider.submit(attempt))
        while (!double.isWaiting) yield* Effect.sleep(5)
        assert.include(detailOf(yield* provider.submit(attempt)), "idempotency_key_in_use")
        double.release()
        assert.strictEqual((yield* Fiber.join(first))._tag, "settled")
        assert.deepStrictEqual(payouts(), [1_999])
      })
    )

    it.effect("for another amount leaves it in doubt what the first was, and pays no second", () =>
      Effect.gen(function* () {
        const { payouts, provider, reference } = yield* captured
        const attempt = attemptOn(reference)
        yield* provider.submit(attempt)
        assert.strictEqual((yield* provider.submit({ ...attempt, amount: 2_000n }))._tag, "unknown")
        assert.deepStrictEqual(payouts(), [1_999])
      })
    )

    it.effect("and failed within itself the first time tells the same failure again: unknown, and nothing paid", () =>
      Effect.gen(function* () {
        const { arm, payouts, provider, reference } = yield* captured
        const attempt = attemptOn(reference)
        arm("breaksForGood")
        assert.strictEqual((yield* provider.submit(attempt))._tag, "unknown")
        assert.isNull(yield* provider.lookup(attempt))
        assert.strictEqual((yield* provider.submit(attempt))._tag, "unknown")
        assert.deepStrictEqual(payouts(), [])
      })
    )
  })

  describe("when it is asked what became of an attempt", () => {
    it.effect("is read to the last page before it is not there", () =>
      Effect.gen(function* () {
        const { double, provider } = yield* Stripe
        const payment = double.books.take(1_000_000, "usd", "payment_intent")
        const reference = payment.paymentIntent
        const first = attemptOn(reference, { amount: 100n })
        yield* provider.submit(first)
        for (let count = 0; count < 200; count += 1) double.books.make(payment, 100, {}, "succeeded")
        const from = double.requests.length
        assert.strictEqual((yield* provider.lookup(first))?._tag, "settled")
        assert.strictEqual(double.requests.length - from, 3)
        assert.isNull(yield* provider.lookup(attemptOn(reference)))
        assert.strictEqual(
          (yield* provider.lookup(attemptOn(payment.charge, { ...first, captureReference: payment.charge })))?._tag,
          "settled"
        )
      })
    )

    it.effect("is taken at its word only where the whole answer can be read", () =>
      Effect.gen(function* () {
        const { double, provider, reference } = yield* captured
        const { provider: hasty } = make({ secretKey, baseUrl: double.url, timeoutMilliseconds: 500 })
        const list = { object: "list", url: "/v1/refunds" }
        const replies: ReadonlyArray<Reply> = [
          "reset",
          broken,
          garbled,
          busy(7),
          answer({}),
          answer({ ...list, data: [] }),
          answer({ ...list, data: [], has_more: true }),
          answer({ ...list, data: [{}], has_more: false }),
          answer({ ...list, object: "search_result", data: [], has_more: false }),
          { status: 500, body: JSON.stringify({ ...list, data: [], has_more: false }) },
          // Last: where the limit is over before it is met, it would be the next one's.
          "hang"
        ]
        for (const reply of replies) {
          double.nextAnswer = reply
          const asked = reply === "hang" ? hasty : provider
          assert.strictEqual((yield* asked.lookup(attemptOn(reference)))?._tag, "unknown", JSON.stringify(reply))
        }
        double.nextAnswer = null
      })
    )

    it.effect("cannot tell where the payment, or the refund that it once named, is not its own", () =>
      Effect.gen(function* () {
        const { provider, reference } = yield* captured
        const others = attemptOn(reference)
        const made = yield* provider.submit(others)
        const name = "reference" in made ? made.reference : null
        for (const attempt of [
          attemptOn("ch_3QNONE"),
          attemptOn(reference, { reference: "re_3QNONE" }),
          attemptOn(reference, { reference: name })
        ]) {
          assert.strictEqual((yield* provider.lookup(attempt))?._tag, "unknown")
        }
        assert.strictEqual((yield* provider.lookup({ ...others, reference: name }))?._tag, "settled")
      })
    )

    it.effect("with two refunds of one attempt leaves it to a person", () =>
      Effect.gen(function* () {
        const { charge, double, provider, reference } = yield* captured
        const attempt = attemptOn(reference)
        yield* provider.submit(attempt)
        double.setTime(Date.now() + 86_400_000)
        yield* provider.submit(attempt)
        double.setTime(Date.now())
        assert.strictEqual(double.books.refundsOf(charge).length, 2)
        assert.include(detailOf(yield* provider.lookup(attempt)), "2 refunds of this one attempt")
      })
    )

    it.effect("says how each refund stands", () =>
      Effect.gen(function* () {
        const { charge, double, provider } = yield* captured
        const payment = double.books.payment(charge)
        if (payment === undefined) return assert.fail("no payment")
        const { id: refundId } = attemptOn(charge)
        for (const [status, tag] of [
          ["pending", "pending"],
          ["requires_action", "requiresAction"],
          ["succeeded", "settled"],
          ["failed", "declined"],
          ["canceled", "declined"]
        ] as const) {
          const attempt = attemptOn(charge, { id: RefundId.make(crypto.randomUUID()), refundId })
          double.books.make(payment, 1, { refund_id: refundId, attempt_id: attempt.id }, status)
          assert.strictEqual((yield* provider.lookup(attempt))?._tag, tag)
        }
      })
    )
  })
})
