/** Lists, look-ups and the audit of the journal: what is read without deciding anything. */
import { Context, type Effect } from "effect"
import type { CreditHead } from "../Credit.ts"
import type { CaptureId, Instant, OrderId, RefundId, TenantId } from "../Ids.ts"
import type { OrderHead, OrderTexts, Registration } from "../Order.ts"
import type { Destination, Refund, RefundState, RefundType } from "../Refund.ts"
import type { ReportFold, ReportScope } from "../Report.ts"
import type { ApiKey } from "../Settings.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/** An order without its refunds: costs the same however many those are. */
export interface RegisteredOrder {
  readonly head: OrderHead
  readonly registration: Registration
  readonly texts: OrderTexts | null
}

export interface OrderView extends RegisteredOrder {
  /** When the order was first registered and last changed. */
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** All of them, oldest first. */
  readonly refunds: ReadonlyArray<Refund>
}

export interface RefundFilter {
  readonly state?: RefundState
  readonly type?: RefundType
  readonly destination?: Destination
  readonly orderId?: OrderId
  readonly captureId?: CaptureId
  readonly customerId?: string
  /** What the caller called the refund: there may be several of one name, and no index has them. */
  readonly reference?: string
  readonly createdAfter?: Instant
  readonly createdBefore?: Instant
}

/** Newest first. `next` is opaque; null on the last page. */
export interface RefundPage {
  readonly refunds: ReadonlyArray<Refund>
  readonly next: string | null
}

/** What a provider's own names stand for here. */
export type Matched =
  | { readonly _tag: "refund"; readonly refundId: RefundId }
  | { readonly _tag: "capture"; readonly orderId: OrderId; readonly captureId: CaptureId }

export interface JournalEntry {
  /** `order:<id>`, `credit:<currency>:<customer>` or `settings`. */
  readonly chain: string
  readonly seq: number
  /** SHA-256 over the previous entry's hash and this entry's text, hex. */
  readonly hash: string
  /** The entry's canonical text. */
  readonly text: string
}

/** How far a chain has come: it has so many entries, and this is the hash of the last of them. */
export interface ChainHead {
  readonly chain: string
  readonly entries: number
  readonly hash: string
}

/** All chains' entries, oldest first. `next` is opaque; null where nothing comes after it. */
export interface JournalPage {
  readonly entries: ReadonlyArray<JournalEntry>
  readonly next: string | null
}

/** What `verify` found. `problem` names the first bad entry of the chain and what is wrong with it. */
export interface VerifyReport {
  readonly ok: boolean
  readonly orders: number
  readonly entries: number
  readonly problem: { readonly chain: string; readonly seq: number; readonly what: string } | null
}

export class LedgerReader extends Context.Service<
  LedgerReader,
  {
    readonly order: (
      tenant: TenantId,
      at: { readonly order: OrderId } | { readonly capture: CaptureId }
    ) => Effect.Effect<OrderView | null, LedgerUnavailable>
    /** By a refund's or a group's id: all refunds of the group; by number: the one. Empty where there is none. */
    readonly refunds: (
      tenant: TenantId,
      at: { readonly id: RefundId } | { readonly number: number }
    ) => Effect.Effect<ReadonlyArray<Refund>, LedgerUnavailable>
    /**
     * The refund of this provider's that has, or had, this name there, and the capture that has; null where there is
     * none, or where several captures have it: none of them is guessed.
     */
    readonly match: (
      tenant: TenantId,
      provider: string,
      at: { readonly reference: string } | { readonly captureReference: string }
    ) => Effect.Effect<Matched | null, LedgerUnavailable>
    readonly list: (
      tenant: TenantId,
      filter: RefundFilter,
      page: { readonly limit: number; readonly cursor: string | null }
    ) => Effect.Effect<RefundPage, LedgerUnavailable>
    /**
     * Every refund that the scope has, of one state of the ledger, is added to a fold; in bounded memory, and others are
     * answered meanwhile. May begin again from nothing, with another fold.
     */
    readonly fold: <A>(
      tenant: TenantId,
      scope: ReportScope,
      begin: () => ReportFold<A>
    ) => Effect.Effect<A, LedgerUnavailable>
    /** A customer's accounts, by currency. */
    readonly credit: (
      tenant: TenantId,
      customerId: string
    ) => Effect.Effect<ReadonlyArray<CreditHead>, LedgerUnavailable>
    /** The credential decides the tenant. */
    readonly keyByHash: (
      hash: string
    ) => Effect.Effect<{ readonly tenant: TenantId; readonly key: ApiKey } | null, LedgerUnavailable>
    readonly journal: (tenant: TenantId, chain: string) => Effect.Effect<ReadonlyArray<JournalEntry>, LedgerUnavailable>
    /** What was committed before the first page was read is on one of its pages; what is committed since may be. */
    readonly entries: (
      tenant: TenantId,
      page: { readonly limit: number; readonly cursor: string | null }
    ) => Effect.Effect<JournalPage, LedgerUnavailable>
    /** Every chain re-hashed, every state recomputed from its journal and compared with what is stored. */
    readonly verify: (
      tenant: TenantId,
      onProgress?: (done: { readonly orders: number; readonly entries: number }) => void
    ) => Effect.Effect<VerifyReport, LedgerUnavailable>
    /**
     * The heads of the tenant's chains that have entries, those after a chain's where one is named: its settings, then its
     * orders, then its customers' accounts, each sorted. `limit` of them at most; none after the last.
     */
    readonly heads: (
      tenant: TenantId,
      after: string | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ChainHead>, LedgerUnavailable>
    /** Of each of these chains, how far its entries go now, and the hash of the one that is numbered so; null: there is none. */
    readonly entriesAt: (
      tenant: TenantId,
      at: ReadonlyArray<{ readonly chain: string; readonly seq: number }>
    ) => Effect.Effect<ReadonlyArray<{ readonly entries: number; readonly hash: string | null }>, LedgerUnavailable>
    readonly hasOrders: (tenant: TenantId) => Effect.Effect<boolean, LedgerUnavailable>
  }
>()("refund-core/ports/LedgerReader") {}
