import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"

export const refundId = RefundId.make("0191f5a7-44d3-7430-8739-2d80821416bf")
export const attemptId = RefundId.make("0191f5a7-44d3-7430-8739-2d80821416c0")

export const attempt = (
  changes: Partial<Omit<Attempt, "currency">> & { readonly currency?: string } = {}
): Attempt => ({
  id: attemptId,
  tenant: TenantId.make("default"),
  refundId,
  orderId: OrderId.make("A-1001"),
  captureId: CaptureId.make("882"),
  captureReference: "2GG279541U471931P",
  provider: "paypal",
  amount: 1_999n,
  reference: null,
  startedAt: 1_795_000_000_000,
  ...changes,
  currency: CurrencyCode.make(changes.currency ?? "USD")
})
