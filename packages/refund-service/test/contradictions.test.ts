import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import {
  attemptId,
  begin,
  cancel,
  capture,
  declined,
  order,
  paid,
  refundId,
  register,
  request,
  resolve,
  retry,
  settle as settleByHand,
  told,
  unknown
} from "refund-testkit/build"
import { Inbound } from "../src/Inbound.ts"
import { drain, execute, inLedger, minute, outside, sent, stateOf, tell, verdict } from "./support/inbound.ts"
import { figuresNow, orderNow, tenant } from "./support/ledger.ts"
import { failed, news, reversed, settled } from "./support/news.ts"

describe("news that contradicts what is known", () => {
  it.effect("is another payout where the refund was canceled before anybody knew that it was sent", () =>
    inLedger(
      Effect.gen(function* () {
        const notSent = told(refundId(1), { _tag: "notSent", detail: "connection refused" })
        yield* execute(...sent, notSent, cancel(refundId(1)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
        assert.strictEqual(yield* stateOf(1), "canceled")
        assert.strictEqual((yield* outside("re_1")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is another payout where the refund was paid under another name", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), paid(40n, { reference: "re_1" })))
        yield* tell(news("evt-1", settled("re_2"), { ours: 1 }))
        yield* tell(news("evt-2", settled("re_2"), { ours: 1 }, 1))
        assert.strictEqual((yield* outside("re_2")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 80n })
        // It comes back by its own name, not by that of the attempt.
        yield* tell(news("evt-3", reversed("re_2"), { ours: 1 }, 2))
        assert.deepStrictEqual([yield* stateOf(1), (yield* outside("re_2")).state], ["settled", "reversed"])
      })
    )
  )

  it.effect("is another payout where an earlier attempt was paid after all", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), declined), retry(refundId(1)), begin(refundId(1), attemptId(2)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1, attempt: attemptId(1) }))
        yield* execute(told(refundId(1), paid(40n, { reference: "re_2" }), { attempt: attemptId(2) }))
        assert.strictEqual((yield* outside("re_1")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 80n })
        yield* tell(news("evt-2", reversed("re_1"), { ours: 1, attempt: attemptId(1) }, 2))
        assert.strictEqual((yield* outside("re_1")).state, "reversed")
        assert.strictEqual(yield* stateOf(1), "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is none where it is older than the no that followed it", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent)
        yield* tell(news("evt-2", failed("re_1"), { ours: 1 }, 10))
        yield* execute(retry(refundId(1)), begin(refundId(1), attemptId(2)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1, attempt: attemptId(1) }))
        assert.strictEqual((yield* verdict).state, "applied")
        assert.strictEqual((yield* orderNow).refunds.length, 1)
        assert.strictEqual(yield* stateOf(1), "submitting")
      })
    )
  )

  it.effect("waits until a person has decided on what is in review, and then changes nothing", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), paid(39n)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
        const said = yield* verdict
        assert.deepStrictEqual([yield* stateOf(1), said.state, said.isDue], ["in_review", "parked", true])
        yield* execute(resolve(refundId(1), "settled", { reference: "re_1" }))
        yield* TestClock.adjust(minute)
        yield* drain
        assert.strictEqual((yield* verdict).state, "applied")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is a person's where a person has settled the refund by hand under another name", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), unknown), resolve(refundId(1), "settled", { reference: "bank 17" }))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
        const said = yield* verdict
        assert.deepStrictEqual([said.state, said.isDue], ["parked", false])
        assert.match(said.detail ?? "", /as re_1: 40 USD \(minor units\); bob had settled it by hand$/)
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is what a person had recorded already, by the same name", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(
          register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] })),
          request({ id: refundId(1), amount: 40n }),
          settleByHand(refundId(1), { reference: "re_1" })
        )
        yield* Inbound.use((inbound) => inbound.tell({ tenant, provider: "manual" }, [news("evt-1", settled("re_1"))]))
        assert.strictEqual((yield* orderNow).refunds.length, 1)
        assert.strictEqual((yield* verdict).state, "applied")
      })
    )
  )
})
