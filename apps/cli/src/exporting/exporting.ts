/** A whole list, page by page: as CSV for spreadsheets, or as a JSON object a line. */
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
  readonly write: (text: string) => Effect.Effect<void, Usage>
  readonly bar: Bar
}

const lineOf = (json: unknown): string => (json === undefined ? "" : `${JSON.stringify(json)}\n`)

/** Answers how many rows there were. */
export const exportTo = Effect.fnUntraced(function* ({ columns, page }: Source, { bar, format, write }: Sink) {
  let count = 0
  let cursor: string | null = null
  if (format === "csv") yield* write(csvRows([columns]))
  do {
    const { next, rows }: Page = yield* page(cursor)
    if (rows.length > 0) {
      yield* write(
        format === "csv"
          ? csvRows(rows.map(({ cells }) => cells().map(guarded)))
          : rows.map(({ json }) => lineOf(json())).join("")
      )
    }
    count += rows.length
    cursor = next
    bar.show({ done: count, total: null, count, unit: "rows" })
  } while (cursor !== null)
  bar.clear()
  return count
})
