/** Webhooks as PayPal sends them. */
import { createSign, randomUUID } from "node:crypto"
import { crc32 } from "node:zlib"
import { generate } from "selfsigned"

export interface Identity {
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

const year = 365 * 86_400_000

export const identity = async (
  options: { readonly keyType?: "rsa" | "ec"; readonly from?: number; readonly to?: number } = {}
): Promise<Identity> => {
  const { keyType = "rsa", from = Date.now() - year, to = Date.now() + 10 * year } = options
  const made = await generate([{ name: "commonName", value: "messageverificationcerts.paypal.com" }], {
    keyType,
    keySize: 2048,
    algorithm: "sha256",
    notBeforeDate: new Date(from),
    notAfterDate: new Date(to)
  })
  return { certificate: made.cert, key: made.private }
}

export interface Signing {
  readonly by: Identity
  readonly webhookId: string
  readonly at: number
  readonly certificateUrl?: string
}

export const certificateUrl = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"

export const signed = (body: Uint8Array, signing: Signing) => {
  const id = randomUUID()
  const time = new Date(signing.at).toISOString().replace(/\.[0-9]+Z$/, "Z")
  const signer = createSign("RSA-SHA256").update(`${id}|${time}|${signing.webhookId}|${crc32(body)}`)
  return {
    body,
    headers: {
      "paypal-transmission-id": id,
      "paypal-transmission-time": time,
      "paypal-transmission-sig": signer.sign(signing.by.key, "base64"),
      "paypal-cert-url": signing.certificateUrl ?? certificateUrl,
      "paypal-auth-algo": "SHA256withRSA"
    }
  }
}

export const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
