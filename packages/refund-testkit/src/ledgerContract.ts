/**
 * What a whole ledger must keep, as tests: `ledgerContract("PostgreSQL", (options) => layer)` in a test file of your own.
 * The store's contract (storeContract.ts), and every promise of ports/LedgerReader.ts and ports/Outbox.ts.
 */
import { describe, it, layer } from "@effect/vitest"
import type { StoreLayer, StoreOptions } from "./internal/contract/ledger.ts"
import { names } from "./internal/contract/names.ts"
import { outbox } from "./internal/contract/outbox.ts"
import { reading } from "./internal/contract/reading.ts"
import { reports } from "./internal/contract/reports.ts"
import { patience, storeTests } from "./storeContract.ts"

export type { StoreLayer, StoreOptions }

/** `storeLayer` opens a ledger of its own, empty, each time it is called. Time is the store's and the real one. */
export const ledgerContract = (name: string, storeLayer: StoreLayer): void => {
  describe(`${name} keeps the ledger's contract:`, { timeout: patience }, () => {
    layer(storeLayer({}), { excludeTestServices: true })((it) => {
      for (const [part, tests] of storeTests) describe(part, () => tests(it))
      describe("whoever reads", () => reading(it))
      describe("whoever adds up", () => reports(it))
      describe("whoever looks for a name", () => names(it))
    })
    describe("what is due", () => outbox(it, storeLayer))
  })
}
