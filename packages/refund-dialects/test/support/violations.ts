/** One of each violation. */
import type { Violation, ViolationTag } from "refund-core/Violation"
import { usd } from "./outbound.ts"

const amounts = { currency: usd, requested: 5_000n, refundable: 2_921n }
const on = { captureId: "882", orderId: "A-1001", refundId: "r-1" }
const conflict = { field: "amount", registered: "1", requested: "2" }

export const violations: { readonly [Tag in ViolationTag]: Extract<Violation, { readonly _tag: Tag }> } = {
  NotPermitted: { _tag: "NotPermitted", permission: "refunds:request" },
  SelfApproval: { _tag: "SelfApproval", principal: "ada", refundId: on.refundId },
  IdempotencyKeyReused: { _tag: "IdempotencyKeyReused", key: "01a20165-aa74-7656-95a3-218230f3c419" },
  Malformed: { _tag: "Malformed", path: "amount", expected: "a number" },
  OrderNotFound: { _tag: "OrderNotFound", orderId: on.orderId },
  CaptureNotFound: { _tag: "CaptureNotFound", captureId: on.captureId },
  RefundNotFound: { _tag: "RefundNotFound", refundId: on.refundId },
  ComponentNotFound: { _tag: "ComponentNotFound", component: "line:1" },
  CaptureRequired: { _tag: "CaptureRequired", orderId: on.orderId },
  NotCaptured: { _tag: "NotCaptured", captureId: on.captureId },
  CurrencyMismatch: { _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" },
  AmountMissing: { _tag: "AmountMissing", field: "amount" },
  AmountNotPositive: { _tag: "AmountNotPositive", field: "amount", amount: "0" },
  AmountTooPrecise: { _tag: "AmountTooPrecise", field: "amount", amount: "1.999", digits: 2 },
  DisputeOpen: { _tag: "DisputeOpen", captureId: on.captureId, disputed: 1n, currency: usd },
  ExceedsCaptured: { _tag: "ExceedsCaptured", captureId: on.captureId, ...amounts },
  ExceedsCollected: { _tag: "ExceedsCollected", orderId: on.orderId, ...amounts },
  ExceedsOrderTotal: { _tag: "ExceedsOrderTotal", orderId: on.orderId, ...amounts },
  SubtotalUnknown: { _tag: "SubtotalUnknown", orderId: on.orderId },
  ExceedsSubtotal: { _tag: "ExceedsSubtotal", orderId: on.orderId, currency: usd, requested: 2n, subtotal: 1n },
  ExceedsComponent: { _tag: "ExceedsComponent", component: "line:1", ...amounts },
  ExceedsCredit: { _tag: "ExceedsCredit", customerId: "c-7", ...amounts },
  WindowClosed: { _tag: "WindowClosed", captureId: on.captureId, days: 180, capturedAt: 0 },
  OnlyInFull: { _tag: "OnlyInFull", captureId: on.captureId, ...amounts },
  AmountNotInSteps: { _tag: "AmountNotInSteps", captureId: on.captureId, currency: usd, requested: 1n, step: 10n },
  NothingToDeductFrom: { _tag: "NothingToDeductFrom", orderId: on.orderId, currency: usd, requested: 1n, open: 0n },
  CustomerRequired: { _tag: "CustomerRequired", orderId: on.orderId },
  ReasonRequired: { _tag: "ReasonRequired", field: "reason" },
  OrderDoesNotAdd: { _tag: "OrderDoesNotAdd", field: "total", currency: usd, stated: 1n, computed: 2n },
  CaptureConflict: { _tag: "CaptureConflict", captureId: on.captureId, ...conflict },
  DisputeConflict: { _tag: "DisputeConflict", disputeId: "dp-1", ...conflict },
  OrderConflict: { _tag: "OrderConflict", orderId: on.orderId, ...conflict },
  StateConflict: { _tag: "StateConflict", refundId: on.refundId, state: "settled", action: "cancel" },
  VersionConflict: { _tag: "VersionConflict", expected: 1, actual: 2 },
  LastManagingKey: { _tag: "LastManagingKey", keyId: "key_1", name: "admin" }
}
