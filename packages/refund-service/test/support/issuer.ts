/** An issuer of tokens, in this process: its keys are published over a real socket, and can be changed or taken away. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose"

export const issuer = "https://issuer.example"
export const audience = "refunds"

export interface Issuer {
  readonly url: string
  /** How often its keys were asked for. */
  readonly asked: () => number
  /** Signed with the current key; `claims` undefined: left out. */
  readonly token: (
    claims?: Readonly<Record<string, unknown>>,
    header?: { readonly alg?: string; readonly kid?: string }
  ) => Promise<string>
  readonly unsigned: (claims?: Readonly<Record<string, unknown>>) => string
  /** HS256 whose secret is the text of the public key, which everybody has. */
  readonly signedWithPublicKey: () => Promise<string>
  /** By somebody else, who names the published key. */
  readonly forged: () => Promise<string>
  /** From now on it signs with, and publishes, another key; `keep`: the old one too. */
  readonly rotate: (kid: string, keep?: boolean) => Promise<void>
  /** It answers nothing but this status. */
  readonly answer: (status: number | null) => void
  readonly close: () => Promise<void>
}

export const startIssuer = async (): Promise<Issuer> => {
  let status: number | null = null
  let asked = 0
  let current = await keyNamed("first")
  let published = [await publicOf(current)]
  const server: Server = createServer((_, response) => {
    asked++
    if (status !== null) return void response.writeHead(status).end("no")
    response.writeHead(200, { "content-type": "application/jwk-set+json" }).end(JSON.stringify({ keys: published }))
  })
  // A connection that is kept is closed by who keeps it, never while it is used again.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const claimsOf = (claims: Readonly<Record<string, unknown>> = {}): JWTPayload => {
    const now = Math.floor(Date.now() / 1_000)
    const all = { iss: issuer, aud: audience, sub: "ada", iat: now, exp: now + 60, ...claims }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    asked: () => asked,
    token: (claims, header) =>
      new SignJWT(claimsOf(claims))
        .setProtectedHeader({ alg: "ES256", kid: current.kid, ...header })
        .sign(current.privateKey),
    unsigned: (claims) => new UnsecuredJWT(claimsOf(claims)).encode(),
    signedWithPublicKey: async () =>
      new SignJWT(claimsOf())
        .setProtectedHeader({ alg: "HS256", kid: current.kid })
        .sign(new TextEncoder().encode(await exportSPKI(current.publicKey))),
    forged: async () => {
      const { privateKey } = await generateKeyPair("ES256")
      return new SignJWT(claimsOf()).setProtectedHeader({ alg: "ES256", kid: current.kid }).sign(privateKey)
    },
    rotate: async (kid, keep = false) => {
      const before = published
      current = await keyNamed(kid)
      published = [...(keep ? before : []), await publicOf(current)]
    },
    answer: (next) => {
      status = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

type Named = Awaited<ReturnType<typeof keyNamed>>

const keyNamed = async (kid: string) => ({ kid, ...(await generateKeyPair("ES256", { extractable: true })) })

const publicOf = async ({ kid, publicKey }: Named) => ({
  ...(await exportJWK(publicKey)),
  kid,
  alg: "ES256",
  use: "sig"
})
