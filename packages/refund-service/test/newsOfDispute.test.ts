import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { CurrencyCode } from "refund-core/Currency"
import { register } from "refund-testkit/build"
import { drain, execute, inbox, inLedger, minute, tell, verdict } from "./support/inbound.ts"
import { orderNow } from "./support/ledger.ts"
import { dispute } from "./support/news.ts"

describe("news of a dispute", () => {
  const disputed = Effect.map(orderNow, ({ head }) => [head.disputed, ...head.disputes.map(({ state }) => state)])

  it.effect("is recorded at the order of its capture, however often and in whatever order it is told", () =>
    Effect.gen(function* () {
      const open = dispute("evt-1", "open")
      const won = dispute("evt-2", "won", {}, 10)
      for (const told of [
        [open, won],
        [won, open],
        [open, open, won, open]
      ]) {
        yield* inLedger(
          Effect.gen(function* () {
            yield* execute(register())
            for (const [index, each] of told.entries()) yield* tell({ ...each, eventId: `${each.eventId}-${index}` })
            assert.deepStrictEqual(yield* disputed, [0n, "won"])
            assert.deepStrictEqual(new Set((yield* inbox).map(({ state }) => state)), new Set(["applied"]))
          })
        )
      }
    })
  )

  it.effect("waits for its capture to be registered", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell(dispute("evt-1", "open"))
        assert.deepStrictEqual([(yield* verdict).state, (yield* verdict).isDue], ["parked", true])
        yield* execute(register())
        yield* TestClock.adjust(minute)
        yield* drain
        assert.deepStrictEqual(yield* disputed, [100n, "open"])
      })
    )
  )

  it.effect("is a person's where it contradicts what was decided, or is in another currency", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(dispute("evt-1", "lost"), dispute("evt-2", "won", {}, 1))
        assert.strictEqual((yield* verdict).state, "parked")
        assert.deepStrictEqual(yield* disputed, [100n, "lost"])
        yield* tell(dispute("evt-3", "open", { id: "dp_2", currency: "EUR" as CurrencyCode }))
        assert.deepStrictEqual((yield* verdict).detail, "the dispute is in EUR, the order in USD")
      })
    )
  )
})
