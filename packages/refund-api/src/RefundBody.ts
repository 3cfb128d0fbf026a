/** Refunds as the native API says them. Encoders build plain objects; the schemas are for whoever reads them. */
import { Schema } from "effect"
import type { RefundPage } from "refund-core/ports/LedgerReader"
import { Destination, leastFinal, Origin, payout, type Refund, RefundState, RefundType } from "refund-core/Refund"
import { Minor, minorToJson } from "./Amount.ts"
import { Time, timeToJson } from "./Time.ts"

const nullable = { text: Schema.NullOr(Schema.String), time: Schema.NullOr(Time) }

export const AttemptBody = Schema.Struct({
  id: Schema.String,
  startedAt: Time,
  /** `settled`, `pending`, `declined` …; null while the call is in flight. */
  outcome: nullable.text,
  reference: nullable.text,
  at: nullable.time,
  /** When the provider says that it came to that. */
  toldAt: Schema.optionalKey(nullable.time),
  /** How often the provider was asked what became of it without a final answer. */
  asked: Schema.optionalKey(Schema.Int),
  /** The tenant's account at the provider; absent: the server's own. */
  account: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Attempt" })

export const RefundBody = Schema.Struct({
  id: Schema.String,
  groupId: Schema.String,
  number: Schema.Int,
  orderId: Schema.String,
  captureId: nullable.text,
  customerId: nullable.text,
  type: RefundType,
  destination: Destination,
  /** The gross. */
  amount: Minor,
  /** What leaves: the gross less what return costs take off it. */
  payout: Minor,
  currency: Schema.String,
  state: RefundState,
  /** Who moves the money; null where no provider does. */
  provider: nullable.text,
  origin: Origin,
  /** The part of the amount beyond what was collected. */
  goodwill: Minor,
  components: Schema.Array(Schema.Struct({ component: Schema.String, amount: Minor, tax: Minor })),
  deductions: Schema.Array(Schema.Struct({ refundId: Schema.String, amount: Minor })),
  reason: nullable.text,
  note: nullable.text,
  author: nullable.text,
  metadata: Schema.Unknown,
  reference: nullable.text,
  requiresApproval: Schema.Boolean,
  skipEvents: Schema.Boolean,
  requestedBy: Schema.String,
  /** The API it was requested through. */
  door: Schema.String,
  approvedBy: nullable.text,
  settledBy: nullable.text,
  createdAt: Time,
  updatedAt: Time,
  approvedAt: nullable.time,
  /** When the money moved. */
  settledAt: nullable.time,
  providerReference: nullable.text,
  /** When the money moved by the provider's settlement report, or the bank's line, and what that is called. */
  reconciledAt: Schema.optionalKey(nullable.time),
  reconciledIn: Schema.optionalKey(nullable.text),
  /** Why it failed, was denied or reversed, is unknown or in review. */
  detail: nullable.text,
  possibleDuplicateOf: nullable.text,
  /** Who says that the money did not move; another person has to agree. */
  failureProposedBy: nullable.text,
  /** When what was settled was undone. */
  reversedAt: nullable.time,
  attempts: Schema.Array(AttemptBody),
  /** What a rule noted without refusing. */
  violations: Schema.Array(Schema.Struct({ code: Schema.String }))
}).annotate({ identifier: "Refund" })
export type RefundBody = typeof RefundBody.Type
export type RefundJson = typeof RefundBody.Encoded

/** Several refunds of one request. `state` is the least final of theirs. */
export const GroupBody = Schema.Struct({
  groupId: Schema.String,
  orderId: Schema.String,
  amount: Minor,
  currency: Schema.String,
  state: RefundState,
  refunds: Schema.Array(RefundBody)
}).annotate({ identifier: "RefundGroup" })
export type GroupBody = typeof GroupBody.Type
export type GroupJson = typeof GroupBody.Encoded

export const PageBody = Schema.Struct({ refunds: Schema.Array(RefundBody), next: nullable.text }).annotate({
  identifier: "RefundPage"
})
export type PageBody = typeof PageBody.Type

const time = (instant: number | null): string | null => (instant === null ? null : timeToJson(instant))
const amounts = <A extends { readonly amount: bigint }>(parts: ReadonlyArray<A>) =>
  parts.map((part) => ({ ...part, amount: minorToJson(part.amount) }))

export const refundToJson = (refund: Refund): RefundJson => ({
  id: refund.id,
  groupId: refund.groupId,
  number: refund.number,
  orderId: refund.orderId,
  captureId: refund.captureId,
  customerId: refund.customerId,
  type: refund.type,
  destination: refund.destination,
  amount: minorToJson(refund.amount),
  payout: minorToJson(payout(refund)),
  currency: refund.currency,
  state: refund.state,
  provider: refund.provider,
  origin: refund.origin,
  goodwill: minorToJson(refund.goodwill),
  components: refund.shares.map(({ amount, component, tax }) => ({
    component,
    amount: minorToJson(amount),
    tax: minorToJson(tax)
  })),
  deductions: amounts(refund.deductions),
  reason: refund.texts?.reason ?? null,
  note: refund.texts?.note ?? null,
  author: refund.texts?.author ?? null,
  metadata: refund.texts?.metadata ?? null,
  reference: refund.reference,
  requiresApproval: refund.requiresApproval,
  skipEvents: refund.skipEvents,
  requestedBy: refund.requestedBy,
  door: refund.door,
  approvedBy: refund.approvedBy,
  settledBy: refund.settledBy,
  createdAt: timeToJson(refund.requestedAt),
  updatedAt: timeToJson(refund.updatedAt),
  approvedAt: time(refund.approvedAt),
  settledAt: time(refund.settledAt),
  providerReference: refund.providerReference,
  reconciledAt: time(refund.reconciledAt),
  reconciledIn: refund.reconciledIn,
  detail: refund.detail,
  possibleDuplicateOf: refund.possibleDuplicateOf,
  failureProposedBy: refund.failureProposedBy,
  // Nothing happens to a refund any more once it is reversed.
  reversedAt: refund.state === "reversed" ? timeToJson(refund.updatedAt) : null,
  attempts: refund.attempts.map(({ account, asked, at, id, outcome, reference, startedAt, toldAt }) => ({
    id,
    startedAt: timeToJson(startedAt),
    outcome,
    reference,
    at: time(at),
    toldAt: time(toldAt),
    asked,
    ...(account === undefined ? {} : { account })
  })),
  violations: refund.notes.map((code) => ({ code }))
})

/** A group of one answers as that refund. */
export const groupToJson = (refunds: readonly [Refund, ...Array<Refund>]): RefundJson | GroupJson => {
  const [first] = refunds
  if (refunds.length === 1) return refundToJson(first)
  return {
    groupId: first.groupId,
    orderId: first.orderId,
    amount: minorToJson(refunds.reduce((sum, refund) => sum + refund.amount, 0n)),
    currency: first.currency,
    state: leastFinal(refunds),
    refunds: refunds.map(refundToJson)
  }
}

export const pageToJson = ({ next, refunds }: RefundPage): typeof PageBody.Encoded => ({
  refunds: refunds.map(refundToJson),
  next
})
