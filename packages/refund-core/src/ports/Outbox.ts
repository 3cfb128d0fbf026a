/** What the worker has to do, committed together with the decision that made it due. Time is the store's own clock. */
import { Context, type Effect } from "effect"
import type { CurrencyCode } from "../Currency.ts"
import type { CustomerId, Instant, RefundId, TenantId } from "../Ids.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

export interface DueRefund {
  readonly tenant: TenantId
  readonly refundId: RefundId
  /** Who would be called; null: nobody, the refund or its approval has only waited too long. */
  readonly provider: string | null
}

/** Store credit of which some has expired. */
export interface DueCredit {
  readonly tenant: TenantId
  readonly customerId: CustomerId
  readonly currency: CurrencyCode
}

/**
 * The commit that makes a refund due leases it to the process that committed it: `fresh` yields those at once.
 * `take` leases what is due and whose lease, if any, has run out, oldest first: what another process left behind.
 * A row goes away, or becomes due later, only by the next decision on its refund (`Decision.due`).
 */
export class Outbox extends Context.Service<
  Outbox,
  {
    readonly fresh: Effect.Effect<DueRefund>
    readonly take: (limit: number) => Effect.Effect<ReadonlyArray<DueRefund>, LedgerUnavailable>
    /** Keeps what it holds a lease of from being taken before then, and gives the lease back. */
    readonly postpone: (due: DueRefund, until: Instant) => Effect.Effect<void, LedgerUnavailable>
    /** Accounts with expired credit; they stay until `ExpireCredit`. No lease: expiring twice is expiring once. */
    readonly expired: (limit: number) => Effect.Effect<ReadonlyArray<DueCredit>, LedgerUnavailable>
    /** Gives leases back, so that another worker need not wait for them to run out. */
    readonly release: (due: ReadonlyArray<DueRefund>) => Effect.Effect<void, LedgerUnavailable>
  }
>()("refund-core/ports/Outbox") {}
