import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { afterEach, beforeEach, vi } from "vitest"
import { Access, prepareKeys } from "../src/Access.ts"
import * as Service from "../src/Service.ts"
import * as Tokens from "../src/Tokens.ts"
import { audience, type Issuer, issuer, startIssuer } from "./support/issuer.ts"

const acme = "acme" as TenantId
const other = "other" as TenantId

/** The time of tokens is the real one. It stands still: however slow the machine is, no token is older than it says. */
let oidc: Issuer
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] })
  oidc = await startIssuer()
})
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await oidc.close()
})

const ledger = (more: Partial<Tokens.TokenSettings> = {}) =>
  Service.layer({ waitMilliseconds: 0 }).pipe(
    Layer.provide(
      Tokens.layer({
        jwksUrl: oidc.url,
        issuer,
        audiences: [audience],
        algorithms: ["RS256", "ES256"],
        toleranceSeconds: 5,
        tenants: [acme],
        claims: { tenant: "tenant", permissions: "permissions", roles: "realm.roles" },
        ...more
      })
    ),
    Layer.provideMerge(layerMemory)
  )

const authenticate = (secret: string) => Access.use((access) => access.authenticate(secret))

const live = <A, E>(name: string, test: () => Effect.Effect<A, E>) => it.live(name, test)

describe("a token of the issuer", () => {
  live("names the principal, the tenant and what they may do; what means nothing here is left out", () =>
    Effect.gen(function* () {
      const claims = {
        tenant: "acme",
        scope: "openid refunds:read *",
        permissions: ["refunds:approve", "*", 7],
        realm: { roles: ["viewer", "owner"] }
      }
      const identity = yield* authenticate(yield* Effect.promise(() => oidc.token(claims)))
      assert.deepStrictEqual(
        [identity?.tenant, identity?.principal.id, identity?.credential],
        ["acme", "ada", `jwt ${issuer}`]
      )
      assert.deepStrictEqual(
        [...(identity?.principal.permissions ?? [])],
        ["orders:read", "refunds:read", "refunds:approve"]
      )
      const admin = yield* Effect.promise(() => oidc.token({ realm: { roles: ["admin"] } }))
      assert.deepStrictEqual([...((yield* authenticate(admin))?.principal.permissions ?? [])], ["*"])
      const nothing = yield* authenticate(yield* Effect.promise(() => oidc.token()))
      assert.strictEqual(nothing?.principal.permissions.size, 0)
    }).pipe(Effect.provide(ledger()))
  )

  live("is of a tenant that the issuer may speak for, and of no other", () =>
    Effect.gen(function* () {
      const of = (claims: object) =>
        Effect.flatMap(
          Effect.promise(() => oidc.token({ ...claims })),
          authenticate
        )
      assert.strictEqual((yield* of({}))?.tenant, acme)
      for (const tenant of ["others", "", null, ["acme"], { acme: true }, "acme "]) assert.isNull(yield* of({ tenant }))
    }).pipe(Effect.provide(ledger()))
  )

  live("of an issuer that speaks for several says for which", () =>
    Effect.gen(function* () {
      const of = (claims: object) =>
        Effect.flatMap(
          Effect.promise(() => oidc.token({ ...claims })),
          authenticate
        )
      assert.isNull(yield* of({}))
      assert.strictEqual((yield* of({ tenant: "other" }))?.tenant, other)
    }).pipe(Effect.provide(ledger({ tenants: [acme, other] })))
  )

  const now = () => Math.floor(Date.now() / 1_000)
  const bad: ReadonlyArray<readonly [string, () => Promise<string> | string]> = [
    ["expired", () => oidc.token({ exp: now() - 6 })],
    ["not yet valid", () => oidc.token({ nbf: now() + 60 })],
    ["without an end", () => oidc.token({ exp: undefined })],
    ["without a subject", () => oidc.token({ sub: undefined })],
    ["with a subject that is no name", () => oidc.token({ sub: "a\u0000b" })],
    ["for another audience", () => oidc.token({ aud: "elsewhere" })],
    ["without an audience", () => oidc.token({ aud: undefined })],
    ["of another issuer", () => oidc.token({ iss: "https://other.example" })],
    ["unsigned (alg none)", () => oidc.unsigned()],
    ["signed with the public key as a secret (HS256)", () => oidc.signedWithPublicKey()],
    ["signed by somebody else", () => oidc.forged()],
    ["of a key that is not published", () => oidc.token({}, { kid: "unknown" })],
    [
      "changed after it was signed",
      async () => {
        const [head, , signature] = (await oidc.token()).split(".")
        const body = Buffer.from(JSON.stringify({ iss: issuer, aud: audience, sub: "root", exp: now() + 60 }))
        return `${head}.${body.toString("base64url")}.${signature}`
      }
    ],
    ["cut off", async () => (await oidc.token()).slice(0, -10)],
    ["that is none", () => "eyJ.eyJ.e"]
  ]
  for (const [how, made] of bad) {
    live(`is no credential ${how} (T52)`, () =>
      Effect.gen(function* () {
        assert.isNull(yield* authenticate(yield* Effect.promise(async () => made())))
      }).pipe(Effect.provide(ledger()))
    )
  }

  live("is no credential with an algorithm that is not allowed", () =>
    Effect.gen(function* () {
      assert.isNull(yield* authenticate(yield* Effect.promise(() => oidc.token())))
    }).pipe(Effect.provide(ledger({ algorithms: ["RS256"] })))
  )

  live("may be a little late: clocks differ", () =>
    Effect.gen(function* () {
      const late = yield* Effect.promise(() => oidc.token({ exp: now() - 2 }))
      assert.strictEqual((yield* authenticate(late))?.principal.id, "ada")
    }).pipe(Effect.provide(ledger()))
  )

  live("of a new key is known once the keys are asked for again, and one of a withdrawn key no longer (T52)", () =>
    Effect.gen(function* () {
      let passed = 0n
      const elapsed = process.hrtime.bigint.bind(process.hrtime)
      vi.spyOn(process.hrtime, "bigint").mockImplementation(() => elapsed() + passed)
      const made = (claims: object = {}) => Effect.promise(() => oidc.token({ ...claims }))
      const old = yield* made({ exp: now() + 3_600 })
      assert.isNotNull(yield* authenticate(old))
      yield* Effect.promise(() => oidc.rotate("second"))
      // Unknown keys are not asked for at once again: whoever invents one would make us ask each time.
      assert.isNull(yield* authenticate(yield* made()))
      assert.strictEqual(oidc.asked(), 1)
      vi.setSystemTime(Date.now() + 31_000)
      passed = 31_000_000_000n
      assert.isNotNull(yield* authenticate(yield* made()))
      assert.strictEqual(oidc.asked(), 2)
      assert.isNull(yield* authenticate(old))
    }).pipe(Effect.provide(ledger()))
  )
})

describe("an issuer that does not answer", () => {
  live("makes tokens unavailable, not wrong, is not asked at each request, and does not touch keys", () =>
    Effect.gen(function* () {
      oidc.answer(500)
      yield* prepareKeys(acme, [{ name: "clerk" as PrincipalId, permissions: ["*"], secret: "clerk-secret" }])
      for (let turn = 0; turn < 5; turn++) {
        const refused = yield* Effect.flip(authenticate(yield* Effect.promise(() => oidc.token())))
        assert.deepStrictEqual([refused._tag, refused.retryAfterSeconds], ["LedgerUnavailable", 5])
      }
      assert.strictEqual(oidc.asked(), 1)
      assert.isNotNull(yield* authenticate("clerk-secret"))
    }).pipe(Effect.provide(ledger()))
  )
})
