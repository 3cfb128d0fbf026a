/** A ledger's database, to those who read and write beside the decisions: they ask, and do not know which one it is. */
import type { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Ask, Asking } from "./ask.ts"
import type { Dialect } from "./dialect.ts"
import type { Known } from "./facts.ts"

/** Long work: asks, and tells between two asks how far it is. */
export type Stepwise<Done extends object, A> = Generator<Ask | Done, A, unknown>

export const isAsk = (step: object): step is Ask => "sql" in step || "each" in step

export interface Database {
  readonly dialect: Dialect
  /** All that it asks is answered from one state of the database. */
  readonly read: <A>(work: (known: Known) => Asking<A>) => Effect.Effect<A, LedgerUnavailable>
  /**
   * One transaction, durable once this resumes. It may be begun anew, so asking is all that it may do; also after a commit
   * whose answer was lost, so what it writes must be the same twice.
   */
  readonly write: <A>(work: (known: Known) => Asking<A>) => Effect.Effect<A, LedgerUnavailable>
  /** Reads one state of the database for as long as it takes, beside everything else that goes on, over a connection of its own. */
  readonly audit: <Done extends object, A>(
    work: () => Stepwise<Done, A>,
    onSlice: (done: Done) => void
  ) => Effect.Effect<A, LedgerUnavailable>
}
