/** Half of a hundred thousand histories. */
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layerMemory } from "../../src/LedgerStoreMemory.ts"
import { assertLawsHold } from "../../src/lawsHold.ts"

const hour = 3_600_000

/** So many at a time: what a ledger in memory has kept is let go between them. */
const atATime = 500

export const deepHistories = (which: string, seed: number): void => {
  const over = (runs: number, length: number) =>
    Effect.forEach(
      Array.from({ length: Math.ceil(runs / atATime) }, (_, part) => part),
      (part) =>
        assertLawsHold({ runs: Math.min(atATime, runs), length, seed: `${seed} ${length} ${part}` }).pipe(
          Effect.provide(Layer.fresh(layerMemory))
        ),
      { discard: true }
    )

  describe(`every law, over ${which} of a hundred thousand histories`, () => {
    it.effect("holds over 49,500 of up to 40 commands", () => over(49_500, 40), hour)
    it.effect("holds over 500 of up to 512 commands", () => over(500, 512), hour)
  })
}
