/** FAILURES.md, provider faults: whatever a provider answers or does not, the money is paid once or not at all, and the ledger ends knowing which. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import type { CurrencyCode } from "refund-core/Currency"
import type { RefundId } from "refund-core/Ids"
import { lookupAfter } from "refund-core/lookups"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import type { RefundState } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { capture, noon, order, refundId, register, request, unknown } from "refund-testkit/build"
import * as ProviderDouble from "refund-testkit/ProviderDouble"
import type { Behaviour } from "refund-testkit/ProviderHarness"
import { Inbound } from "../src/Inbound.ts"
import {
  day,
  figuresNow,
  type Ledger,
  openLedger,
  providerOf,
  refundNow,
  settle,
  startWorker,
  tenant
} from "./support/ledger.ts"

const usd = "USD" as CurrencyCode
const minute = 60_000

/** A ledger whose only provider is the double, and a capture of 100 that it has taken. */
const open = Effect.fnUntraced(function* (options: ProviderDouble.DoubleOptions = {}, pollMilliseconds = minute) {
  const double = yield* ProviderDouble.make(options)
  const { capabilities, provider, world } = double
  const ledger = yield* openLedger({ providers: { simulator: { provider, capabilities } } })
  // Seldom enough that days pass quickly, often enough that every look-up is in time.
  yield* startWorker(ledger, { pollMilliseconds, expiryMilliseconds: day })
  const reference = yield* world.capture(100n, usd)
  const run = <A, E>(test: Effect.Effect<A, E, Ledger>) => Effect.provide(test, ledger)
  yield* run(
    Refunds.use((refunds) => refunds.execute(register(order({ captures: [capture("c-1", 100n, { reference })] }))))
  )
  const ask = (id: RefundId, amount: bigint) =>
    run(Refunds.use((refunds) => refunds.execute(request({ id, amount })))).pipe(Effect.andThen(settle))
  const news = Effect.flatMap(world.news, (told) =>
    run(Inbound.use((inbound) => inbound.tell({ tenant, provider: "simulator" }, told)))
  )
  return {
    ask,
    news,
    double,
    refund: (id: RefundId) => run(refundNow(id)),
    figures: run(figuresNow),
    payouts: world.payouts(reference),
    later: (happening: Parameters<typeof world.later>[1]) => world.later(reference, happening),
    arm: world.arm,
    pass: (milliseconds: number) => Effect.andThen(TestClock.adjust(milliseconds), settle)
  }
})

interface Row {
  readonly behaviour: Behaviour
  /** As soon as there is an answer, or none. */
  readonly at: RefundState
  readonly ends: RefundState
  readonly payouts: ReadonlyArray<bigint>
}

/** One refund of 40 on a capture of 100. */
const rows: ReadonlyArray<readonly [test: string, Row]> = [
  ["T19", { behaviour: "declines", at: "failed", ends: "failed", payouts: [] }],
  ["T20", { behaviour: "hangsPaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T21", { behaviour: "hangsUnpaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T22", { behaviour: "resetsPaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T22", { behaviour: "resetsUnpaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T23", { behaviour: "breaksPaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T23", { behaviour: "breaksUnpaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T24", { behaviour: "garblesPaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T24", { behaviour: "garblesUnpaid", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T25", { behaviour: "otherRefund", at: "unknown", ends: "settled", payouts: [40n] }],
  ["T25", { behaviour: "otherAmount", at: "in_review", ends: "in_review", payouts: [39n] }],
  ["T25", { behaviour: "otherCurrency", at: "in_review", ends: "in_review", payouts: [40n] }]
]

const holds = (state: RefundState): bigint => (["unknown", "in_review"].includes(state) ? 40n : 0n)

describe("a provider's faults", () => {
  for (const [test, { at, behaviour, ends, payouts }] of rows) {
    it.effect(
      `${test}: one that ${behaviour} leaves the refund ${at}, then ${ends}, paid ${payouts.length} times`,
      () =>
        Effect.gen(function* () {
          const world = yield* open()
          yield* world.arm(behaviour)
          yield* world.ask(refundId(1), 40n)
          yield* world.pass(10_000)
          assert.strictEqual((yield* world.refund(refundId(1))).state, at)
          assert.deepStrictEqual(yield* world.figures, { held: holds(at), refunded: 0n })
          yield* world.pass(10 * minute)
          const refund = yield* world.refund(refundId(1))
          assert.strictEqual(refund.state, ends)
          assert.deepStrictEqual(yield* world.payouts, payouts)
          assert.strictEqual(refund.attempts.length, 1)
          assert.deepStrictEqual(
            new Set(world.double.arrived.map(({ id }) => id)),
            new Set(refund.attempts.map(({ id }) => id))
          )
          assert.deepStrictEqual(yield* world.figures, { held: holds(ends), refunded: ends === "settled" ? 40n : 0n })
        })
    )
  }

  it.effect("T19: what was declined can be given back again, as another attempt", () =>
    Effect.gen(function* () {
      const world = yield* open()
      yield* world.arm("declines")
      yield* world.ask(refundId(1), 100n)
      yield* world.ask(refundId(2), 100n)
      assert.strictEqual((yield* world.refund(refundId(2))).state, "settled")
      assert.deepStrictEqual(yield* world.payouts, [100n])
    })
  )

  it.effect(
    "T26: what nobody can tell is asked about after 5 minutes, 1 and 6 hours, and five days, then it is a person's",
    () => {
      const askedAt: Array<number> = []
      const lookup = Effect.map(Clock.currentTimeMillis, (now) => {
        askedAt.push(now)
        return unknown
      })
      const said = providerOf({ submit: () => Effect.succeed(unknown), lookup })
      return Effect.gen(function* () {
        const ledger = yield* openLedger({
          providers: { simulator: { provider: said.service, capabilities: assumed } }
        })
        yield* startWorker(ledger, { pollMilliseconds: minute, expiryMilliseconds: day })
        yield* Effect.gen(function* () {
          const refunds = yield* Refunds
          yield* refunds.execute(register())
          yield* refunds.execute(request({ id: refundId(1), amount: 40n }))
          yield* settle
          yield* TestClock.adjust(10 * day)
          yield* settle
          const waits = askedAt.map((at, index) => at - (askedAt[index - 1] ?? noon))
          assert.deepStrictEqual(
            waits.map((wait) => Math.floor(wait / (5 * minute)) * 5 * minute),
            [...lookupAfter]
          )
          const refund = yield* refundNow(refundId(1))
          assert.strictEqual(refund.state, "in_review")
          assert.deepStrictEqual(yield* figuresNow, { held: 40n, refunded: 0n })
          assert.strictEqual(said.submitted.length, 1)
        }).pipe(Effect.provide(ledger))
      })
    }
  )

  for (const [name, time] of [
    ["1 hour", 60 * minute],
    ["1 day", day],
    ["7 days", 7 * day]
  ] as const) {
    for (const how of ["asked", "told"] as const) {
      it.effect(
        `T26: what is pending for ${name} is settled when the provider is ${how === "asked" ? "asked then" : "heard"}`,
        () =>
          Effect.gen(function* () {
            const world = yield* open({}, 10 * minute)
            yield* world.arm("pendingThenSettles")
            yield* world.ask(refundId(1), 40n)
            yield* world.pass(time)
            assert.strictEqual((yield* world.refund(refundId(1))).state, "pending")
            assert.deepStrictEqual(yield* world.figures, { held: 40n, refunded: 0n })
            yield* world.later("settles")
            yield* how === "told" ? world.news : world.pass(day)
            assert.strictEqual((yield* world.refund(refundId(1))).state, "settled")
            assert.deepStrictEqual(yield* world.payouts, [40n])
            assert.strictEqual(world.double.arrived.length, 1)
          })
      )
    }
  }

  it.effect(
    "T29: who has no time is asked again when it said, with the same attempt, and the others wait as long",
    () =>
      Effect.gen(function* () {
        const world = yield* open()
        yield* world.arm("busy")
        yield* world.ask(refundId(1), 40n)
        yield* world.ask(refundId(2), 40n)
        yield* world.pass(6_900)
        assert.strictEqual(world.double.arrived.length, 1)
        assert.deepStrictEqual((yield* world.refund(refundId(2))).attempts, [])
        yield* world.pass(10 * minute)
        const [first, second] = [yield* world.refund(refundId(1)), yield* world.refund(refundId(2))]
        assert.deepStrictEqual([first.state, second.state], ["settled", "settled"])
        assert.deepStrictEqual([first.attempts.length, second.attempts.length], [1, 1])
        assert.strictEqual(new Set(world.double.arrived.map(({ id }) => id)).size, 2)
        assert.deepStrictEqual(yield* world.payouts, [40n, 40n])
      })
  )

  it.effect("T30: what waits for the customer is failed when the provider calls it off on the 45th day", () =>
    Effect.gen(function* () {
      const world = yield* open({}, 60 * minute)
      yield* world.arm("requiresAction")
      yield* world.ask(refundId(1), 40n)
      yield* world.pass(44 * day)
      assert.strictEqual((yield* world.refund(refundId(1))).state, "requires_action")
      assert.deepStrictEqual(yield* world.figures, { held: 40n, refunded: 0n })
      yield* world.later("fails")
      yield* world.pass(2 * day)
      assert.strictEqual((yield* world.refund(refundId(1))).state, "failed")
      assert.deepStrictEqual(yield* world.figures, { held: 0n, refunded: 0n })
      assert.deepStrictEqual(yield* world.payouts, [])
    })
  )

  it.effect("where nothing can be asked, the same attempt sent again is the question, while its id is honoured", () =>
    Effect.gen(function* () {
      const capabilities: Partial<Capabilities> = { lookup: "none", honoursKeyFor: day }
      const world = yield* open({ capabilities })
      yield* world.arm("resetsPaid")
      yield* world.ask(refundId(1), 40n)
      yield* world.pass(10 * minute)
      assert.strictEqual((yield* world.refund(refundId(1))).state, "settled")
      assert.deepStrictEqual(yield* world.payouts, [40n])
      assert.strictEqual(world.double.arrived.length, 2)
    })
  )
})
