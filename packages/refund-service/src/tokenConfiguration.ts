/** What the environment says of an issuer of tokens: only read and checked here. */
import { Schema } from "effect"
import { TenantId } from "refund-core/Ids"
import { type Reader, readerOf, type Values } from "./providerReader.ts"
import { type Algorithm, algorithms, type TokenSettings } from "./Tokens.ts"

export const tokenVariables = {
  REFUND_JWT_JWKS_URL: {
    default: "",
    means: "Where the issuer of tokens publishes its keys, https or on this machine; none: API keys only"
  },
  REFUND_JWT_ISSUER: { default: "", means: "The iss that a token must have" },
  REFUND_JWT_AUDIENCE: { default: "", means: "The aud that a token must have; of several, comma-separated, one" },
  REFUND_JWT_ALGORITHMS: {
    default: "RS256,PS256,ES256,EdDSA",
    means: "Which signatures are good, comma-separated; only those with a private key"
  },
  REFUND_JWT_TOLERANCE_SECONDS: { default: "5", means: "How far the issuer's clock may be from ours, 0 to 300" },
  REFUND_JWT_TENANTS: {
    default: "",
    means: "Tenants the issuer speaks for, comma-separated; of several, a token must name its own. Unset: REFUND_TENANT"
  },
  REFUND_JWT_TENANT_CLAIM: { default: "tenant", means: "The claim that names the tenant; a dot leads into an object" },
  REFUND_JWT_PERMISSIONS_CLAIM: {
    default: "permissions",
    means: "The claim that lists permissions, beside scope"
  },
  REFUND_JWT_ROLES_CLAIM: { default: "roles", means: "The claim that lists roles" }
} as const
export type TokenVariable = keyof typeof tokenVariables

/** Adds a sentence for everything that is wrong or missing. Null: no tokens. */
export const readTokens = (values: Values, sentences: Array<string>, tenant: TenantId): TokenSettings | null => {
  const read = readerOf<TokenVariable>(values, sentences)
  const needed = ["REFUND_JWT_JWKS_URL", "REFUND_JWT_ISSUER", "REFUND_JWT_AUDIENCE"] as const
  if (!read.together(needed, ["REFUND_JWT_TENANTS"])) return null
  const { list, text, whole } = read
  return {
    jwksUrl: keysUrl(read),
    issuer: text("REFUND_JWT_ISSUER") ?? "",
    audiences: list("REFUND_JWT_AUDIENCE"),
    algorithms: allowed(read),
    toleranceSeconds: whole("REFUND_JWT_TOLERANCE_SECONDS", 0, 300) ?? 0,
    tenants: tenantsOf(read, tenant),
    claims: {
      tenant: text("REFUND_JWT_TENANT_CLAIM") ?? "",
      permissions: text("REFUND_JWT_PERMISSIONS_CLAIM") ?? "",
      roles: text("REFUND_JWT_ROLES_CLAIM") ?? ""
    }
  }
}

/** Whoever could change the answer on its way could make themselves anybody. */
const keysUrl = ({ url, wrong }: Reader<TokenVariable>): string => {
  const said = url("REFUND_JWT_JWKS_URL", ["https:", "http:"]) ?? ""
  const { hostname = "", protocol = "" } = URL.parse(said) ?? {}
  if (protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname)) {
    wrong("REFUND_JWT_JWKS_URL must be an https URL, or one of this machine.")
  }
  return said
}

const allowed = ({ list, wrong }: Reader<TokenVariable>): ReadonlyArray<Algorithm> => {
  const named = list("REFUND_JWT_ALGORITHMS")
  const known = named.flatMap((name) => algorithms.find((each) => each === name) ?? [])
  if (known.length !== named.length || known.length === 0) {
    wrong(`REFUND_JWT_ALGORITHMS must be of ${algorithms.join(", ")}.`)
  }
  return known
}

const isTenant = Schema.is(TenantId)

const tenantsOf = ({ list, wrong }: Reader<TokenVariable>, tenant: TenantId): ReadonlyArray<TenantId> => {
  const named = list("REFUND_JWT_TENANTS")
  if (named.length === 0) return [tenant]
  const known = named.filter(isTenant)
  if (known.length !== named.length) wrong("REFUND_JWT_TENANTS must be names of at most 255 characters.")
  return known
}
