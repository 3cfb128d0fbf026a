/** What reports read: many refunds of one state of the database, some at a time, and of each only what a report wants. */
import type { CurrencyCode } from "refund-core/Currency"
import type { RefundId } from "refund-core/Ids"
import type { Reported, ReportFold, ReportScope } from "refund-core/Report"
import { row, rows, type Value } from "./ask.ts"
import type { Stepwise } from "./database.ts"
import type { Dialect } from "./dialect.ts"
import { reportedOf } from "./refundRows.ts"

/** So many numbers are looked through at once where few of them are wanted, */
const window = 20_000
/** and so many refunds are read at once: some milliseconds. */
const portion = 1_000

type Row = readonly [
  no: number,
  id: string,
  amount: number,
  currency: string,
  state: string,
  requestedAt: number,
  request: string,
  progress: string | null,
  texts: string | null
]

interface Looked {
  readonly refunds: number
}

const lastNumber = "SELECT max(no) FROM refunds"

/** The texts are many for the same scope: a statement is kept prepared by its text. */
export const portionSql = (
  { currency, requestedBefore, requestedFrom, states }: ReportScope,
  { byNumber }: Dialect
): string =>
  [
    `SELECT no, id, amount, currency, state, requested_at, request, progress, texts FROM refunds${byNumber}`,
    "WHERE no > ? AND no <= ? AND tenant = ?",
    ...(currency === undefined ? [] : ["AND currency = ?"]),
    ...(requestedFrom === undefined ? [] : ["AND requested_at >= ?"]),
    ...(requestedBefore === undefined ? [] : ["AND requested_at < ?"]),
    ...(states === undefined ? [] : [`AND state IN (${states.map(() => "?").join(", ")})`]),
    "ORDER BY no LIMIT ?"
  ].join(" ")

const valuesOf = ({ currency, requestedBefore, requestedFrom, states }: ReportScope): ReadonlyArray<Value> => [
  ...(currency === undefined ? [] : [currency]),
  ...(requestedFrom === undefined ? [] : [requestedFrom]),
  ...(requestedBefore === undefined ? [] : [requestedBefore]),
  ...(states ?? [])
]

export function* foldRefunds<A>(
  dialect: Dialect,
  tenant: number,
  scope: ReportScope,
  fold: ReportFold<A>
): Stepwise<Looked, A> {
  const sql = portionSql(scope, dialect)
  const values = valuesOf(scope)
  const [last] = (yield* row<readonly [number | null]>(lastNumber)) ?? []
  let count = 0
  for (let from = 0; from < Number(last ?? 0); ) {
    const until = from + window
    const found: ReadonlyArray<Row> = yield* rows<Row>(sql, from, until, tenant, ...values, portion)
    for (const each of found) fold.add(toReported(each))
    count += found.length
    from = found.length === portion ? (found.at(-1)?.[0] ?? until) : until
    yield { refunds: count }
  }
  return fold.end()
}

const toReported = ([, id, amount, currency, state, requestedAt, request, progress, texts]: Row): Reported => ({
  id: id as RefundId,
  amount: BigInt(amount),
  currency: currency as CurrencyCode,
  state: state as Reported["state"],
  requestedAt,
  ...reportedOf(request, progress),
  texts: texts === null ? null : (JSON.parse(texts) as Reported["texts"])
})
