/** API keys: made, listed, rotated, revoked. A secret is in one answer, and in none after. */
import { Result, Schema } from "effect"
import { PrincipalId } from "refund-core/Ids"
import { Permission, type Role, roleNames } from "refund-core/Permission"
import { type ApiKey, isExpired, type KeyPermission, keyIdOf } from "refund-core/Settings"
import { type Rejected, rejected } from "refund-core/Violation"
import { faultOf, type Problem } from "./Problem.ts"
import { decoder, optional, wholeNumber } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

const role = { message: `one of ${roleNames.join(", ")}` }
const RoleName = Schema.Literals(roleNames as ReadonlyArray<Role>).annotate(role)

const permission = { message: 'a permission, or "*" for everything' }
const Granted = Schema.Union([Permission, Schema.Literal("*")]).annotate(permission)

const named = { message: "a name of 1 to 255 characters, none a control character" }

/** `POST /v1/keys`. At least one role or permission. */
export const NewKey = Schema.Struct({
  /** Whom the journal names for what is done with it, and whom four-eyes tells apart: two keys of one name are one person. */
  name: PrincipalId.annotate(named),
  roles: optional(Schema.Array(RoleName)),
  permissions: optional(Schema.Array(Granted)),
  /** Absent: it does not expire. */
  expiresAt: optional(Time)
})
export type NewKeyJson = typeof NewKey.Encoded

const longestOverlap = 30 * 86_400
const overlap = { message: `a whole number of seconds from 0 to ${longestOverlap}` }

/** `POST /v1/keys/{id}/rotate`. */
export const KeyRotation = Schema.Struct({
  /** For how long the secret before is good beside the new one; absent: a day. */
  overlapSeconds: optional(
    wholeNumber.annotate(overlap).check(Schema.isBetween({ minimum: 0, maximum: longestOverlap }, overlap))
  ),
  /** Absent: as before. Null: it does not expire. */
  expiresAt: Schema.optionalKey(Schema.NullOr(Time))
})
export type KeyRotationJson = typeof KeyRotation.Encoded

export const KeyBody = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** How the secret begins; null: the ledger was never told. */
  prefix: Schema.NullOr(Schema.String),
  roles: Schema.Array(Schema.String),
  /** All that it may do: what its roles meant when it was made is in here. */
  permissions: Schema.Array(Schema.String),
  state: Schema.Literals(["active", "expired"]),
  createdAt: Schema.NullOr(Time),
  createdBy: Schema.NullOr(Schema.String),
  expiresAt: Schema.NullOr(Time),
  /** To the minute; null: never, or the ledger does not keep it. */
  lastUsedAt: Schema.NullOr(Time),
  /** While it is rotated: until when the secret before is good, and when it was last used. */
  oldSecret: Schema.NullOr(
    Schema.Struct({
      prefix: Schema.NullOr(Schema.String),
      expiresAt: Schema.NullOr(Time),
      lastUsedAt: Schema.NullOr(Time)
    })
  ),
  /** Only where it was just made. */
  secret: Schema.optionalKey(Schema.String)
})
export type KeyBody = typeof KeyBody.Type
export type KeyJson = typeof KeyBody.Encoded

export const KeysBody = Schema.Struct({ keys: Schema.Array(KeyBody) })
export type KeysBody = typeof KeysBody.Type

export interface KeyWish {
  readonly name: PrincipalId
  readonly roles: ReadonlyArray<Role>
  readonly permissions: ReadonlyArray<KeyPermission>
  readonly expiresAt: number | null
}

const decodeNew = decoder(NewKey)
const decodeRotation = decoder(KeyRotation)

export const toKeyWish = (body: unknown): Result.Result<KeyWish, Rejected> =>
  decodeNew(body).pipe(
    Result.mapError(rejected),
    Result.map(({ expiresAt, name, permissions, roles }) => ({
      name,
      roles: roles ?? [],
      permissions: permissions ?? [],
      expiresAt: expiresAt ?? null
    }))
  )

const aDay = 86_400

/** No body says as much as an empty one. */
export const toRotation = (body: unknown) =>
  decodeRotation(body === undefined ? {} : body).pipe(
    Result.mapError(rejected),
    Result.map(({ expiresAt, overlapSeconds }) => ({
      overlapMilliseconds: 1_000 * (overlapSeconds ?? aDay),
      ...(expiresAt === undefined ? {} : { expiresAt })
    }))
  )

interface KeptKey {
  readonly key: ApiKey
  readonly old: ApiKey | null
  readonly lastUsedAt: number | null
  readonly oldLastUsedAt: number | null
}

export const keyToJson = (kept: KeptKey, now: number, secret: string | null = null): KeyJson => {
  const { key, lastUsedAt, old, oldLastUsedAt } = kept
  return {
    id: keyIdOf(key),
    name: key.name,
    prefix: key.prefix ?? null,
    roles: key.roles ?? [],
    permissions: key.permissions,
    state: isExpired(key, now) ? "expired" : "active",
    createdAt: time(key.createdAt),
    createdBy: key.createdBy ?? null,
    expiresAt: time(key.expiresAt),
    lastUsedAt: time(lastUsedAt),
    oldSecret:
      old === null
        ? null
        : { prefix: old.prefix ?? null, expiresAt: time(old.expiresAt), lastUsedAt: time(oldLastUsedAt) },
    ...(secret === null ? {} : { secret })
  }
}

export const keysToJson = (keys: ReadonlyArray<KeptKey>, now: number): typeof KeysBody.Encoded => ({
  keys: keys.map((kept) => keyToJson(kept, now))
})

export const noKey = (id: string): Problem => faultOf("KeyNotFound", `No key ${JSON.stringify(id.slice(0, 64))}`)

const time = (instant: number | null | undefined): string | null =>
  instant === null || instant === undefined ? null : timeToJson(instant)
