/** PayPal's webhooks. Each delivery is one event, signed with a key whose certificate PayPal publishes. */
import { Effect, Result } from "effect"
import type { ProviderWebhook } from "refund-core/ports/ProviderNews"
import { certificatesBy, type FetchCertificate, fetchOverHttps } from "./internal/certificates.ts"
import { newsOf } from "./internal/news.ts"
import { verify } from "./internal/transmission.ts"

export type { FetchCertificate } from "./internal/certificates.ts"

export interface PayPalWebhookOptions {
  readonly environment: "sandbox" | "live"
  /** The ids of our webhooks at PayPal: the signature holds the one that the delivery is for. Several while one replaces another. */
  readonly webhookIds: readonly [string, ...ReadonlyArray<string>]
  /** Gets a certificate from an address that was found to be PayPal's own; absent: over https. */
  readonly fetchCertificate?: FetchCertificate
  /** How far from now a delivery may have been sent, in milliseconds; absent 5 minutes. */
  readonly windowMilliseconds?: number
}

export const make = (options: PayPalWebhookOptions): ProviderWebhook => {
  const { environment, fetchCertificate = fetchOverHttps, webhookIds, windowMilliseconds = 300_000 } = options
  if (webhookIds.length === 0 || webhookIds.some((id) => !/^[A-Za-z0-9]+$/.test(id))) {
    throw new Error("A webhook of PayPal's has an id of letters and digits, and at least one is needed")
  }
  const keyAt = certificatesBy(fetchCertificate)
  return {
    receive: (delivery) =>
      Effect.map(verify(delivery, { environment, webhookIds, windowMilliseconds }, keyAt), (transmission) => [
        newsOf(textOf(delivery.body), transmission)
      ])
  }
}

const textOf = (body: Uint8Array): string | null =>
  Result.getOrNull(Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(body)))
