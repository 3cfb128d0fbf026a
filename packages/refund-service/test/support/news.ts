/** What a provider tells, in one line each. */
import type { CurrencyCode } from "refund-core/Currency"
import type { RefundId } from "refund-core/Ids"
import type { DisputeNews, ProviderNews, RefundNews } from "refund-core/ports/ProviderNews"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { attemptId, noon } from "refund-testkit/build"

const usd = "USD" as CurrencyCode

export const settled = (reference: string, amount = 40n): Outcome => ({
  _tag: "settled",
  reference,
  amount,
  currency: usd,
  at: null
})
export const pending = (reference: string): Outcome => ({ _tag: "pending", reference })
export const failed = (reference: string): Outcome => ({ _tag: "declined", code: "account_closed", reference })
export const reversed = (reference: string): Outcome => ({
  _tag: "reversed",
  reference,
  detail: "it came back",
  at: null
})

export interface About extends Partial<Omit<RefundNews, "_tag" | "outcome" | "attempt">> {
  /** Of ours: the refund, whose attempt has the same number unless it is said. */
  readonly ours?: number
  readonly attempt?: RefundId
}

/** A minute after noon, and so many seconds; `event` is its id. */
export const news = (
  event: string,
  outcome: Outcome,
  { ours, attempt, ...about }: About = {},
  seconds = 0
): ProviderNews => ({
  eventId: event,
  at: noon + 60_000 + seconds * 1_000,
  about: {
    _tag: "refund",
    attempt: ours === undefined ? null : { refundId: refundIdOf(ours), attemptId: attempt ?? attemptId(ours) },
    reference: "reference" in outcome ? outcome.reference : null,
    captureReference: "ch_c-1",
    amount: outcome._tag === "settled" ? outcome.amount : 40n,
    currency: usd,
    outcome,
    ...about
  }
})

const refundIdOf = (count: number): RefundId =>
  `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}` as RefundId

export const dispute = (
  event: string,
  state: DisputeNews["state"],
  about: Partial<DisputeNews> = {},
  seconds = 0
): ProviderNews => ({
  eventId: event,
  at: noon + 60_000 + seconds * 1_000,
  about: {
    _tag: "dispute",
    id: "dp_1",
    captureReference: "ch_c-1",
    amount: 100n,
    currency: usd,
    state,
    ...about
  }
})
