import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { message } from "refund-core/Violation"
import { caller, noon } from "refund-testkit/build"
import { revokeKey } from "refund-testkit/buildSettings"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { Access, type BootstrapKey, hashOf, newSecret, prepareKeys } from "../src/Access.ts"
import * as Service from "../src/Service.ts"

const acme = "acme" as TenantId
const other = "other" as TenantId
const ledger = Service.layer({ waitMilliseconds: 0 }).pipe(Layer.provideMerge(layerMemory))

const clerk: BootstrapKey = {
  name: "clerk" as PrincipalId,
  permissions: ["refunds:request", "refunds:read"],
  secret: "clerk-secret"
}

const authenticate = (secret: string) => Access.use((access) => access.authenticate(secret))

describe("access", () => {
  it.effect("makes an admin key at the first start of a tenant without keys, and shows its secret once", () =>
    Effect.gen(function* () {
      const secret = yield* prepareKeys(acme, [])
      assert.match(secret ?? "", /^rk_[A-Za-z0-9_-]{43}$/)
      assert.strictEqual(yield* prepareKeys(acme, []), null)
      const identity = yield* authenticate(secret ?? "")
      assert.strictEqual(identity?.tenant, acme)
      assert.strictEqual(identity?.principal.id, "admin")
      assert.isTrue(identity?.principal.permissions.has("*"))
    }).pipe(Effect.provide(ledger))
  )

  it.effect("makes none where keys are configured, and keeps those without their secrets", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* prepareKeys(acme, [clerk]), null)
      assert.strictEqual(yield* prepareKeys(acme, [clerk]), null)
      const refunds = yield* Refunds
      const settings = yield* refunds.settings(caller())
      assert.strictEqual(settings.keys.length, 1)
      const reader = yield* LedgerReader
      const journal = yield* reader.journal(acme, "settings")
      assert.notInclude(JSON.stringify([settings, journal]), clerk.secret)
      assert.include(JSON.stringify(journal), hashOf(clerk.secret))
      const identity = yield* authenticate(clerk.secret)
      assert.deepStrictEqual([...(identity?.principal.permissions ?? [])], ["refunds:request", "refunds:read"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("takes back what a configured key was allowed and is no longer", () =>
    Effect.gen(function* () {
      yield* prepareKeys(acme, [clerk])
      yield* prepareKeys(acme, [{ ...clerk, permissions: ["refunds:read"] }])
      const identity = yield* authenticate(clerk.secret)
      assert.deepStrictEqual([...(identity?.principal.permissions ?? [])], ["refunds:read"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("lets the credential decide the tenant, and knows no other secret", () =>
    Effect.gen(function* () {
      yield* prepareKeys(acme, [clerk])
      const secret = yield* prepareKeys(other, [])
      assert.strictEqual((yield* authenticate(secret ?? ""))?.tenant, other)
      assert.strictEqual((yield* authenticate(clerk.secret))?.tenant, acme)
      for (const wrong of ["", "clerk-secre", "clerk-secret ", hashOf(clerk.secret), newSecret()]) {
        assert.strictEqual(yield* authenticate(wrong), null)
      }
    }).pipe(Effect.provide(ledger))
  )

  it.effect("refuses a secret that names another tenant already, and leaves that one's key as it is", () =>
    Effect.gen(function* () {
      yield* prepareKeys(acme, [clerk])
      const refused = yield* Effect.flip(prepareKeys(other, [{ ...clerk, name: "till" as PrincipalId }]))
      assert(refused._tag === "Rejected")
      assert.strictEqual(
        refused.violations.map(message).join(),
        "REFUND_API_KEYS: another secret for key till: a key of another tenant has this one"
      )
      assert.strictEqual((yield* authenticate(clerk.secret))?.tenant, acme)
      const refunds = yield* Refunds
      assert.deepStrictEqual((yield* refunds.settings({ ...caller(), tenant: other })).keys, [])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("forgets a revoked key within a second", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      yield* prepareKeys(acme, [clerk])
      assert.isNotNull(yield* authenticate(clerk.secret))
      const refunds = yield* Refunds
      yield* refunds.execute(revokeKey(hashOf(clerk.secret)))
      yield* TestClock.adjust("1 second")
      assert.isNull(yield* authenticate(clerk.secret))
    }).pipe(Effect.provide(ledger))
  )
})
