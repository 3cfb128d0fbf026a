/** What a caller can ask for. Ids, salts and the time come with the command; the decision adds nothing of its own. */
import type { CurrencyCode } from "./Currency.ts"
import type { CaptureId, Instant, OrderId, RefundId, TenantId } from "./Ids.ts"
import type { Capture, Dispute, OrderTexts, Registration } from "./Order.ts"
import type { Principal } from "./Permission.ts"
import type { Door, PolicyOverrides } from "./Policy.ts"
import type { Outcome } from "./ports/RefundProvider.ts"
import type { Destination, RefundType, Texts } from "./Refund.ts"
import type { ApiKey } from "./Settings.ts"

/** Who asks, through which API, when. */
export interface Caller {
  readonly tenant: TenantId
  readonly by: Principal
  readonly door: Door
  readonly now: Instant
}

interface Asked {
  readonly caller: Caller
}

export interface RegisterOrder extends Asked {
  readonly _tag: "RegisterOrder"
  readonly orderId: OrderId
  readonly order: Registration
  /** Absent: the order's texts stay as they are. */
  readonly texts?: OrderTexts
}

export interface AddCaptures extends Asked {
  readonly _tag: "AddCaptures"
  readonly orderId: OrderId
  readonly captures: ReadonlyArray<Capture>
  readonly texts?: OrderTexts
}

/** A chargeback was opened, won or lost. The same again changes nothing. */
export interface RecordDispute extends Asked {
  readonly _tag: "RecordDispute"
  readonly orderId: OrderId
  readonly dispute: Dispute
}

export interface RequestRefund extends Asked {
  readonly _tag: "RequestRefund"
  /** The order is named, or found by the capture. */
  readonly at: { readonly order: OrderId } | { readonly capture: CaptureId }
  /** Minor units. `"all"`: what is left on the named capture. `null`: the caller left it out, which is a violation. */
  readonly amount: bigint | "all" | null
  readonly type: RefundType
  readonly captureId?: CaptureId
  readonly lineId?: string
  readonly destination: Destination
  readonly currency?: CurrencyCode
  /** Whether tax and discounts are restated (present and not null; 0 is present): all the subtotal rule asks. */
  readonly restated?: { readonly tax: boolean; readonly discounts: boolean }
  readonly settled: boolean
  readonly settledAt?: Instant
  readonly requiresApproval: boolean
  readonly skipEvents: boolean
  readonly reference?: string
  readonly texts?: Texts
  /** `group`: the caller's chosen id, or ours. `seed`: ours, for the refunds of a group of several. */
  readonly ids: { readonly group: RefundId; readonly seed: RefundId }
  /**
   * One intent. `key`: the caller's idempotency key. `chosen`: the caller chose `ids.group`, which is then a key too.
   * `operation`: method and path, part of the content that must be the same.
   */
  readonly once: { readonly key?: string; readonly chosen: boolean; readonly operation: string }
}

interface OnRefund extends Asked {
  /** A refund's or its group's id. */
  readonly refundId: RefundId
  readonly detail?: string
}

/** approve, undo and deny act on the whole group; cancel and settle on the one refund. */
export interface ApproveRefund extends OnRefund {
  readonly _tag: "ApproveRefund"
}
export interface UndoApproval extends OnRefund {
  readonly _tag: "UndoApproval"
}
export interface DenyRefund extends OnRefund {
  readonly _tag: "DenyRefund"
}
export interface CancelRefund extends OnRefund {
  readonly _tag: "CancelRefund"
}
/** A person records that the money moved: for `manual` and `external` providers and payouts. */
export interface SettleRefund extends OnRefund {
  readonly _tag: "SettleRefund"
  readonly reference?: string
  /** Absent: now. */
  readonly settledAt?: Instant
}

/** After a definite no: the rules run again, then a new attempt is made. */
export interface RetryRefund extends OnRefund {
  readonly _tag: "RetryRefund"
}
/** A person found out what became of an `unknown` or `in_review` refund. `detail` says how. */
export interface ResolveRefund extends OnRefund {
  readonly _tag: "ResolveRefund"
  readonly to: "settled" | "failed"
  readonly reference?: string
  /** When the money moved; absent: now. */
  readonly settledAt?: Instant
}
/** A person undoes a recorded settlement, or store credit that was not spent. `detail` says why. */
export interface ReverseRefund extends OnRefund {
  readonly _tag: "ReverseRefund"
}

/** The worker takes a due refund: a new attempt, the same one again, or a lookup of one that was lost. */
export interface BeginAttempt extends Asked {
  readonly _tag: "BeginAttempt"
  readonly refundId: RefundId
  readonly attemptId: RefundId
}
/** What the provider said, or did not. */
export interface RecordOutcome extends Asked {
  readonly _tag: "RecordOutcome"
  readonly refundId: RefundId
  readonly attemptId: RefundId
  readonly outcome: Outcome
}

/** `expected`: the version the caller read; absent, the last writer wins. */
export interface SetPolicy extends Asked {
  readonly _tag: "SetPolicy"
  readonly overrides: PolicyOverrides
  readonly expected?: number
}
/** Books before this instant are closed: what is recorded later is booked under its own day. */
export interface ClosePeriod extends Asked {
  readonly _tag: "ClosePeriod"
  readonly before: Instant
}
export interface CreateKey extends Asked {
  readonly _tag: "CreateKey"
  readonly key: ApiKey
  /** Only where the tenant has no key yet: the first start. */
  readonly onlyFirst: boolean
}
export interface RevokeKey extends Asked {
  readonly _tag: "RevokeKey"
  readonly hash: string
}

export type Command =
  | RegisterOrder
  | AddCaptures
  | RecordDispute
  | RequestRefund
  | ApproveRefund
  | UndoApproval
  | DenyRefund
  | CancelRefund
  | SettleRefund
  | RetryRefund
  | ResolveRefund
  | ReverseRefund
  | BeginAttempt
  | RecordOutcome
  | SetPolicy
  | ClosePeriod
  | CreateKey
  | RevokeKey
export type CommandOf<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>
