/** Kibo's `GET /commerce/orders/{orderId}`, as far as its refunds go: what the ledger has, in the form that Kibo documents. */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { OrderId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { refundOf } from "refund-dialects/kibo/refund"

export const kiboOrder = (caller: Caller, order: OrderId) =>
  Refunds.use((refunds) => refunds.order(caller, { order })).pipe(
    Effect.map((view) => ({
      id: order,
      currencyCode: view.head.currency,
      refunds: [...Map.groupBy(view.refunds, ({ groupId }) => groupId).values()].flatMap(([first, ...more]) =>
        first === undefined ? [] : [refundOf([first, ...more], view)]
      )
    }))
  )
