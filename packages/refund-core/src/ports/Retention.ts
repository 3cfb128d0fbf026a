/** Lets go of what was done with long ago. The journal and what it gives are never touched. */
import { Context, Effect } from "effect"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/** Deliveries that arrived, and what providers told and was applied. Whatever is still open stays, however old. */
export const prunable = ["deliveries", "inbox"] as const
export type Prunable = (typeof prunable)[number]

export interface Pruned {
  readonly count: number
  /** Where the next portion begins; null: that was the last. */
  readonly next: number | null
}

/**
 * One portion, in a transaction of its own, from a place on (0: the oldest) of what was done with so long ago. May be asked
 * by several processes at once, beside all that goes on. Null: this store keeps everything.
 */
export const Retention = Context.Reference<
  ((what: Prunable, milliseconds: number, from: number) => Effect.Effect<Pruned, LedgerUnavailable>) | null
>("refund-core/ports/Retention", { defaultValue: () => null })

/** All portions of both, one after the other. Null: this store keeps everything. */
export const pruneAll = (
  milliseconds: number,
  onPortion: (count: number) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Readonly<Record<Prunable, number>> | null, LedgerUnavailable> =>
  Effect.gen(function* () {
    const prune = yield* Retention
    if (prune === null) return null
    const counts: Record<Prunable, number> = { deliveries: 0, inbox: 0 }
    for (const what of prunable) {
      for (let from: number | null = 0; from !== null; ) {
        const portion: Pruned = yield* prune(what, milliseconds, from)
        counts[what] += portion.count
        from = portion.next
        yield* onPortion(portion.count)
      }
    }
    return counts
  })
