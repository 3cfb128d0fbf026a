/** Who moves the money of a capture. Adapters translate and nothing more; in doubt they say `unknown`. */
import { Context, type Effect } from "effect"
import type { CurrencyCode } from "../Currency.ts"
import type { AttemptId, CaptureId, Instant, OrderId, RefundId, TenantId } from "../Ids.ts"

/** One instruction to pay. `id` is the provider's idempotency key: the same id never pays twice. */
export interface Attempt {
  readonly id: AttemptId
  readonly tenant: TenantId
  readonly refundId: RefundId
  readonly orderId: OrderId
  readonly captureId: CaptureId
  /** The provider's own name for the capture. */
  readonly captureReference: string | null
  readonly provider: string
  /** The tenant's account there, by its configured name; absent: the server's own. The same each time it is sent or looked up. */
  readonly account?: string
  /** The payout, minor units. */
  readonly amount: bigint
  readonly currency: CurrencyCode
  /** The provider's own name for this refund, where it has told one. */
  readonly reference: string | null
  /** When it was first sent. */
  readonly startedAt: Instant
}

/**
 * What came of an attempt. `declined`: a definite no. `reversed`: settled, then the money came back. `notSent`: nothing
 * moved, the same attempt is sent again, not before `retryAfter` milliseconds where the provider says so. `notFound`: it
 * was looked up, and the provider has definitely never heard of it. All doubt is `unknown`.
 */
export type Outcome =
  | {
      readonly _tag: "settled"
      readonly reference: string
      readonly amount: bigint
      readonly currency: CurrencyCode
      readonly at: Instant | null
    }
  | { readonly _tag: "pending"; readonly reference: string | null }
  | { readonly _tag: "requiresAction"; readonly reference: string | null }
  | { readonly _tag: "declined"; readonly code: string; readonly reference: string | null }
  | {
      readonly _tag: "reversed"
      readonly reference: string | null
      readonly detail: string
      readonly at: Instant | null
    }
  | { readonly _tag: "notSent"; readonly detail: string; readonly retryAfter?: number }
  | { readonly _tag: "notFound"; readonly detail: string }
  | { readonly _tag: "unknown"; readonly detail: string }

/** What a provider can do, as data: rules read it before a refund is made, the worker while it is under way. */
export interface Capabilities {
  /** Less than the whole capture may be given back. */
  readonly partial: boolean
  /** How old a capture may be, days; null: any age. */
  readonly windowDays: number | null
  /** Amounts of a currency must be multiples of this many minor units; 1 where it is not listed. */
  readonly steps: Readonly<Record<string, bigint>>
  /** Whether `lookup` can find an attempt by our id, only by the provider's reference, or not at all. */
  readonly lookup: "key" | "reference" | "none"
  /** For how long, in milliseconds, the same id sent again is the same attempt to the provider. 0: never. */
  readonly honoursKeyFor: number
  /** How many days a refund may stay pending before a person looks at it. */
  readonly pendingDays: number
}

/** Of a provider that says nothing of itself. */
export const assumed: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "key",
  honoursKeyFor: 86_400_000,
  pendingDays: 30
}

/** What each provider can do, by the name that captures use. */
export const ProviderCapabilities = Context.Reference<(provider: string) => Capabilities>(
  "refund-core/ports/ProviderCapabilities",
  { defaultValue: () => () => assumed }
)

/**
 * `submit` is idempotent by the attempt's id. `lookup` asks what became of an attempt: `null` is the provider's
 * definite "never heard of it". Neither fails: what cannot be told is `unknown`.
 */
export class RefundProvider extends Context.Service<
  RefundProvider,
  {
    readonly submit: (attempt: Attempt) => Effect.Effect<Outcome>
    readonly lookup: (attempt: Attempt) => Effect.Effect<Outcome | null>
  }
>()("refund-core/ports/RefundProvider") {}
