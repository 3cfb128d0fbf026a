/** What the cases ask an adapter to pay. */
import { randomUUID } from "node:crypto"
import { CurrencyCode } from "refund-core/Currency"
import { type AttemptId, CaptureId, type Instant, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"
import type { ProviderHarness } from "../../ProviderHarness.ts"

/** The currency of cases that are about something else, and amounts of it that the provider takes. */
export const usual = ({ capabilities, currencies }: ProviderHarness) => {
  const taken = currencies ?? ["JPY", "USD", "KWD"]
  const currency = CurrencyCode.make(taken.includes("USD") ? "USD" : (taken[0] ?? "USD"))
  const step = capabilities.steps[currency] ?? 1n
  const captured = 5_000n * step
  return { currency, captured, amount: capabilities.partial ? 1_999n * step : captured }
}

/** Whether an attempt's fate can be found out by asking: by our id, or by a reference that an answer has told. */
export const isAskable = ({ capabilities }: ProviderHarness, attempt: Attempt): boolean =>
  capabilities.lookup === "key" || (capabilities.lookup === "reference" && attempt.reference !== null)

const freshId = () => RefundId.make(randomUUID())

/** An instruction to pay, never sent before. */
export const attemptOf = (
  harness: ProviderHarness,
  what: {
    readonly capture: string | null
    readonly amount: bigint
    readonly currency: CurrencyCode
    readonly at: Instant
    readonly id?: AttemptId
  }
): Attempt => ({
  id: what.id ?? freshId(),
  tenant: TenantId.make("contract"),
  refundId: freshId(),
  orderId: OrderId.make("A-1001"),
  captureId: CaptureId.make("c-1"),
  captureReference: what.capture,
  provider: harness.name ?? "provider",
  amount: what.amount,
  currency: what.currency,
  reference: null,
  startedAt: what.at
})
