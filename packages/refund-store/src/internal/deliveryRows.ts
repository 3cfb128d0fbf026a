/** The rows of deliveries. Each of these runs inside a transaction: a read's, or the writer's. */
import type { DatabaseSync } from "node:sqlite"
import type { Deliveries, DeliveryState } from "refund-core/ports/Deliveries"
import { now } from "./clock.ts"
import { row, rows, run, tuples } from "./connection.ts"
import { isOpenDelivery } from "./messageTables.ts"
import type { Lease } from "./recordRefunds.ts"
import { Turns } from "./turns.ts"

export interface DeliveryRow {
  readonly no: number
  readonly endpoint: number
  readonly entry: number
  readonly part: number
  readonly state: DeliveryState
  readonly tries: number
  readonly due_at: number | null
  readonly last_at: number | null
  readonly last_answer: string | null
}

const columns = "no, endpoint, entry, part, state, tries, due_at, last_at, last_answer"

export const deliverySql = {
  anyDue: `SELECT e.value FROM json_each(?) e WHERE EXISTS
    (SELECT 1 FROM deliveries WHERE endpoint = e.value AND available_at <= ${now})`,
  due: `SELECT no, available_at FROM deliveries WHERE endpoint = ? AND available_at <= ${now}
    ORDER BY available_at, no LIMIT ?`,
  open: `SELECT ${columns} FROM deliveries WHERE endpoint = ? AND ${isOpenDelivery} AND state = ? AND no < ?
    ORDER BY no DESC LIMIT ?`,
  all: `SELECT ${columns} FROM deliveries WHERE no >= ?1 AND no < ?2
    AND endpoint IN (SELECT value FROM json_each(?3)) AND (?4 IS NULL OR state = ?4) ORDER BY no DESC LIMIT ?5`,
  oldestDead: `SELECT no FROM deliveries WHERE endpoint = ? AND ${isOpenDelivery} AND state = 'dead'
    ORDER BY no LIMIT ?`
}

const statements = (db: DatabaseSync) => ({
  anyDue: tuples(db, deliverySql.anyDue),
  due: tuples(db, deliverySql.due),
  open: db.prepare(deliverySql.open),
  all: db.prepare(deliverySql.all),
  oldestDead: tuples(db, deliverySql.oldestDead),
  last: tuples(db, "SELECT max(no) FROM deliveries"),
  endpoint: tuples(db, "SELECT endpoint FROM deliveries WHERE no = ?"),
  lease: db.prepare(
    `UPDATE deliveries SET available_at = ${now} + ?2, leased_by = ?3 WHERE no = ?1 RETURNING ${columns}`
  ),
  // What was delivered or given up stays so, whoever else still thought to be sending it.
  done: tuples(
    db,
    `UPDATE deliveries SET state = ?2, tries = tries + 1,
       due_at = CASE ?2 WHEN 'waiting' THEN coalesce(?3, ${now}) END, available_at = NULL, leased_by = NULL,
       last_at = ${now}, last_answer = ?4 WHERE no = ?1 AND state = 'waiting' RETURNING endpoint, chain`
  ),
  again: tuples(
    db,
    `UPDATE deliveries SET state = 'waiting', tries = 0, due_at = ${now} WHERE no = ? RETURNING endpoint, chain`
  ),
  release: db.prepare(
    "UPDATE deliveries SET available_at = due_at, leased_by = NULL WHERE available_at IS NOT NULL AND leased_by = ?"
  )
})

export class DeliveryRows {
  readonly #sql
  readonly #turns
  readonly #lease

  constructor(db: DatabaseSync, lease: Pick<Lease, "by" | "milliseconds">) {
    this.#sql = statements(db)
    this.#turns = new Turns(db)
    this.#lease = lease
  }

  /** Those of these endpoints that have something due. */
  anyDue(endpoints: ReadonlyArray<number>): ReadonlyArray<number> {
    return rows<readonly [number]>(this.#sql.anyDue, JSON.stringify(endpoints)).map(([endpoint]) => endpoint)
  }

  /** Longest due first, whichever endpoint's. */
  lease(endpoints: ReadonlyArray<number>, limit: number): ReadonlyArray<DeliveryRow> {
    return endpoints
      .flatMap((endpoint) => rows<readonly [no: number, availableAt: number]>(this.#sql.due, endpoint, limit))
      .toSorted((a, b) => a[1] - b[1] || a[0] - b[0])
      .slice(0, limit)
      .flatMap(([no]) => rows<DeliveryRow>(this.#sql.lease, no, this.#lease.milliseconds, this.#lease.by))
  }

  done(no: number, { answer, dueAt, state }: Parameters<(typeof Deliveries)["Service"]["done"]>[1]): void {
    this.#settle(row(this.#sql.done, no, state, dueAt, answer.toWellFormed()))
  }

  again(no: number): void {
    this.#settle(row(this.#sql.again, no))
  }

  #settle(changed: readonly [endpoint: number, chain: number] | undefined): void {
    if (changed !== undefined) this.#turns.settle(...changed)
  }

  oldestDead(endpoint: number, limit: number): ReadonlyArray<number> {
    return rows<readonly [number]>(this.#sql.oldestDead, endpoint, limit).map(([no]) => no)
  }

  /** Undefined: there is none of that number. */
  endpointOf(no: number): number | undefined {
    return row<readonly [number]>(this.#sql.endpoint, no)?.[0]
  }

  lastNumber(): number {
    return row<readonly [number | null]>(this.#sql.last)?.[0] ?? 0
  }

  /** Newest first, found by an index. */
  open(
    endpoints: ReadonlyArray<number>,
    state: "waiting" | "dead",
    before: number,
    wanted: number
  ): ReadonlyArray<DeliveryRow> {
    return endpoints
      .flatMap((endpoint) => rows<DeliveryRow>(this.#sql.open, endpoint, state, before, wanted))
      .toSorted((a, b) => b.no - a.no)
      .slice(0, wanted)
  }

  /** Newest first, among those numbered from `from` up to but without `before`. */
  among(
    endpoints: ReadonlyArray<number>,
    state: DeliveryState | null,
    [from, before]: readonly [from: number, before: number],
    wanted: number
  ): ReadonlyArray<DeliveryRow> {
    return rows<DeliveryRow>(this.#sql.all, from, before, JSON.stringify(endpoints), state, wanted)
  }

  /** Gives back what this process was to send and did not. */
  release(): void {
    run(this.#sql.release, this.#lease.by)
  }
}
