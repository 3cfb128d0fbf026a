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
  /** The payout, minor units. */
  readonly amount: bigint
  readonly currency: CurrencyCode
}

/** What came of an attempt. `declined` is a definite no; `reversed`: settled, then the money came back; `notSent` means nothing moved; all doubt is `unknown`. */
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
  | { readonly _tag: "notSent"; readonly detail: string }
  | { readonly _tag: "unknown"; readonly detail: string }

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
