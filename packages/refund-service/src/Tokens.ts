/**
 * JWTs of one issuer, checked against the keys that it publishes. The signature is a public key's, of an algorithm that is
 * allowed here: never none, never one whose key both sides know. What cannot be checked now is not refused but `LedgerUnavailable`.
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from "jose"
import { PrincipalId, type TenantId } from "refund-core/Ids"
import { granted, isRole, Permission } from "refund-core/Permission"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Identity } from "./Access.ts"

/** Of signatures that only the holder of a private key can make. */
export const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519"
] as const
export type Algorithm = (typeof algorithms)[number]

export interface TokenSettings {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string
  readonly issuer: string
  readonly audiences: ReadonlyArray<string>
  readonly algorithms: ReadonlyArray<Algorithm>
  /** How far the issuer's clock and ours may be apart. */
  readonly toleranceSeconds: number
  /** Whom the issuer may speak for. A token that names no tenant is of the only one; where there are several, it must name its own. */
  readonly tenants: ReadonlyArray<TenantId>
  /** Names of claims; a dot leads into an object. */
  readonly claims: { readonly tenant: string; readonly permissions: string; readonly roles: string }
}

export class Tokens extends Context.Service<
  Tokens,
  {
    /** It has a token's form; whether it is good is another question. */
    readonly isToken: (secret: string) => boolean
    /** Null: it is not good here, now. */
    readonly verify: (token: string) => Effect.Effect<Identity | null, LedgerUnavailable>
  }
>()("refund-service/Tokens") {}

/** How long the issuer's keys are believed, and how soon an unknown one is asked for again. */
const keysAreGoodFor = 300_000
const asksAgainAfter = 30_000
/** An issuer that did not answer is not asked again for so long: what comes meanwhile is told at once. */
const leftAloneFor = 2_000
const answersWithin = 5_000

class KeysUnreachable extends Schema.TaggedError<KeysUnreachable>()("KeysUnreachable", { cause: Schema.Defect() }) {}

export const layer = (settings: TokenSettings): Layer.Layer<Tokens> =>
  Layer.effect(
    Tokens,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const keys = createRemoteJWKSet(new URL(settings.jwksUrl), {
        timeoutDuration: answersWithin,
        cooldownDuration: asksAgainAfter,
        cacheMaxAge: keysAreGoodFor,
        [customFetch]: patiently(() => clock.currentTimeMillisUnsafe())
      })
      const check = checking(settings, keys)
      return Tokens.of({
        isToken: (secret) => /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(secret),
        verify: (token) =>
          Effect.promise(() => judged(check(token, new Date(clock.currentTimeMillisUnsafe())))).pipe(
            Effect.flatMap((payload) =>
              payload === "in doubt" ? unreachable : Effect.succeed(payload && identityOf(payload, settings))
            )
          )
      })
    })
  )

const unreachable = Effect.fail(
  new LedgerUnavailable({ detail: "The token's issuer cannot be asked for its keys now", retryAfterSeconds: 5 })
)

/** Null: it is not good. */
const judged = (checked: Promise<JWTPayload>): Promise<JWTPayload | "in doubt" | null> =>
  checked.catch((failure: unknown) => (isOurDoubt(failure) ? "in doubt" : null))

/** Not the token's fault. */
const isOurDoubt = (failure: unknown): boolean =>
  failure instanceof KeysUnreachable ||
  failure instanceof errors.JWKSTimeout ||
  failure instanceof errors.JWKSInvalid ||
  (failure instanceof errors.JOSEError && failure.code === errors.JOSEError.code) ||
  !(failure instanceof errors.JOSEError)

/** Redirects are not followed: keys come from where they were said to be. */
const patiently = (now: () => number) => {
  let failedAt = Number.NEGATIVE_INFINITY
  return async (url: string, options: RequestInit): Promise<Response> => {
    if (now() - failedAt < leftAloneFor) throw new KeysUnreachable({ cause: "it did not answer a moment ago" })
    try {
      const response = await fetch(url, options)
      if (response.status !== 200) throw new Error(`it answered ${response.status}`)
      return response
    } catch (cause) {
      failedAt = now()
      throw new KeysUnreachable({ cause })
    }
  }
}

type Keys = ReturnType<typeof createRemoteJWKSet>

/** A token that names no key is tried with each that might be meant. */
const checking = (settings: TokenSettings, keys: Keys) => async (token: string, currentDate: Date) => {
  const options = {
    issuer: settings.issuer,
    audience: [...settings.audiences],
    algorithms: [...settings.algorithms],
    clockTolerance: settings.toleranceSeconds,
    requiredClaims: ["exp", "sub"],
    currentDate
  }
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const payload = await jwtVerify(token, key, options).then(
        (verified) => verified.payload,
        (failure: unknown) => {
          if (failure instanceof errors.JWSSignatureVerificationFailed) return null
          throw failure
        }
      )
      if (payload !== null) return payload
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

const isPrincipal = Schema.is(PrincipalId)
const isPermission = Schema.is(Permission)

/** Names that mean nothing here are somebody else's. That everything is allowed, only the role says, never a scope. */
const identityOf = (payload: JWTPayload, { claims, issuer, tenants, toleranceSeconds }: TokenSettings) => {
  const tenant = tenantOf(claim(payload, claims.tenant), tenants)
  if (tenant === null || !isPrincipal(payload.sub) || payload.exp === undefined) return null
  const named = [...words(claim(payload, claims.permissions)), ...words(payload["scope"])]
  const permissions = granted(words(claim(payload, claims.roles)).filter(isRole), named.filter(isPermission))
  const identity: Identity = {
    tenant,
    principal: { id: payload.sub, permissions: new Set(permissions) },
    credential: `jwt ${issuer}`,
    expiresAt: (payload.exp + toleranceSeconds) * 1_000
  }
  return identity
}

const tenantOf = (named: unknown, tenants: ReadonlyArray<TenantId>): TenantId | null => {
  if (named === undefined) return tenants.length === 1 ? (tenants[0] ?? null) : null
  return tenants.find((each) => each === named) ?? null
}

/** `realm_access.roles`: the claim of that name, else the way into an object. */
const claim = (payload: JWTPayload, name: string): unknown =>
  Object.hasOwn(payload, name)
    ? payload[name]
    : name
        .split(".")
        .reduce<unknown>(
          (value, part) =>
            typeof value === "object" && value !== null && Object.hasOwn(value, part)
              ? (value as Readonly<Record<string, unknown>>)[part]
              : undefined,
          payload
        )

/** A list of texts, or one text with spaces between, as OAuth has scopes. */
const words = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return value.split(" ").filter((word) => word !== "")
  return Array.isArray(value) ? value.filter((word) => typeof word === "string") : []
}
