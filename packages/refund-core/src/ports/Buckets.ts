/** How much is left of what may be asked for: kept by several processes together, beside the ledger, and no part of it. */
import { Context, type Effect } from "effect"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/** So much was left at this instant, in milliseconds; both may be parts of a whole. */
export interface Bucket {
  readonly left: number
  readonly at: number
}

export interface Change<A> {
  readonly buckets: ReadonlyMap<string, Bucket>
  readonly answer: A
}

/**
 * `change` runs a pure decision on what is kept under these names and keeps what it answers, while nobody else changes them.
 * The time is the store's own, the same clock for all processes. What was not changed for `forgetAfter` may be forgotten.
 */
export class Buckets extends Context.Service<
  Buckets,
  {
    readonly change: <A>(
      names: ReadonlyArray<string>,
      decide: (kept: ReadonlyMap<string, Bucket>, now: number) => Change<A>,
      forgetAfter: number
    ) => Effect.Effect<A, LedgerUnavailable>
  }
>()("refund-core/ports/Buckets") {}
