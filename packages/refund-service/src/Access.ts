/** Who is calling: API keys, kept only as their SHA-256. The credential decides tenant and principal. */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Option } from "effect"
import type { Caller } from "refund-core/Command"
import type { Instant, PrincipalId, TenantId } from "refund-core/Ids"
import type { Permission, Principal, Role } from "refund-core/Permission"
import { KeyUses } from "refund-core/ports/KeyUses"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { type ApiKey, isExpired, keyIdOf } from "refund-core/Settings"
import { type Rejected, rejected } from "refund-core/Violation"
import { elapsedOf } from "./elapsed.ts"
import { freshId } from "./freshIds.ts"
import { Tokens } from "./Tokens.ts"

export interface Identity {
  readonly tenant: TenantId
  readonly principal: Principal
  /** What the caller proved it with, for whoever audits: the key's id, or the token's issuer. */
  readonly credential: string
  /** From then on it is none; null: it does not expire. */
  readonly expiresAt: Instant | null
}

/** A key that the configuration brings. */
export interface BootstrapKey {
  readonly name: PrincipalId
  readonly permissions: ApiKey["permissions"]
  readonly roles?: ReadonlyArray<Role>
  readonly secret: string
}

/**
 * One SHA-256, neither salted nor slow: what slows down guessing a password adds nothing to 256 random bits, which nobody
 * guesses, and every request would pay for it. Configured secrets are as good as whoever configures them makes them.
 */
export const hashOf = (secret: string): string => hash("sha256", secret)

/** `rk_` and 256 random bits. */
export const newSecret = (): string => `rk_${randomBytes(32).toString("base64url")}`

/** As much of a secret of ours as people may see: it leaves more than 230 bits to guess. */
export const prefixOf = (secret: string): string => secret.slice(0, 7)

/** A key revoked by another process works here for at most this long. */
const rememberedFor = 1_000
const remembersAtMost = 10_000

/** When a key was used is written down at most once in so long, by each process. */
const notedEvery = 60_000

export class Access extends Context.Service<
  Access,
  {
    /** Null: no key of any tenant, and no token that is good here. */
    readonly authenticate: (secret: string) => Effect.Effect<Identity | null, LedgerUnavailable>
  }
>()("refund-service/Access") {
  /** Tokens are known where `Tokens` is provided. */
  static readonly layer = Layer.effect(
    Access,
    Effect.gen(function* () {
      const reader = yield* LedgerReader
      const clock = yield* Clock.Clock
      const tokens = Option.getOrNull(yield* Effect.serviceOption(Tokens))
      const noteUse = uses(Option.getOrNull(yield* Effect.serviceOption(KeyUses)))
      const remembered = new Map<string, { readonly identity: Identity; readonly until: number }>()

      const keyOf = Effect.fnUntraced(function* (hash: string) {
        const found = yield* reader.keyByHash(hash)
        if (found === null) return null
        const { key, tenant } = found
        const now = clock.currentTimeMillisUnsafe()
        if (isExpired(key, now)) return null
        yield* noteUse(tenant, hash, now)
        const identity: Identity = {
          tenant,
          principal: { id: key.name, permissions: new Set(key.permissions) },
          credential: keyIdOf(key),
          expiresAt: key.expiresAt ?? null
        }
        return identity
      })

      const hasEnded = ({ expiresAt }: Identity) => expiresAt !== null && expiresAt <= clock.currentTimeMillisUnsafe()

      const lookUp = Effect.fnUntraced(function* (secret: string, hash: string) {
        const identity = tokens?.isToken(secret) ? yield* tokens.verify(secret) : yield* keyOf(hash)
        if (identity === null) return null
        if (remembered.size >= remembersAtMost) remembered.clear()
        remembered.set(hash, { identity, until: elapsedOf(clock) + rememberedFor })
        return identity
      })

      return Access.of({
        authenticate: (secret) => {
          const hash = hashOf(secret)
          const known = remembered.get(hash)
          if (known !== undefined && known.until > elapsedOf(clock) && !hasEnded(known.identity))
            return Effect.succeed(known.identity)
          return lookUp(secret, hash)
        }
      })
    })
  )
}

/** A store that is busy now will hear of it the next time: nobody is refused for that. */
const uses = (kept: KeyUses["Service"] | null) => {
  const noted = new Map<string, number>()
  return (tenant: TenantId, hash: string, now: number): Effect.Effect<void> => {
    if (kept === null || now - (noted.get(hash) ?? Number.NEGATIVE_INFINITY) < notedEvery) return Effect.void
    if (noted.size >= remembersAtMost) noted.clear()
    noted.set(hash, now)
    return kept.used(tenant, hash, now).pipe(Effect.ignore, Effect.forkDetach, Effect.asVoid)
  }
}

/** The process itself, with no more permissions than the step needs. */
export const ownCaller = (tenant: TenantId, name: string, permission: Permission | "*", now: number): Caller => ({
  tenant,
  by: { id: name as PrincipalId, permissions: new Set([permission]) },
  door: "native",
  now
})

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
  // Whoever configures may do everything, and so hand on everything.
  const caller = ownCaller(tenant, "configuration", "*", yield* Clock.currentTimeMillis)
  for (const { name, permissions, roles, secret } of bootstrap) {
    const key: ApiKey = { name, permissions, hash: hashOf(secret), ...(roles === undefined ? {} : { roles }) }
    if (yield* isOfAnother(tenant, key.hash)) {
      const expected = `another secret for key ${name}: a key of another tenant has this one`
      return yield* Effect.fail(rejected([{ _tag: "Malformed", path: "REFUND_API_KEYS", expected }]))
    }
    yield* refunds.execute({ _tag: "CreateKey", caller, key, onlyFirst: false, replaces: true })
  }
  if (bootstrap.length > 0) return null
  const secret = newSecret()
  const key: ApiKey = {
    name: "admin" as PrincipalId,
    permissions: ["*"],
    hash: hashOf(secret),
    id: `key_${freshId().replaceAll("-", "")}`,
    prefix: prefixOf(secret),
    createdAt: caller.now,
    createdBy: caller.by.id
  }
  const { keys } = yield* refunds.execute({ _tag: "CreateKey", caller, key, onlyFirst: true })
  return keys.some((each) => each.hash === key.hash) ? secret : null
})
