/** An order's rows and its head, both ways. The lists of columns here are the order of the tuples below them. */
import type { SQLInputValue } from "node:sqlite"
import { Schema } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"
import {
  type CaptureHead,
  type ComponentHead,
  type Dispute,
  type OrderHead,
  type OrderTexts,
  type RecentRequest,
  Registration
} from "refund-core/Order"

export const orderColumns = `no, id, currency, customer_id, subtotal, total, collected, refunded_original,
  refunded_store_credit, refunded_payout, held, disputed, retained, parts, entries, head_hash, last_refund,
  created_at, updated_at`

export type OrderRow = readonly [
  no: number,
  id: string,
  currency: string,
  customerId: string | null,
  subtotal: number | null,
  total: number | null,
  collected: number,
  refundedOriginal: number,
  refundedStoreCredit: number,
  refundedPayout: number,
  held: number,
  disputed: number,
  retained: number,
  parts: string,
  entries: number,
  headHash: string,
  lastRefund: number | null,
  createdAt: number,
  updatedAt: number
]

/** How many entries its chain should have. */
export const entriesOf = (row: OrderRow): number => row[14]

/** An order as it is stored: its head, where its rows are, and the hash its next entry is chained to. */
export interface StoredOrder {
  readonly no: number
  readonly head: OrderHead
  readonly hash: string
  /** The number of its newest refund, from which the others are found. */
  readonly lastRefund: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

const orNull = (figure: Figure | null): bigint | null => (figure === null ? null : BigInt(figure))

/** Sums of refunds over many hours may be more than a number keeps; they are text then. */
export type Figure = number | string
export const toFigure = (amount: bigint): Figure => {
  const figure = Number(amount)
  return Number.isSafeInteger(figure) ? figure : String(amount)
}

type CaptureItem = readonly [
  id: string,
  collected: Figure,
  refunded: Figure,
  held: Figure,
  disputed: Figure,
  provider: string,
  reference: string | null,
  tender: string,
  authorizedAmount: Figure | null,
  capturedAt: number | null
]
type ComponentItem = readonly [
  id: string,
  charged: Figure,
  refunded: Figure,
  held: Figure,
  tax: Figure,
  taxTaken: Figure
]
type DisputeItem = readonly [id: string, captureId: string, amount: Figure, state: Dispute["state"], at: number]
type HourItem = readonly [hour: number, sum: Figure]
type RecentItem = readonly [refundId: string, captureId: string | null, amount: Figure, at: number]
type WaitingItem = readonly [refundId: string, amount: Figure]

/** The lists of an order are one text in its row: they are read and written with it, and nothing asks for them alone. */
type Parts = readonly [
  captures: ReadonlyArray<CaptureItem>,
  components: ReadonlyArray<ComponentItem>,
  disputes: ReadonlyArray<DisputeItem>,
  hours: ReadonlyArray<HourItem>,
  recent: ReadonlyArray<RecentItem>,
  waiting: ReadonlyArray<WaitingItem>,
  customerFixed?: 1
]

export const toOrder = (row: OrderRow): StoredOrder => storedAs(row, toHead(row))

/** With a head that is known to be the row's. */
export const storedAs = (row: OrderRow, head: OrderHead): StoredOrder => ({
  no: row[0],
  head,
  hash: hashOf(row),
  lastRefund: row[16],
  createdAt: row[17],
  updatedAt: row[18]
})

export const hashOf = (row: OrderRow): string => row[15]

export const toHead = (row: OrderRow): OrderHead => {
  const [, id, currency, customerId, subtotal, total, collected, original, credit, payout, ...more] = row
  const [held, disputed, retained, parts, entries] = more
  const [captures, components, disputes, hours, recent, waiting, customerFixed] = JSON.parse(parts) as Parts
  return {
    id: id as OrderId,
    currency: currency as CurrencyCode,
    customerId: customerId as CustomerId | null,
    customerFixed: customerFixed === 1,
    subtotal: orNull(subtotal),
    total: orNull(total),
    collected: BigInt(collected),
    refunded: { original: BigInt(original), store_credit: BigInt(credit), payout: BigInt(payout) },
    held: BigInt(held),
    disputed: BigInt(disputed),
    retained: BigInt(retained),
    captures: captures.map(toCapture),
    components: components.map(toComponent),
    disputes: disputes.map(toDispute),
    hours: hours.map(([hour, sum]) => ({ hour, sum: BigInt(sum) })),
    recent: recent.map(toRecent),
    waiting: waiting.map(([refundId, amount]) => ({ refundId: refundId as RefundId, amount: BigInt(amount) })),
    entries
  }
}

const toCapture = (item: CaptureItem): CaptureHead => {
  const [id, collected, refunded, held, disputed, provider, reference, tender, authorizedAmount, capturedAt] = item
  return {
    id: id as CaptureId,
    collected: BigInt(collected),
    refunded: BigInt(refunded),
    held: BigInt(held),
    disputed: BigInt(disputed),
    provider,
    reference,
    tender,
    authorizedAmount: orNull(authorizedAmount),
    capturedAt
  }
}

const captureItem = (capture: CaptureHead): CaptureItem => [
  capture.id,
  toFigure(capture.collected),
  toFigure(capture.refunded),
  toFigure(capture.held),
  toFigure(capture.disputed),
  capture.provider,
  capture.reference,
  capture.tender,
  capture.authorizedAmount === null ? null : toFigure(capture.authorizedAmount),
  capture.capturedAt
]

const toComponent = ([id, charged, refunded, held, tax, taxTaken]: ComponentItem): ComponentHead => ({
  id,
  charged: BigInt(charged),
  refunded: BigInt(refunded),
  held: BigInt(held),
  tax: BigInt(tax),
  taxTaken: BigInt(taxTaken)
})

const componentItem = ({ charged, held, id, refunded, tax, taxTaken }: ComponentHead): ComponentItem => [
  id,
  toFigure(charged),
  toFigure(refunded),
  toFigure(held),
  toFigure(tax),
  toFigure(taxTaken)
]

const toDispute = ([id, captureId, amount, state, at]: DisputeItem): Dispute => ({
  id,
  captureId: captureId as CaptureId,
  amount: BigInt(amount),
  state,
  at
})

const disputeItem = ({ amount, at, captureId, id, state }: Dispute): DisputeItem => [
  id,
  captureId,
  toFigure(amount),
  state,
  at
]

const toRecent = ([refundId, captureId, amount, at]: RecentItem): RecentRequest => ({
  refundId: refundId as RefundId,
  captureId: captureId as CaptureId | null,
  amount: BigInt(amount),
  at
})

const recentItem = ({ amount, at, captureId, refundId }: RecentRequest): RecentItem => [
  refundId,
  captureId,
  toFigure(amount),
  at
]

/** What registering decides: `currency` to `total`. */
export const registeredColumns = (head: OrderHead): ReadonlyArray<SQLInputValue> => [
  head.currency,
  head.customerId,
  head.subtotal,
  head.total
]

/** What any entry may change: `collected` to `entries`. */
export const figureColumns = (head: OrderHead): ReadonlyArray<SQLInputValue> => [
  head.collected,
  head.refunded.original,
  head.refunded.store_credit,
  head.refunded.payout,
  head.held,
  head.disputed,
  head.retained,
  partsText(head),
  head.entries
]

const partsText = (head: OrderHead): string => {
  const parts = [
    head.captures.map(captureItem),
    head.components.map(componentItem),
    head.disputes.map(disputeItem),
    head.hours.map(({ hour, sum }): HourItem => [hour, toFigure(sum)]),
    head.recent.map(recentItem),
    head.waiting.map(({ amount, refundId }): WaitingItem => [refundId, toFigure(amount)])
  ] as const
  const told: Parts = head.customerFixed ? [...parts, 1] : parts
  return JSON.stringify(told)
}

export type RegistrationRow = readonly [registration: string, texts: string | null]

export interface Registered {
  readonly registration: Registration
  readonly texts: OrderTexts | null
}

const decodeRegistration = Schema.decodeUnknownSync(Schema.toCodecJson(Registration))

export const toRegistered = (no: number, row: RegistrationRow | undefined): Registered => {
  if (row === undefined) throw new Error(`order number ${no} has no registration`)
  const [registration, texts] = row
  return {
    registration: decodeRegistration(JSON.parse(registration)),
    texts: texts === null ? null : (JSON.parse(texts) as OrderTexts)
  }
}
