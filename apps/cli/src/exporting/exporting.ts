/** A whole list, page by page: as CSV for spreadsheets, as a JSON object a line, or as Parquet. */
import { Effect } from "effect"
import type { LedgerFailure, Usage } from "../failures.ts"
import type { Bar } from "../output/bar.ts"
import { type CsvCell, csvRows, guarded } from "../output/csv.ts"

export interface Page {
  readonly rows: ReadonlyArray<Exported>
  /** Where the next one begins; null: this was the last. */
  readonly next: string | null
}

/** `cells` as the columns are; `json` as the API says it, undefined where a row before has said it. */
export interface Exported {
  readonly cells: () => ReadonlyArray<CsvCell>
  readonly json: () => unknown
}

export interface Source {
  readonly columns: ReadonlyArray<string>
  readonly page: (cursor: string | null) => Effect.Effect<Page, LedgerFailure>
}

export interface Sink {
  readonly format: "csv" | "jsonl"
  /** Once, before anything is written. */
  readonly open: Effect.Effect<void, Usage>
  readonly write: (text: string) => Effect.Effect<void, Usage>
  readonly bar: Bar
}

/** What takes pages: `begin` before the first, `end` after the last. */
export interface Taker {
  readonly begin: (columns: ReadonlyArray<string>) => Effect.Effect<void, Usage>
  readonly take: (rows: ReadonlyArray<Exported>) => Effect.Effect<void, Usage>
  readonly end: Effect.Effect<void, Usage>
  readonly bar: Bar
}

const lineOf = (json: unknown): string => (json === undefined ? "" : `${JSON.stringify(json)}\n`)

/** As text, written as it comes. */
export const asText = ({ bar, format, open, write }: Sink): Taker => ({
  begin: (columns) => Effect.andThen(open, format === "csv" ? write(csvRows([columns])) : Effect.void),
  take: (rows) =>
    write(
      format === "csv"
        ? csvRows(rows.map(({ cells }) => cells().map(guarded)))
        : rows.map(({ json }) => lineOf(json())).join("")
    ),
  end: Effect.void,
  bar
})

/** Answers how many rows there were. */
export const exportTo = Effect.fnUntraced(function* ({ columns, page }: Source, { bar, begin, end, take }: Taker) {
  let count = 0
  let cursor: string | null = null
  let begun = false
  do {
    const { next, rows }: Page = yield* page(cursor)
    // Where the first page is refused, what was exported before stays as it was.
    if (!begun) yield* begin(columns)
    begun = true
    if (rows.length > 0) yield* take(rows)
    count += rows.length
    cursor = next
    bar.show({ done: count, total: null, count, unit: "rows" })
  } while (cursor !== null)
  yield* end
  return count
})
