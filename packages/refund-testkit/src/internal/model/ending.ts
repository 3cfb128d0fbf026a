/** What becomes of a refund, and of the return costs that are taken from it. */
import { least, type ModelOrder, type ModelRefund, payoutOf, sum, takenBy, takenFrom } from "./state.ts"

export const isByWorker = ({ deducts, destination, provider }: ModelRefund): boolean =>
  destination === "original" && !deducts && provider !== null && provider !== "manual" && provider !== "external"

export const isUnsent = ({ attempts, state }: ModelRefund): boolean =>
  (state === "pending_approval" || state === "approved") && attempts.length === 0

/** What a return cost can still be taken from. */
export const openRefunds = (order: ModelOrder): ReadonlyArray<ModelRefund> =>
  order.refunds.filter(
    (refund) => isUnsent(refund) && !refund.deducts && !refund.isRecorded && payoutOf(order, refund) > 0n
  )

/** Keeps those that wait in their order; who began to wait comes last. */
export const queue = (order: ModelOrder): void => {
  const waits = (cost: ModelRefund) => cost.deducts && cost.state === "approved" && takenBy(order, cost) < cost.amount
  const still = order.waiting.filter(waits)
  order.waiting = [...still, ...order.refunds.filter((refund) => waits(refund) && !still.includes(refund))]
}

const take = (order: ModelOrder, cost: ModelRefund, into: ModelRefund): void => {
  const amount = least(cost.amount - takenBy(order, cost), payoutOf(order, into))
  if (amount > 0n) order.taken = [...order.taken, { cost, into, amount }]
  queue(order)
}

/** Return costs that waited for it are taken from a new refund. */
export const takeWaiting = (order: ModelOrder, refund: ModelRefund): void => {
  for (const cost of order.waiting) take(order, cost, refund)
}

const takeFromOpen = (order: ModelOrder, cost: ModelRefund): void => {
  for (const open of openRefunds(order)) {
    take(order, cost, open)
    if (open.state === "approved" && payoutOf(order, open) === 0n) settle(order, open)
  }
}

/** A return cost is settled when all of it was taken from refunds that were. */
export const settle = (order: ModelOrder, refund: ModelRefund): void => {
  refund.state = "settled"
  for (const { cost } of order.taken.filter((each) => each.into === refund)) {
    const kept = order.taken.filter(
      (each) => each.cost === cost && (each.into.state === "settled" || each.into.state === "reversed")
    )
    if (sum(kept.map(({ amount }) => amount)) === cost.amount) cost.state = "settled"
  }
  queue(order)
}

/** Ended without paying: what it would have deducted is taken from others, or waits. */
export const end = (order: ModelOrder, refund: ModelRefund, state: "denied" | "canceled" | "failed"): void => {
  refund.state = state
  const freed = order.taken.filter((each) => each.into === refund)
  for (const each of freed) {
    order.taken = order.taken.filter((other) => other !== each)
    queue(order)
    takeFromOpen(order, each.cost)
  }
  queue(order)
}

export const reverse = (order: ModelOrder, refund: ModelRefund): void => {
  refund.state = "reversed"
  for (const { amount, cost } of order.taken.filter((each) => each.into === refund)) {
    if (cost.state === "settled" && amount === cost.amount) cost.state = "reversed"
  }
}

/** What an approved refund does at once. */
export const proceed = (order: ModelOrder, refund: ModelRefund): void => {
  if (refund.state !== "approved") return
  if (refund.isRecorded) {
    refund.settledBy = refund.askedBy
    settle(order, refund)
  } else if (refund.deducts) {
    queue(order)
    takeFromOpen(order, refund)
  } else if (refund.destination === "store_credit" || takenFrom(order, refund) === refund.amount) settle(order, refund)
}
