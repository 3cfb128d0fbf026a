/** A refund: the decision to give an amount back, and why. Its type, its destination, and the twelve states it can be in. */
import { Schema } from "effect"
import { CurrencyCode } from "./Currency.ts"
import { CaptureId, CustomerId, OrderId, PrincipalId, RefundId } from "./Ids.ts"

export const RefundType = Schema.Literals(["default", "instance_cost", "shipping", "invoice_fee"])
export type RefundType = typeof RefundType.Type

/** `original`: back to the capture. `store_credit`: owed to the customer. `payout`: outside any capture, by hand. */
export const Destination = Schema.Literals(["original", "store_credit", "payout"])
export type Destination = typeof Destination.Type

export const RefundState = Schema.Literals([
  "pending_approval",
  "approved",
  "submitting",
  "pending",
  "requires_action",
  "unknown",
  "in_review",
  "settled",
  "failed",
  "denied",
  "canceled",
  "reversed"
])
export type RefundState = typeof RefundState.Type

/** The one answer to "does this state claim money of capture and components?". Everything uses it. */
const standing: Record<RefundState, "holds" | "refunded" | "free"> = {
  pending_approval: "holds",
  approved: "holds",
  submitting: "holds",
  pending: "holds",
  requires_action: "holds",
  unknown: "holds",
  in_review: "holds",
  settled: "refunded",
  failed: "free",
  denied: "free",
  canceled: "free",
  reversed: "free"
}
export const holds = (state: RefundState): boolean => standing[state] === "holds"
export const isRefunded = (state: RefundState): boolean => standing[state] === "refunded"

/** The furthest from being over first: what still has to happen comes before what has. */
const byFinality: ReadonlyArray<RefundState> = [
  "pending_approval",
  "approved",
  "submitting",
  "unknown",
  "in_review",
  "requires_action",
  "pending",
  "failed",
  "settled",
  "denied",
  "canceled",
  "reversed"
]

/** How far a group is: as far as the refund of it that is least far. */
export const leastFinal = (group: readonly [Refund, ...Array<Refund>]): RefundState =>
  byFinality.find((state) => group.some((refund) => refund.state === state)) ?? group[0].state

/** Nothing was sent to a provider yet, so it may still be changed: canceled, denied, deducted from. */
export const isUnsubmitted = (refund: Refund): boolean =>
  (refund.state === "pending_approval" || refund.state === "approved") && refund.attempts.length === 0

/** It was sent, and nobody can say yet that it is over. */
export const isUnderWay = ({ state }: Refund): boolean =>
  holds(state) && state !== "pending_approval" && state !== "approved"

/**
 * `requested`: the ledger makes it happen. `recorded`: a person says it already has. `external`: a provider tells of one
 * that nobody asked the ledger for.
 */
export const Origin = Schema.Literals(["requested", "recorded", "external"])
export type Origin = typeof Origin.Type

/** Part of a refund drawn on one component of the order, and the tax in it, minor units. */
export const Share = Schema.Struct({ component: Schema.String, amount: Schema.BigInt, tax: Schema.BigInt })
export type Share = typeof Share.Type

/** What a return cost (InstanceCost) takes off another refund's payout, minor units. */
export const Deduction = Schema.Struct({ refundId: RefundId, amount: Schema.BigInt })
export type Deduction = typeof Deduction.Type

/** Free text and contact data. Kept beside the journal, which holds only its salted hash, so that it can be removed. */
export const Texts = Schema.Struct({
  salt: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  note: Schema.optionalKey(Schema.String),
  author: Schema.optionalKey(Schema.String),
  metadata: Schema.optionalKey(Schema.Unknown)
})
export type Texts = typeof Texts.Type

/** What is decided once, when the refund is requested, and never changes. */
export const NewRefund = Schema.Struct({
  id: RefundId,
  groupId: RefundId,
  /** A number beside the id, for dialects whose ids are integers. Unique in the ledger; gaps are normal. */
  number: Schema.Int,
  orderId: OrderId,
  captureId: Schema.NullOr(CaptureId),
  customerId: Schema.NullOr(CustomerId),
  type: RefundType,
  destination: Destination,
  /** The gross: what caps and components are used up by. Always positive; the type gives the sign. */
  amount: Schema.BigInt,
  currency: CurrencyCode,
  /** Who moves the money: the capture's provider; null where no provider does. */
  provider: Schema.NullOr(Schema.String),
  origin: Origin,
  state: RefundState,
  shares: Schema.Array(Share),
  /** The part of the amount beyond what was collected: given, not given back. */
  goodwill: Schema.BigInt,
  requestedBy: PrincipalId,
  /** The API the request came through: `native` or a dialect. */
  door: Schema.String,
  requestedAt: Schema.Int,
  /** When the money moved, where a person recorded it; else null. */
  effectiveAt: Schema.NullOr(Schema.Int),
  /** A return cost: it takes from other refunds' payouts instead of paying, and draws on nothing itself. */
  deducts: Schema.Boolean,
  requiresApproval: Schema.Boolean,
  skipEvents: Schema.Boolean,
  reference: Schema.NullOr(Schema.String),
  possibleDuplicateOf: Schema.NullOr(RefundId),
  /** What a rule noted without refusing, e.g. `ExceedsComponent`, `SubtotalUnknown`. */
  notes: Schema.Array(Schema.String)
})
export type NewRefund = typeof NewRefund.Type

/** One try at the provider, with what came of it so far. */
export interface AttemptRecord {
  readonly id: RefundId
  readonly startedAt: number
  readonly outcome: string | null
  readonly reference: string | null
  readonly at: number | null
  /** When the provider says it came to that; null: it did not say. */
  readonly toldAt: number | null
  /** How often the provider was asked what became of it without a final answer. */
  readonly asked: number
  /** The account at the provider that it went to, and is looked up at. Absent: the server's own. */
  readonly account?: string
}

export interface Refund extends NewRefund {
  /** Return costs netted into this refund. Payout = amount − Σ deductions, never below zero. */
  readonly deductions: ReadonlyArray<Deduction>
  /** Of a return cost: how much is netted into other refunds, and how much of that was really kept. */
  readonly netted: bigint
  readonly realised: bigint
  readonly attempts: ReadonlyArray<AttemptRecord>
  readonly approvedBy: PrincipalId | null
  readonly approvedAt: number | null
  readonly settledAt: number | null
  readonly settledBy: PrincipalId | null
  readonly providerReference: string | null
  /** When the money moved by the provider's settlement report, or the bank's line, and what that is called. */
  readonly reconciledAt: number | null
  readonly reconciledIn: string | null
  /** Who says that the money did not move; another person has to agree. */
  readonly failureProposedBy: PrincipalId | null
  /** Why it is `failed`, `denied`, `unknown` or `in_review`: the provider's code or a person's word. */
  readonly detail: string | null
  readonly updatedAt: number
  readonly texts: Texts | null
}

export const deducted = (refund: Pick<Refund, "deductions">): bigint =>
  refund.deductions.reduce((sum, deduction) => sum + deduction.amount, 0n)

/** What really leaves: the gross less the deductions. */
export const payout = (refund: Pick<Refund, "amount" | "deducts" | "deductions">): bigint =>
  refund.deducts ? 0n : refund.amount - deducted(refund)

/** The provider of captures that were paid with store credit. */
export const creditProvider = "store_credit"

/** Credit is posted: that is where it goes, or where the money it gives back came from. */
export const goesToCredit = ({ destination, provider }: Pick<Refund, "destination" | "provider">): boolean =>
  destination === "store_credit" || (destination === "original" && provider === creditProvider)

/** Providers that are no machine of ours: people, other systems, the ledger itself. */
const notCalled: ReadonlySet<string> = new Set(["manual", "external", creditProvider])

export const isCalled = (provider: string): boolean => !notCalled.has(provider)

/** Our worker submits it: the capture's provider is a machine that we call. */
export const paidByWorker = (refund: Pick<Refund, "deducts" | "destination" | "provider">): boolean =>
  refund.destination === "original" && !refund.deducts && refund.provider !== null && isCalled(refund.provider)
