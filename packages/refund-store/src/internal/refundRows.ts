/** A refund's row and the refund, both ways. What never changes after the request is one JSON text, what does is another. */
import type { SQLInputValue } from "node:sqlite"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"
import {
  type AttemptRecord,
  type Deduction,
  isUnderWay,
  isUnsubmitted,
  type NewRefund,
  type Refund,
  type Share,
  type Texts
} from "refund-core/Refund"
import { unicodeOrNull } from "./connection.ts"
import { type Figure, toFigure } from "./orderRows.ts"

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

/**
 * The order's refunds, each from the one after it; the first parameters are the order's number and its tenant's. A circle
 * ends where it began. Were a number there twice, nobody would see another tenant's: `+`, for no index is looked at for that.
 */
export const walkOfOrder = `WITH RECURSIVE walk (no, tenant) AS (
  SELECT last_refund, tenant FROM orders WHERE no = ? AND +tenant = ?
  UNION SELECT prior, r.tenant FROM refunds r JOIN walk w ON r.no = w.no AND +r.tenant = w.tenant WHERE prior IS NOT NULL)`

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
type OldAttempt = Omit<AttemptRecord, "toldAt"> & Partial<Pick<AttemptRecord, "toldAt">>

/** Amounts in the texts are numbers. */
type Written<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends bigint
    ? Figure
    : Fields[Name] extends ReadonlyArray<infer Item extends { readonly amount: bigint }>
      ? ReadonlyArray<Written<Item>>
      : Fields[Name]
}

/** What most refunds have; their texts leave it out. */
const usualRequest = {
  provider: null,
  origin: "requested",
  shares: [],
  goodwill: 0,
  effectiveAt: null,
  deducts: false,
  requiresApproval: false,
  skipEvents: false,
  reference: null,
  possibleDuplicateOf: null,
  notes: []
} satisfies Partial<Written<Request>>

const usualProgress: Written<Progress> = {
  deductions: [],
  netted: 0,
  realised: 0,
  attempts: [],
  approvedBy: null,
  approvedAt: null,
  settledAt: null,
  settledBy: null,
  providerReference: null,
  reconciledAt: null,
  reconciledIn: null,
  failureProposedBy: null,
  detail: null
}

/** The fields that differ from the usual, or null where none does. */
const unusual = <Fields extends object>(fields: Fields, usual: Partial<Fields>): string | null => {
  let kept: Partial<Fields> | null = null
  for (const name in fields) {
    const value = fields[name]
    if (name in usual && (value === usual[name] || (Array.isArray(value) && value.length === 0))) continue
    kept ??= {}
    kept[name] = value
  }
  return kept === null ? null : JSON.stringify(kept)
}

type Unusual = Omit<Written<Request>, keyof typeof usualRequest>

const writtenDeduction = (item: Deduction): Written<Deduction> => ({ ...item, amount: toFigure(item.amount) })
const writtenShare = (item: Share): Written<Share> => ({
  ...item,
  amount: toFigure(item.amount),
  tax: toFigure(item.tax)
})

/** Older rows do not say when the provider's answer was from: only a settlement's time is known, as the refund's. */
const readAttempt =
  (settledAt: number | null) =>
  (attempt: OldAttempt): AttemptRecord =>
    attempt.toldAt === undefined
      ? { ...attempt, toldAt: attempt.outcome === "settled" ? settledAt : null }
      : (attempt as AttemptRecord)

const readDeduction = (item: Written<Deduction>): Deduction => ({ ...item, amount: BigInt(item.amount) })
const readShare = (item: Written<Share>): Share => ({ ...item, amount: BigInt(item.amount), tax: BigInt(item.tax) })

/** How a field that has a text stands in a row's `request`; nothing else in there does. */
export const heldAs = (field: "provider" | "reference", text: string): string =>
  `${JSON.stringify(field)}:${JSON.stringify(text)}`

/** Who moves the money, and whether it only takes from others', of a row's `request`. */
export const providerOf = (request: string): Pick<Refund, "deducts" | "provider"> => {
  const { deducts, provider } = { ...usualRequest, ...(JSON.parse(request) as Partial<Request>) }
  return { deducts, provider }
}

/** What a report wants of a row's `request` and `progress`. */
export const reportedOf = (
  requestText: string,
  progressText: string | null
): Pick<Refund, "deducts" | "deductions" | "goodwill" | "provider" | "reconciledAt" | "settledAt"> => {
  const { deducts, goodwill, provider }: Written<Pick<Request, "deducts" | "goodwill" | "provider">> = {
    ...usualRequest,
    ...(JSON.parse(requestText) as Partial<Written<Request>>)
  }
  const progress = progressText === null ? usualProgress : (JSON.parse(progressText) as Partial<Written<Progress>>)
  return {
    deducts,
    goodwill: BigInt(goodwill),
    provider,
    deductions: progress.deductions?.map(readDeduction) ?? [],
    reconciledAt: progress.reconciledAt ?? null,
    settledAt: progress.settledAt ?? null
  }
}

export const toRefund = (row: RefundRow, orderId: OrderId): Refund => {
  const [number, , id, groupId, captureId, customerId, type, destination, amount, currency, state, ...more] = row
  const [requestedAt, updatedAt, requestText, progressText, texts] = more
  const request: Written<Request> = { ...usualRequest, ...(JSON.parse(requestText) as Unusual) }
  const progress: Written<Progress> =
    progressText === null
      ? usualProgress
      : { ...usualProgress, ...(JSON.parse(progressText) as Partial<Written<Progress>>) }
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
    shares: request.shares.map(readShare),
    goodwill: BigInt(request.goodwill),
    ...progress,
    attempts: progress.attempts.length === 0 ? [] : progress.attempts.map(readAttempt(progress.settledAt)),
    deductions: progress.deductions.map(readDeduction),
    netted: BigInt(progress.netted),
    realised: BigInt(progress.realised),
    texts: texts === null ? null : (JSON.parse(texts) as Texts)
  }
}

/** What the request decided: `no` to `request`. */
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
  requestText(refund)
]

/** What an order's refunds are found by: those that return costs may be deducted from, and those under way. */
export const stages = { over: 0, unsubmitted: 1, underWay: 2 } as const

export const stageOf = (refund: Refund): number => {
  if (isUnsubmitted(refund) && !refund.deducts) return stages.unsubmitted
  return isUnderWay(refund) ? stages.underWay : stages.over
}

/** The provider's own names for it, the one it goes by first. Attempts may have had others. */
export const referencesOf = ({ attempts, providerReference }: Refund): ReadonlyArray<string> =>
  attempts.length === 0 && providerReference === null
    ? []
    : [providerReference, ...attempts.map((attempt) => attempt.reference).reverse()].flatMap(
        (reference) => unicodeOrNull(reference) ?? []
      )

export const referenceOf = (refund: Refund): string | null => referencesOf(refund)[0] ?? null

/** What later entries change: `state`, `stage`, `updated_at`, `progress` and `provider_reference`. */
export const progressValues = (refund: Refund): ReadonlyArray<SQLInputValue> => [
  refund.state,
  stageOf(refund),
  refund.updatedAt,
  progressText(refund),
  referenceOf(refund)
]

export const textsValue = (refund: Refund): string | null =>
  refund.texts === null ? null : JSON.stringify(refund.texts)

/** Written once; anew only where a retry draws on its parts in another way. */
export const requestText = (refund: Refund): string => {
  const request: Written<Request> = {
    requestedBy: refund.requestedBy,
    door: refund.door,
    origin: refund.origin,
    provider: refund.provider,
    shares: refund.shares.map(writtenShare),
    goodwill: toFigure(refund.goodwill),
    effectiveAt: refund.effectiveAt,
    deducts: refund.deducts,
    requiresApproval: refund.requiresApproval,
    skipEvents: refund.skipEvents,
    reference: refund.reference,
    possibleDuplicateOf: refund.possibleDuplicateOf,
    notes: refund.notes
  }
  return unusual<Written<Request>>(request, usualRequest) ?? "{}"
}

const progressText = (refund: Refund): string | null => {
  const progress: Written<Progress> = {
    deductions: refund.deductions.map(writtenDeduction),
    netted: toFigure(refund.netted),
    realised: toFigure(refund.realised),
    attempts: refund.attempts,
    approvedBy: refund.approvedBy,
    approvedAt: refund.approvedAt,
    settledAt: refund.settledAt,
    settledBy: refund.settledBy,
    providerReference: refund.providerReference,
    reconciledAt: refund.reconciledAt,
    reconciledIn: refund.reconciledIn,
    failureProposedBy: refund.failureProposedBy,
    detail: refund.detail
  }
  return unusual(progress, usualProgress)
}
