/** An issuer of tokens, made of node:crypto alone: what it says is good or bad by the letter of the standards. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const named = (kid: string) => ({ kid, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) })
const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

export const startIssuer = async () => {
  let isDown = false
  const key = named("first")
  const jwk = { ...key.publicKey.export({ format: "jwk" }), kid: key.kid, alg: "ES256", use: "sig" }
  const server = createServer((_, response) => {
    response.writeHead(isDown ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const now = () => Math.floor(Date.now() / 1_000)
  const claims = (more: object) =>
    text({ iss: "https://id.example", aud: "refunds", sub: "ada", exp: now() + 300, roles: ["admin"], ...more })
  const signed = (more: object, kid: string, by: KeyObject) => {
    const said = `${text({ alg: "ES256", kid })}.${claims(more)}`
    return `${said}.${sign("sha256", Buffer.from(said), { key: by, dsaEncoding: "ieee-p1363" }).toString("base64url")}`
  }
  const good = (more: object = {}) => signed(more, key.kid, key.privateKey)
  const symmetric = `${text({ alg: "HS256", kid: key.kid })}.${claims({})}`
  const pem = key.publicKey.export({ format: "pem", type: "spki" })
  return {
    env: {
      REFUND_JWT_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
      REFUND_JWT_ISSUER: "https://id.example",
      REFUND_JWT_AUDIENCE: "refunds"
    },
    good,
    /** Each is no credential, and why. */
    bad: (): Readonly<Record<string, string>> => ({
      expired: good({ exp: now() - 60 }),
      "not yet valid": good({ nbf: now() + 1_800, exp: now() + 3_600 }),
      "of alg none": `${text({ alg: "none" })}.${claims({})}.`,
      "signed with the public key as a secret": `${symmetric}.${createHmac("sha256", pem).update(symmetric).digest("base64url")}`,
      "for another audience": good({ aud: "elsewhere" }),
      "of another issuer": good({ iss: "https://other.example" }),
      "of a key nobody knows": signed({}, "unknown", key.privateKey),
      "of another key by the same name": signed({}, key.kid, named("other").privateKey),
      "of another tenant": good({ tenant: "globex" }),
      "without an end": good({ exp: undefined })
    }),
    goDown: () => {
      isDown = true
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
