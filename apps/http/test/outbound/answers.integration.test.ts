/**
 * Each of the five calls a ledger that speaks its vendor's dialect: what it asks for, what every no of that door comes to,
 * and what is left in the serving ledger when an answer is lost (T20–T24, A10).
 */
import { randomUUID } from "node:crypto"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { openLine } from "./support/line.ts"
import { open, readingKey, type Serving, type Taken } from "./support/serving.ts"
import { ledgers, type Vendor, vendors } from "./support/vendors.ts"

class Ledger extends Context.Service<Ledger, Serving>()("refund-http/test/Ledger") {}

const usd = CurrencyCode.make("USD")

const attemptOn = (captureReference: string, more: Partial<Attempt> = {}): Attempt => ({
  id: RefundId.make(randomUUID()),
  tenant: TenantId.make("acme"),
  refundId: RefundId.make(randomUUID()),
  orderId: OrderId.make("A-1001"),
  captureId: CaptureId.make("c-1"),
  captureReference,
  provider: "vendor",
  amount: 1_999n,
  currency: usd,
  reference: null,
  startedAt: Date.now(),
  ...more
})

/** Longer than the serving ledger itself waits for an outcome. */
const timeoutMilliseconds = 30_000

/** A capture of 50.00 USD, and the vendor's provider at the end of a line to it. */
const opened = Effect.fnUntraced(function* (vendor: Vendor, isCaptured = true) {
  const serving = yield* Ledger
  const taken = yield* Effect.promise(() => serving.take(5_000n, usd, isCaptured))
  const line = yield* Effect.acquireRelease(
    Effect.promise(() =>
      openLine({ to: serving.url, quiet: () => serving.quiet(taken.order), ignoresKey: vendor.ignoresKey ?? false })
    ),
    ({ close }) => Effect.promise(close)
  )
  const providerWith = (more: { readonly credential?: string } = {}) =>
    vendor.make({ baseUrl: line.url(), timeoutMilliseconds, ...more }).provider
  return {
    ...serving,
    taken,
    line,
    providerWith,
    attempt: attemptOn(vendor.referenceOf(taken)),
    refunds: Effect.promise(() => serving.quiet(taken.order))
  }
})

/** What does not come is not waited for by the clock on the wall: nobody gives up before it is certain that it does not. */
const givenUp = <A>(call: Effect.Effect<A>, silence: Promise<void>): Effect.Effect<A> =>
  Effect.gen(function* () {
    const waiting = yield* Effect.forkChild(call)
    yield* Effect.promise(() => silence)
    yield* TestClock.adjust(timeoutMilliseconds)
    return yield* Fiber.join(waiting)
  }).pipe(Effect.provide(TestClock.layer()))

const shown = (outcome: Outcome | null): string =>
  JSON.stringify(outcome, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))

const assertTag = (outcome: Outcome | null, tag: string): void =>
  assert.strictEqual(outcome?._tag ?? "null", tag, shown(outcome))

/** All that a credential may not do comes to this where it is not a no to the refund itself. */
const powerless: Readonly<Record<string, Outcome["_tag"]>> = { Kibo: "declined", Geins: "declined" }

layer(Layer.effect(Ledger, open), { excludeTestServices: true })("a ledger behind its doors", (it) => {
  describe.each(vendors)("called as $name", (vendor) => {
    it.effect("makes the refund that was asked for, and nothing else", () =>
      Effect.gen(function* () {
        const { attempt, line, providerWith, refunds, taken } = yield* opened(vendor)
        const outcome = yield* providerWith().submit(attempt)
        assertTag(outcome, vendor.answersLater ? "pending" : "settled")
        const [refund, ...more] = yield* refunds
        assert.strictEqual(more.length, 0)
        const { amount, captureId, currency, destination, door, state, type } = refund ?? assert.fail("there is none")
        assert.deepEqual(
          [amount, currency, captureId, type, destination, state, door],
          [1_999n, "USD", taken.capture, "default", "original", "settled", vendor.name.toLowerCase()]
        )
        assert.strictEqual(line.asked.length, 1)
      })
    )

    describe("is told no", () => {
      it.effect("by an unknown key: not sent, for a person to put right", () =>
        Effect.gen(function* () {
          const { attempt, providerWith, refunds } = yield* opened(vendor)
          const outcome = yield* providerWith({ credential: "no-such-secret" }).submit(attempt)
          assert.deepInclude(outcome, { _tag: "notSent", retryAfter: 300_000 })
          assert.strictEqual((yield* refunds).length, 0)
        })
      )

      it.effect("by a key that may not", () =>
        Effect.gen(function* () {
          const { attempt, providerWith, refunds } = yield* opened(vendor)
          const outcome = yield* providerWith({ credential: readingKey }).submit(attempt)
          assertTag(outcome, powerless[vendor.name] ?? "notSent")
          assert.strictEqual((yield* refunds).length, 0)
        })
      )

      it.effect("of what it has never heard of", () =>
        Effect.gen(function* () {
          const { providerWith } = yield* opened(vendor)
          const nobodys: Taken = { order: "999999", capture: "999998", reference: "" }
          assertTag(yield* providerWith().submit(attemptOn(vendor.referenceOf(nobodys))), "declined")
        })
      )

      it.effect("of more than is left", () =>
        Effect.gen(function* () {
          const { attempt, providerWith, refunds } = yield* opened(vendor)
          yield* providerWith().submit({ ...attempt, amount: 5_000n })
          assertTag(yield* providerWith().submit(attemptOn(attempt.captureReference ?? "", { amount: 1n })), "declined")
          assert.strictEqual((yield* refunds).length, 1)
        })
      )

      it.effect("while a chargeback is open", () =>
        Effect.gen(function* () {
          const { attempt, dispute, providerWith, refunds, taken } = yield* opened(vendor)
          yield* Effect.promise(() => dispute(taken, "open"))
          assertTag(yield* providerWith().submit(attempt), "declined")
          assert.strictEqual((yield* refunds).length, 0)
        })
      )

      it.effect("of money that was only authorized", () =>
        Effect.gen(function* () {
          const { attempt, providerWith, refunds } = yield* opened(vendor, false)
          assertTag(yield* providerWith().submit(attempt), "declined")
          assert.strictEqual((yield* refunds).length, 0)
        })
      )
    })

    describe("has one refund, and was asked for it once, when its answer", () => {
      const lost = {
        "is cut off": { arrives: true, ends: "cut" },
        "does not come": { arrives: true, ends: "silence" },
        "comes as a 500": { arrives: true, ends: { status: 500, body: '{"message":"Internal Server Error"}' } },
        "comes as a 502 of whoever stands between": { arrives: true, ends: { status: 502, body: "<html>Bad Gateway" } },
        "comes as a 504": { arrives: true, ends: { status: 504, body: "" } },
        "cannot be read": { arrives: true, ends: { status: 200, body: '{"id":' } },
        "is empty": { arrives: true, ends: { status: 200, body: "" } }
      } as const

      it.effect.each(Object.keys(lost) as ReadonlyArray<keyof typeof lost>)("%s", (how) =>
        Effect.gen(function* () {
          const { attempt, line, providerWith, refunds } = yield* opened(vendor)
          line.meets(lost[how])
          const submit = providerWith().submit(attempt)
          assertTag(yield* how === "does not come" ? givenUp(submit, line.silence) : submit, "unknown")
          assert.strictEqual((yield* refunds).length, 1)
          // Who can be asked is asked once, and knows; who cannot leaves it to a person.
          const found = yield* providerWith().lookup(attempt)
          const { lookup } = vendor.make({ baseUrl: "http://127.0.0.1", timeoutMilliseconds: 1 }).capabilities
          assertTag(found, lookup === "key" ? "settled" : "unknown")
          assert.isAtMost(line.questions(), 1)
          assert.strictEqual((yield* refunds).length, 1)
          assert.strictEqual(line.asked.length, 1)
        })
      )
    })
  })

  describe.each([...ledgers, ...vendors.filter(({ name }) => name === "Moyasar")])("asked as $name", (vendor) => {
    it.effect("has one refund when the answer is lost and the same is sent again under its key (A10)", () =>
      Effect.gen(function* () {
        const { attempt, line, providerWith, refunds } = yield* opened(vendor)
        line.meets({ arrives: true, ends: "cut" })
        assertTag(yield* providerWith().submit(attempt), "unknown")
        assertTag(yield* providerWith().submit(attempt), "settled")
        assert.strictEqual((yield* refunds).length, 1)
        assert.strictEqual(line.asked.length, 2)
      })
    )
  })
})
