/** Drops what was done with long ago, so many rows of a table at a time, by their numbers. */
import { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Prunable, Pruned } from "refund-core/ports/Retention"
import { type Asking, row, run } from "./ask.ts"
import type { Database } from "./database.ts"

const isDone: Readonly<Record<Prunable, (now: string) => string>> = {
  deliveries: (now) => `state = 'delivered' AND last_at < ${now} - ?3`,
  inbox: (now) => `state = 'applied' AND received_at < ${now} - ?3`
}

/** `last`: the portion's. The newest row stays, since a file would give its number away again. */
const portionSql = (what: Prunable, now: string, rows: number) => ({
  last: `SELECT no FROM ${what} WHERE no > ?1 ORDER BY no LIMIT 1 OFFSET ${rows - 1}`,
  newest: `SELECT max(no) FROM ${what}`,
  drop: `DELETE FROM ${what} WHERE no > ?1 AND no <= ?2 AND ${isDone[what](now)}`
})

/** Milliseconds of a file's one writer. */
const usualRows = 1_000

export const makeRetention = (
  { dialect, write }: Pick<Database, "dialect" | "write">,
  rows = usualRows
): ((what: Prunable, milliseconds: number, from: number) => Effect.Effect<Pruned, LedgerUnavailable>) => {
  const sql = {
    deliveries: portionSql("deliveries", dialect.now, rows),
    inbox: portionSql("inbox", dialect.now, rows)
  }

  function* portion(what: Prunable, milliseconds: number, from: number): Asking<Pruned> {
    const { drop, last, newest } = sql[what]
    const [top] = (yield* row<readonly [number | null]>(newest)) ?? [null]
    if (top === null) return { count: 0, next: null }
    const [end] = (yield* row<readonly [number]>(last, from)) ?? [null]
    const count = yield* run(drop, from, Math.min(end ?? top, top - 1), milliseconds)
    return { count, next: end === null || end >= top ? null : end }
  }

  return (what, milliseconds, from) => Effect.suspend(() => write(() => portion(what, milliseconds, from)))
}
