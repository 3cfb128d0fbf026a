/** The figures that an order keeps, and the only arithmetic on them. */
import type { EventOf } from "./Event.ts"
import {
  type CaptureHead,
  type ComponentHead,
  componentsOf,
  type Dispute,
  type OrderHead,
  type RecentRequest,
  type Registration
} from "./Order.ts"
import { creditProvider, holds, isRefunded, type Refund, type RefundState } from "./Refund.ts"

/** Takes a refund out of the figures in its state before, and puts it in in its state after. Return costs draw on nothing. */
export const account = (
  order: OrderHead,
  refund: Refund,
  before: RefundState | null,
  after: RefundState
): OrderHead => {
  if (refund.deducts) return order
  const held = amountIf(holds(after), refund) - amountIf(before !== null && holds(before), refund)
  const refunded = amountIf(isRefunded(after), refund) - amountIf(before !== null && isRefunded(before), refund)
  if (held === 0n && refunded === 0n) return order

  const moveShare = (component: ComponentHead): ComponentHead => {
    const share = refund.shares.find((each) => each.component === component.id)
    if (share === undefined) return component
    return {
      ...component,
      held: component.held + sign(held) * share.amount,
      refunded: component.refunded + sign(refunded) * share.amount,
      taxTaken: component.taxTaken + sign(held + refunded) * share.tax
    }
  }
  return {
    ...order,
    held: order.held + held,
    refunded: { ...order.refunded, [refund.destination]: order.refunded[refund.destination] + refunded },
    captures:
      refund.destination !== "original"
        ? order.captures
        : order.captures.map((capture) =>
            capture.id === refund.captureId
              ? { ...capture, held: capture.held + held, refunded: capture.refunded + refunded }
              : capture
          ),
    components: refund.shares.length === 0 ? order.components : order.components.map(moveShare)
  }
}

const amountIf = (counts: boolean, refund: Refund): bigint => (counts ? refund.amount : 0n)
const sign = (amount: bigint): bigint => (amount > 0n ? 1n : amount < 0n ? -1n : 0n)

export const register = (before: OrderHead | null, event: EventOf<"OrderRegistered">): OrderHead => {
  const { order } = event
  const captures = order.captures.map((capture): CaptureHead => {
    const known = before?.captures.find((each) => each.id === capture.id)
    return {
      id: capture.id,
      collected: capture.capturedAt === null ? 0n : capture.amount,
      refunded: known?.refunded ?? 0n,
      held: known?.held ?? 0n,
      disputed: known?.disputed ?? 0n,
      provider: capture.provider,
      reference: capture.reference,
      tender: capture.tender,
      authorizedAmount: capture.authorizedAmount,
      capturedAt: capture.capturedAt
    }
  })
  return {
    id: event.orderId,
    currency: order.currency,
    customerId: order.customerId ?? null,
    customerFixed: (before?.customerFixed ?? false) || captures.some((capture) => capture.provider === creditProvider),
    subtotal: before?.subtotal ?? order.subtotal ?? null,
    total: order.total ?? null,
    collected: captures.reduce((sum, capture) => sum + capture.collected, 0n),
    refunded: before?.refunded ?? { original: 0n, store_credit: 0n, payout: 0n },
    held: before?.held ?? 0n,
    disputed: before?.disputed ?? 0n,
    retained: before?.retained ?? 0n,
    captures,
    components: components(before, order),
    disputes: before?.disputes ?? [],
    hours: before?.hours ?? [],
    recent: before?.recent ?? [],
    waiting: before?.waiting ?? [],
    entries: before?.entries ?? 0
  }
}

const components = (before: OrderHead | null, order: Registration): ReadonlyArray<ComponentHead> =>
  componentsOf(order).map(({ charged, id, tax }) => {
    const known = before?.components.find((component) => component.id === id)
    const { held, refunded, taxTaken } = known ?? { held: 0n, refunded: 0n, taxTaken: 0n }
    return { id, charged, tax, refunded, held, taxTaken }
  })

export const disputed = (order: OrderHead, dispute: Dispute): OrderHead => {
  const disputes = [...order.disputes.filter((each) => each.id !== dispute.id), dispute]
  const standing = disputes.filter((each) => each.state !== "won")
  const sum = (of: ReadonlyArray<Dispute>) => of.reduce((total, each) => total + each.amount, 0n)
  return {
    ...order,
    disputes,
    disputed: sum(standing),
    captures: order.captures.map((capture) =>
      capture.id === dispute.captureId
        ? { ...capture, disputed: sum(standing.filter((each) => each.captureId === capture.id)) }
        : capture
    )
  }
}

const recentKept = 8
const hourOf = (at: number): number => Math.floor(at / 3_600_000)

export const noteRequest = (order: OrderHead, refund: Refund, sum: bigint): OrderHead => {
  const hour = hourOf(refund.requestedAt)
  const kept = order.hours.filter((each) => each.hour > hour - 24 && each.hour !== hour)
  const before = order.hours.find((each) => each.hour === hour)?.sum ?? 0n
  const request: RecentRequest = {
    refundId: refund.id,
    captureId: refund.captureId,
    amount: refund.amount,
    at: refund.requestedAt
  }
  return {
    ...order,
    hours: [...kept, { hour, sum: before + sum }],
    recent: [...order.recent.slice(-(recentKept - 1)), request]
  }
}

/** A refund that was denied or canceled no longer counts toward what was asked lately. */
export const forgetRequest = (order: OrderHead, refund: Refund): OrderHead => {
  const hour = hourOf(refund.requestedAt)
  return {
    ...order,
    hours: order.hours.map((each) => (each.hour === hour ? { hour, sum: each.sum - refund.amount } : each)),
    recent: order.recent.filter((each) => each.refundId !== refund.id)
  }
}

const waitingOf = (refund: Refund | null): bigint =>
  refund?.deducts === true && refund.state === "approved" ? refund.amount - refund.netted : 0n

/** Keeps `order.waiting` equal to what approved return costs have not found a refund for yet. */
export const waits = (order: OrderHead, before: Refund | null, after: Refund): OrderHead => {
  if (!after.deducts) return order
  const left = waitingOf(after)
  if (left === waitingOf(before)) return order
  const index = order.waiting.findIndex((each) => each.refundId === after.id)
  const entry = { refundId: after.id, amount: left }
  if (index === -1) return { ...order, waiting: [...order.waiting, entry] }
  return { ...order, waiting: left === 0n ? order.waiting.toSpliced(index, 1) : order.waiting.with(index, entry) }
}
