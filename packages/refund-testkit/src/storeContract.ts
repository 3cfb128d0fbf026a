/**
 * What every store must keep, whatever else it can do, as tests: `storeContract("My store", layer)` in a test file of your
 * own. The promises of ports/LedgerStore.ts: one transaction per decision, what is read for it, once means once, and the
 * directories that find an order by its captures and refunds. Where the layer also brings a `LedgerReader`, the journal
 * is audited after each of them.
 */
import { describe, layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { accounts } from "./internal/contract/accounts.ts"
import { commits } from "./internal/contract/commits.ts"
import { facts } from "./internal/contract/facts.ts"
import { intents } from "./internal/contract/intents.ts"
import type { StoreIt } from "./internal/contract/ledger.ts"
import { races } from "./internal/contract/races.ts"

/** Milliseconds for one test: some commit a thousand times, and a store may wait for a disk each time. */
export const patience = 60_000

/** By what they are about. */
export const storeTests: ReadonlyArray<readonly [string, (it: StoreIt) => void]> = [
  ["a decision", commits],
  ["an intent", intents],
  ["what a decision reads", facts],
  ["many at the same time", races],
  ["store credit", accounts]
]

/** `storeLayer` opens a ledger that is empty. It is opened once; the tests keep apart by their tenants. */
export const storeContract = (name: string, storeLayer: Layer.Layer<LedgerStore, unknown>): void => {
  describe(`${name} keeps the store's contract:`, { timeout: patience }, () => {
    layer(storeLayer, { excludeTestServices: true })((it) => {
      for (const [part, tests] of storeTests) describe(part, () => tests(it))
    })
  })
}
