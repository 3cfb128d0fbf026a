import { it } from "@effect/vitest"
import { Effect } from "effect"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { assertLawsHold } from "refund-testkit/lawsHold"

// In place of `layerMemory`: the layer of your store, or of what you have put around one.
it.effect(
  "every law holds over two hundred histories",
  () => assertLawsHold({ runs: 200, length: 40, seed: 1 }).pipe(Effect.provide(layerMemory)),
  60_000
)
