/** T20–T25, T28, T29: whatever providers do and wherever processes stop, each refund is what really happened, paid once. */
import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import { Effect } from "effect"
import { behaviours } from "../src/ProviderHarness.ts"
import { stories } from "./support/faults.ts"

describe("refunds of one capture at a provider that misbehaves at random", () => {
  it.live(
    "end as what really happened, paid once, in two hundred stories with crashes between",
    () =>
      Effect.gen(function* () {
        const { met, states } = yield* stories({ from: 1, count: 200 })
        deepStrictEqual(met, new Set(Object.keys(behaviours)))
        deepStrictEqual(states, new Set(["settled", "failed", "in_review", "reversed"]))
      }),
    120_000
  )
})
