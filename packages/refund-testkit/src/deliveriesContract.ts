/**
 * What the deliveries of every ledger must keep, as tests: `deliveriesContract("PostgreSQL", (options) => layer)` in a test
 * file of your own. The promises of ports/Deliveries.ts: at least once to each endpoint that listens, and for one order
 * or account one after the other.
 */
import { describe, it } from "@effect/vitest"
import { delivering } from "./internal/contract/delivering.ts"
import { listening } from "./internal/contract/listening.ts"
import type { DeliveriesLayer } from "./internal/contract/shop.ts"
import { patience } from "./storeContract.ts"

export type { DeliveriesLayer }

/** `storeLayer` opens a ledger of its own, empty, each time it is called. Time is the store's and the real one. */
export const deliveriesContract = (name: string, storeLayer: DeliveriesLayer): void => {
  describe(`${name} keeps the contract of deliveries:`, { timeout: patience }, () => {
    describe("an endpoint", () => listening(it, storeLayer))
    describe("deliveries", () => delivering(it, storeLayer))
  })
}
