/** Refunds as rows of a table. */
import type { RefundBody } from "refund-api/RefundBody"
import { timeToJson } from "refund-api/Time"
import { type CsvCell, figureOf } from "../output/csv.ts"

const time = (instant: number | null | undefined): CsvCell =>
  instant === null || instant === undefined ? null : timeToJson(instant)

/** By the name of the column; amounts are decimals of the row's currency. */
const cells: Readonly<Record<string, (refund: RefundBody) => CsvCell>> = {
  id: (refund) => refund.id,
  groupId: (refund) => refund.groupId,
  number: (refund) => refund.number,
  orderId: (refund) => refund.orderId,
  captureId: (refund) => refund.captureId,
  customerId: (refund) => refund.customerId,
  type: (refund) => refund.type,
  destination: (refund) => refund.destination,
  state: (refund) => refund.state,
  amount: (refund) => figureOf(refund.amount, refund.currency),
  payout: (refund) => figureOf(refund.payout, refund.currency),
  currency: (refund) => refund.currency,
  provider: (refund) => refund.provider,
  providerReference: (refund) => refund.providerReference,
  origin: (refund) => refund.origin,
  reason: (refund) => refund.reason,
  note: (refund) => refund.note,
  author: (refund) => refund.author,
  reference: (refund) => refund.reference,
  metadata: (refund) => (refund.metadata === null ? null : JSON.stringify(refund.metadata)),
  detail: (refund) => refund.detail,
  notes: (refund) => refund.violations.map(({ code }) => code).join(" "),
  door: (refund) => refund.door,
  requestedBy: (refund) => refund.requestedBy,
  approvedBy: (refund) => refund.approvedBy,
  settledBy: (refund) => refund.settledBy,
  createdAt: (refund) => time(refund.createdAt),
  updatedAt: (refund) => time(refund.updatedAt),
  approvedAt: (refund) => time(refund.approvedAt),
  settledAt: (refund) => time(refund.settledAt),
  reversedAt: (refund) => time(refund.reversedAt)
}

export const refundColumns: ReadonlyArray<string> = Object.keys(cells)
export const refundRow = (refund: RefundBody): ReadonlyArray<CsvCell> =>
  Object.values(cells).map((cell) => cell(refund))
