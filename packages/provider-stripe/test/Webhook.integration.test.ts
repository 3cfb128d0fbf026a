/** Events over HTTP, signed by the double as Stripe signs them, and read by the adapter as they arrive. */
import { assert, describe, layer } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Context, Effect, Fiber, Layer } from "effect"
import { RefundId } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { fixture } from "./double/description.ts"
import { attemptOn, usd } from "./support/attempts.ts"
import { type Opened, open } from "./support/opened.ts"

class Stripe extends Context.Service<Stripe, Opened>()("provider-stripe/test/Stripe") {}

const captured = Effect.gen(function* () {
  const stripe = yield* Stripe
  const payment = stripe.double.books.take(5_000, "usd", "payment_intent")
  yield* Effect.promise(stripe.news)
  return { ...stripe, payment, heard: Effect.promise(stripe.news) }
})

/** The order of `random` over the events, each of them three times. */
const shuffled = <A>(events: ReadonlyArray<A>, random: () => number): ReadonlyArray<A> =>
  [...events, ...events, ...events]
    .map((event) => ({ event, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event)

/** A small generator whose runs can be repeated. */
const mulberry = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

const byId = (news: ReadonlyArray<ProviderNews>): ReadonlyMap<string, ProviderNews> =>
  new Map(news.map((each) => [each.eventId, each]))

layer(Layer.effect(Stripe, open), { excludeTestServices: true })("Stripe tells", (it) => {
  it.effect("of a refund of ours by the attempt that made it (A22)", () =>
    Effect.gen(function* () {
      const { heard, payment, provider } = yield* captured
      const attempt = attemptOn(payment.charge)
      const outcome = yield* provider.submit(attempt)
      const [created, charge] = yield* heard
      assertEquals(created?.about, {
        _tag: "refund",
        attempt: { refundId: attempt.refundId, attemptId: attempt.id },
        reference: "reference" in outcome ? outcome.reference : null,
        captureReference: payment.paymentIntent,
        captureAliases: [payment.charge],
        amount: 1_999n,
        currency: usd,
        outcome
      })
      assertEquals(charge?.about, { _tag: "other", type: "charge.refunded" })
    })
  )

  it.effect("of a refund before the call that made it is answered (T40)", () =>
    Effect.gen(function* () {
      const { arm, double, heard, payment, provider } = yield* captured
      const attempt = attemptOn(payment.charge)
      arm("hangsPaid")
      const call = yield* Effect.forkChild(provider.submit(attempt))
      while (double.books.refundsOf(payment.charge).length === 0) yield* Effect.sleep(5)
      const [created] = yield* heard
      if (created?.about._tag !== "refund") return assert.fail("no news of a refund")
      assert.strictEqual(created.about.attempt?.attemptId, attempt.id)
      assert.strictEqual(created.about.outcome._tag, "settled")
      yield* Fiber.interrupt(call)
    })
  )

  it.effect("of one that was made in its dashboard, which is nobody's attempt (T41)", () =>
    Effect.gen(function* () {
      const { double, heard, payment } = yield* captured
      const { id } = double.books.make(payment, 700, {}, "succeeded")
      const [created] = yield* heard
      if (created?.about._tag !== "refund") return assert.fail("no news of a refund")
      assert.isNull(created.about.attempt)
      assert.deepInclude(created.about, { reference: id, captureReference: payment.paymentIntent, amount: 700n })
    })
  )

  it.effect("of a late failure in three events, of which two know that it had been paid (T27)", () =>
    Effect.gen(function* () {
      const { double, heard, payment } = yield* captured
      const { id } = double.books.make(payment, 700, {}, "succeeded")
      yield* heard
      double.books.change(id, "failed", "lost_or_stolen_card")
      const outcomes = (yield* heard).map(({ about }) => (about._tag === "refund" ? about.outcome._tag : about._tag))
      assert.sameMembers(outcomes, ["reversed", "reversed", "declined"])
      assert.deepStrictEqual(double.books.payouts(payment.charge), [700])
    })
  )

  it.effect("of a chargeback (A90)", () =>
    Effect.gen(function* () {
      const { double, heard, payment } = yield* captured
      const { amount, charge, paymentIntent } = payment
      const dispute = { id: "dp_1", object: "dispute", amount, currency: "usd", charge, payment_intent: paymentIntent }
      double.deliveries.tell("charge.dispute.created", { ...dispute, status: "needs_response" })
      double.deliveries.tell("charge.dispute.closed", { ...dispute, status: "lost" })
      const states = (yield* heard).map(({ about }) => (about._tag === "dispute" ? about.state : about._tag))
      assert.sameMembers(states, ["open", "lost"])
    })
  )

  it.effect("the same whenever and however often an event is delivered (T39)", () =>
    Effect.gen(function* () {
      const { double, heard, payment } = yield* captured
      const from = double.deliveries.sent.length
      for (let count = 0; count < 5; count += 1) {
        const ids = { refund_id: crypto.randomUUID(), attempt_id: RefundId.make(crypto.randomUUID()) }
        const { id } = double.books.make(payment, 500, ids, "pending")
        double.books.change(id, "succeeded")
        double.books.change(id, "failed", "declined")
      }
      double.deliveries.tell("charge.refunded", {
        ...fixture.charge,
        refunds: { data: double.books.refundsOf(payment.charge).map((refund) => ({ ...refund, status: "succeeded" })) }
      })
      const events = double.deliveries.sent.slice(from)
      const first = byId(yield* heard)
      assert.strictEqual(first.size, events.length + 4)
      for (let seed = 1; seed <= 5; seed += 1) {
        for (const event of shuffled(events, mulberry(seed))) double.deliveries.deliver(event)
        const again = yield* heard
        assert.strictEqual(again.length, 3 * first.size, `seed ${seed}`)
        for (const each of again) assertEquals(each, first.get(each.eventId) ?? each, `seed ${seed}`)
        assert.strictEqual(byId(again).size, first.size, `seed ${seed}`)
      }
    })
  )

  describe("nothing", () => {
    it.effect("when somebody else sends, or the same text is written anew on its way (T42)", () =>
      Effect.gen(function* () {
        const { double, heard, payment, receiver } = yield* captured
        double.books.make(payment, 100, {}, "succeeded")
        yield* heard
        const event = double.deliveries.sent.at(-1)
        const before = receiver.refused.length
        const deliveries = [
          { body: JSON.stringify(event), headers: {} },
          { body: JSON.stringify(event), headers: { "stripe-signature": "t=1,v1=00" } },
          { body: JSON.stringify(event), headers: double.deliveries.headers(JSON.stringify(event, null, 2)) }
        ]
        for (const { body, headers } of deliveries) {
          const response = yield* Effect.promise(() => fetch(receiver.url, { method: "POST", body, headers }))
          assert.strictEqual(response.status, 401)
        }
        assert.deepStrictEqual(yield* heard, [])
        assert.strictEqual(receiver.refused.length, before + deliveries.length)
      })
    )
  })
})
