/**
 * One broken rule, with its numbers. A rejection is a non-empty list of them, in the order of `precedence`; the first
 * is the rejection's code. Violations are data, not Error objects: they cost nothing to make.
 */
import { Schema } from "effect"
import { CurrencyCode } from "./Currency.ts"
import { formatAmount, maxMinor } from "./Money.ts"
import { RefundState } from "./Refund.ts"

const Amounts = { currency: CurrencyCode, requested: Schema.BigInt, refundable: Schema.BigInt }

export const Violation = Schema.TaggedUnion({
  NotPermitted: { permission: Schema.String },
  SelfApproval: { principal: Schema.String, refundId: Schema.String },
  /** The request does not have the documented form. `path` is dotted, e.g. `lines.0.amount`; "" is the whole body. */
  Malformed: { path: Schema.String, expected: Schema.String },
  OrderNotFound: { orderId: Schema.String },
  CaptureNotFound: { captureId: Schema.String },
  RefundNotFound: { refundId: Schema.String },
  ComponentNotFound: { component: Schema.String },
  CaptureRequired: { orderId: Schema.String },
  NotCaptured: { captureId: Schema.String },
  CurrencyMismatch: { registered: Schema.String, requested: Schema.String },
  AmountMissing: { field: Schema.String },
  AmountNotPositive: { field: Schema.String, amount: Schema.String },
  AmountTooPrecise: { field: Schema.String, amount: Schema.String, digits: Schema.Int },
  DisputeOpen: { captureId: Schema.String, disputed: Schema.BigInt, currency: CurrencyCode },
  ExceedsCaptured: { captureId: Schema.String, ...Amounts },
  ExceedsCollected: { orderId: Schema.String, ...Amounts },
  ExceedsOrderTotal: { orderId: Schema.String, ...Amounts },
  SubtotalUnknown: { orderId: Schema.String },
  ExceedsSubtotal: {
    orderId: Schema.String,
    currency: CurrencyCode,
    requested: Schema.BigInt,
    subtotal: Schema.BigInt
  },
  ExceedsComponent: { component: Schema.String, ...Amounts },
  /** More than the customer's credit. */
  ExceedsCredit: { customerId: Schema.String, ...Amounts },
  /** The capture is older than its provider gives money back for. */
  WindowClosed: { captureId: Schema.String, days: Schema.Int, capturedAt: Schema.Int },
  /** The provider gives a capture back whole or not at all. */
  OnlyInFull: { captureId: Schema.String, ...Amounts },
  /** The provider pays the currency in larger steps than its minor unit. */
  AmountNotInSteps: {
    captureId: Schema.String,
    currency: CurrencyCode,
    requested: Schema.BigInt,
    step: Schema.BigInt
  },
  NothingToDeductFrom: {
    orderId: Schema.String,
    currency: CurrencyCode,
    requested: Schema.BigInt,
    open: Schema.BigInt
  },
  CustomerRequired: { orderId: Schema.String },
  ReasonRequired: { field: Schema.String },
  /** The refund is in a state that this does not apply to. */
  StateConflict: { refundId: Schema.String, state: RefundState, action: Schema.String },
  /** A dispute that was won or lost does not change its capture or amount. */
  DisputeConflict: {
    disputeId: Schema.String,
    field: Schema.String,
    registered: Schema.String,
    requested: Schema.String
  },
  /** A capture that is registered may not be lowered, re-priced or moved to another order. */
  CaptureConflict: {
    captureId: Schema.String,
    field: Schema.String,
    registered: Schema.String,
    requested: Schema.String
  },
  /** What an order keeps for good: currency, first known subtotal, customer once credited, parts with refunds. */
  OrderConflict: { orderId: Schema.String, field: Schema.String, registered: Schema.String, requested: Schema.String },
  OrderDoesNotAdd: { field: Schema.String, currency: CurrencyCode, stated: Schema.BigInt, computed: Schema.BigInt },
  IdempotencyKeyReused: { key: Schema.String },
  /** The policy or the keys were changed by someone else since they were read. */
  VersionConflict: { expected: Schema.Int, actual: Schema.Int },
  /** Without it nobody could manage keys. */
  LastManagingKey: { keyId: Schema.String, name: Schema.String }
})
export type Violation = typeof Violation.Type
export type ViolationTag = Violation["_tag"]
export type Violations = readonly [Violation, ...Array<Violation>]

/** No rule of ours was kept: nothing happened. */
export interface Rejected {
  readonly _tag: "Rejected"
  readonly violations: Violations
}

/** The order rules are reported in. Lower is first. */
export const precedence: Record<ViolationTag, number> = {
  NotPermitted: 0,
  SelfApproval: 1,
  IdempotencyKeyReused: 2,
  Malformed: 3,
  OrderNotFound: 4,
  CaptureNotFound: 5,
  RefundNotFound: 6,
  ComponentNotFound: 7,
  CaptureRequired: 8,
  NotCaptured: 9,
  CurrencyMismatch: 10,
  AmountMissing: 11,
  AmountNotPositive: 12,
  AmountTooPrecise: 13,
  DisputeOpen: 14,
  ExceedsCaptured: 15,
  ExceedsCollected: 16,
  ExceedsOrderTotal: 17,
  SubtotalUnknown: 18,
  ExceedsSubtotal: 19,
  ExceedsComponent: 20,
  ExceedsCredit: 21,
  WindowClosed: 22,
  OnlyInFull: 23,
  AmountNotInSteps: 24,
  NothingToDeductFrom: 25,
  CustomerRequired: 26,
  ReasonRequired: 27,
  OrderDoesNotAdd: 28,
  CaptureConflict: 29,
  OrderConflict: 30,
  DisputeConflict: 31,
  StateConflict: 32,
  VersionConflict: 33,
  LastManagingKey: 34
}

/** All that apply, first the one that precedes. A missing permission stands alone: the unentitled learn no figures. */
/** Together with what was refunded, is held and is disputed it would be more than a figure can be. */
export const tooMuch: Violation = {
  _tag: "Malformed",
  path: "amount",
  expected: `refunds and disputes of at most ${maxMinor} minor units in all`
}

export const rejected = (violations: ReadonlyArray<Violation>): Rejected => {
  const ordered = violations.toSorted((a, b) => precedence[a._tag] - precedence[b._tag])
  const [first, ...rest] = ordered
  if (first === undefined) throw new Error("a rejection needs a violation")
  return { _tag: "Rejected", violations: first._tag === "NotPermitted" ? [first] : [first, ...rest] }
}

/** One line a clerk can act on. Dialects that have words of their own use those instead. */
export const message = (violation: Violation): string => {
  switch (violation._tag) {
    case "NotPermitted":
      return `This credential may not do that: it needs ${violation.permission}`
    case "SelfApproval":
      return `${violation.principal} requested refund ${violation.refundId}; another person must decide on it`
    case "Malformed":
      return violation.path === "" ? violation.expected : `${violation.path}: ${violation.expected}`
    case "OrderNotFound":
      return `No order ${violation.orderId}`
    case "CaptureNotFound":
      return `No capture ${violation.captureId}`
    case "RefundNotFound":
      return `No refund ${violation.refundId}`
    case "ComponentNotFound":
      return `The order has no ${violation.component}`
    case "CaptureRequired":
      return `Name the capture of order ${violation.orderId} to refund`
    case "NotCaptured":
      return `Capture ${violation.captureId} is only authorized; no money was taken yet`
    case "CurrencyMismatch":
      return `Registered in ${violation.registered}, requested in ${violation.requested}`
    case "AmountMissing":
      return `${violation.field} is missing; say how much to refund`
    case "AmountNotPositive":
      return `${violation.field} must be more than 0, not ${violation.amount}`
    case "AmountTooPrecise":
      return `${violation.field} ${violation.amount} has more than the currency's ${violation.digits} decimals`
    case "DisputeOpen":
      return `${formatAmount(violation.disputed, violation.currency)} of capture ${violation.captureId} are disputed`
    case "ExceedsCaptured":
      return violation.requested === 0n
        ? `Nothing is left to refund on capture ${violation.captureId}`
        : `Requested ${asked(violation)} refundable on capture ${violation.captureId}`
    case "ExceedsCollected":
      return `Requested ${asked(violation)} refundable on order ${violation.orderId}`
    case "ExceedsOrderTotal":
      return `Requested ${asked(violation)} left of the total of order ${violation.orderId}`
    case "SubtotalUnknown":
      return `Order ${violation.orderId} has no subtotal to measure against; restate tax and discounts`
    case "ExceedsSubtotal":
      return `Without tax and discounts restated, at most the subtotal ${money(violation.subtotal, violation)} can be refunded; requested ${money(violation.requested, violation)}`
    case "ExceedsComponent":
      return `Requested ${asked(violation)} refundable for ${violation.component}`
    case "ExceedsCredit":
      return `Spending ${asked(violation)} left of the store credit of customer ${violation.customerId}`
    case "WindowClosed":
      return `The provider gives capture ${violation.captureId} back for ${violation.days} days, and it is older: refund to store_credit or payout`
    case "OnlyInFull":
      return `The provider gives capture ${violation.captureId} back only whole: requested ${asked(violation)}`
    case "AmountNotInSteps":
      return `The provider pays ${violation.currency} in steps of ${money(violation.step, violation)}; ${money(violation.requested, violation)} of capture ${violation.captureId} is not one`
    case "NothingToDeductFrom":
      return `A return cost of ${money(violation.requested, violation)} has only ${money(violation.open, violation)} of open refunds to be deducted from`
    case "CustomerRequired":
      return `Order ${violation.orderId} has no customer to credit`
    case "ReasonRequired":
      return `${violation.field} is required here: say why`
    case "StateConflict":
      return `Refund ${violation.refundId} is ${violation.state}; ${violation.action} does not apply`
    case "CaptureConflict":
      return `Capture ${violation.captureId} is registered with ${violation.field} ${violation.registered}, not ${violation.requested}`
    case "OrderConflict":
      return `Order ${violation.orderId} keeps ${violation.field} ${violation.registered}; it cannot become ${violation.requested}`
    case "DisputeConflict":
      return `Dispute ${violation.disputeId} is registered with ${violation.field} ${violation.registered}, not ${violation.requested}`
    case "OrderDoesNotAdd":
      return `${violation.field} is stated as ${money(violation.stated, violation)} but the parts give ${money(violation.computed, violation)}`
    case "IdempotencyKeyReused":
      return `Key ${violation.key} was already used for another request`
    case "VersionConflict":
      return `Changed meanwhile: expected version ${violation.expected}, it is ${violation.actual}; read it again`
    case "LastManagingKey":
      return `Key ${violation.name} (${violation.keyId}) is the last that manages keys; make another such key first`
  }
}

const money = (amount: bigint, of: { readonly currency: CurrencyCode }) => formatAmount(amount, of.currency)
const asked = (of: { readonly currency: CurrencyCode; readonly requested: bigint; readonly refundable: bigint }) =>
  `${money(of.requested, of)} of ${money(of.refundable, of)}`
