/**
 * What happened. Event names and fields are the journal's format: add, never rename. Times that are the entry's own
 * (when it was recorded, by whom) are in the entry, not repeated here.
 */
import { Schema } from "effect"
import { CurrencyCode } from "./Currency.ts"
import { CaptureId, CustomerId, OrderId, RefundId } from "./Ids.ts"
import { Dispute, OrderTexts, Registration } from "./Order.ts"
import { PolicyOverrides } from "./Policy.ts"
import { PostingLine } from "./postings.ts"
import { NewRefund, Share, Texts } from "./Refund.ts"
import { ApiKey, Endpoint, ProviderAccounts } from "./Settings.ts"

const refund = { refundId: RefundId }
const attempt = { refundId: RefundId, attemptId: RefundId }
const credit = { customerId: CustomerId, currency: CurrencyCode, amount: Schema.BigInt }

export const Event = Schema.TaggedUnion({
  /** The order as it now is, first time or merged. `texts` is all of its text; the journal keeps the hash. */
  OrderRegistered: { orderId: OrderId, order: Registration, texts: Schema.optionalKey(OrderTexts) },
  /** Opened, or its state changed. */
  DisputeRecorded: { orderId: OrderId, dispute: Dispute },
  RefundRequested: { refund: NewRefund, key: Schema.NullOr(Schema.String), texts: Schema.optionalKey(Texts) },
  RefundApproved: { ...refund, detail: Schema.NullOr(Schema.String) },
  ApprovalUndone: { ...refund, detail: Schema.NullOr(Schema.String) },
  RefundDenied: { ...refund, detail: Schema.NullOr(Schema.String) },
  RefundCanceled: { ...refund, detail: Schema.NullOr(Schema.String) },
  /** What people wrote about it was removed: the journal's own hash of it is all that is left. */
  RefundRedacted: { ...refund, detail: Schema.NullOr(Schema.String) },
  OrderRedacted: { orderId: OrderId, detail: Schema.NullOr(Schema.String) },
  /** `account`: at the provider, by its configured name; it stays the attempt's. Absent: the server's own. */
  AttemptStarted: { ...attempt, account: Schema.optionalKey(Schema.String) },
  /** The process that was submitting is gone, or the provider's answer said nothing: look it up. */
  OutcomeLost: { ...attempt, detail: Schema.String },
  /** Nothing reached the provider: the same attempt is tried again. */
  AttemptNotSent: { ...attempt, detail: Schema.String },
  RefundPending: { ...attempt, reference: Schema.NullOr(Schema.String) },
  ActionRequired: { ...attempt, reference: Schema.NullOr(Schema.String) },
  /** `toldAt`: by the provider's own time, where it says. */
  RefundDeclined: {
    ...attempt,
    code: Schema.String,
    reference: Schema.NullOr(Schema.String),
    toldAt: Schema.optionalKey(Schema.Int)
  },
  /** The rules allow it once more: a new attempt will be made. `shares`: where others have taken tax of its parts since. */
  RefundRetried: { ...refund, detail: Schema.NullOr(Schema.String), shares: Schema.optionalKey(Schema.Array(Share)) },
  /** One of two people who must agree that the money did not move. */
  FailureProposed: { ...refund, detail: Schema.String },
  /** It was sent again, or the provider has it, since one person said so: of what comes now nobody has said it. */
  FailureOvertaken: { ...refund },
  /** A person says what became of it. */
  RefundResolved: {
    ...refund,
    to: Schema.Literal("failed"),
    reference: Schema.NullOr(Schema.String),
    detail: Schema.String
  },
  /** The provider returned the money, or a person undid what was recorded. */
  RefundReversed: {
    ...refund,
    attemptId: Schema.NullOr(RefundId),
    reference: Schema.NullOr(Schema.String),
    effectiveAt: Schema.Int,
    detail: Schema.NullOr(Schema.String)
  },
  /** A person must look at it. `attemptId` null: it is about no attempt. `shares`: where it held nothing, as with a retry. */
  ReviewNeeded: {
    ...refund,
    attemptId: Schema.NullOr(RefundId),
    detail: Schema.String,
    shares: Schema.optionalKey(Schema.Array(Share))
  },
  /** `attemptId` null: no provider was asked. `recorded`: a person says that the money moved. */
  RefundSettled: {
    ...refund,
    attemptId: Schema.NullOr(RefundId),
    recorded: Schema.Boolean,
    reference: Schema.NullOr(Schema.String),
    /** When the money moved. */
    effectiveAt: Schema.Int,
    detail: Schema.NullOr(Schema.String)
  },
  /** Seen on this report, with this amount. `fee`: what the provider kept for it; below zero, what it gave back. */
  RefundReconciled: {
    ...refund,
    report: Schema.String,
    reference: Schema.NullOr(Schema.String),
    amount: Schema.BigInt,
    fee: Schema.BigInt,
    effectiveAt: Schema.Int
  },
  /** The customer is owed this much more; until `expiresAt`, or for good. */
  CreditPosted: { ...refund, ...credit, expiresAt: Schema.optionalKey(Schema.NullOr(Schema.Int)) },
  /** The credit was taken back before it was spent. */
  CreditReversed: { ...refund, ...credit },
  /** It paid for an order, as that order's capture. */
  CreditSpent: { ...credit, orderId: OrderId, captureId: CaptureId },
  /** What was good until `before` and was not spent is owed no more. */
  CreditExpired: { ...credit, before: Schema.Int },
  /** A return cost takes part of `intoId`'s payout. */
  DeductionNetted: { ...refund, intoId: RefundId, amount: Schema.BigInt },
  /** `intoId` settled: the deduction was really kept. */
  DeductionRealised: { ...refund, intoId: RefundId, amount: Schema.BigInt },
  /** `intoId` ended without paying: the deduction waits again. */
  DeductionReleased: { ...refund, intoId: RefundId, amount: Schema.BigInt },
  /** Double entry of money that moved: debits above 0, credits below, together 0. */
  Posted: {
    /** `refund:<id>`, `dispute:<id>`, or `credit:<capture id>` and `credit:expired`, which are the account's own. */
    source: Schema.String,
    currency: CurrencyCode,
    /** When the money moved. */
    effectiveAt: Schema.Int,
    /** The date it is booked under: the effective one, or today's where that period is closed. */
    bookedAt: Schema.Int,
    lines: Schema.Array(PostingLine)
  },
  PeriodClosed: { version: Schema.Int, before: Schema.Int },
  PolicySet: { version: Schema.Int, overrides: PolicyOverrides },
  KeyCreated: { version: Schema.Int, key: ApiKey },
  KeyRevoked: { version: Schema.Int, hash: Schema.String },
  /** The secret with this hash is good until `until`; `key` is the same key with its new one. */
  KeyRotated: { version: Schema.Int, hash: Schema.String, until: Schema.Int, key: ApiKey },
  EndpointSet: { version: Schema.Int, endpoint: Endpoint },
  EndpointRemoved: { version: Schema.Int, endpointId: Schema.String },
  /** All of them: what is not named is the server's own again. */
  ProvidersSet: { version: Schema.Int, providers: ProviderAccounts }
})
export type Event = typeof Event.Type
export type EventOf<Tag extends Event["_tag"]> = Extract<Event, { readonly _tag: Tag }>
