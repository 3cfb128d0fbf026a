/** Who is calling: API keys, kept only as their SHA-256. The credential decides tenant and principal. */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import type { Caller } from "refund-core/Command"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import type { Permission, Principal } from "refund-core/Permission"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import type { ApiKey } from "refund-core/Settings"
import { type Rejected, rejected } from "refund-core/Violation"

export interface Identity {
  readonly tenant: TenantId
  readonly principal: Principal
}

/** A key that the configuration brings. */
export interface BootstrapKey {
  readonly name: PrincipalId
  readonly permissions: ApiKey["permissions"]
  readonly secret: string
}

export const hashOf = (secret: string): string => hash("sha256", secret)

/** `rk_` and 256 random bits. */
export const newSecret = (): string => `rk_${randomBytes(32).toString("base64url")}`

/** A key revoked by another process works here for at most this long. */
const rememberedFor = 1_000
const remembersAtMost = 10_000

export class Access extends Context.Service<
  Access,
  {
    /** Null: no key of any tenant. */
    readonly authenticate: (secret: string) => Effect.Effect<Identity | null, LedgerUnavailable>
  }
>()("refund-service/Access") {
  static readonly layer = Layer.effect(
    Access,
    Effect.gen(function* () {
      const reader = yield* LedgerReader
      const clock = yield* Clock.Clock
      const remembered = new Map<string, { readonly identity: Identity; readonly until: number }>()

      const lookUp = Effect.fnUntraced(function* (keyHash: string) {
        const found = yield* reader.keyByHash(keyHash)
        if (found === null) return null
        const { key, tenant } = found
        const identity: Identity = { tenant, principal: { id: key.name, permissions: new Set(key.permissions) } }
        if (remembered.size >= remembersAtMost) remembered.clear()
        remembered.set(keyHash, { identity, until: clock.currentTimeMillisUnsafe() + rememberedFor })
        return identity
      })

      return Access.of({
        authenticate: (secret) => {
          const keyHash = hashOf(secret)
          const known = remembered.get(keyHash)
          if (known !== undefined && known.until > clock.currentTimeMillisUnsafe())
            return Effect.succeed(known.identity)
          return lookUp(keyHash)
        }
      })
    })
  )
}

/** The process itself, with no more permissions than the step needs. */
export const ownCaller = (tenant: TenantId, name: string, permission: Permission, now: number): Caller => ({
  tenant,
  by: { id: name as PrincipalId, permissions: new Set([permission]) },
  door: "native",
  now
})

const isSame = (kept: ApiKey, key: ApiKey): boolean =>
  kept.hash === key.hash && kept.name === key.name && kept.permissions.join() === key.permissions.join()

/** A secret names its tenant: where it is another tenant's already, it cannot be this one's too. */
const isOfAnother = (tenant: TenantId, keyHash: string) =>
  LedgerReader.use((reader) =>
    Effect.map(reader.keyByHash(keyHash), (found) => found !== null && found.tenant !== tenant)
  )

/**
 * Keeps the configured keys; one whose name or permissions were changed since is made anew. Without any, a tenant that has no key yet gets one that may do everything: its secret is
 * answered here, once, and nowhere kept.
 */
export const prepareKeys = Effect.fnUntraced(function* (
  tenant: TenantId,
  bootstrap: ReadonlyArray<BootstrapKey>
): Effect.fn.Return<string | null, Rejected | LedgerUnavailable, Refunds | LedgerReader> {
  const refunds = yield* Refunds
  const caller = ownCaller(tenant, "configuration", "keys:manage", yield* Clock.currentTimeMillis)
  for (const { name, permissions, secret } of bootstrap) {
    const key = { name, permissions, hash: hashOf(secret) }
    if (yield* isOfAnother(tenant, key.hash)) {
      const expected = `another secret for key ${name}: a key of another tenant has this one`
      return yield* Effect.fail(rejected([{ _tag: "Malformed", path: "REFUND_API_KEYS", expected }]))
    }
    const { keys } = yield* refunds.execute({ _tag: "CreateKey", caller, key, onlyFirst: false })
    if (keys.some((kept) => isSame(kept, key))) continue
    yield* refunds.execute({ _tag: "RevokeKey", caller, hash: key.hash })
    yield* refunds.execute({ _tag: "CreateKey", caller, key, onlyFirst: false })
  }
  if (bootstrap.length > 0) return null
  const secret = newSecret()
  const key: ApiKey = { name: "admin" as PrincipalId, permissions: ["*"], hash: hashOf(secret) }
  const { keys } = yield* refunds.execute({ _tag: "CreateKey", caller, key, onlyFirst: true })
  return keys.some((each) => each.hash === key.hash) ? secret : null
})
