import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { configuration, type Environment } from "../src/Configuration.ts"

const told = (env: Environment) => Effect.runSync(Effect.result(configuration(env)))
const tokens = (env: Environment) => {
  const result = told(env)
  assert(result._tag === "Success", JSON.stringify(result))
  return result.success.tokens
}
const sentences = (env: Environment) => {
  const result = told(env)
  assert(result._tag === "Failure")
  return result.failure.sentences
}

const issuer = {
  REFUND_JWT_JWKS_URL: "https://id.example/jwks",
  REFUND_JWT_ISSUER: "https://id.example",
  REFUND_JWT_AUDIENCE: "refunds, refunds-old"
}

describe("an issuer of tokens", () => {
  it("is there where its keys, its name and the audience are set; it speaks for the server's tenant", () => {
    assert.isNull(tokens({}))
    assert.deepStrictEqual(tokens({ ...issuer, REFUND_TENANT: "acme" }) as unknown, {
      jwksUrl: "https://id.example/jwks",
      issuer: "https://id.example",
      audiences: ["refunds", "refunds-old"],
      algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
      toleranceSeconds: 5,
      tenants: ["acme"],
      claims: { tenant: "tenant", permissions: "permissions", roles: "roles" }
    })
    const set = tokens({
      ...issuer,
      REFUND_JWT_TENANTS: "acme,globex",
      REFUND_JWT_ALGORITHMS: "ES512",
      REFUND_JWT_TOLERANCE_SECONDS: "0",
      REFUND_JWT_ROLES_CLAIM: "realm_access.roles"
    })
    assert.deepStrictEqual([set?.tenants, set?.algorithms, set?.toleranceSeconds, set?.claims.roles] as unknown, [
      ["acme", "globex"],
      ["ES512"],
      0,
      "realm_access.roles"
    ])
  })

  it("is whole or not there: what is missing is named", () => {
    assert.deepStrictEqual(sentences({ REFUND_JWT_ISSUER: "https://id.example" }), [
      "REFUND_JWT_ISSUER is set, so REFUND_JWT_JWKS_URL must be set too.",
      "REFUND_JWT_ISSUER is set, so REFUND_JWT_AUDIENCE must be set too."
    ])
  })

  it("publishes its keys where nobody can change them on the way; this machine may do without https", () => {
    const at = (url: string) => ({ ...issuer, REFUND_JWT_JWKS_URL: url })
    assert.isNotNull(tokens(at("http://127.0.0.1:8080/jwks")))
    assert.isNotNull(tokens(at("http://[::1]:8080/jwks")))
    assert.match(sentences(at("http://id.example/jwks")).join(), /REFUND_JWT_JWKS_URL must be an https URL/)
    assert.match(sentences(at("ftp://id.example/jwks")).join(), /REFUND_JWT_JWKS_URL must be a URL/)
  })

  it("signs with a private key: none and shared secrets are not among the algorithms", () => {
    for (const named of ["none", "HS256", "RS256,HS512", "rs256", ","]) {
      const [sentence] = sentences({ ...issuer, REFUND_JWT_ALGORITHMS: named })
      assert.match(sentence ?? "", /^REFUND_JWT_ALGORITHMS must be of RS256, /)
    }
  })

  it("is as late as a whole number of seconds says", () => {
    for (const said of ["-1", "301", "1.5", "x"]) {
      const [sentence] = sentences({ ...issuer, REFUND_JWT_TOLERANCE_SECONDS: said })
      assert.match(sentence ?? "", /^REFUND_JWT_TOLERANCE_SECONDS must be a whole number from 0 to 300/)
    }
  })
})
