/** A refund that somebody made at the provider's own desk. */
import type { RecordExternal } from "refund-core/Command"
import { may } from "refund-core/Permission"
import { isByWorker } from "./ending.ts"
import { drawnOn } from "./request.ts"
import { type Model, payoutOf } from "./state.ts"

/** It has happened, whatever the limits say; unless it may be one of ours whose news came without its name. */
export const recordExternal = (model: Model, command: RecordExternal): boolean => {
  const { amount, caller, captureId, currency, isNotOurs, provider, reference, refundId, settledAt } = command
  if (!may(caller.by, "worker")) return false
  const all = [...model.orders.values()].flatMap(({ refunds }) => refunds)
  const known = all.find(({ group, id }) => id === refundId || group === refundId)
  if (known !== undefined) return known.isExternal
  const order = model.orders.get(command.orderId)
  if (order === undefined || order.registration.currency !== currency || amount <= 0n) return false
  if (!order.registration.captures.some(({ id }) => id === captureId)) return false
  const isOurs = order.refunds.some(
    (refund) =>
      ["submitting", "unknown", "in_review"].includes(refund.state) &&
      isByWorker(refund) &&
      refund.capture === captureId &&
      payoutOf(order, refund) === amount
  )
  if (isOurs && !isNotOurs) return true
  order.refunds.push({
    id: refundId,
    group: refundId,
    capture: captureId,
    customer: order.registration.customerId ?? null,
    destination: "original",
    provider,
    amount,
    shares: drawnOn(order, null, amount),
    deducts: false,
    isRecorded: true,
    isExternal: true,
    effectiveAt: settledAt,
    wrote: reference,
    door: caller.door,
    mayBeDisputed: false,
    askedBy: `provider:${provider}`,
    at: caller.now,
    state: "settled",
    settledAt,
    reference,
    approvedBy: null,
    settledBy: `provider:${provider}`,
    saysFailed: null,
    attempts: []
  })
  return true
}
