/** Where PayPal keeps the certificates that it signs with, and the ones that were fetched before. */
import { type KeyObject, X509Certificate } from "node:crypto"
import { Effect } from "effect"
import type { Instant } from "refund-core/Ids"

/** Gets the text (PEM) at an address that was found to be PayPal's own. */
export type FetchCertificate = (url: string) => Effect.Effect<string, unknown>

const hosts = {
  live: new Set(["api.paypal.com", "api-m.paypal.com"]),
  sandbox: new Set(["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"])
}

/**
 * Whoever signs may choose the address, so it decides whom we trust: only where PayPal publishes certificates, over TLS. Null
 * for any other; the environments do not vouch for each other.
 */
export const trustedAddress = (address: string, environment: "sandbox" | "live"): string | null => {
  if (!URL.canParse(address)) return null
  const { hash, hostname, href, password, pathname, port, protocol, search, username } = new URL(address)
  const isPlain = [username, password, port, search, hash].every((part) => part === "")
  const isPayPals = protocol === "https:" && hosts[environment].has(hostname)
  return isPlain && isPayPals && /^\/v1\/notifications\/certs\/[A-Za-z0-9-]{1,100}$/.test(pathname) ? href : null
}

interface Known {
  readonly key: KeyObject
  readonly from: Instant
  readonly to: Instant
}

/** PayPal changes them about once a year. */
const keptAtMost = 8

/** Keys by address. Fails where there is none that is good now. */
export const certificatesBy = (fetchCertificate: FetchCertificate) => {
  const known = new Map<string, Known>()
  const remember = (url: string, certificate: Known) => {
    const [oldest] = known.keys()
    if (known.size >= keptAtMost && oldest !== undefined) known.delete(oldest)
    known.set(url, certificate)
  }
  return Effect.fnUntraced(function* (url: string, now: Instant) {
    const certificate = known.get(url) ?? (yield* Effect.flatMap(fetchCertificate(url), read))
    if (now < certificate.from || now > certificate.to) return yield* Effect.fail("the certificate is not valid now")
    if (!known.has(url)) remember(url, certificate)
    return certificate.key
  })
}

const read = (text: string): Effect.Effect<Known, string> =>
  Effect.try({
    try: () => {
      const { publicKey: key, validFrom, validTo } = new X509Certificate(text)
      if (key.asymmetricKeyType !== "rsa") throw new Error("its key is no RSA key")
      return { key, from: Date.parse(validFrom), to: Date.parse(validTo) }
    },
    catch: (cause) => `no certificate that is of use: ${cause}`
  })

const fetchedWithin = 5_000
const longestText = 65_536

/** Over the network. Nothing is followed: who redirects has not the certificate. */
export const fetchOverHttps: FetchCertificate = (url) =>
  Effect.tryPromise(async (aborted) => {
    const signal = AbortSignal.any([aborted, AbortSignal.timeout(fetchedWithin)])
    const response = await fetch(url, { redirect: "error", signal })
    if (response.status !== 200) throw new Error(`no certificate, but ${response.status}`)
    const text = await response.text()
    if (text.length > longestText) throw new Error("that is no certificate")
    return text
  })
