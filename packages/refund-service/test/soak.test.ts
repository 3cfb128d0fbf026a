/** T65, in virtual time: a week of refunds at a provider that misbehaves every other time, and nothing is stuck. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { CurrencyCode } from "refund-core/Currency"
import { Outbox } from "refund-core/ports/Outbox"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { capture, noon, order, refundId, register, request } from "refund-testkit/build"
import * as ProviderDouble from "refund-testkit/ProviderDouble"
import type { Behaviour } from "refund-testkit/ProviderHarness"
import { Inbound } from "../src/Inbound.ts"
import { day, now, openLedger, orderNow, settle, startWorker, tenant } from "./support/ledger.ts"

const hour = 3_600_000

/** In turn, so that each meets every hour of the day. Those that disagree about the amount are a person's in the end. */
const weather: ReadonlyArray<Behaviour> = [
  ...(["settles", "hangsPaid", "settles", "unreachable", "settles", "resetsPaid", "declines", "breaksUnpaid"] as const),
  ...([
    "settles",
    "pendingThenSettles",
    "busy",
    "hangsUnpaid",
    "garblesPaid",
    "settles",
    "otherRefund",
    "keyInUse"
  ] as const),
  ...(["pendingThenFails", "resetsUnpaid", "breaksPaid", "garblesUnpaid", "settles"] as const)
]
const count = 7 * 24

describe("T65: a week", () => {
  it.effect(
    `of ${count} refunds, with two workers and news that is told twice, leaves none stuck and pays each once`,
    () =>
      Effect.gen(function* () {
        const { capabilities, provider, world } = yield* ProviderDouble.make()
        const ledger = yield* openLedger({ providers: { simulator: { provider, capabilities } } })
        for (let workers = 0; workers < 2; workers++) {
          yield* startWorker(ledger, { pollMilliseconds: 300_000, expiryMilliseconds: day })
        }
        yield* Effect.gen(function* () {
          const refunds = yield* Refunds
          const inbound = yield* Inbound
          const reference = yield* world.capture(10_000n, "USD" as CurrencyCode)
          yield* refunds.execute(register(order({ captures: [capture("c-1", 10_000n, { reference })] })))
          const ages: Array<number> = []
          for (let number = 1; number <= count; number++) {
            const behaviour = weather[number % weather.length] ?? "settles"
            yield* world.arm(behaviour)
            const at = noon + (number - 1) * hour
            yield* refunds.execute({ ...request({ id: refundId(number), amount: 7n }), caller: now(at) })
            yield* settle
            yield* TestClock.adjust(hour / 2)
            yield* settle
            if (behaviour === "pendingThenSettles") yield* world.later(reference, "settles")
            if (behaviour === "pendingThenFails") yield* world.later(reference, "fails")
            const told = yield* world.news
            for (let twice = 0; twice < 2; twice++) yield* inbound.tell({ tenant, provider: "simulator" }, told)
            yield* TestClock.adjust(hour / 2)
            yield* settle
            const open = (yield* orderNow).refunds.filter((refund) => !isOver(refund))
            ages.push(...open.map(({ requestedAt }) => at + hour - requestedAt))
          }
          yield* TestClock.adjust(day)
          yield* settle
          const { head, refunds: all } = yield* orderNow
          const settled = all.filter(({ state }) => state === "settled")
          const failed = all.filter(({ state }) => state === "failed")
          assert.strictEqual(all.length, count)
          assert.strictEqual(settled.length + failed.length, count)
          assert.deepStrictEqual(
            (yield* world.payouts(reference)).map(String),
            settled.map(({ amount }) => String(amount))
          )
          assert.deepStrictEqual([head.held, head.refunded.original], [0n, 7n * BigInt(settled.length)])
          assert.isBelow(Math.max(...ages, 0), day)
          assert.deepStrictEqual(yield* Outbox.use((outbox) => outbox.take(100)), [])
        }).pipe(Effect.provide(ledger))
      }),
    60_000
  )
})

const isOver = ({ state }: Refund) => state === "settled" || state === "failed"
