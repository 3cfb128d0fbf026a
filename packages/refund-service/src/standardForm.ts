/** Standard Webhooks: the form of whoever asks for no other. */
import { eventToJson } from "refund-api/EventBody"
import type { Instant } from "refund-core/Ids"
import type { Told } from "refund-core/ports/Feed"
import type { Endpoint } from "refund-core/Settings"
import { Webhook } from "standardwebhooks"

/** What is sent. A form that has its own signature says so; the others are signed as Standard Webhooks too. */
export interface Letter {
  /** Absent: the endpoint's own. */
  readonly url?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isSigned?: boolean
}

/** How an event is written to an endpoint; null: in this form it is not told. Secrets are newest first. */
export type Form = (
  told: Told,
  to: { readonly endpoint: Endpoint; readonly secrets: ReadonlyArray<string>; readonly now: Instant }
) => Letter | null

/**
 * What the feed says of the event, in the envelope that Standard Webhooks recommends. It is made of the event alone, so
 * every try has the same body; where it lies in the feed, which is another place after a restore, is left out.
 */
export const standard: Form = (told) => {
  const { at, cursor: _, type, ...data } = eventToJson(told)
  return { headers: {}, body: JSON.stringify({ type, timestamp: at, data }) }
}

/**
 * Over the body exactly as it is sent, with every secret: while one is replaced, a receiver has either. The time is the
 * sending's own, so that a receiver can refuse what somebody else sends again.
 */
export const signatureHeaders = (
  { id }: Told,
  body: string,
  secrets: ReadonlyArray<string>,
  now: Instant
): Readonly<Record<string, string>> => {
  const at = new Date(now)
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": secrets.map((secret) => signer(secret).sign(id, at, body)).join(" ")
  }
}

const prefix = "whsec_"
const base64 = /^[\w+/]+={0,2}$/u

/** A secret of the scheme's form is its base64 decoded; any other is taken as it is. */
const signer = (secret: string): Webhook =>
  secret.startsWith(prefix) && base64.test(secret.slice(prefix.length))
    ? new Webhook(secret)
    : new Webhook(Buffer.from(secret, "utf8"), { format: "raw" })
