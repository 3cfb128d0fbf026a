/**
 * How PostgreSQL follows the journal. Entries get their numbers before they are committed, so that a lower one may come
 * late. What is below the oldest transaction that is still under way is told by transaction and number: nothing can come
 * before it any more. An order's lane is taken before its transaction gets a number, so this is also its chain's order.
 */
import type { MessageDialect } from "../messageDialect.ts"

const xid = "journal.xid::text::bigint"
const isOver = "journal.xid < pg_snapshot_xmin(pg_current_snapshot())"
const after = "(journal.xid, journal.no) > (?1::text::xid8, ?2)"

const inOrder = "journal.xid, journal.no"

/** The last of so many; `OFFSET` alone would find none where there are fewer. */
const upTo = (count: number): string => `SELECT w.xid::text::bigint, w.no FROM
  (SELECT journal.xid, journal.no FROM journal WHERE ${after} AND ${isOver} ORDER BY ${inOrder} LIMIT ${count}) w
  ORDER BY w.xid DESC, w.no DESC LIMIT 1`

/** Locks are the whole database's, and another ledger in it has endpoints and chains of the same numbers: its table is another. */
const lockTurn = `SELECT pg_advisory_xact_lock(hashint8(?1 + ('deliveries'::regclass::oid::bigint << 32)), hashint8(?2))`

export const postgresMessages: MessageDialect = {
  xid,
  tenant: "tenant",
  xidOf: (entry) => `coalesce((SELECT ${xid} FROM journal WHERE journal.no = ${entry}), 0)`,
  inOrder,
  between: "(journal.xid, journal.no) BETWEEN (?1::text::xid8, ?2::bigint) AND (?3::text::xid8, ?4::bigint)",
  last: `SELECT ${xid}, no FROM journal WHERE ${isOver} ORDER BY journal.xid DESC, journal.no DESC LIMIT 1`,
  upTo,
  eachNumber: (list) => `(SELECT value::bigint AS value FROM json_array_elements_text(${list}::json))`,
  forChange: "FOR UPDATE",
  lockTurn,
  newEpoch: "substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)"
}
