import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { assumed } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { caller, noon, refundId, register, request } from "refund-testkit/build"
import * as Endpoints from "../src/Endpoints.ts"
import * as Notifier from "../src/Notifier.ts"
import { NoReceipt, type Parcel, type Post } from "../src/post.ts"
import { simulator } from "../src/SimulatorProvider.ts"
import type { Form } from "../src/standardForm.ts"
import { deliver, deliveriesDouble, endpoint, secret, told } from "./support/deliveriesDouble.ts"
import { day, openLedger, settle, startWorker, tenant } from "./support/ledger.ts"

const hour = 3_600_000

interface Sent extends Parcel {
  readonly at: number
}

/** Writes down what it is sent, and answers as the test says. */
const receiver = (answer: (parcel: Sent) => Effect.Effect<number, NoReceipt>) => {
  const sent: Array<Sent> = []
  const post: Post = (parcel) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const received = { ...parcel, at: now }
      sent.push(received)
      return answer(received)
    })
  return { sent, post }
}

const notifying = (
  given: ReadonlyArray<ReturnType<typeof deliver>>,
  options: Partial<Notifier.NotifierOptions>,
  test: Effect.Effect<void>
) => {
  const { layer, rows } = deliveriesDouble(given)
  const notifier = Notifier.layer({ graceMilliseconds: 0, ...options }).pipe(Layer.provide(layer))
  return {
    rows,
    run: Effect.andThen(TestClock.setTime(noon), Effect.provide(Effect.andThen(settle, test), notifier))
  }
}

const pass = (milliseconds: number) => Effect.andThen(TestClock.adjust(milliseconds), settle)
const a = endpoint("a")

describe("the retries of a webhook (T43)", () => {
  it("are 16 in 24 hours, each wait as long as the one before it or longer", () => {
    assert.strictEqual(Notifier.retryAfter.length, 16)
    assert.strictEqual(
      Notifier.retryAfter.reduce((sum, wait) => sum + wait, 0),
      24 * hour
    )
    assert.deepStrictEqual(
      Notifier.retryAfter.toSorted((one, other) => one - other),
      Notifier.retryAfter
    )
  })

  it.effect("send the same event with the same body, at their times; then it is dead", () => {
    const { post, sent } = receiver(() => Effect.succeed(500))
    const { rows, run } = notifying([deliver(a, told("o-1", 1))], { post, pollMilliseconds: 30_000 }, pass(25 * hour))
    return Effect.map(run, () => {
      const times = [0, ...Notifier.retryAfter].map((_, index) =>
        Notifier.retryAfter.slice(0, index).reduce((sum, wait) => sum + wait, 0)
      )
      const late = sent.map(({ at }, index) => at - noon - (times[index] ?? 0))
      assert.strictEqual(sent.length, 17)
      // It is looked every 30 s, which adds up.
      for (const each of late) assert.isTrue(each >= 0 && each < 17 * 30_000, String(each))
      assert.strictEqual(new Set(sent.map(({ body }) => body)).size, 1)
      assert.strictEqual(new Set(sent.map(({ headers }) => headers["webhook-id"])).size, 1)
      const signatures = sent.map(({ headers }) => headers["webhook-signature"])
      assert.strictEqual(new Set(signatures).size, 17)
      assert.deepStrictEqual([rows[0]?.state, rows[0]?.tries, rows[0]?.lastAnswer], ["dead", 17, "500"])
    })
  })

  it.effect("reach a receiver that was down for 23 hours", () => {
    const { post, sent } = receiver(({ at }) =>
      at < noon + 23 * hour ? Effect.fail(new NoReceipt({ detail: "ECONNREFUSED" })) : Effect.succeed(204)
    )
    const { rows, run } = notifying([deliver(a, told("o-1", 1))], { post, pollMilliseconds: 30_000 }, pass(25 * hour))
    return Effect.map(run, () => {
      assert.deepStrictEqual([rows[0]?.state, rows[0]?.lastAnswer], ["delivered", "204"])
      assert.strictEqual(sent.length, 17)
    })
  })
})

describe("the notifier", () => {
  it.effect("takes only 2xx for a yes, follows no redirect, and goes on after 410 too", () => {
    const statuses = [200, 202, 204, 301, 304, 400, 401, 404, 410, 429, 500, 503]
    const given = statuses.map((status) => deliver(endpoint(String(status)), told("o-1", 1)))
    const { post } = receiver(({ url }) => Effect.succeed(Number(new URL(url).hostname.split(".")[0])))
    const { rows, run } = notifying(given, { post }, Effect.void)
    return Effect.map(run, () =>
      assert.deepStrictEqual(
        rows.map(({ lastAnswer, state }) => [state, lastAnswer]),
        statuses.map((status) => [
          status < 300 ? "delivered" : "waiting",
          status === 301 || status === 304 ? `${status}: redirects are not followed` : String(status)
        ])
      )
    )
  })

  it.effect("takes silence of 10 seconds for a no", () => {
    const { post } = receiver(() => Effect.never)
    const { rows, run } = notifying([deliver(a, told("o-1", 1))], { post }, pass(10_000))
    return Effect.map(run, () =>
      assert.deepStrictEqual([rows[0]?.state, rows[0]?.lastAnswer], ["waiting", "no answer within 10 s"])
    )
  })

  it.effect("tells what happened to one order one after the other, whatever fails; other orders go on", () => {
    let refusals = 3
    const { post, sent } = receiver(({ body }) => {
      const isRefused = body.includes("order:o-1") && refusals-- > 0
      return Effect.delay(Effect.succeed(isRefused ? 500 : 200), 100)
    })
    const given = [1, 2, 3].flatMap((seq) => [deliver(a, told("o-1", seq)), deliver(a, told("o-2", seq))])
    const { run } = notifying(given, { post }, pass(hour))
    return Effect.map(run, () => {
      const ids = (order: string) =>
        sent.flatMap(({ headers }) => (headers["webhook-id"]?.startsWith(order) ? [headers["webhook-id"]] : []))
      assert.deepStrictEqual(ids("o-1"), ["o-1-1", "o-1-1", "o-1-1", "o-1-1", "o-1-2", "o-1-3"])
      assert.deepStrictEqual(ids("o-2"), ["o-2-1", "o-2-2", "o-2-3"])
      const last = sent.findIndex(({ headers }) => headers["webhook-id"] === "o-2-3")
      assert.isBelow(last, 7)
    })
  })

  it.effect("sends no more than eight at once to a slow receiver, and lets it hold up no other", () => {
    let open = 0
    let most = 0
    const hang = Effect.acquireUseRelease(
      Effect.sync(() => {
        open += 1
        most = Math.max(most, open)
      }),
      () => Effect.never,
      () =>
        Effect.sync(() => {
          open -= 1
        })
    )
    const { post, sent } = receiver(({ url }) => (url.includes("slow") ? hang : Effect.succeed(200)))
    const slow = Array.from({ length: 300 }, (_, index) => deliver(endpoint("slow"), told(`s-${index}`, 1)))
    const quick = Array.from({ length: 100 }, (_, index) => deliver(endpoint("quick"), told(`q-${index}`, 1)))
    const { rows, run } = notifying([...slow, ...quick], { post }, pass(2_000))
    return Effect.map(run, () => {
      assert.strictEqual(most, 8)
      const delivered = rows.filter(({ state }) => state === "delivered")
      assert.strictEqual(delivered.length, 100)
      assert.strictEqual(sent.filter(({ url }) => url.includes("slow")).length, 8)
      // Nor is more taken for it than was taken at once: the rest is left to others, or for later.
      assert.isAtMost(rows.filter(({ leasedUntil }) => leasedUntil > 0).length, 64)
    })
  })

  it.effect("goes on with another tenant's endpoint while one of the same id is slow", () => {
    const { post, sent } = receiver(({ body }) => (body.includes("order:s-") ? Effect.never : Effect.succeed(200)))
    const slow = Array.from({ length: 300 }, (_, index) => deliver(endpoint("main"), told(`s-${index}`, 1)))
    const quick = Array.from({ length: 100 }, (_, index) =>
      deliver(endpoint("main"), told(`q-${index}`, 1), [secret], "other")
    )
    const { rows, run } = notifying([...slow, ...quick], { post }, pass(2_000))
    return Effect.map(run, () => {
      assert.strictEqual(sent.filter(({ body }) => body.includes("order:s-")).length, 8)
      const delivered = rows.filter(({ state }) => state === "delivered")
      assert.deepStrictEqual(
        [delivered.length, new Set(delivered.map(({ tenant }) => tenant))],
        [100, new Set(["other"])]
      )
    })
  })

  it.effect("sends nothing that waited so long for its turn that another process may be sending it", () => {
    const { post, sent } = receiver(() => Effect.never)
    const slow = Array.from({ length: 64 }, (_, index) => deliver(a, told(`s-${index}`, 1)))
    const { run } = notifying(slow, { post, pollMilliseconds: 24 * hour }, pass(70_000))
    // Eight every 10 s until half of a minute's lease is over; those that were taken with them and not begun are left.
    return Effect.map(run, () => {
      const begun = sent.filter(({ at }) => at < noon + 60_000).map(({ headers }) => headers["webhook-id"])
      assert.strictEqual(new Set(begun).size, 4 * 8)
    })
  })

  it.effect("writes in the forms it is given, and signs those that have no signature of their own", () => {
    const forms: Record<string, Form> = {
      geins: ({ id }, { endpoint: { url } }) => ({ url: `${url}/${id}`, headers: { "x-a": "1" }, body: "geins" }),
      maverick: () => ({ headers: { "webhook-signature": "own" }, body: "maverick", isSigned: true })
    }
    const given = (["geins", "maverick"] as const).map((form) => deliver(endpoint(form, { form }), told("o-1", 1)))
    const { post, sent } = receiver(() => Effect.succeed(200))
    const { run } = notifying(given, { post, forms }, Effect.void)
    return Effect.map(run, () => {
      assert.deepStrictEqual(
        sent.map(({ body, url }) => [url, body]),
        [
          ["https://geins.example/hook/o-1-1", "geins"],
          ["https://maverick.example/hook", "maverick"]
        ]
      )
      const [geins, maverick] = sent.map(({ headers }) => headers)
      assert.deepStrictEqual(Object.keys(geins ?? {}), ["x-a", "webhook-id", "webhook-timestamp", "webhook-signature"])
      assert.deepStrictEqual(maverick, { "webhook-signature": "own" })
    })
  })

  it.effect("sends nothing where a form has nothing to say, is not known, breaks, or where nothing can sign", () => {
    const forms: Record<string, Form> = {
      geins: () => null,
      maverick: () => {
        throw new Error("a bug")
      }
    }
    const { post, sent } = receiver(() => Effect.succeed(200))
    const given = [
      deliver(endpoint("silent", { form: "geins" }), told("o-1", 1)),
      deliver(endpoint("broken", { form: "maverick" }), told("o-1", 1)),
      deliver(endpoint("strange", { form: "toString" as never }), told("o-1", 1)),
      deliver(endpoint("unsigned"), told("o-1", 1), [])
    ]
    const { rows, run } = notifying(given, { post, forms }, Effect.void)
    return Effect.map(run, () => {
      assert.deepStrictEqual(sent, [])
      assert.deepStrictEqual(
        rows.map(({ lastAnswer, state }) => [state, lastAnswer]),
        [
          ["delivered", "not told in the form geins"],
          ["waiting", "it could not be written: Error: a bug"],
          ["waiting", "this server does not write in the form toString"],
          ["waiting", "the endpoint has no secret to sign with"]
        ]
      )
    })
  })
})

describe("a ledger whose receiver was down for 23 hours (T43)", () => {
  it.effect("has told it everything a day later, in order, each event once", () => {
    const { post, sent } = receiver(({ at }) => Effect.succeed(at < noon + 23 * hour ? 503 : 200))
    return Effect.gen(function* () {
      const ledger = yield* openLedger({ providers: { simulator: { provider: simulator, capabilities: assumed } } })
      yield* startWorker(ledger, { pollMilliseconds: 60_000, expiryMilliseconds: day })
      yield* Layer.build(Notifier.layer({ post, pollMilliseconds: 30_000, graceMilliseconds: 0 })).pipe(
        Effect.provide(ledger)
      )
      yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        yield* Endpoints.put(caller(), "e-1", {
          url: "https://a.example/",
          events: ["*"],
          form: "standard",
          enabled: true
        })
        yield* refunds.execute(register())
        for (const count of [1, 2]) yield* refunds.execute(request({ id: refundId(count), amount: 40n }))
        yield* pass(23 * hour)
        const told = yield* Feed.use((feed) => feed.read(tenant, null, { limit: 100, muted: false }))
        const expected = told.events.map(({ id }) => id)
        assert.strictEqual(expected.length, 6)
        // The oldest is tried again and again, and nothing is told before it.
        assert.deepStrictEqual(new Set(sent.map(({ headers }) => headers["webhook-id"])), new Set([expected[0]]))
        yield* pass(2 * hour)
        const taken = sent.filter(({ at }) => at >= noon + 23 * hour).map(({ headers }) => headers["webhook-id"])
        assert.deepStrictEqual(taken as Array<unknown>, expected)
        const deliveries = yield* Deliveries
        const all = yield* deliveries.list(tenant, {}, { limit: 100, before: null })
        assert.deepStrictEqual(new Set(all.map(({ state }) => state)), new Set(["delivered"]))
      }).pipe(Effect.provide(ledger))
    })
  })
})
