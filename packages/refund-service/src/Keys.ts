/**
 * A tenant's API keys: made, listed, rotated and revoked. A secret is answered once, to whoever makes it. When a key was
 * last used is told by stores that keep it; the others know of no use.
 */
import { Clock, Effect, Option } from "effect"
import type { Caller } from "refund-core/Command"
import type { Instant, PrincipalId } from "refund-core/Ids"
import { granted, type Role } from "refund-core/Permission"
import { KeyUses } from "refund-core/ports/KeyUses"
import { Refunds } from "refund-core/Refunds"
import { type ApiKey, isExpired, type KeyPermission, keyIdOf } from "refund-core/Settings"
import { type Rejected, rejected } from "refund-core/Violation"
import { hashOf, newSecret, prefixOf } from "./Access.ts"
import { freshId } from "./freshIds.ts"

/** What its maker says of it. */
export interface KeyWish {
  readonly name: PrincipalId
  readonly roles: ReadonlyArray<Role>
  readonly permissions: ReadonlyArray<KeyPermission>
  readonly expiresAt: Instant | null
}

/** One key, with its newest secret; while it is rotated also the one before. */
export interface KeptKey {
  readonly key: ApiKey
  readonly old: ApiKey | null
  readonly lastUsedAt: Instant | null
  /** The old secret's: null, and it can be dropped without anybody noticing. */
  readonly oldLastUsedAt: Instant | null
}

export interface MadeKey {
  readonly kept: KeptKey
  readonly secret: string
}

export interface Rotation {
  /** For how long the secret before is good beside the new one. */
  readonly overlapMilliseconds: number
  /** Null: never. Absent: as before. */
  readonly expiresAt?: Instant | null
}

export const list = Effect.fnUntraced(function* (caller: Caller) {
  const refunds = yield* Refunds
  const keys = yield* refunds.keys(caller)
  const uses = yield* usesOf(caller)
  const byId = Map.groupBy(keys, keyIdOf)
  return [...byId.values()].flatMap((secrets) => toKept(secrets, uses, caller.now))
})

export const create = Effect.fnUntraced(function* (caller: Caller, wish: KeyWish) {
  const now = yield* Clock.currentTimeMillis
  const permissions = wish.roles.length === 0 ? [...new Set(wish.permissions)] : granted(wish.roles, wish.permissions)
  if (permissions.length === 0) return yield* malformed("permissions", "a role or a permission at least")
  if (wish.expiresAt !== null && wish.expiresAt <= now) return yield* malformed("expiresAt", "a time to come")
  const secret = newSecret()
  const key: ApiKey = {
    name: wish.name,
    permissions,
    hash: hashOf(secret),
    id: `key_${freshId().replaceAll("-", "")}`,
    prefix: prefixOf(secret),
    ...(wish.roles.length === 0 ? {} : { roles: wish.roles }),
    createdAt: now,
    createdBy: caller.by.id,
    ...(wish.expiresAt === null ? {} : { expiresAt: wish.expiresAt })
  }
  const refunds = yield* Refunds
  yield* refunds.execute({ _tag: "CreateKey", caller, key, onlyFirst: false })
  const made: MadeKey = { kept: { key, old: null, lastUsedAt: null, oldLastUsedAt: null }, secret }
  return made
})

/** False: there was none. */
export const revoke = Effect.fnUntraced(function* (caller: Caller, id: string) {
  const refunds = yield* Refunds
  if (!(yield* refunds.keys(caller)).some((key) => keyIdOf(key) === id)) return false
  yield* refunds.execute({ _tag: "RevokeKey", caller, which: { id } })
  return true
})

/** Null: there is none. */
export const rotate = Effect.fnUntraced(function* (caller: Caller, id: string, rotation: Rotation) {
  const secret = newSecret()
  const hash = hashOf(secret)
  const refunds = yield* Refunds
  const settings = yield* refunds.execute({
    _tag: "RotateKey",
    caller,
    keyId: id,
    hash,
    prefix: prefixOf(secret),
    oldUntil: caller.now + rotation.overlapMilliseconds,
    ...(rotation.expiresAt === undefined ? {} : { expiresAt: rotation.expiresAt })
  })
  if (!settings.keys.some((key) => key.hash === hash)) return null
  const uses = yield* usesOf(caller)
  const [kept] = toKept(
    settings.keys.filter((key) => keyIdOf(key) === id),
    uses,
    caller.now
  )
  const made: MadeKey | null = kept === undefined ? null : { kept, secret }
  return made
})

const usesOf = (caller: Caller) =>
  Effect.flatMap(Effect.serviceOption(KeyUses), (uses) =>
    Option.isSome(uses) ? uses.value.of(caller.tenant) : Effect.succeed(new Map<string, Instant>())
  )

/** The newest secret is last. An old one that has ended is not worth telling. */
const toKept = (
  secrets: ReadonlyArray<ApiKey>,
  uses: ReadonlyMap<string, Instant>,
  now: Instant
): ReadonlyArray<KeptKey> => {
  const key = secrets.at(-1)
  if (key === undefined) return []
  const before = secrets.at(-2)
  const old = before === undefined || isExpired(before, now) ? null : before
  const times = secrets.flatMap(({ hash }) => uses.get(hash) ?? [])
  return [
    {
      key,
      old,
      lastUsedAt: times.length === 0 ? null : Math.max(...times),
      oldLastUsedAt: old === null ? null : (uses.get(old.hash) ?? null)
    }
  ]
}

const malformed = (path: string, expected: string): Effect.Effect<never, Rejected> =>
  Effect.fail(rejected([{ _tag: "Malformed", path, expected }]))
