/**
 * What a store must keep, as tests: `ledgerContract("PostgreSQL", (options) => layer)` in a test file of your own. Every
 * promise of ports/LedgerStore.ts, ports/LedgerReader.ts and ports/Outbox.ts, asked through the use cases.
 */
import { describe, it, layer } from "@effect/vitest"
import { Layer } from "effect"
import { Refunds } from "refund-core/Refunds"
import { commits } from "./internal/contract/commits.ts"
import { facts } from "./internal/contract/facts.ts"
import { intents } from "./internal/contract/intents.ts"
import type { It, StoreLayer, StoreOptions } from "./internal/contract/ledger.ts"
import { outbox } from "./internal/contract/outbox.ts"
import { races } from "./internal/contract/races.ts"
import { reading } from "./internal/contract/reading.ts"

export type { StoreLayer, StoreOptions }

const parts: ReadonlyArray<readonly [string, (it: It) => void]> = [
  ["a decision", commits],
  ["an intent", intents],
  ["what a decision reads", facts],
  ["many at the same time", races],
  ["whoever reads", reading]
]

/** `storeLayer` opens a ledger of its own, empty, each time it is called. Time is the store's and the real one. */
export const ledgerContract = (name: string, storeLayer: StoreLayer): void => {
  describe(`${name} keeps the ledger's contract:`, () => {
    layer(Refunds.layer.pipe(Layer.provideMerge(storeLayer({}))), { excludeTestServices: true })((it) => {
      for (const [part, tests] of parts) describe(part, () => tests(it))
    })
    describe("what is due", () => outbox(it, storeLayer))
  })
}
