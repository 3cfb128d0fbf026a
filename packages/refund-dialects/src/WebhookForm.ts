/**
 * A vendor's own webhook: how an event of the ledger is written to who listens for that vendor's. A form is a pure
 * function; whoever sends it (refund-service's Notifier, or your own server) takes it by the name that endpoints use.
 */
import type { Instant } from "refund-core/Ids"
import type { Told } from "refund-core/ports/Feed"
import type { Endpoint } from "refund-core/Settings"

export interface WebhookLetter {
  /** Absent: the endpoint's own. */
  readonly url?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** It has the vendor's signature. One that has none is signed by whoever sends it. */
  readonly isSigned?: boolean
}

/** Null: the vendor's listeners are not told of this. Secrets are newest first. */
export type WebhookForm = (
  told: Told,
  to: { readonly endpoint: Pick<Endpoint, "url">; readonly secrets: ReadonlyArray<string>; readonly now: Instant }
) => WebhookLetter | null
