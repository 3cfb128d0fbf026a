/** A refund's row and the refund, both ways. What never changes after the request is one JSON text, what does is another. */
import type { SQLInputValue } from "node:sqlite"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"
import { isUnsubmitted, type NewRefund, type Refund, type Texts } from "refund-core/Refund"
import { toFigure } from "./orderRows.ts"

/** The order's id is the order's to say. */
export const refundColumns = `no, order_no, id, group_id, capture_id, customer_id, type, destination, amount, currency, state,
  requested_at, updated_at, request, progress, texts`

export type RefundRow = readonly [
  no: number,
  orderNo: number,
  id: string,
  groupId: string | null,
  captureId: string | null,
  customerId: string | null,
  type: string,
  destination: string,
  amount: number,
  currency: string,
  state: string,
  requestedAt: number,
  updatedAt: number,
  request: string,
  progress: string | null,
  texts: string | null
]

export const orderNoOf = (row: RefundRow): number => row[1]
/** Null: it is a group of its own. */
export const groupIdOf = (row: RefundRow): string | null => row[3]

interface Columns {
  readonly number: unknown
  readonly id: unknown
  readonly groupId: unknown
  readonly orderId: unknown
  readonly captureId: unknown
  readonly customerId: unknown
  readonly type: unknown
  readonly destination: unknown
  readonly amount: unknown
  readonly currency: unknown
  readonly state: unknown
  readonly requestedAt: unknown
}

type Request = Omit<NewRefund, keyof Columns>
type Progress = Omit<Refund, keyof NewRefund | "updatedAt" | "texts">

/** What most refunds have, and their texts leave out. */
const usualRequest = {
  provider: null,
  origin: "requested",
  shares: [],
  effectiveAt: null,
  deducts: false,
  requiresApproval: false,
  skipEvents: false,
  reference: null,
  possibleDuplicateOf: null,
  notes: []
} satisfies Partial<Request>

const usualProgress: Progress = {
  deductions: [],
  netted: 0n,
  realised: 0n,
  attempts: [],
  approvedBy: null,
  approvedAt: null,
  settledAt: null,
  settledBy: null,
  providerReference: null,
  detail: null
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** The fields that differ from the usual, or null where none does. */
const unusual = (fields: object, usual: object): string | null => {
  const kept: Record<string, unknown> = {}
  let count = 0
  for (const [name, value] of Object.entries(fields)) {
    const same = name in usual && (value === usual[name as keyof typeof usual] || isEmpty(value))
    if (same) continue
    kept[name] = plain(value)
    count++
  }
  return count === 0 ? null : JSON.stringify(kept)
}

/** Amounts as numbers, wherever they are. */
const plain = (value: unknown): unknown => {
  if (typeof value === "bigint") return toFigure(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

const withAmounts = <Item extends { readonly amount: bigint }>(items: ReadonlyArray<Item>): ReadonlyArray<Item> =>
  items.map((item) => ({ ...item, amount: BigInt(item.amount) }))

export const toRefund = (row: RefundRow, orderId: OrderId): Refund => {
  const [number, , id, groupId, captureId, customerId, type, destination, amount, currency, state, ...more] = row
  const [requestedAt, updatedAt, requestText, progressText, texts] = more
  const request: Request = { ...usualRequest, ...(JSON.parse(requestText) as Omit<Request, keyof typeof usualRequest>) }
  const progress: Progress =
    progressText === null ? usualProgress : { ...usualProgress, ...(JSON.parse(progressText) as Partial<Progress>) }
  return {
    id: id as RefundId,
    groupId: (groupId ?? id) as RefundId,
    number,
    orderId,
    captureId: captureId as CaptureId | null,
    customerId: customerId as CustomerId | null,
    type: type as Refund["type"],
    destination: destination as Refund["destination"],
    amount: BigInt(amount),
    currency: currency as CurrencyCode,
    state: state as Refund["state"],
    requestedAt,
    updatedAt,
    ...request,
    shares: withAmounts(request.shares),
    ...progress,
    deductions: withAmounts(progress.deductions),
    netted: BigInt(progress.netted),
    realised: BigInt(progress.realised),
    texts: texts === null ? null : (JSON.parse(texts) as Texts)
  }
}

/** What the request decided: `no` to `currency`, then `requested_at`, `request` and `texts`. */
export const requestValues = (refund: Refund): ReadonlyArray<SQLInputValue> => [
  refund.number,
  refund.id,
  refund.groupId === refund.id ? null : refund.groupId,
  refund.captureId,
  refund.customerId,
  refund.type,
  refund.destination,
  refund.amount,
  refund.currency,
  refund.requestedAt,
  requestText(refund),
  refund.texts === null ? null : JSON.stringify(refund.texts)
]

/** What later entries change: `state`, `unsubmitted`, `updated_at` and `progress`. */
export const progressValues = (refund: Refund): ReadonlyArray<SQLInputValue> => [
  refund.state,
  isUnsubmitted(refund) && !refund.deducts ? 1 : 0,
  refund.updatedAt,
  progressText(refund)
]

const requestText = (refund: Refund): string => {
  const { deducts, door, effectiveAt, notes, origin, possibleDuplicateOf, provider, reference } = refund
  const { requestedBy, requiresApproval, shares, skipEvents } = refund
  const who = { requestedBy, door, origin, provider }
  const how = { effectiveAt, deducts, requiresApproval, skipEvents, reference, shares, possibleDuplicateOf, notes }
  const request: Request = { ...who, ...how }
  return unusual(request, usualRequest) ?? "{}"
}

const progressText = (refund: Refund): string | null => {
  const { approvedAt, approvedBy, attempts, deductions, detail, netted, providerReference, realised } = refund
  const { settledAt, settledBy } = refund
  const settled = { settledAt, settledBy, providerReference, detail }
  const progress: Progress = { deductions, netted, realised, attempts, approvedBy, approvedAt, ...settled }
  return unusual(progress, usualProgress)
}
