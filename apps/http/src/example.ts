/** The order that a ledger without any order starts with, so that there is something to refund. */
import { Clock, Effect } from "effect"
import { type OrderJson, toRegisterOrder } from "refund-api/OrderBody"
import type { OrderId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { ownCaller } from "refund-service/Access"
import { freshSalt } from "refund-service/freshIds"

export const exampleId = "A-1001" as OrderId

const example: OrderJson = {
  currency: "USD",
  customerId: "c-7",
  lines: [{ id: "1", description: "Mug", quantity: 2, amount: 4000, tax: 320, discount: 0 }],
  shipping: { amount: 500, tax: 0, discount: 0 },
  invoiceFee: { amount: 100, tax: 0 },
  subtotal: 4000,
  tax: 320,
  discounts: 0,
  total: 4920,
  captures: [
    {
      id: "882",
      amount: 4920,
      provider: "simulator",
      reference: "ch_1",
      tender: "card",
      authorizedAmount: 4920,
      capturedAt: "2026-11-01T10:00:00Z"
    }
  ]
}

export const registerExample = Effect.fnUntraced(function* (tenant: TenantId) {
  const reader = yield* LedgerReader
  if (yield* reader.hasOrders(tenant)) return
  const refunds = yield* Refunds
  const caller = ownCaller(tenant, "example", "orders:write", yield* Clock.currentTimeMillis)
  const command = toRegisterOrder(example, { caller, orderId: exampleId, freshSalt })
  yield* refunds.execute(yield* Effect.fromResult(command))
})
