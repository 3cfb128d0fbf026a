/** An order's rows and its head, both ways. The lists of columns here are the order of the tuples below them. */
import type { SQLInputValue } from "node:sqlite"
import { Schema } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"
import { type CaptureHead, type ComponentHead, type Dispute, type OrderHead, Registration } from "refund-core/Order"
import { toHex } from "./digest.ts"

export const orderColumns = `no, id, currency, customer_id, subtotal, total, collected, refunded_original,
  refunded_store_credit, refunded_payout, held, disputed, retained, disputes, hours, recent, waiting, entries, head_hash,
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
  disputes: string | null,
  hours: string | null,
  recent: string | null,
  waiting: string | null,
  entries: number,
  headHash: Uint8Array,
  createdAt: number,
  updatedAt: number
]

/** An order as it is stored: its head, where its rows are, and the hash its next entry is chained to. */
export interface StoredOrder {
  readonly no: number
  readonly head: OrderHead
  readonly hash: string
  readonly createdAt: number
  readonly updatedAt: number
}

export const captureColumns =
  "id, collected, refunded, held, disputed, provider, reference, tender, authorized_amount, captured_at"

export type CaptureRow = readonly [
  id: string,
  collected: number,
  refunded: number,
  held: number,
  disputed: number,
  provider: string,
  reference: string | null,
  tender: string,
  authorizedAmount: number | null,
  capturedAt: number | null
]

export const componentColumns = "id, charged, refunded, held"
export type ComponentRow = readonly [id: string, charged: number, refunded: number, held: number]

const orNull = (figure: number | null): bigint | null => (figure === null ? null : BigInt(figure))

/** Sums of refunds over many hours may be more than a number keeps; they are text then. */
type Figure = number | string
export const toFigure = (amount: bigint): Figure =>
  amount <= Number.MAX_SAFE_INTEGER && amount >= Number.MIN_SAFE_INTEGER ? Number(amount) : String(amount)

type Disputes = ReadonlyArray<
  readonly [id: string, captureId: string, amount: Figure, state: Dispute["state"], at: number]
>
type Hours = ReadonlyArray<readonly [hour: number, sum: Figure]>
type Recent = ReadonlyArray<readonly [refundId: string, captureId: string | null, amount: Figure, at: number]>
type Waiting = ReadonlyArray<readonly [refundId: string, amount: Figure]>

const list = <Item>(text: string | null): ReadonlyArray<Item> =>
  text === null ? [] : (JSON.parse(text) as ReadonlyArray<Item>)
const text = (items: Disputes | Hours | Recent | Waiting): string | null =>
  items.length === 0 ? null : JSON.stringify(items)

export const toOrder = (
  row: OrderRow,
  captures: ReadonlyArray<CaptureRow>,
  components: ReadonlyArray<ComponentRow>
): StoredOrder => {
  const [no, id, currency, customerId, subtotal, total, collected, original, credit, payout, ...more] = row
  const [held, disputed, retained, disputes, hours, recent, waiting, entries, headHash, createdAt, updatedAt] = more
  const head: OrderHead = {
    id: id as OrderId,
    currency: currency as CurrencyCode,
    customerId: customerId as CustomerId | null,
    subtotal: orNull(subtotal),
    total: orNull(total),
    collected: BigInt(collected),
    refunded: { original: BigInt(original), store_credit: BigInt(credit), payout: BigInt(payout) },
    held: BigInt(held),
    disputed: BigInt(disputed),
    retained: BigInt(retained),
    captures: captures.map(toCapture),
    components: components.map(toComponent),
    disputes: list<Disputes[number]>(disputes).map(([id, captureId, amount, state, at]) => ({
      id,
      captureId: captureId as CaptureId,
      amount: BigInt(amount),
      state,
      at
    })),
    hours: list<Hours[number]>(hours).map(([hour, sum]) => ({ hour, sum: BigInt(sum) })),
    recent: list<Recent[number]>(recent).map(([refundId, captureId, amount, at]) => ({
      refundId: refundId as RefundId,
      captureId: captureId as CaptureId | null,
      amount: BigInt(amount),
      at
    })),
    waiting: list<Waiting[number]>(waiting).map(([refundId, amount]) => ({
      refundId: refundId as RefundId,
      amount: BigInt(amount)
    })),
    entries
  }
  return { no, head, hash: toHex(headHash), createdAt, updatedAt }
}

const toCapture = (row: CaptureRow): CaptureHead => {
  const [id, collected, refunded, held, disputed, provider, reference, tender, authorizedAmount, capturedAt] = row
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

const toComponent = ([id, charged, refunded, held]: ComponentRow): ComponentHead => ({
  id,
  charged: BigInt(charged),
  refunded: BigInt(refunded),
  held: BigInt(held)
})

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
  text(head.disputes.map((each) => [each.id, each.captureId, toFigure(each.amount), each.state, each.at] as const)),
  text(head.hours.map(({ hour, sum }) => [hour, toFigure(sum)] as const)),
  text(head.recent.map((each) => [each.refundId, each.captureId, toFigure(each.amount), each.at] as const)),
  text(head.waiting.map(({ amount, refundId }) => [refundId, toFigure(amount)] as const)),
  head.entries
]

export const captureValues = (capture: CaptureHead): ReadonlyArray<SQLInputValue> => [
  capture.id,
  capture.collected,
  capture.refunded,
  capture.held,
  capture.disputed,
  capture.provider,
  capture.reference,
  capture.tender,
  capture.authorizedAmount,
  capture.capturedAt
]

const decodeRegistration = Schema.decodeUnknownSync(Schema.toCodecJson(Registration))
export const toRegistration = (text: string): Registration => decodeRegistration(JSON.parse(text))
