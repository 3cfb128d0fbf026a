/** Removes what an order and all its refunds say of people. It may be begun again: what is gone is gone. */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { OrderId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"

/** Whether the order had texts, and how many of its refunds had. */
export interface Redacted {
  readonly order: boolean
  readonly refunds: number
}

/** Whoever may remove texts need not be allowed to read them. */
const reading = (caller: Caller): Caller => ({
  ...caller,
  by: { ...caller.by, permissions: new Set(["orders:read"] as const) }
})

/** Each refund's group is a decision of its own: an order may have very many. */
export const redactOrder = Effect.fnUntraced(function* (caller: Caller, orderId: OrderId, detail?: string) {
  const refunds = yield* Refunds
  const why = detail === undefined ? {} : { detail }
  const order = yield* refunds.execute({ _tag: "RedactOrder", caller, orderId, ...why })
  const view = yield* refunds.order(reading(caller), { order: orderId })
  const written = view.refunds.filter(({ texts }) => texts !== null)
  for (const groupId of new Set(written.map((refund) => refund.groupId))) {
    yield* refunds.execute({ _tag: "RedactRefund", caller, refundId: groupId, ...why })
  }
  const redacted: Redacted = { order, refunds: written.length }
  return redacted
})
