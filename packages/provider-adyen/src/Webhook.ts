/**
 * Adyen's standard webhooks. Each event of a delivery is signed over eight of its fields; the scheme has no time in it, so an
 * old delivery sent again is as good as a new one, and harmless: the same event is known by its id.
 */
import { Effect, Result, Schema } from "effect"
import { type ProviderWebhook, WebhookRefused } from "refund-core/ports/ProviderNews"
import { newsOf } from "./internal/news.ts"
import { type BasicAuthentication, Delivery, isAuthenticated, isHmacKey, isSigned } from "./internal/notification.ts"

export interface AdyenWebhookOptions {
  readonly merchantAccount: string
  readonly environment: "test" | "live"
  /** All keys that are good now, in hex as Adyen hands them out: the new one and, while Adyen changes over, the one before. */
  readonly hmacKeys: readonly [string, ...ReadonlyArray<string>]
  /** What Adyen was told to send along (Customer Area, Webhooks, Basic authentication). It covers what the signature does not. */
  readonly basicAuthentication?: BasicAuthentication
}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Delivery))

export const make = (options: AdyenWebhookOptions): ProviderWebhook => {
  const { basicAuthentication, environment, hmacKeys, merchantAccount } = options
  if (hmacKeys.length === 0 || !hmacKeys.every(isHmacKey)) {
    throw new Error("An HMAC key of Adyen's has 64 hexadecimal digits, and at least one is needed")
  }
  const isLive = environment === "live" ? "true" : "false"

  return {
    receive: ({ body, headers, now }) => {
      if (basicAuthentication !== undefined && !isAuthenticated(headers["authorization"], basicAuthentication)) {
        return refuse("the user name or password is missing or wrong")
      }
      const decoded = Result.flatMap(textOf(body), decode)
      if (Result.isFailure(decoded)) return refuse("the body is no delivery of Adyen's, so nothing in it is signed")
      const { live, notificationItems } = decoded.success
      if (live !== isLive) return refuse(`it comes from Adyen's ${live === "true" ? "live" : "test"} environment`)
      const items = notificationItems.map(({ NotificationRequestItem: item }) => item)
      if (!items.every((item) => isSigned(item, hmacKeys))) return refuse("a signature is missing or wrong")
      return Effect.succeed(
        items.map((item) =>
          item.merchantAccountCode === merchantAccount
            ? newsOf(item, now)
            : { ...newsOf(item, now), about: { _tag: "other", type: `${item.eventCode} of another merchant account` } }
        )
      )
    }
  }
}

const refuse = (detail: string) => Effect.fail(new WebhookRefused({ detail }))

const textOf = (body: Uint8Array): Result.Result<string, unknown> =>
  Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(body))
