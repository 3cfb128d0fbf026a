/** An order as the list of what was asked for. Nothing is kept that can be counted: every figure is a sum over the list. */
import { componentsOf, type Dispute, type Registration } from "refund-core/Order"
import type { Door, PolicyOverrides } from "refund-core/Policy"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import type { Destination, Refund, RefundState } from "refund-core/Refund"

export interface ModelRefund {
  readonly id: Refund["id"]
  readonly group: Refund["id"]
  readonly capture: string | null
  readonly customer: string | null
  readonly destination: Destination
  readonly provider: string | null
  readonly amount: bigint
  readonly shares: ReadonlyArray<{ readonly part: string; readonly amount: bigint }>
  readonly deducts: boolean
  /** A person, or a provider unasked, says that it has happened. */
  readonly isRecorded: boolean
  readonly isExternal: boolean
  /** When the money moved, where that was recorded. */
  readonly effectiveAt: number | null
  /** What the request names for a reference. */
  readonly wrote: string | null
  readonly door: Door
  readonly mayBeDisputed: boolean
  readonly askedBy: string
  readonly at: number
  state: RefundState
  /** When the money moved, also where it came back since; null: it never did. */
  settledAt: number | null
  /** The provider's own name for it, or what a person wrote down. */
  reference: string | null
  approvedBy: string | null
  settledBy: string | null
  saysFailed: string | null
  /** People undid what people had recorded. */
  isUndoneByHand?: true
  /** Newest last. */
  readonly attempts: Array<ModelAttempt>
}

export interface ModelAttempt {
  readonly id: string
  readonly at: number
  /** How often something was heard of it. */
  told: number
  isNotSent: boolean
  /** By the provider's own time, where what it said last came with one. */
  toldAt: number | null
  hasReference: boolean
}

/** `amount` of what `cost` takes is taken from `into`. */
export interface Taken {
  readonly cost: ModelRefund
  readonly into: ModelRefund
  readonly amount: bigint
}

export interface ModelOrder {
  registration: Registration
  /** As first registered. */
  subtotal: bigint | null
  readonly disputes: Map<string, Dispute>
  /** Oldest first. */
  readonly refunds: Array<ModelRefund>
  taken: ReadonlyArray<Taken>
  /** Return costs that have something left to take, in the order in which they began to wait. */
  waiting: ReadonlyArray<ModelRefund>
}

export interface Model {
  overrides: PolicyOverrides
  readonly orders: Map<string, ModelOrder>
  /** By currency and customer: when each unit of credit ends, soonest first. */
  readonly accounts: Map<string, ReadonlyArray<number>>
  readonly capabilitiesOf: (provider: string) => Capabilities
  /** By idempotency key: the group that it made. */
  readonly keys: Map<string, string>
  /** By group: what was asked for. */
  readonly contents: Map<string, string>
}

export const emptyModel = (capabilitiesOf: Model["capabilitiesOf"] = () => assumed): Model => ({
  overrides: {},
  orders: new Map(),
  accounts: new Map(),
  capabilitiesOf,
  keys: new Map(),
  contents: new Map()
})

// ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const atLeastZero = (amount: bigint): bigint => (amount > 0n ? amount : 0n)

const holding: ReadonlyArray<RefundState> = [
  "pending_approval",
  "approved",
  "submitting",
  "pending",
  "requires_action",
  "unknown",
  "in_review"
]
const isHeld = (refund: ModelRefund): boolean => !refund.deducts && holding.includes(refund.state)
const isSettled = (refund: ModelRefund): boolean => !refund.deducts && refund.state === "settled"
const amounts = (refunds: ReadonlyArray<ModelRefund>): bigint => sum(refunds.map(({ amount }) => amount))

/** What counts against the order: held or refunded. */
export const claims = ({ refunds }: ModelOrder): ReadonlyArray<ModelRefund> =>
  refunds.filter((refund) => isHeld(refund) || isSettled(refund))

const onCapture = (refunds: ReadonlyArray<ModelRefund>, id: string): ReadonlyArray<ModelRefund> =>
  refunds.filter(({ capture, destination }) => destination === "original" && capture === id)

const onPart = (refunds: ReadonlyArray<ModelRefund>, part: string): bigint =>
  sum(refunds.flatMap(({ shares }) => shares.filter((share) => share.part === part).map((share) => share.amount)))

export const takenFrom = (order: ModelOrder, into: ModelRefund): bigint =>
  sum(order.taken.filter((each) => each.into === into).map(({ amount }) => amount))
export const takenBy = (order: ModelOrder, cost: ModelRefund): bigint =>
  sum(order.taken.filter((each) => each.cost === cost).map(({ amount }) => amount))
export const payoutOf = (order: ModelOrder, refund: ModelRefund): bigint => refund.amount - takenFrom(order, refund)

const disputed = ({ disputes }: ModelOrder, id?: string): bigint =>
  sum(
    [...disputes.values()]
      .filter(({ captureId, state }) => state !== "won" && (id === undefined || captureId === id))
      .map(({ amount }) => amount)
  )

export const isOpenDispute = ({ disputes }: ModelOrder, capture: string | null): boolean =>
  [...disputes.values()].some(({ captureId, state }) => state === "open" && captureId === capture)

const collected = ({ registration }: ModelOrder, id?: string): bigint =>
  sum(
    registration.captures
      .filter((capture) => capture.capturedAt !== null && (id === undefined || capture.id === id))
      .map(({ amount }) => amount)
  )

/** When money was taken there; of no capture in particular, when the first was. Null: none was. */
export const takenAt = ({ registration }: ModelOrder, id: string | null): number | null => {
  const times = registration.captures.flatMap((capture) =>
    capture.capturedAt === null || (id !== null && capture.id !== id) ? [] : [capture.capturedAt]
  )
  return times.length === 0 ? null : Math.min(...times)
}

/** Below zero where facts from outside took more. */
export const leftOnCapture = (order: ModelOrder, id: string): bigint =>
  collected(order, id) - amounts(onCapture(claims(order), id)) - disputed(order, id)
export const leftOnOrder = (order: ModelOrder): bigint => collected(order) - amounts(claims(order)) - disputed(order)
export const roomOnCapture = (order: ModelOrder, id: string): bigint => atLeastZero(leftOnCapture(order, id))
export const roomOnOrder = (order: ModelOrder): bigint => atLeastZero(leftOnOrder(order))
/** Null: no total is known, so there is no limit. Below zero where facts from outside took more, or the order changed. */
export const leftOfTotal = (order: ModelOrder): bigint | null =>
  order.registration.total === undefined ? null : order.registration.total - amounts(claims(order))
export const roomInTotal = (order: ModelOrder): bigint | null => {
  const left = leftOfTotal(order)
  return left === null ? null : atLeastZero(left)
}
export const roomInPart = (order: ModelOrder, id: string): bigint => {
  const part = componentsOf(order.registration).find((each) => each.id === id)
  return part === undefined ? 0n : atLeastZero(part.charged - onPart(claims(order), id))
}

/** Asked for within 24 clock hours, and neither denied nor canceled. */
export const askedLately = ({ refunds }: ModelOrder, now: number): bigint => {
  const hour = (at: number) => Math.floor(at / 3_600_000)
  const counts = ({ at, deducts, state }: ModelRefund) =>
    !deducts && state !== "denied" && state !== "canceled" && hour(at) > hour(now) - 24
  return amounts(refunds.filter(counts))
}

/** All that a ledger says of an order, named as it does. */
export const figuresOf = (order: ModelOrder) => {
  const held = order.refunds.filter(isHeld)
  const settled = order.refunds.filter(isSettled)
  const to = (destination: Destination) => amounts(settled.filter((refund) => refund.destination === destination))
  return {
    collected: collected(order),
    held: amounts(held),
    refunded: { original: to("original"), store_credit: to("store_credit"), payout: to("payout") },
    disputed: disputed(order),
    retained: sum(settled.map((refund) => takenFrom(order, refund))),
    refundable: roomOnOrder(order),
    captures: order.registration.captures.map(({ id }) => ({
      id,
      held: amounts(onCapture(held, id)),
      refunded: amounts(onCapture(settled, id)),
      disputed: disputed(order, id)
    })),
    components: componentsOf(order.registration).map(({ id }) => ({
      id,
      held: onPart(held, id),
      refunded: onPart(settled, id)
    })),
    refunds: order.refunds.map(({ amount, destination, id, state, ...refund }) => ({
      id,
      state,
      amount,
      destination,
      capture: refund.capture
    }))
  }
}
