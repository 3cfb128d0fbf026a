/** What a caller can ask for. Ids, salts and the time come with the command; the decision adds nothing of its own. */
import type { CurrencyCode } from "./Currency.ts"
import type { CaptureId, CustomerId, Instant, OrderId, RefundId, TenantId } from "./Ids.ts"
import type { Capture, Dispute, OrderTexts, Registration } from "./Order.ts"
import type { Principal } from "./Permission.ts"
import type { Door, PolicyOverrides } from "./Policy.ts"
import type { Outcome } from "./ports/RefundProvider.ts"
import type { Destination, RefundType, Texts } from "./Refund.ts"
import type { ApiKey, Endpoint, ProviderAccounts } from "./Settings.ts"
import type { Via } from "./Via.ts"

/** Who asks, through which API, when. */
export interface Caller {
  readonly tenant: TenantId
  readonly by: Principal
  readonly door: Door
  readonly now: Instant
  readonly via?: Via
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
  /** Of the amounts, where the caller says it; else the order's. */
  readonly currency?: CurrencyCode
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

/** It was found on a provider's settlement report or the bank's line, with this amount. The same again changes nothing. */
export interface ReconcileRefund extends Asked {
  readonly _tag: "ReconcileRefund"
  readonly refundId: RefundId
  /** What the report is called. */
  readonly report: string
  /** The row's own name there. */
  readonly reference?: string
  /** Minor units that the report says were paid. */
  readonly amount: bigint
  readonly currency: CurrencyCode
  /** What the provider kept for it, minor units of the same currency; below zero: what it gave back. */
  readonly fee?: bigint
  /** When the report says it was paid; absent: now. */
  readonly at?: Instant
}

/** Removes what people wrote about a refund; all of its group. */
export interface RedactRefund extends OnRefund {
  readonly _tag: "RedactRefund"
}
/** Removes an order's texts, and what vendors say of it, contact data among it. */
export interface RedactOrder extends Asked {
  readonly _tag: "RedactOrder"
  readonly orderId: OrderId
  readonly detail?: string
}

/** The worker takes a due refund: a new attempt, the same one again, or a lookup of one that was lost. */
export interface BeginAttempt extends Asked {
  readonly _tag: "BeginAttempt"
  readonly refundId: RefundId
  readonly attemptId: RefundId
  /** A provider is about to be called, so that nothing is given up and other refunds need not be looked at. */
  readonly calls?: boolean
}
/** What the provider said, or did not. */
export interface RecordOutcome extends Asked {
  readonly _tag: "RecordOutcome"
  readonly refundId: RefundId
  /** Null: of a refund that no attempt of ours made. */
  readonly attemptId: RefundId | null
  readonly outcome: Outcome
  /** When it came to that, by the provider's own time, where it says. */
  readonly toldAt?: Instant
}
/** A provider tells of a refund that nobody asked the ledger for: it has happened, whatever the limits say. */
export interface RecordExternal extends Asked {
  readonly _tag: "RecordExternal"
  readonly orderId: OrderId
  readonly captureId: CaptureId
  /** Made from provider and reference, so that the same refund is the same id. */
  readonly refundId: RefundId
  readonly provider: string
  /** The provider's own name for the refund. */
  readonly reference: string
  readonly amount: bigint
  readonly currency: CurrencyCode
  readonly settledAt: Instant
  /** It is not one of ours under way, whose news came without its name: that has been ruled out. */
  readonly isNotOurs: boolean
}

/** A customer pays for an order with store credit: it becomes a capture of the order. The same again changes nothing. */
export interface SpendCredit extends Asked {
  readonly _tag: "SpendCredit"
  readonly customerId: CustomerId
  readonly orderId: OrderId
  readonly captureId: CaptureId
  /** Minor units. */
  readonly amount: bigint
  readonly currency: CurrencyCode
}
/** The worker takes off what was not spent in time. */
export interface ExpireCredit extends Asked {
  readonly _tag: "ExpireCredit"
  readonly customerId: CustomerId
  readonly currency: CurrencyCode
}

/** `expected`: the version the caller read; absent, the last writer wins. */
export interface SetPolicy extends Asked {
  readonly _tag: "SetPolicy"
  readonly overrides: PolicyOverrides
  readonly expected?: number
}
/** Which accounts new attempts go to; those that are under way stay where they began. `expected` as with `SetPolicy`. */
export interface SetProviders extends Asked {
  readonly _tag: "SetProviders"
  readonly providers: ProviderAccounts
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
  /** The configuration's: a key with the same hash and another name or other permissions is replaced by this one. */
  readonly replaces?: boolean
}
/** The key with this hash, or all secrets of the key with this id. */
export interface RevokeKey extends Asked {
  readonly _tag: "RevokeKey"
  readonly which: { readonly hash: string } | { readonly id: string }
}
/** A new secret for a key. The one before is good until `oldUntil`; those before that one end now. */
export interface RotateKey extends Asked {
  readonly _tag: "RotateKey"
  readonly keyId: string
  readonly hash: string
  readonly prefix: string
  readonly oldUntil: Instant
  /** When the new one ends; null: never. Absent: when the one before would have. */
  readonly expiresAt?: Instant | null
}
/** Where events are sent: made, or changed by its id. */
export interface SetEndpoint extends Asked {
  readonly _tag: "SetEndpoint"
  readonly endpoint: Endpoint
}
export interface RemoveEndpoint extends Asked {
  readonly _tag: "RemoveEndpoint"
  readonly endpointId: string
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
  | RedactRefund
  | RedactOrder
  | ReconcileRefund
  | BeginAttempt
  | RecordOutcome
  | RecordExternal
  | SpendCredit
  | ExpireCredit
  | SetPolicy
  | SetProviders
  | ClosePeriod
  | CreateKey
  | RevokeKey
  | RotateKey
  | SetEndpoint
  | RemoveEndpoint
export type CommandOf<Tag extends Command["_tag"]> = Extract<Command, { readonly _tag: Tag }>
