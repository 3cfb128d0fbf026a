/** What is decided one after the other, in the order in which it came. */
import type { OrderId } from "refund-core/Ids"
import type { Scope } from "refund-core/ports/LedgerStore"

export const accountLane = (tenant: string, customer: string, currency: string): string =>
  JSON.stringify(["account", tenant, currency, customer])

/** The lane that a decision is in from its beginning; null where there is nothing that it could be in the way of. */
export const laneOf = ({ at, tenant }: Scope, order: OrderId | null): string | null => {
  if ("settings" in at) return JSON.stringify(["settings", tenant])
  if ("customer" in at) return accountLane(tenant, at.customer, at.currency)
  return order === null ? null : JSON.stringify(["order", tenant, order])
}
