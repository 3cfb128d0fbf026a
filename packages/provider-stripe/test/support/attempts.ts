/** Attempts and amounts for tests. */
import { randomUUID } from "node:crypto"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"

export const usd = CurrencyCode.make("USD")

export const attemptOn = (captureReference: string | null, more: Partial<Attempt> = {}): Attempt => ({
  id: RefundId.make(randomUUID()),
  tenant: TenantId.make("acme"),
  refundId: RefundId.make(randomUUID()),
  orderId: OrderId.make("A-1001"),
  captureId: CaptureId.make("c-1"),
  captureReference,
  provider: "stripe",
  amount: 1_999n,
  currency: usd,
  reference: null,
  startedAt: Date.now(),
  ...more
})
