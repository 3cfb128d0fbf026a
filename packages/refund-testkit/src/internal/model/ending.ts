/** What becomes of a refund, of the return costs that are taken from it, and of the credit that it gives. */
import { isToCredit, owe, takeBack } from "./credit.ts"
import { least, type Model, type ModelOrder, type ModelRefund, payoutOf, sum, takenBy, takenFrom } from "./state.ts"

/** Where and when something happens. */
export interface At {
  readonly model: Model
  readonly order: ModelOrder
  readonly now: number
}

/** Nobody that we call. */
export const people: ReadonlyArray<string> = ["manual", "external", "store_credit"]

export const isByWorker = ({ deducts, destination, provider }: ModelRefund): boolean =>
  destination === "original" && !deducts && provider !== null && !people.includes(provider)

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

const take = (order: ModelOrder, cost: ModelRefund, into: ModelRefund, paid = 0n): void => {
  const amount = least(cost.amount - takenBy(order, cost), payoutOf(order, into) - paid)
  if (amount > 0n) order.taken = [...order.taken, { cost, into, amount }]
  queue(order)
}

/** Return costs that waited for it are taken from a new refund; of one that was paid, what it paid is left. */
export const takeWaiting = (order: ModelOrder, refund: ModelRefund, paid = 0n): void => {
  for (const cost of order.waiting) take(order, cost, refund, paid)
}

const takeFromOpen = (at: At, cost: ModelRefund): void => {
  for (const open of openRefunds(at.order)) {
    take(at.order, cost, open)
    if (open.state === "approved" && payoutOf(at.order, open) === 0n) settle(at, open)
  }
}

/** How it came to that, where that is not now and of itself. */
export interface Settling {
  readonly at?: number
  readonly reference?: string | null
}

/** Credit is owed; a return cost is settled when all of it was taken from refunds that were. */
export const settle = (at: At, refund: ModelRefund, how: Settling = {}): void => {
  const { model, now, order } = at
  Object.assign(refund, { state: "settled", settledAt: how.at ?? now, reference: how.reference ?? null })
  if (isToCredit(refund)) owe(model, order, refund, now)
  for (const { cost } of order.taken.filter((each) => each.into === refund)) {
    const kept = order.taken.filter((each) => each.cost === cost && each.into.settledAt !== null)
    if (sum(kept.map(({ amount }) => amount)) === cost.amount) Object.assign(cost, { state: "settled", settledAt: now })
  }
  queue(order)
}

/** Ended without paying: what it would have deducted is taken from others, or waits. */
export const end = (at: At, refund: ModelRefund, state: "denied" | "canceled" | "failed"): void => {
  const { order } = at
  refund.state = state
  // What was kept of a refund that was settled once stays kept.
  const freed = refund.settledAt === null ? order.taken.filter((each) => each.into === refund) : []
  for (const each of freed) {
    order.taken = order.taken.filter((other) => other !== each)
    queue(order)
    takeFromOpen(at, each.cost)
  }
  queue(order)
}

/** The money came back, or never should have been booked: so does the credit, as far as it is there. */
export const undo = ({ model, order }: At, refund: ModelRefund, state: "reversed" | "failed"): void => {
  refund.state = state
  takeBack(model, order, refund)
  for (const { amount, cost } of order.taken.filter((each) => each.into === refund)) {
    if (cost.state === "settled" && amount === cost.amount) cost.state = "reversed"
  }
}

/** What an approved refund does at once. */
export const proceed = (at: At, refund: ModelRefund): void => {
  const { order } = at
  if (refund.state !== "approved") return
  if (refund.isRecorded) {
    refund.settledBy = refund.askedBy
    settle(at, refund, refund.effectiveAt === null ? {} : { at: refund.effectiveAt, reference: refund.wrote })
  } else if (refund.deducts) {
    queue(order)
    takeFromOpen(at, refund)
  } else if (isToCredit(refund) || takenFrom(order, refund) === refund.amount) settle(at, refund)
}
