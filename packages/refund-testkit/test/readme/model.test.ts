import { it } from "@effect/vitest"
import { Effect } from "effect"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { assertModelAgrees } from "refund-testkit/modelAgrees"

it.effect("decides and counts as the model does", () =>
  assertModelAgrees({ runs: 50, length: 12 }).pipe(Effect.provide(layerMemory))
)
