/**
 * What every adapter of a payment provider must keep, as tests: `providerContract("Stripe", harness)` in a test file of
 * your own. The harness (ProviderHarness.ts) opens the adapter against a double of the vendor that knows what it really
 * paid. No answer of an adapter may claim more than is true, whatever the vendor does; and driven by the ledger, every
 * refund ends as a person would say it did, with the payouts that it should have.
 */
import { describe, layer } from "@effect/vitest"
import { Layer } from "effect"
import { providerCases } from "./internal/providers/cases.ts"
import { Opened } from "./internal/providers/opened.ts"
import type { ProviderHarness } from "./ProviderHarness.ts"

/** Milliseconds for one case: the slowest let the double hang many times over. */
const patience = 60_000

export const providerContract = (name: string, harness: ProviderHarness): void => {
  describe(`${name} keeps the provider's contract:`, { timeout: patience }, () => {
    layer(Layer.effect(Opened, harness.open), { excludeTestServices: true })((it) => {
      for (const { cases, part } of providerCases(harness)) {
        describe(part, () => {
          for (const { test, title } of cases) it.effect(title, () => test)
        })
      }
    })
  })
}
