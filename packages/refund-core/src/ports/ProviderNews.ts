/** What a provider tells us of its own accord: its webhooks, translated. */
import { type Effect, Schema } from "effect"
import type { CurrencyCode } from "../Currency.ts"
import type { AttemptId, Instant, RefundId } from "../Ids.ts"
import type { Outcome } from "./RefundProvider.ts"

/** News of a refund: one of ours, found by attempt or reference, or one that somebody made at the provider's. */
export interface RefundNews {
  readonly _tag: "refund"
  /** What we sent along with the attempt; null: this refund carries none of it. */
  readonly attempt: { readonly refundId: RefundId; readonly attemptId: AttemptId } | null
  /** The provider's own name for the refund. */
  readonly reference: string | null
  /** The provider's own name for the capture. */
  readonly captureReference: string | null
  /** Its other names for the same capture, where it has several: whichever of them was registered is meant. */
  readonly captureAliases?: ReadonlyArray<string>
  /** Minor units; null: the event does not say, which is never "all of it". */
  readonly amount: bigint | null
  readonly currency: CurrencyCode | null
  readonly outcome: Outcome
}

/** A chargeback was opened, won or lost. */
export interface DisputeNews {
  readonly _tag: "dispute"
  /** The provider's own name for the dispute. */
  readonly id: string
  readonly captureReference: string
  readonly captureAliases?: ReadonlyArray<string>
  readonly amount: bigint
  readonly currency: CurrencyCode
  readonly state: "open" | "won" | "lost"
}

export interface ProviderNews {
  /** Unique at the provider: the same id told again is the same event. */
  readonly eventId: string
  /** The provider's own time. */
  readonly at: Instant
  /** `unreadable`: signed, but not understood; a person looks at it. `other`: understood, and nothing to a refund. */
  readonly about:
    | RefundNews
    | DisputeNews
    | { readonly _tag: "other"; readonly type: string }
    | { readonly _tag: "unreadable"; readonly detail: string }
}

/** The signature is missing, wrong or too old: whoever sent this is not the provider. Nothing is kept. */
export class WebhookRefused extends Schema.TaggedError<WebhookRefused>()("WebhookRefused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/**
 * Checks the signature over the raw body, then translates. One delivery may tell several events. `headers` have lower-case
 * names; `now` decides whether a signature is too old.
 */
export interface ProviderWebhook {
  readonly receive: (delivery: {
    readonly body: Uint8Array
    readonly headers: Readonly<Record<string, string | undefined>>
    readonly now: Instant
  }) => Effect.Effect<ReadonlyArray<ProviderNews>, WebhookRefused>
}
