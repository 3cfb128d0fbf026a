/** Where the ledger is kept. A store is handed a pure decision: it may run it beside others in one commit, and again after a conflict. */
import { Context, type Effect, type Result, Schema } from "effect"
import type { CreditHead } from "../Credit.ts"
import type { CurrencyCode } from "../Currency.ts"
import type { Event } from "../Event.ts"
import type { CaptureId, CustomerId, Instant, OrderId, RefundId, TenantId } from "../Ids.ts"
import type { OrderHead, OrderTexts, Registration } from "../Order.ts"
import type { Door } from "../Policy.ts"
import type { Refund } from "../Refund.ts"
import type { SettingsHead } from "../Settings.ts"
import type { Via } from "../Via.ts"

/** What a decision is about, and what must be there for it to be made. */
export interface Scope {
  readonly tenant: TenantId
  readonly at:
    | { readonly order: OrderId }
    | { readonly capture: CaptureId }
    | { readonly refund: RefundId }
    | { readonly customer: CustomerId; readonly currency: CurrencyCode }
    | { readonly settings: true }
  /** Also the order's registration and texts, and which orders own these captures. */
  readonly registering?: { readonly captures: ReadonlyArray<CaptureId> }
  /** Also the order's oldest unsubmitted refunds, at most this many. */
  readonly open?: number
  /** Also the order's oldest refunds that are under way (submitted, not over), at most this many. */
  readonly underWay?: number
  /**
   * One intent: has a request with this key, or this chosen group id, been committed in the tenant before?
   * `content` is what must be the same, as canonical text; a store may keep its hash.
   */
  readonly once?: { readonly key: string | null; readonly chosen: RefundId | null; readonly content: string }
}

/** A request committed before under the same key or chosen id, and its refunds as they are now. */
export interface Earlier {
  readonly sameContent: boolean
  readonly refunds: ReadonlyArray<Refund>
}

/**
 * What a decision may read. `refunds` holds: at a refund or group id, all refunds of that group; the refunds whose
 * return costs they carry or wait in the order (`order.waiting`); the `open` ones; those `underWay`.
 */
export interface Facts {
  readonly settings: SettingsHead
  readonly order: OrderHead | null
  readonly registration: Registration | null
  readonly texts: OrderTexts | null
  readonly captureOwners: ReadonlyMap<CaptureId, OrderId>
  readonly refunds: ReadonlyMap<RefundId, Refund>
  /** The account of the order's customer in the order's currency, or the one named; empty where there is none yet. Null: no customer. */
  readonly credit: CreditHead | null
  readonly earlier: Earlier | null
  /** The first of a run of numbers free for new refunds. */
  readonly nextNumber: number
}

/** A refund our worker has to do something about, from then on. `null`: nothing is due any more. */
export interface Due {
  readonly refundId: RefundId
  readonly at: Instant | null
}

/** What is recorded beside the events of an entry. */
export interface Stamp extends Via {
  readonly at: Instant
  readonly by: string
  readonly door: Door
}

/** `after` is `apply(facts, events, stamp)`: what the store writes, and what the next decision of a batch reads. */
export interface Decision<A> {
  readonly events: ReadonlyArray<Event>
  readonly after: Facts
  readonly answer: A
  readonly due: ReadonlyArray<Due>
  readonly stamp: Stamp
}

/** The store cannot commit or read now. Nothing was committed, unless the connection died in the commit itself. */
export class LedgerUnavailable extends Schema.TaggedError<LedgerUnavailable>()("LedgerUnavailable", {
  detail: Schema.String,
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return this.detail
  }
}

/**
 * One transaction per decision: order figures, refunds, credit, an entry in each chain that has events (`home`), idempotency record and outbox together, or
 * nothing. Answers only what is durable. A decision without events changes at most what is due. Decisions on one order are
 * serial; `read` sees committed facts only.
 */
export class LedgerStore extends Context.Service<
  LedgerStore,
  {
    readonly transact: <A, R>(
      scope: Scope,
      decide: (facts: Facts) => Result.Result<Decision<A>, R>
    ) => Effect.Effect<A, R | LedgerUnavailable>
    readonly read: <A>(scope: Scope, look: (facts: Facts) => A) => Effect.Effect<A, LedgerUnavailable>
  }
>()("refund-core/ports/LedgerStore") {}
