/** T20–T25 together: refunds meet faults by chance, in any mixture, while their news comes late, twice, or never. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { CurrencyCode } from "refund-core/Currency"
import { Refunds } from "refund-core/Refunds"
import { capture, noon, order, refundId, register, request } from "refund-testkit/build"
import * as ProviderDouble from "refund-testkit/ProviderDouble"
import type { Behaviour } from "refund-testkit/ProviderHarness"
import { Inbound } from "../src/Inbound.ts"
import { day, now, openLedger, orderNow, settle, startWorker, tenant } from "./support/ledger.ts"
import { drawing, oneOf } from "./support/random.ts"

const minute = 60_000
const refunds = 4

const faults: ReadonlyArray<Behaviour> = [
  ...(["settles", "declines", "hangsPaid", "hangsUnpaid", "resetsPaid", "resetsUnpaid", "breaksPaid"] as const),
  ...(["breaksUnpaid", "garblesPaid", "garblesUnpaid", "otherRefund", "otherAmount", "otherCurrency"] as const),
  ...(["unreachable", "busy", "keyInUse"] as const)
]

/** What the ledger says of each refund, beside what really left for it. */
const cameTo = (seed: number) =>
  Effect.gen(function* () {
    const random = drawing(seed)
    const lookup = oneOf(["key", "key", "none"] as const, random)
    const { arrived, capabilities, provider, world } = yield* ProviderDouble.make({ capabilities: { lookup } })
    const ledger = yield* openLedger({ providers: { simulator: { provider, capabilities } } })
    for (let workers = 0; workers < 2; workers++) {
      yield* startWorker(ledger, { pollMilliseconds: 30 * minute, expiryMilliseconds: day })
    }
    return yield* Effect.gen(function* () {
      const ask = yield* Refunds
      const inbound = yield* Inbound
      const reference = yield* world.capture(10_000n, "USD" as CurrencyCode)
      yield* ask.execute(register(order({ captures: [capture("c-1", 10_000n, { reference })] })))
      let late = noon
      for (let number = 1; number <= refunds; number++) {
        yield* world.arm(oneOf(faults, random))
        // Amounts of their own, so that a payout says whose it is.
        const amount = 10n ** BigInt(number - 1) * 5n
        yield* ask.execute({ ...request({ id: refundId(number), amount }), caller: now(late) })
        yield* settle
        const wait = Math.floor(random() * 20 * minute)
        late += wait
        yield* TestClock.adjust(wait)
        yield* settle
        const told = yield* world.news
        const times = Math.floor(random() * 3)
        for (let again = 0; again < times; again++) yield* inbound.tell({ tenant, provider: "simulator" }, told)
      }
      yield* TestClock.adjust(2 * day)
      yield* settle
      const { head, refunds: all } = yield* orderNow
      return { all, head, payouts: yield* world.payouts(reference), arrived }
    }).pipe(Effect.provide(ledger))
  }).pipe(Effect.scoped)

/** What the provider said no to, and what it says other figures of, is all that is not settled. */
const asItShould = /^(settled null|failed declined_by_double|in_review the provider says \d+ [A-Z]{3}, sent were .+)$/

describe("faults by chance", () => {
  // A thousand in `npm run test:deep`.
  const runs = process.env["REFUND_TEST_DEEP"] === undefined ? 25 : 1_000
  it.effect(
    `pay each refund once or not at all in ${runs} mixtures, and the ledger knows which; only amounts that disagree are a person's`,
    () =>
      Effect.gen(function* () {
        for (let seed = 1; seed <= runs; seed++) {
          const { all, arrived, head, payouts } = yield* cameTo(seed)
          const where = `seed ${seed}`
          for (const { amount, attempts, detail, id, state } of all) {
            assert.match(`${state} ${detail}`, asItShould, where)
            assert.strictEqual(attempts.length, 1, where)
            // A payout that disagrees is one minor unit short.
            const paid = payouts.filter((payout) => payout === amount || payout === amount - 1n)
            if (state !== "in_review") assert.strictEqual(paid.length, state === "settled" ? 1 : 0, where)
            assert.isAtMost(paid.length, 1, where)
            const keys = new Set(arrived.filter((each) => each.refundId === id).map((each) => each.id))
            assert.isAtMost(keys.size, 1, where)
          }
          const sum = (state: string) =>
            all.filter((refund) => refund.state === state).reduce((total, { amount }) => total + amount, 0n)
          assert.deepStrictEqual([head.refunded.original, head.held], [sum("settled"), sum("in_review")], where)
        }
      }),
    600_000
  )
})
