/** What every store that tells when API keys were last used must keep, as tests: the promises of ports/KeyUses.ts. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { KeyUses } from "refund-core/ports/KeyUses"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import type { ApiKey } from "refund-core/Settings"
import { noon } from "./build.ts"
import { apiKey, createKey, revokeKey } from "./buildSettings.ts"
import { ledger } from "./internal/contract/ledger.ts"
import { patience } from "./storeContract.ts"

/** `storeLayer` opens a ledger of its own, empty. */
export const keyUsesContract = (name: string, storeLayer: () => Layer.Layer<KeyUses | LedgerStore, unknown>): void => {
  describe(`${name} keeps the contract of keys' uses:`, { timeout: patience }, () => {
    it.effect("the latest use of a secret is told, to its own tenant, for as long as it is a key's", () =>
      Effect.gen(function* () {
        const uses = yield* KeyUses
        const [one, other] = [yield* ledger, yield* ledger]
        const [a, b] = [key(`a of ${one.tenant}`), key(`b of ${other.tenant}`)]
        yield* one.ask(createKey(a))
        yield* other.ask(createKey(b))
        deepStrictEqual(yield* uses.of(one.tenant), new Map())
        yield* uses.used(one.tenant, a.hash, noon)
        yield* uses.used(one.tenant, a.hash, noon + 2)
        yield* uses.used(one.tenant, a.hash, noon + 1)
        yield* uses.used(other.tenant, b.hash, noon)
        yield* uses.used(one.tenant, "no such hash", noon)
        deepStrictEqual(yield* uses.of(one.tenant), new Map([[a.hash, noon + 2]]))
        deepStrictEqual(yield* uses.of(other.tenant), new Map([[b.hash, noon]]))
        yield* one.ask(revokeKey(a.hash))
        deepStrictEqual(yield* uses.of(one.tenant), new Map())
      }).pipe(Effect.provide(storeLayer()))
    )
  })
}

const key = (name: string): ApiKey => apiKey(name, ["refunds:read"])
