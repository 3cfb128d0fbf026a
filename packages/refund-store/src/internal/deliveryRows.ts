/** The rows of deliveries. Each of these runs inside a transaction: a read's, or one that writes. */
import { type Deliveries, type DeliveryState, roundRobin } from "refund-core/ports/Deliveries"
import { type Asking, row, rows, run } from "./ask.ts"
import type { Dialect } from "./dialect.ts"
import type { Listener } from "./endpoints.ts"
import type { Lease } from "./lease.ts"
import type { MessageDialect } from "./messageDialect.ts"
import { isOpenDelivery } from "./messageTables.ts"
import { keptText } from "./texts.ts"
import { Turns } from "./turns.ts"

export interface DeliveryRow {
  readonly no: number
  readonly endpoint: number
  readonly entry: number
  readonly part: number
  readonly state: DeliveryState
  readonly tries: number
  readonly dueAt: number | null
  readonly lastAt: number | null
  readonly lastAnswer: string | null
}

const columns = "no, endpoint, entry, part, state, tries, due_at, last_at, last_answer"

type Columns = readonly [
  no: number,
  endpoint: number,
  entry: number,
  part: number,
  state: DeliveryState,
  tries: number,
  dueAt: number | null,
  lastAt: number | null,
  lastAnswer: string | null
]

const toRow = ([no, endpoint, entry, part, state, tries, dueAt, lastAt, lastAnswer]: Columns): DeliveryRow => {
  return { no, endpoint, entry, part, state, tries, dueAt, lastAt, lastAnswer }
}

interface Due {
  readonly no: number
  readonly availableAt: number
  readonly of: Pick<Listener, "no" | "tenant">
}

const tenantOf = ({ of }: Due): number => of.tenant
const endpointOf = ({ of }: Due): number => of.no

/** How rows are found. */
export const deliverySql = (
  { forLease, now, numberIn }: Pick<Dialect, "forLease" | "now" | "numberIn">,
  { eachNumber }: Pick<MessageDialect, "eachNumber">
) => ({
  anyDue: `SELECT e.value FROM ${eachNumber("?1")} e WHERE EXISTS
    (SELECT 1 FROM deliveries WHERE endpoint = e.value AND available_at <= ${now})`,
  due: `SELECT no, available_at FROM deliveries WHERE endpoint = ? AND available_at <= ${now}
    ORDER BY available_at, no LIMIT ? ${forLease}`,
  open: `SELECT ${columns} FROM deliveries WHERE endpoint = ? AND ${isOpenDelivery} AND state = ? AND no < ?
    ORDER BY no DESC LIMIT ?`,
  all: `SELECT ${columns} FROM deliveries WHERE no >= ?1 AND no < ?2
    AND ${numberIn("endpoint", "?3")} AND (CAST(?4 AS TEXT) IS NULL OR state = ?4) ORDER BY no DESC LIMIT ?5`,
  oldestDead: `SELECT no FROM deliveries WHERE endpoint = ? AND ${isOpenDelivery} AND state = 'dead'
    ORDER BY no LIMIT ?`
})

const statements = (dialect: Dialect, words: MessageDialect) => ({
  ...deliverySql(dialect, words),
  last: "SELECT max(no) FROM deliveries",
  chain: "SELECT endpoint, chain FROM deliveries WHERE no = ?",
  lease: `UPDATE deliveries SET available_at = ${dialect.now} + ?2, leased_by = ?3 WHERE no = ?1 RETURNING ${columns}`,
  // What was delivered or given up stays so, whoever else still thought to be sending it.
  done: `UPDATE deliveries SET state = ?2, tries = tries + 1,
       due_at = CASE ?2 WHEN 'waiting' THEN coalesce(?3, ${dialect.now}) END, available_at = NULL, leased_by = NULL,
       last_at = ${dialect.now}, last_answer = ?4 WHERE no = ?1 AND state = 'waiting'`,
  again: `UPDATE deliveries SET state = 'waiting', tries = 0, due_at = ${dialect.now} WHERE no = ?`,
  // Behind another that waits in its chain it has to wait for its turn.
  note: `INSERT INTO deliveries (endpoint, chain, entry, part, state, tries, due_at, available_at)
     SELECT ?1, ?2, ?3, ?4, 'waiting', 0, ${dialect.now},
       CASE WHEN EXISTS (SELECT 1 FROM deliveries WHERE endpoint = ?1 AND chain = ?2 AND state = 'waiting')
         THEN NULL ELSE ${dialect.now} END`,
  release:
    "UPDATE deliveries SET available_at = due_at, leased_by = NULL WHERE available_at IS NOT NULL AND leased_by = ?"
})

export class DeliveryRows {
  readonly #sql
  readonly #turns
  readonly #lease

  constructor(dialect: Dialect, words: MessageDialect, lease: Pick<Lease, "by" | "milliseconds">) {
    this.#sql = statements(dialect, words)
    this.#turns = new Turns(dialect, words)
    this.#lease = lease
  }

  /** Those of these endpoints that have something due. */
  *anyDue(endpoints: ReadonlyArray<number>): Asking<ReadonlyArray<number>> {
    const found = yield* rows<readonly [number]>(this.#sql.anyDue, JSON.stringify(endpoints))
    return found.map(([endpoint]) => endpoint)
  }

  /** In turn: of each of these endpoints, and each of their tenants. */
  *lease(listeners: ReadonlyArray<Pick<Listener, "no" | "tenant">>, limit: number): Asking<ReadonlyArray<DeliveryRow>> {
    const due: Array<Due> = []
    for (const of of listeners) {
      const found = yield* rows<readonly [no: number, availableAt: number]>(this.#sql.due, of.no, limit)
      for (const [no, availableAt] of found) due.push({ no, availableAt, of })
    }
    const longestFirst = due.toSorted((a, b) => a.availableAt - b.availableAt || a.no - b.no)
    const leased: Array<DeliveryRow> = []
    for (const { no } of roundRobin(longestFirst, tenantOf, endpointOf).slice(0, limit)) {
      const found = yield* row<Columns>(this.#sql.lease, no, this.#lease.milliseconds, this.#lease.by)
      if (found !== undefined) leased.push(toRow(found))
    }
    return leased
  }

  /** What has to be told to an endpoint from now on. */
  *note(endpoint: number, chain: number, entry: number, part: number): Asking<void> {
    yield* this.#turns.begin(endpoint, chain)
    yield* run(this.#sql.note, endpoint, chain, entry, part)
  }

  *done(no: number, { answer, dueAt, state }: Parameters<(typeof Deliveries)["Service"]["done"]>[1]): Asking<void> {
    yield* this.#roundRobin(no, () => run(this.#sql.done, no, state, dueAt, keptText(answer)))
  }

  *again(no: number): Asking<void> {
    yield* this.#roundRobin(no, () => run(this.#sql.again, no))
  }

  *#roundRobin(no: number, change: () => Asking<number>): Asking<void> {
    const found = yield* row<readonly [endpoint: number, chain: number]>(this.#sql.chain, no)
    if (found === undefined) return
    yield* this.#turns.begin(...found)
    if ((yield* change()) > 0) yield* this.#turns.settle(...found)
  }

  *oldestDead(endpoint: number, limit: number): Asking<ReadonlyArray<number>> {
    return (yield* rows<readonly [number]>(this.#sql.oldestDead, endpoint, limit)).map(([no]) => no)
  }

  /** Undefined: there is none of that number. */
  *endpointOf(no: number): Asking<number | undefined> {
    return (yield* row<readonly [number]>(this.#sql.chain, no))?.[0]
  }

  *lastNumber(): Asking<number> {
    return (yield* row<readonly [number | null]>(this.#sql.last))?.[0] ?? 0
  }

  /** Newest first, found by an index. */
  *open(
    endpoints: ReadonlyArray<number>,
    state: "waiting" | "dead",
    before: number,
    wanted: number
  ): Asking<ReadonlyArray<DeliveryRow>> {
    const found: Array<DeliveryRow> = []
    for (const endpoint of endpoints) {
      found.push(...(yield* rows<Columns>(this.#sql.open, endpoint, state, before, wanted)).map(toRow))
    }
    return found.toSorted((a, b) => b.no - a.no).slice(0, wanted)
  }

  /** Newest first, among those numbered from `from` up to but without `before`. */
  *among(
    endpoints: ReadonlyArray<number>,
    state: DeliveryState | null,
    [from, before]: readonly [from: number, before: number],
    wanted: number
  ): Asking<ReadonlyArray<DeliveryRow>> {
    return (yield* rows<Columns>(this.#sql.all, from, before, JSON.stringify(endpoints), state, wanted)).map(toRow)
  }

  /** Gives back what this process was to send and did not. */
  release(): Asking<number> {
    return run(this.#sql.release, this.#lease.by)
  }
}
