/** A customer with two orders, who is owed 60 from the first of them. */
import { capture, hours, noon, order, refundId, register, request, spend } from "refund-testkit/build"

export const customer = "c-7"
export const whose = { customerId: customer, currency: "USD" } as const

export const days = (count: number): number => hours(24 * count)
/** The end of the day, UTC, so many days after the day of noon. */
export const endOfDay = (count: number): number => noon + hours(12) + days(count)

export const first = register(order({ customer, captures: [capture("c-1", 100n)] }))
export const next = register(order({ customer, captures: [capture("c-2", 100n)] }), { id: "o-2" })
/** Refund 1. */
export const credited = [first, next, request({ amount: 60n, destination: "store_credit", id: refundId(1) })]

/** For the second order. */
export const pays = (amount: bigint, options: Parameters<typeof spend>[1] = {}) =>
  spend(amount, { order: "o-2", customer, ...options })
