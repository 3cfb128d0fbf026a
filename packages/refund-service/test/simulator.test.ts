import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { attemptId, noon, refundId } from "refund-testkit/build"
import { providerContract } from "refund-testkit/providerContract"
import { simulator, simulatorCapabilities, simulatorNews, simulatorReferences } from "../src/SimulatorProvider.ts"
import { simulatorHarness } from "./support/simulatorHarness.ts"

providerContract("The simulator", simulatorHarness())
providerContract("The simulator, answering too late", simulatorHarness({ hangsPaid: "sim_late" }))

const attempt = (captureReference: string | null): Attempt => ({
  id: attemptId(1),
  tenant: "acme" as TenantId,
  refundId: refundId(1),
  orderId: "o-1" as OrderId,
  captureId: "c-1" as CaptureId,
  captureReference,
  provider: "simulator",
  amount: 1999n,
  currency: "USD" as CurrencyCode,
  reference: null,
  startedAt: noon
})
const reference = "sim_re_00000000000040009000000000000001"
const settled: Outcome = { _tag: "settled", reference, amount: 1999n, currency: attempt(null).currency, at: null }
const other: Outcome = { ...settled, amount: 2000n }
const declined: Outcome = { _tag: "declined", code: "declined_by_simulator", reference }
const pending: Outcome = { _tag: "pending", reference }
const waiting: Outcome = { _tag: "requiresAction", reference }
const busy: Outcome = { _tag: "notSent", detail: "429 Too Many Requests", retryAfter: 7_000 }
const minute = 60_000
const reversed: Outcome = { _tag: "reversed", reference, detail: "the customer's account is closed", at: noon + minute }

/** Reference · milliseconds since it was first sent · what a submit says then (null: nothing) · what a lookup finds. */
const rows: ReadonlyArray<readonly [string | null, number, Outcome | null, Outcome | null]> = [
  ["ch_1", 0, settled, settled],
  [null, 0, settled, settled],
  ["SIM_DECLINE", 0, settled, settled],
  ["__proto__", 0, settled, settled],
  ["sim_decline", 0, declined, declined],
  ["sim_pending", 0, pending, settled],
  ["sim_action", 0, waiting, waiting],
  ["sim_action", minute - 1, waiting, waiting],
  ["sim_action", minute, settled, settled],
  ["sim_hang", 0, null, settled],
  ["sim_hang", 3_600_000, null, settled],
  ["sim_late", 0, null, settled],
  ["sim_late", 30_000, settled, settled],
  ["sim_lost", 0, { _tag: "unknown", detail: "200, and a body that cannot be read" }, settled],
  ["sim_unsure", 0, { _tag: "unknown", detail: "500 Internal Server Error" }, null],
  ["sim_down", 0, { _tag: "notSent", detail: "connection refused" }, null],
  ["sim_busy", 0, busy, null],
  ["sim_busy", 6_999, busy, null],
  ["sim_busy", 7_000, settled, settled],
  ["sim_other_amount", 0, other, other],
  ["sim_twice", 0, settled, settled],
  ["sim_reverse", 0, settled, settled],
  ["sim_reverse", minute - 1, settled, settled],
  ["sim_reverse", minute, settled, reversed]
]

describe("the simulator", () => {
  for (const [name, after, says, finds] of rows) {
    it.effect(`${name}, ${after} ms after it was first sent, says the same however often it is asked`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(noon + after)
        for (const _ of [1, 2]) {
          const call = yield* Effect.forkChild(simulator.submit(attempt(name)), { startImmediately: true })
          const answer = yield* Effect.sync(() => call.pollUnsafe())
          assert.strictEqual(answer === undefined, says === null)
          if (says !== null) assert.deepStrictEqual(yield* Fiber.join(call), says)
          yield* Fiber.interrupt(call)
          assert.deepStrictEqual(yield* simulator.lookup(attempt(name)), finds)
        }
      })
    )
  }

  it.effect("sim_late answers thirty seconds after it was first sent", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon + 1_000)
      const call = yield* Effect.forkChild(simulator.submit(attempt("sim_late")), { startImmediately: true })
      yield* TestClock.adjust(28_999)
      assert.strictEqual(call.pollUnsafe(), undefined)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(call), settled)
    })
  )

  it("has a row here for each reference that chooses", () => {
    assert.sameMembers(
      [...new Set(rows.map(([name]) => name))].filter((name) => name?.startsWith("sim_")),
      [...simulatorReferences]
    )
  })

  it("tells sim_twice's event twice, under one id, and a minute later that sim_reverse came back; nothing else", () => {
    const about = {
      _tag: "refund",
      attempt: { refundId: refundId(1), attemptId: attemptId(1) },
      reference,
      amount: 1999n,
      currency: "USD"
    }
    const event = (name: string, outcome: Outcome, at: number) => ({
      eventId: `sim_ev_00000000000040009000000000000001_${outcome._tag}`,
      at,
      about: { ...about, captureReference: name, outcome }
    })
    const twice = event("sim_twice", settled, noon)
    assert.deepStrictEqual(simulatorNews(attempt("sim_twice")) as unknown, [twice, twice])
    const returned = event("sim_reverse", reversed, noon + minute)
    assert.deepStrictEqual(simulatorNews(attempt("sim_reverse")) as unknown, [returned])
    for (const name of ["ch_1", null, ...simulatorReferences.filter((each) => !/twice|reverse/.test(each))]) {
      assert.deepStrictEqual(simulatorNews(attempt(name)), [])
    }
  })

  it("gives back parts, of any age, and is found by our id", () => {
    assert.deepStrictEqual(simulatorCapabilities, {
      partial: true,
      windowDays: null,
      steps: {},
      lookup: "key",
      honoursKeyFor: 86_400_000,
      pendingDays: 30
    })
  })
})
