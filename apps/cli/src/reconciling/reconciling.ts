/** A settlement report against the ledger, both ways: what it has and the ledger has not, and the other way round. */
import { Effect, Stream } from "effect"
import type { ReportRowJson, RowResult } from "refund-api/ReconciliationBody"
import type { RefundBody } from "refund-api/RefundBody"
import { Usage } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import type { Bar } from "../output/bar.ts"
import { type FormName, type ReadRow, rowsOf } from "./reading.ts"

export interface Asked {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly form: FormName
  readonly maps: ReadonlyMap<string, string>
  /** By the name that captures use. */
  readonly provider: string
  readonly report: string
  readonly mark: boolean
  /** The days that the report is about, UTC; null: those of its rows. */
  readonly from: number | null
  readonly until: number | null
  /** How long before the report a refund may have been asked for that is paid in it. */
  readonly lookbackDays: number
  readonly bar: Bar
}

/**
 * `missing_there`: settled here in those days with that provider, on no report yet, and on no row of this one, all of which was
 * seen. `unreadable`: nobody knows what it says.
 */
export type Fate = RowResult["verdict"] | "missing_there" | "unreadable"

export interface Line {
  readonly row: number | null
  readonly verdict: Fate
  readonly asked: ReportRowJson | null
  readonly refundId: string | null
  readonly orderId: string | null
  readonly reference: string | null
  readonly why: string
  readonly reconciledIn: string | null
}

export interface Found {
  readonly lines: ReadonlyArray<Line>
  readonly from: number | null
  readonly until: number | null
  /** The row that reading ended in: what is missing there is not known then, and none is said to be. Null: all was read. */
  readonly unreadFrom: number | null
}

const rowsAtOnce = 500
const day = 86_400_000

export const reconcileWith = Effect.fnUntraced(function* (ledger: Ledger, asked: Asked) {
  const looked: Array<Line> = []
  const ends: Array<number> = []
  const rows = Stream.fromAsyncIterable(rowsOf(asked.chunks, asked.form, asked.maps), unreadable).pipe(
    Stream.flatMap((portion) => Stream.fromIterable(portion)),
    Stream.grouped(rowsAtOnce)
  )
  yield* Stream.runForEach(rows, (portion: ReadonlyArray<ReadRow>) =>
    Effect.gen(function* () {
      looked.push(...(yield* verdictsOf(ledger, asked, portion)))
      ends.push(...portion.flatMap((each) => ("fault" in each && each.isEnd ? [each.row] : [])))
      asked.bar.show({ done: looked.length, total: null, count: looked.length, unit: "rows" })
    })
  ).pipe(Effect.ensuring(Effect.sync(() => asked.bar.clear())))
  // All of the report is looked at before any of it is marked: two rows may be one refund, and then neither is it.
  const alone = onceEach(looked)
  const lines = asked.mark ? yield* marked(ledger, asked, alone) : alone
  const [first, last] = daysOf(lines)
  const from = asked.from ?? first
  const until = asked.until ?? last
  const known = new Set(lines.flatMap(({ refundId }) => refundId ?? []))
  const [unreadFrom = null] = ends
  const isWhole = from !== null && until !== null && unreadFrom === null
  const missing = isWhole ? yield* missingThere(ledger, asked, from, until, known) : []
  const isRead = lines.every(({ verdict }) => verdict !== "unreadable")
  const there = missing.map((refund) => missingLine(refund, isRead))
  return { lines: [...lines, ...there], from, until, unreadFrom } satisfies Found
})

/** Whole days, UTC, from the first to the last of the rows. */
const daysOf = (lines: ReadonlyArray<Line>): readonly [number | null, number | null] => {
  let [first, last]: readonly [number | null, number | null] = [null, null]
  for (const { asked } of lines) {
    if (typeof asked?.at !== "string") continue
    const begun = Math.floor(Date.parse(asked.at) / day) * day
    first = first === null ? begun : Math.min(first, begun)
    last = last === null ? begun + day : Math.max(last, begun + day)
  }
  return [first, last]
}

const unreadable = (cause: unknown): Usage =>
  cause instanceof Usage
    ? cause
    : new Usage({ sentence: `It cannot be read: ${String((cause as { readonly code?: unknown }).code ?? cause)}` })

const lineOf = (asked: ReportRowJson, result: RowResult | undefined): Line => ({
  row: asked.row,
  verdict: result?.verdict ?? "unreadable",
  asked,
  refundId: result?.refundId ?? null,
  orderId: result?.orderId ?? null,
  reference: asked.reference ?? null,
  why:
    result?.differences.map(({ field, here, there }) => `${field}: ${here} here, ${there} there`).join("; ") ??
    "no answer",
  reconciledIn: result?.reconciledIn ?? null
})

const verdictsOf = Effect.fnUntraced(function* (
  ledger: Ledger,
  { provider, report }: Asked,
  portion: ReadonlyArray<ReadRow>
) {
  const rows = portion.flatMap((each) => ("asked" in each ? [each.asked] : []))
  const { results } = rows.length === 0 ? { results: [] } : yield* ledger.reconcile({ provider, report, rows })
  const byRow = new Map(results.map((result) => [result.row, result]))
  return portion.map((each): Line => {
    if ("asked" in each) return lineOf(each.asked, byRow.get(each.row))
    const nothing = { asked: null, refundId: null, orderId: null, reference: null, reconciledIn: null }
    return { row: each.row, verdict: "unreadable", why: each.fault, ...nothing }
  })
})

/** A refund goes out once, and comes back once: where two rows say so, neither is it. */
const onceEach = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const meaning = ({ asked, refundId }: Line) => (refundId === null ? null : `${asked?.kind} ${refundId}`)
  const counts = new Map<string | null, number>()
  for (const line of lines) counts.set(meaning(line), (counts.get(meaning(line)) ?? 0) + 1)
  return lines.map((line) => (line.refundId !== null && counts.get(meaning(line)) !== 1 ? ambiguous(line) : line))
}

const marked = Effect.fnUntraced(function* (
  ledger: Ledger,
  { bar, provider, report }: Asked,
  lines: ReadonlyArray<Line>
) {
  const rows = lines.flatMap(({ asked, verdict }) => (verdict === "matched" && asked !== null ? [asked] : []))
  const told = new Map<number, Line>()
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const portion = rows.slice(at, at + rowsAtOnce)
    const { results } = yield* ledger.reconcile({ provider, report, mark: true, rows: portion })
    portion.forEach((asked, index) => told.set(asked.row, lineOf(asked, results[index])))
    bar.show({ done: told.size, total: rows.length, count: told.size, unit: "marked" })
  }
  bar.clear()
  return lines.map((line) => (line.row === null ? line : (told.get(line.row) ?? line)))
})

const ambiguous = (line: Line): Line => ({
  ...line,
  verdict: "ambiguous",
  why: "several rows of the report are this refund"
})

/** Those asked for not too long before the report, and since: what is recorded later may have been paid in its days too. */
const missingThere = Effect.fnUntraced(function* (
  ledger: Ledger,
  { lookbackDays, provider }: Asked,
  from: number,
  until: number,
  known: ReadonlySet<string>
) {
  const missing: Array<RefundBody> = []
  let cursor: string | null = null
  do {
    const page: Effect.Success<ReturnType<Ledger["refunds"]>> = yield* ledger.refunds({
      state: "settled",
      createdAfter: new Date(Math.max(0, from - lookbackDays * day)).toISOString(),
      limit: "200",
      ...(cursor === null ? {} : { cursor })
    })
    missing.push(...page.refunds.filter((each) => isMissing(each, provider, from, until, known)))
    cursor = page.next
  } while (cursor !== null)
  return missing
})

const isMissing = (refund: RefundBody, provider: string, from: number, until: number, known: ReadonlySet<string>) => {
  const { destination, id, payout, reconciledAt = null, settledAt } = refund
  if (refund.provider !== provider || destination !== "original" || payout === 0n || settledAt === null) return false
  return reconciledAt === null && settledAt >= from && settledAt < until && !known.has(id)
}

const missingLine = ({ id, orderId, providerReference, settledAt }: RefundBody, isRead: boolean): Line => ({
  row: null,
  verdict: "missing_there",
  asked: null,
  refundId: id,
  orderId,
  reference: providerReference,
  why: `settled ${settledAt === null ? "" : new Date(settledAt).toISOString()} here, and on no row of the report${isRead ? "" : " that could be read"}`,
  reconciledIn: null
})
