/** Finds refunds by filter, newest first, in slices that are short whatever the filter. */
import type { RefundFilter } from "refund-core/ports/LedgerReader"
import { type Asking, row, rows, type Value } from "./ask.ts"
import type { Dialect } from "./dialect.ts"
import type { Loader } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { heldAs, type RefundRow, refundColumns, walkOfOrder } from "./refundRows.ts"

export const cursorOf = (number: number): string => Buffer.from(String(number)).toString("base64url")
/** What is no cursor of ours is before everything. */
export const numberOf = (cursor: string): number => {
  const number = Number(Buffer.from(cursor, "base64url").toString())
  return Number.isSafeInteger(number) ? number : 0
}

/** How many refunds are looked through at once where no index has them: about ten milliseconds. */
const window = 20_000
/** The WHERE of the index `refunds_to_look_at`, in its words: it is used only for statements that say the same. */
const states = ["pending_approval", "requires_action", "unknown", "in_review", "failed"] as const
const isLookedAt = `state IN (${states.map((state) => `'${state}'`).join(", ")})`
const lookedAt: ReadonlySet<string> = new Set(states)

export type Condition = readonly [sql: string, value?: Value]

export interface Slice {
  readonly found: ReadonlyArray<RefundRow>
  /** The number to go on below; 0 when none are left. */
  readonly next: number
}

const nothing: Slice = { found: [], next: 0 }

export class RefundList {
  readonly #dialect
  readonly #loader

  constructor(dialect: Dialect, loader: Loader) {
    this.#dialect = dialect
    this.#loader = loader
  }

  *#orderOf(tenant: number, { captureId, orderId }: RefundFilter): Asking<StoredOrder | null | undefined> {
    if (orderId !== undefined) return yield* this.#loader.orderById(tenant, orderId)
    return captureId === undefined ? undefined : yield* this.#loader.orderByCapture(tenant, captureId)
  }

  /** Refunds below a number, newest first, at most as many as wanted. */
  *slice(tenant: number, filter: RefundFilter, before: number, wanted: number): Asking<Slice> {
    const order = yield* this.#orderOf(tenant, filter)
    if (order === null) return nothing
    const given = conditionsOf(filter, this.#dialect)
    const isIndexed = order !== undefined || (filter.state !== undefined && lookedAt.has(filter.state))
    const { ownRefunds } = this.#dialect
    if (!isIndexed && ownRefunds !== null) return yield* ownSlice(ownRefunds, given, tenant, before, wanted)
    const from = isIndexed ? 0 : Math.max(0, before - window)
    const conditions: ReadonlyArray<Condition> = [
      ["no < ?", before],
      ["no >= ?", from],
      ...(order === undefined ? [] : [[this.#dialect.among("no", "SELECT no FROM walk")] as const]),
      ["tenant = ?", tenant],
      ...given
    ]
    const walk = order === undefined ? "" : walkOfOrder
    const values = [...(order === undefined ? [] : [order.no, tenant]), ...valuesOf(conditions)]
    const table = isIndexed ? "refunds" : `refunds${this.#dialect.byNumber}`
    const found = yield* rows<RefundRow>(`${walk} ${sliceSql(table, conditions)}`, ...values, wanted)
    return { found, next: lastOf(found, wanted) ?? from }
  }
}

export const sliceSql = (from: string, conditions: ReadonlyArray<Condition>): string => {
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`
  return `SELECT ${refundColumns} FROM ${from}${where} ORDER BY no DESC LIMIT ?`
}

const valuesOf = (conditions: ReadonlyArray<Condition>): ReadonlyArray<Value> =>
  conditions.flatMap(([, value]) => (value === undefined ? [] : [value]))

/** Null: there were fewer than wanted. */
const lastOf = (found: ReadonlyArray<RefundRow>, wanted: number): number | null =>
  found.length === wanted ? (found.at(-1)?.[0] ?? null) : null

type OwnRefunds = NonNullable<Dialect["ownRefunds"]>

/** How the tenant's own refunds are looked through, and how far down that was. */
export const ownSql = (own: OwnRefunds, given: ReadonlyArray<Condition>) => ({
  slice: sliceSql(`(${own("*", window)}) AS refunds`, given),
  lowest: `SELECT count(*), min(no) FROM (${own("no", window)}) AS refunds`
})

function* ownSlice(
  own: OwnRefunds,
  given: ReadonlyArray<Condition>,
  tenant: number,
  before: number,
  wanted: number
): Asking<Slice> {
  const sql = ownSql(own, given)
  const found = yield* rows<RefundRow>(sql.slice, tenant, before, ...valuesOf(given), wanted)
  const last = lastOf(found, wanted)
  if (last !== null) return { found, next: last }
  const [count, lowest] = (yield* row<readonly [number, number | null]>(sql.lowest, tenant, before)) ?? [0, null]
  return { found, next: count < window ? 0 : (lowest ?? 0) }
}

const conditionsOf = (filter: RefundFilter, { contains }: Dialect): ReadonlyArray<Condition> => {
  const { captureId, createdAfter, createdBefore, customerId, destination, reference, state, type } = filter
  return [
    ...(state === undefined ? [] : [stateIs(state)]),
    ...(type === undefined ? [] : [["type = ?", type] as const]),
    ...(destination === undefined ? [] : [["destination = ?", destination] as const]),
    ...(captureId === undefined ? [] : [["capture_id = ?", captureId] as const]),
    ...(customerId === undefined ? [] : [["customer_id = ?", customerId] as const]),
    ...(reference === undefined ? [] : [[contains("request", "?"), heldAs("reference", reference)] as const]),
    ...(createdAfter === undefined ? [] : [["requested_at >= ?", createdAfter] as const]),
    ...(createdBefore === undefined ? [] : [["requested_at < ?", createdBefore] as const])
  ]
}

/** Rare states are found by their index, others row by row. */
export const stateIs = (state: string): Condition =>
  lookedAt.has(state) ? [`${isLookedAt} AND state = ?`, state] : ["state = ?", state]
