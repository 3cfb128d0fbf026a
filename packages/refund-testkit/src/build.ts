/**
 * Orders, callers and commands in one line each: what a row does not say is a plain card payment of 100 minor units of
 * USD on the order `o-1`, asked for by `ada`, who may do everything, at noon.
 */
import type {
  AddCaptures,
  ApproveRefund,
  BeginAttempt,
  Caller,
  CancelRefund,
  DenyRefund,
  ExpireCredit,
  RecordDispute,
  RecordExternal,
  RecordOutcome,
  RedactOrder,
  RedactRefund,
  RegisterOrder,
  RequestRefund,
  ResolveRefund,
  RetryRefund,
  ReverseRefund,
  SetPolicy,
  SettleRefund,
  SpendCredit,
  UndoApproval
} from "refund-core/Command"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, CustomerId, type Instant, OrderId, PrincipalId, RefundId, TenantId } from "refund-core/Ids"
import type { Capture, Charge, Dispute, Line, OrderTexts, Registration } from "refund-core/Order"
import type { Permission } from "refund-core/Permission"
import type { Door, Policy, PolicyOverrides } from "refund-core/Policy"
import type { Outcome } from "refund-core/ports/RefundProvider"
import type { Destination, RefundType, Texts } from "refund-core/Refund"

/** 2026-11-02T12:00:00Z: the time of every command that does not say another. */
export const noon: Instant = 1_793_620_800_000

export const minutes = (count: number): number => count * 60_000
export const hours = (count: number): number => minutes(60 * count)

// ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const uuid = (variant: string, count: number): RefundId =>
  RefundId.make(`00000000-0000-4000-${variant}-${count.toString(16).padStart(12, "0")}`)

/** The same number is always the same id, so that a row can name its refunds: `refundId(1)`. */
export const refundId = (count: number): RefundId => uuid("8000", count)
export const attemptId = (count: number): RefundId => uuid("9000", count)

let drawn = 0
/** An id that no row names and nothing else has. */
export const freshId = (): RefundId => uuid("a000", ++drawn)
/** Far enough from the next one that the ids counted up from it meet nobody. */
const freshSeed = (): RefundId => uuid("b000", ++drawn * 0x10000)

// ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface CallerOptions {
  readonly tenant?: string
  readonly id?: string
  /** Absent: everything. */
  readonly permissions?: ReadonlyArray<Permission | "*">
  readonly door?: Door
  readonly now?: Instant
}

export const caller = (options: CallerOptions = {}): Caller => ({
  tenant: TenantId.make(options.tenant ?? "acme"),
  by: { id: PrincipalId.make(options.id ?? "ada"), permissions: new Set(options.permissions ?? ["*"]) },
  door: options.door ?? "native",
  now: options.now ?? noon
})

/** Whom four-eyes accepts: another person than the one who asks where nothing else is said. */
export const approver = (options: CallerOptions = {}): Caller => caller({ id: "bob", ...options })
export const worker = (options: CallerOptions = {}): Caller =>
  caller({ id: "worker", permissions: ["worker"], ...options })

export interface By {
  readonly caller?: Caller
}

// ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export type CaptureOptions = Partial<Omit<Capture, "id" | "amount">>

/** Money taken by card with the provider `simulator` an hour before noon. */
export const capture = (id = "c-1", amount = 100n, options: CaptureOptions = {}): Capture => ({
  id: CaptureId.make(id),
  amount,
  provider: "simulator",
  reference: `ch_${id}`,
  tender: "card",
  authorizedAmount: amount,
  capturedAt: noon - hours(1),
  ...options
})

export const authorized = (id = "c-1", amount = 100n): Capture => capture(id, amount, { capturedAt: null })

export const line = (id: string, amount: bigint, options: Partial<Omit<Line, "id" | "amount">> = {}): Line => ({
  id,
  amount,
  ...options
})

export const charge = (amount: bigint, options: Partial<Omit<Charge, "amount">> = {}): Charge => ({
  amount,
  ...options
})

export interface OrderOptions extends Partial<Omit<Registration, "currency" | "customerId">> {
  readonly currency?: string
  /** Absent: a guest. */
  readonly customer?: string
}

/** Without lines: a bare payment. */
export const order = ({ currency, customer, ...parts }: OrderOptions = {}): Registration => ({
  captures: [capture()],
  ...parts,
  currency: CurrencyCode.make(currency ?? "USD"),
  ...(customer === undefined ? {} : { customerId: CustomerId.make(customer) })
})

export const register = (
  registration: Registration = order(),
  options: By & { readonly id?: string; readonly texts?: OrderTexts } = {}
): RegisterOrder => ({
  _tag: "RegisterOrder",
  caller: options.caller ?? caller(),
  orderId: OrderId.make(options.id ?? "o-1"),
  order: registration,
  ...(options.texts === undefined ? {} : { texts: options.texts })
})

export const addCaptures = (
  captures: ReadonlyArray<Capture>,
  options: By & { readonly order?: string; readonly texts?: OrderTexts } = {}
): AddCaptures => ({
  _tag: "AddCaptures",
  caller: options.caller ?? caller(),
  orderId: OrderId.make(options.order ?? "o-1"),
  captures,
  ...(options.texts === undefined ? {} : { texts: options.texts })
})

export const dispute = (
  state: Dispute["state"] = "open",
  options: By &
    Partial<Omit<Dispute, "state" | "captureId">> & { readonly order?: string; readonly capture?: string } = {}
): RecordDispute => {
  const asked = options.caller ?? caller()
  return {
    _tag: "RecordDispute",
    caller: asked,
    orderId: OrderId.make(options.order ?? "o-1"),
    dispute: {
      id: options.id ?? "d-1",
      captureId: CaptureId.make(options.capture ?? "c-1"),
      amount: options.amount ?? 100n,
      state,
      at: options.at ?? asked.now
    }
  }
}

// ── refunds ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RequestOptions extends By {
  /** Absent: a violation, unless it is given as `"all"`. */
  readonly amount?: bigint | "all" | null
  readonly type?: RefundType
  /** The order it is asked at; absent `o-1`. */
  readonly order?: string
  /** Asked at this capture, without naming the order. */
  readonly at?: string
  readonly capture?: string
  readonly line?: string
  readonly destination?: Destination
  readonly currency?: string
  readonly restated?: { readonly tax: boolean; readonly discounts: boolean }
  readonly settled?: boolean
  readonly settledAt?: Instant
  readonly requiresApproval?: boolean
  readonly skipEvents?: boolean
  readonly reference?: string
  readonly reason?: string
  readonly texts?: Texts
  /** Names the group; absent, one is drawn. */
  readonly id?: RefundId
  /** The caller chose `id`, so that it is a key too. */
  readonly chosen?: boolean
  readonly seed?: RefundId
  readonly key?: string
  readonly operation?: string
}

export const request = (options: RequestOptions = {}): RequestRefund => ({
  _tag: "RequestRefund",
  caller: options.caller ?? caller(),
  at:
    options.at === undefined
      ? { order: OrderId.make(options.order ?? "o-1") }
      : { capture: CaptureId.make(options.at) },
  amount: options.amount ?? null,
  type: options.type ?? "default",
  destination: options.destination ?? "original",
  settled: options.settled ?? false,
  requiresApproval: options.requiresApproval ?? false,
  skipEvents: options.skipEvents ?? false,
  ids: { group: options.id ?? freshId(), seed: options.seed ?? freshSeed() },
  once: {
    chosen: options.chosen ?? false,
    operation: options.operation ?? "request",
    ...(options.key === undefined ? {} : { key: options.key })
  },
  ...(options.capture === undefined ? {} : { captureId: CaptureId.make(options.capture) }),
  ...(options.line === undefined ? {} : { lineId: options.line }),
  ...(options.currency === undefined ? {} : { currency: CurrencyCode.make(options.currency) }),
  ...(options.restated === undefined ? {} : { restated: options.restated }),
  ...(options.settledAt === undefined ? {} : { settledAt: options.settledAt }),
  ...(options.reference === undefined ? {} : { reference: options.reference }),
  ...textsOf(options)
})

const textsOf = ({ reason, texts }: RequestOptions): { readonly texts?: Texts } => {
  if (texts !== undefined) return { texts }
  return reason === undefined ? {} : { texts: { salt: "salt", reason } }
}

interface OnRefund extends By {
  readonly detail?: string
}

const onRefund = (id: RefundId, options: OnRefund, asked: Caller) => ({
  caller: options.caller ?? asked,
  refundId: id,
  ...(options.detail === undefined ? {} : { detail: options.detail })
})

export const approve = (id: RefundId, options: OnRefund = {}): ApproveRefund => ({
  _tag: "ApproveRefund",
  ...onRefund(id, options, approver())
})

export const undo = (id: RefundId, options: OnRefund = {}): UndoApproval => ({
  _tag: "UndoApproval",
  ...onRefund(id, options, approver())
})

export const deny = (id: RefundId, options: OnRefund = {}): DenyRefund => ({
  _tag: "DenyRefund",
  ...onRefund(id, options, approver())
})

export const cancel = (id: RefundId, options: OnRefund = {}): CancelRefund => ({
  _tag: "CancelRefund",
  ...onRefund(id, options, caller())
})

export const settle = (
  id: RefundId,
  options: OnRefund & { readonly reference?: string; readonly settledAt?: Instant } = {}
): SettleRefund => ({
  _tag: "SettleRefund",
  ...onRefund(id, options, approver()),
  ...(options.reference === undefined ? {} : { reference: options.reference }),
  ...(options.settledAt === undefined ? {} : { settledAt: options.settledAt })
})

export const begin = (
  id: RefundId,
  attempt: RefundId = attemptId(1),
  options: By & { readonly calls?: boolean } = {}
): BeginAttempt => ({
  _tag: "BeginAttempt",
  caller: options.caller ?? worker(),
  refundId: id,
  attemptId: attempt,
  ...(options.calls === undefined ? {} : { calls: options.calls })
})

/** `attempt` null: of a refund that no attempt of ours made. `at`: by the provider's own time. */
export const told = (
  id: RefundId,
  outcome: Outcome,
  options: By & { readonly attempt?: RefundId | null; readonly at?: Instant } = {}
): RecordOutcome => ({
  _tag: "RecordOutcome",
  caller: options.caller ?? worker(),
  refundId: id,
  attemptId: options.attempt === undefined ? attemptId(1) : options.attempt,
  outcome,
  ...(options.at === undefined ? {} : { toldAt: options.at })
})

/** The provider's yes. */
export const paid = (
  amount: bigint,
  options: { readonly currency?: string; readonly reference?: string } = {}
): Outcome => ({
  _tag: "settled",
  reference: options.reference ?? "re_1",
  amount,
  currency: CurrencyCode.make(options.currency ?? "USD"),
  at: null
})

export const declined: Outcome = { _tag: "declined", code: "expired_card", reference: null }
export const unknown: Outcome = { _tag: "unknown", detail: "no answer within 20 s" }

// ── store credit, and refunds from outside ───────────────────────────────────────────────────────────────────────────

/** Pays for an order with the credit of its customer. */
export const spend = (
  amount: bigint,
  options: By & {
    readonly order?: string
    /** The capture that it becomes. */
    readonly id?: string
    readonly customer?: string
    readonly currency?: string
  } = {}
): SpendCredit => ({
  _tag: "SpendCredit",
  caller: options.caller ?? caller(),
  customerId: CustomerId.make(options.customer ?? "customer-1"),
  orderId: OrderId.make(options.order ?? "o-1"),
  captureId: CaptureId.make(options.id ?? "k-1"),
  amount,
  currency: CurrencyCode.make(options.currency ?? "USD")
})

export const expire = (
  options: By & { readonly customer?: string; readonly currency?: string } = {}
): ExpireCredit => ({
  _tag: "ExpireCredit",
  caller: options.caller ?? worker(),
  customerId: CustomerId.make(options.customer ?? "customer-1"),
  currency: CurrencyCode.make(options.currency ?? "USD")
})

/** A provider tells of a refund that nobody here asked for. */
export const external = (
  amount: bigint,
  options: By & {
    readonly order?: string
    readonly capture?: string
    readonly id?: RefundId
    readonly provider?: string
    readonly reference?: string
    readonly currency?: string
    readonly settledAt?: Instant
    readonly isNotOurs?: boolean
  } = {}
): RecordExternal => {
  const asked = options.caller ?? worker()
  return {
    _tag: "RecordExternal",
    caller: asked,
    orderId: OrderId.make(options.order ?? "o-1"),
    captureId: CaptureId.make(options.capture ?? "c-1"),
    refundId: options.id ?? freshId(),
    provider: options.provider ?? "simulator",
    reference: options.reference ?? "re_x",
    amount,
    currency: CurrencyCode.make(options.currency ?? "USD"),
    settledAt: options.settledAt ?? asked.now,
    isNotOurs: options.isNotOurs ?? false
  }
}

// ── policy ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** For the native API; `setPolicy({ kibo: … })` names another door. */
export const policy = (changed: Partial<Policy>, options: By & { readonly expected?: number } = {}): SetPolicy =>
  setPolicy({ native: changed }, options)

export const setPolicy = (
  overrides: PolicyOverrides,
  options: By & { readonly expected?: number } = {}
): SetPolicy => ({
  _tag: "SetPolicy",
  caller: options.caller ?? caller(),
  overrides,
  ...(options.expected === undefined ? {} : { expected: options.expected })
})

// ── when it did not go as planned ────────────────────────────────────────────────────────────────────────────────────

export const redact = (id: RefundId, options: By & { readonly detail?: string } = {}): RedactRefund => ({
  _tag: "RedactRefund",
  refundId: id,
  caller: options.caller ?? caller(),
  ...(options.detail === undefined ? {} : { detail: options.detail })
})

export const redactOrder = (id = "o-1", options: By & { readonly detail?: string } = {}): RedactOrder => ({
  _tag: "RedactOrder",
  orderId: OrderId.make(id),
  caller: options.caller ?? caller(),
  ...(options.detail === undefined ? {} : { detail: options.detail })
})

export const retry = (id: RefundId, options: OnRefund = {}): RetryRefund => ({
  _tag: "RetryRefund",
  ...onRefund(id, options, caller())
})

/** By another person than the requester, with a note, where nothing else is said. */
export const resolve = (
  id: RefundId,
  to: ResolveRefund["to"],
  options: OnRefund & { readonly reference?: string; readonly settledAt?: Instant } = {}
): ResolveRefund => ({
  _tag: "ResolveRefund",
  to,
  ...onRefund(id, { detail: "asked the provider by phone", ...options }, approver()),
  ...(options.reference === undefined ? {} : { reference: options.reference }),
  ...(options.settledAt === undefined ? {} : { settledAt: options.settledAt })
})

export const reverse = (id: RefundId, options: OnRefund = {}): ReverseRefund => ({
  _tag: "ReverseRefund",
  ...onRefund(id, { detail: "recorded by mistake", ...options }, approver())
})

/** The provider returned what it had paid. */
export const returned: Outcome = { _tag: "reversed", reference: "re_1", detail: "account closed", at: null }
