import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Inbox } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { assumed } from "refund-core/ports/RefundProvider"
import { declined, noon, paid, refundId, register, request, told, unknown } from "refund-testkit/build"
import { externalId } from "../src/externalId.ts"
import { drain, execute, inbox, inLedger, minute, outside, sent, stateOf, tell, verdict } from "./support/inbound.ts"
import {
  day,
  figuresNow,
  openLedger,
  orderNow,
  providerOf,
  refundNow,
  settle,
  startWorker,
  tenant
} from "./support/ledger.ts"
import { failed, news, pending, reversed, settled } from "./support/news.ts"

describe("news of a refund", () => {
  it.effect("T40: may come before the answer to the call, and the answer changes nothing then", () => {
    const provider = providerOf({
      submit: ({ amount, id }) =>
        Effect.gen(function* () {
          yield* Effect.sleep(1_000)
          return { ...paid(amount), reference: `re_${id}` } as ReturnType<typeof paid>
        })
    })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({
        providers: { simulator: { provider: provider.service, capabilities: assumed } }
      })
      yield* startWorker(ledger)
      yield* Effect.gen(function* () {
        yield* execute(register(), request({ id: refundId(1), amount: 40n }))
        yield* settle
        assert.strictEqual(yield* stateOf(1), "submitting")
        const [attempt] = provider.submitted
        yield* tell(news("evt-1", settled(`re_${attempt?.id}`), { ours: 1, attempt: attempt!.id }))
        const early = yield* refundNow(refundId(1))
        assert.strictEqual(early.state, "settled")
        yield* TestClock.adjust(1_000)
        yield* settle
        assert.deepStrictEqual(yield* refundNow(refundId(1)), early)
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
        assert.strictEqual((yield* orderNow).refunds.length, 1)
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("is found by the provider's name for it where it does not carry our attempt (A30)", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), { _tag: "pending", reference: "re_1" }))
        yield* tell(news("evt-1", settled("re_1")))
        assert.strictEqual(yield* stateOf(1), "settled")
        assert.strictEqual((yield* orderNow).refunds.length, 1)
      })
    )
  )

  it.effect("T41: of a refund that nobody asked the ledger for is recorded from outside, once", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", settled("re_9")), news("evt-2", settled("re_9")), news("evt-3", settled("re_8", 10n)))
        const { origin, providerReference, settledAt, state } = yield* outside("re_9")
        assert.deepStrictEqual(
          { origin, providerReference, settledAt, state },
          { origin: "external", providerReference: "re_9", settledAt: noon + minute, state: "settled" }
        )
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 50n })
      })
    )
  )

  it.effect("finds the capture by any of the provider's names for it", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", settled("re_9"), { captureReference: "pi_1", captureAliases: ["ch_c-1"] }))
        assert.strictEqual((yield* outside("re_9")).state, "settled")
      })
    )
  )

  it.effect("T41: without an amount is never 'all of it': it is parked, and nothing is recorded", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", settled("re_9"), { amount: null }))
        const said = yield* verdict
        assert.deepStrictEqual([said.state, said.isDue], ["parked", false])
        assert.deepStrictEqual((yield* orderNow).refunds, [])
      })
    )
  )

  it.effect("T41: of no capture is parked, looked at again for a day, and then a person's", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell(news("evt-1", settled("re_9")))
        assert.deepStrictEqual(yield* verdict, {
          state: "parked",
          detail: "refund re_9 is of no capture that is registered here (ch_c-1)",
          isDue: true
        })
        yield* TestClock.adjust(day + minute)
        yield* drain
        const said = yield* verdict
        assert.deepStrictEqual([said.state, said.isDue], ["parked", false])
        yield* execute(register())
        const [event] = yield* inbox
        assert.isTrue(yield* Inbox.use((kept) => kept.retry(tenant, event!.id)))
        yield* drain
        assert.strictEqual((yield* outside("re_9")).state, "settled")
        assert.strictEqual((yield* verdict).state, "applied")
      })
    )
  )

  it.effect("of a capture that is registered a little later is applied then", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell(news("evt-1", settled("re_9")))
        yield* execute(register())
        yield* TestClock.adjust(minute)
        yield* drain
        assert.strictEqual((yield* outside("re_9")).state, "settled")
      })
    )
  )

  it.effect("waits where it may be one of ours that nobody knows the outcome of, and is that one's in the end", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), unknown))
        yield* tell(news("evt-1", settled("re_1"), { captureReference: "ch_c-1" }))
        assert.deepStrictEqual(yield* verdict, {
          state: "parked",
          detail: `it may be refund ${refundId(1)}, which is unknown`,
          isDue: true
        })
        assert.strictEqual((yield* orderNow).refunds.length, 1)
        yield* execute(told(refundId(1), paid(40n)))
        yield* TestClock.adjust(minute)
        yield* drain
        assert.strictEqual((yield* verdict).state, "applied")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect(
    "waits where it may be one of ours, and is recorded from outside once that one turns out to be another",
    () =>
      inLedger(
        Effect.gen(function* () {
          yield* execute(...sent, told(refundId(1), unknown))
          yield* tell(news("evt-1", settled("re_9")))
          yield* execute(told(refundId(1), declined))
          yield* TestClock.adjust(minute)
          yield* drain
          assert.strictEqual((yield* outside("re_9")).state, "settled")
          assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
        })
      )
  )

  it.effect("of what failed or is still pending, and is not ours, changes nothing", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", pending("re_9")), news("evt-2", failed("re_8")))
        yield* TestClock.adjust(2 * 60 * minute)
        yield* drain
        assert.deepStrictEqual(
          (yield* inbox).map(({ state }) => state),
          ["applied", "applied"]
        )
        assert.deepStrictEqual((yield* orderNow).refunds, [])
      })
    )
  )

  it.effect("T27: that it came back frees the amount, once, however often it is told", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), paid(40n)))
        for (let count = 1; count <= 10; count++)
          yield* tell(news(`evt-${count}`, reversed("re_1"), { ours: 1 }, count))
        assert.strictEqual(yield* stateOf(1), "reversed")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 0n })
        const journal = yield* LedgerReader.use((reader) => reader.journal(tenant, "order:o-1"))
        assert.strictEqual(journal.filter(({ text }) => text.includes("RefundReversed")).length, 1)
      })
    )
  )

  it.effect("that it came back is of the one with its name, not of one whose caller chose an outside refund's id", () =>
    inLedger(
      Effect.gen(function* () {
        const chosen = request({ id: externalId("simulator", "re_1"), chosen: true, amount: 1n, settled: true })
        yield* execute(...sent, told(refundId(1), paid(40n)), chosen)
        yield* tell(news("evt-1", reversed("re_1")))
        assert.strictEqual(yield* stateOf(1), "reversed")
        assert.strictEqual((yield* outside("re_1")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 1n })
      })
    )
  )

  for (const late of [failed, reversed]) {
    const name = late === failed ? "a late no" : "a return"
    it.effect(`undoes what was recorded from outside by ${name}, also where that is told first`, () =>
      Effect.gen(function* () {
        const yes = news("evt-1", settled("re_9"))
        const no = news("evt-2", late("re_9"), {}, 10)
        for (const told of [
          [yes, no],
          [no, yes]
        ]) {
          yield* inLedger(
            Effect.gen(function* () {
              yield* execute(register())
              for (const each of told) yield* tell(each)
              yield* TestClock.adjust(minute)
              yield* drain
              assert.strictEqual((yield* outside("re_9")).state, "reversed")
              assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 0n })
            })
          )
        }
      })
    )
  }
})
