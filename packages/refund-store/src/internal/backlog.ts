/** What is open, counted by indexes that hold nothing else. */
import type { Effect } from "effect"
import type { OpenWork, Pile } from "refund-core/ports/Backlog"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { RefundState } from "refund-core/Refund"
import { type Asking, row, rows } from "./ask.ts"
import type { Database } from "./database.ts"
import type { Dialect } from "./dialect.ts"
import { isOpenDelivery, isOpenEvent } from "./messageTables.ts"

export const backlogSql = ({ by, now }: Dialect) => ({
  now: `SELECT ${now}`,
  refunds: `SELECT state, count(*), min(updated_at) FROM refunds${by("refunds_open")} WHERE stage > 0 GROUP BY state`,
  overdue: `SELECT count(*), min(available_at) FROM refunds WHERE available_at <= ${now}`,
  deliveries: `SELECT state, count(*), min(due_at) FROM deliveries${by("deliveries_open")} WHERE ${isOpenDelivery} GROUP BY state`,
  inbox: `SELECT state, count(*), min(received_at) FROM inbox${by("inbox_open")} WHERE ${isOpenEvent} GROUP BY state`
})

type PileRow = readonly [count: number, oldest: number | null]
type StateRow<State> = readonly [state: State, ...PileRow]

const toPile = ([count, oldest]: PileRow): Pile => ({ count, oldest })
const toPiles = <State>(found: ReadonlyArray<StateRow<State>>) =>
  found.map(([state, ...pile]) => ({ state, ...toPile(pile) }))

export const makeBacklog = ({
  dialect,
  read
}: Pick<Database, "dialect" | "read">): Effect.Effect<OpenWork, LedgerUnavailable> => {
  const sql = backlogSql(dialect)
  return read(function* (): Asking<OpenWork> {
    const [now = 0] = (yield* row<readonly [number]>(sql.now)) ?? []
    return {
      now,
      refunds: toPiles(yield* rows<StateRow<RefundState>>(sql.refunds)),
      overdueRefunds: toPile((yield* row<PileRow>(sql.overdue)) ?? [0, null]),
      deliveries: toPiles(yield* rows<StateRow<"waiting" | "dead">>(sql.deliveries)),
      inbox: toPiles(yield* rows<StateRow<"new" | "parked">>(sql.inbox))
    }
  })
}
