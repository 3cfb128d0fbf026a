/** What is open in the whole ledger, of all tenants: for whoever watches over it. */
import { Context, Effect } from "effect"
import type { Instant } from "../Ids.ts"
import type { RefundState } from "../Refund.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/** `oldest`: when that one began to be so; null: there is none. */
export interface Pile {
  readonly count: number
  readonly oldest: Instant | null
}

export interface OpenWork {
  /** The database's own time. */
  readonly now: Instant
  /** Refunds that are neither settled nor over, by state. */
  readonly refunds: ReadonlyArray<Pile & { readonly state: RefundState }>
  /** Refunds that a worker should have taken by now. */
  readonly overdueRefunds: Pile
  /** Events on their way to a receiver, and those given up on; `oldest`: when the first of them was to be sent. */
  readonly deliveries: ReadonlyArray<Pile & { readonly state: "waiting" | "dead" }>
  /** What providers told and was not applied. */
  readonly inbox: ReadonlyArray<Pile & { readonly state: "new" | "parked" }>
}

/** Costs as much as there is open, not as much as there ever was. Null: this store does not say. */
export const Backlog = Context.Reference<Effect.Effect<OpenWork | null, LedgerUnavailable>>(
  "refund-core/ports/Backlog",
  { defaultValue: () => Effect.succeed(null) }
)
