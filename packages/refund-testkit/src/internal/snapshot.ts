/** Everything that the laws look at, read through the ports: what a tenant's ledger is at one moment. */
import { Effect } from "effect"
import type { CreditHead } from "refund-core/Credit"
import type { OrderId, TenantId } from "refund-core/Ids"
import { creditChain, orderChain, settingsChain } from "refund-core/Journal"
import { type JournalEntry, LedgerReader, type OrderView } from "refund-core/ports/LedgerReader"
import { LedgerStore, type LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { SettingsHead } from "refund-core/Settings"

export interface Snapshot {
  readonly tenant: TenantId
  readonly settings: SettingsHead
  readonly orders: ReadonlyMap<OrderId, OrderView>
  readonly journals: ReadonlyMap<string, ReadonlyArray<JournalEntry>>
  readonly credits: ReadonlyArray<CreditHead>
}

export const takeSnapshot = (
  tenant: TenantId,
  orderIds: ReadonlyArray<OrderId>
): Effect.Effect<Snapshot, LedgerUnavailable, LedgerStore | LedgerReader> =>
  Effect.gen(function* () {
    const store = yield* LedgerStore
    const reader = yield* LedgerReader
    const settings = yield* store.read({ tenant, at: { settings: true } }, (facts) => facts.settings)
    const orders = new Map<OrderId, OrderView>()
    const journals = new Map([[settingsChain, yield* reader.journal(tenant, settingsChain)]])
    for (const id of orderIds) {
      const view = yield* reader.order(tenant, { order: id })
      if (view !== null) orders.set(id, view)
      journals.set(orderChain(id), yield* reader.journal(tenant, orderChain(id)))
    }
    const credits: Array<CreditHead> = []
    for (const customerId of customersOf(orders)) {
      for (const credit of yield* reader.credit(tenant, customerId)) {
        credits.push(credit)
        const chain = creditChain(credit.customerId, credit.currency)
        journals.set(chain, yield* reader.journal(tenant, chain))
      }
    }
    return { tenant, settings, orders, journals, credits }
  })

/** Whoever is credited: an order may get another customer later, and then its older refunds are still the first one's. */
const customersOf = (orders: ReadonlyMap<OrderId, OrderView>): ReadonlyArray<string> => {
  const named = [...orders.values()].flatMap(({ head, refunds }) => [
    head.customerId,
    ...refunds.map((refund) => refund.customerId)
  ])
  return [...new Set(named.flatMap((id) => id ?? []))].sort()
}
