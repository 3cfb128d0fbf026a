/** What Stripe tells of its own accord: signed events about refunds and disputes. */
import { createHash } from "node:crypto"
import { Effect, Result } from "effect"
import type { Instant } from "refund-core/Ids"
import { type ProviderNews, type ProviderWebhook, WebhookRefused } from "refund-core/ports/ProviderNews"
import Stripe from "stripe"
import { aboutDispute } from "./internal/disputes.ts"
import { aboutCharge, aboutRefund } from "./internal/refundEvents.ts"
import { readEvent, type StripeEvent } from "./internal/StripeEvent.ts"

export interface StripeWebhookOptions {
  /** `whsec_…` of the endpoint; while a secret is being replaced, the old and the new. */
  readonly secrets: readonly [string, ...ReadonlyArray<string>]
}

/** How old a signature may be; the scheme's own default. */
const toleranceSeconds = 300

export const make = ({ secrets }: StripeWebhookOptions): ProviderWebhook => {
  // Anybody can sign with an empty secret.
  if (secrets.some((secret) => secret.trim() === "")) throw new Error("a secret of Stripe's webhooks is empty")
  return {
    receive: ({ body, headers, now }) =>
      Effect.suspend(() => {
        const verified = verify(body, headers["stripe-signature"], secrets, now)
        if (Result.isSuccess(verified)) return Effect.succeed(newsIn(verified.success, now))
        return Effect.fail(new WebhookRefused({ detail: verified.failure }))
      })
  }
}

/** The body's text, exactly as it was signed with one of the secrets. */
const verify = (
  body: Uint8Array,
  header: string | undefined,
  secrets: ReadonlyArray<string>,
  now: Instant
): Result.Result<string, string> => {
  if (header === undefined) return Result.fail("there is no stripe-signature header")
  const text = decode(body)
  if (text === null) return Result.fail("the body is not UTF-8")
  const { signature } = Stripe.webhooks
  if (signature === null) return Result.fail("this build of the Stripe SDK cannot check signatures")
  let refusal = "there is no secret to check the signature with"
  for (const secret of secrets) {
    const checked = Result.try({
      try: () => signature.verifyHeader(text, header, secret, toleranceSeconds, undefined, now),
      catch: (failure) => (failure instanceof Error ? firstLine(failure.message) : "the signature cannot be checked")
    })
    if (Result.isSuccess(checked)) return Result.succeed(text)
    refusal = checked.failure
  }
  return Result.fail(refusal)
}

const firstLine = (text: string): string => text.split("\n", 1)[0]?.trim() ?? text

/** The SDK's own decoding forgives a byte order mark and broken bytes, which nobody signed. */
const decode = (body: Uint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return null
  }
}

const newsIn = (text: string, now: Instant): ReadonlyArray<ProviderNews> => {
  const event = readEvent(text)
  if (event?.object === "event") return newsOf(event)
  if (event !== null) return [{ eventId: event.id, at: now, about: { _tag: "other", type: event.type } }]
  const eventId = `sha256:${createHash("sha256").update(text).digest("hex")}`
  return [{ eventId, at: now, about: { _tag: "unreadable", detail: "signed, but no event of Stripe's" } }]
}

const newsOf = (event: StripeEvent): ReadonlyArray<ProviderNews> => {
  const { created, id: eventId, type } = event
  const at = created * 1000
  switch (type) {
    case "refund.created":
    case "refund.updated":
    case "refund.failed":
    case "charge.refund.updated":
      return [{ eventId, at, about: aboutRefund(event) }]
    case "charge.refunded":
      return aboutCharge(event).map((each) => ({ eventId: each.eventId, at, about: each.about }))
    case "charge.dispute.created":
    case "charge.dispute.updated":
    case "charge.dispute.closed":
    case "charge.dispute.funds_withdrawn":
    case "charge.dispute.funds_reinstated":
      return [{ eventId, at, about: aboutDispute(event) }]
    default:
      return [{ eventId, at, about: { _tag: "other", type } }]
  }
}
