/** Store credit: money the merchant owes a customer, in one currency. */
import type { CurrencyCode } from "./Currency.ts"
import type { Event } from "./Event.ts"
import type { CustomerId } from "./Ids.ts"

export interface CreditMoved {
  readonly customerId: CustomerId
  readonly currency: CurrencyCode
  /** Above 0: owed more; below: less. Minor units. */
  readonly amount: bigint
}

/** What an event changes of a customer's credit; null: nothing. */
export const creditMoved = (event: Event): CreditMoved | null => {
  if (event._tag !== "CreditPosted" && event._tag !== "CreditReversed") return null
  const { customerId, currency } = event
  return { customerId, currency, amount: event._tag === "CreditPosted" ? event.amount : -event.amount }
}
