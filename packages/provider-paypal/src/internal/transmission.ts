/** Whether a delivery is PayPal's: its signature covers when it was sent, to which webhook, and a checksum of the raw body. */
import { createVerify } from "node:crypto"
import { crc32 } from "node:zlib"
import { Effect } from "effect"
import type { Instant } from "refund-core/Ids"
import { WebhookRefused } from "refund-core/ports/ProviderNews"
import { type certificatesBy, trustedAddress } from "./certificates.ts"

export interface Delivery {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly now: Instant
}

export interface Expected {
  readonly environment: "sandbox" | "live"
  /** Also the one before, while a webhook is replaced by another. */
  readonly webhookIds: ReadonlyArray<string>
  readonly windowMilliseconds: number
}

export interface Transmission {
  readonly id: string
  readonly at: Instant
}

/** Cheap questions first: nothing is fetched for a stranger who does not even know the form. */
export const verify = Effect.fnUntraced(function* (
  { body, headers, now }: Delivery,
  { environment, webhookIds, windowMilliseconds }: Expected,
  keyAt: ReturnType<typeof certificatesBy>
) {
  const id = headers["paypal-transmission-id"]
  const time = headers["paypal-transmission-time"]
  const signature = headers["paypal-transmission-sig"]
  const address = headers["paypal-cert-url"]
  if (id === undefined || time === undefined || signature === undefined || address === undefined) {
    return yield* refuse("it is not signed")
  }
  if (headers["paypal-auth-algo"] !== "SHA256withRSA")
    return yield* refuse("it is signed in a way that PayPal does not")

  const at = Date.parse(time)
  const age = Math.abs(now - at)
  if (Number.isNaN(at) || age > windowMilliseconds) return yield* refuse(`it was sent at ${time.slice(0, 40)}`)
  const url = trustedAddress(address, environment)
  if (url === null) return yield* refuse("its certificate is not at PayPal's")

  const key = yield* Effect.catch(keyAt(url, now), () => refuse("its certificate could not be had, or is not good now"))
  const checksum = crc32(body)
  const isSigned = webhookIds.some((webhookId) =>
    createVerify("RSA-SHA256").update(`${id}|${time}|${webhookId}|${checksum}`, "utf8").verify(key, signature, "base64")
  )
  return isSigned ? { id, at } : yield* refuse("its signature is wrong")
})

const refuse = (detail: string) => Effect.fail(new WebhookRefused({ detail }))
