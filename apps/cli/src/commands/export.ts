/** `refund export`: what the ledger holds, for spreadsheets and other programs. */
import { appendFileSync, writeFileSync } from "node:fs"
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { JournalPageBody } from "refund-api/JournalBody"
import { RefundBody } from "refund-api/RefundBody"
import type { RefundQueryJson } from "refund-api/RefundQuery"
import { withLedger } from "../connect.ts"
import { asText, type Exported, exportTo, type Source, type Taker } from "../exporting/exporting.ts"
import { entryColumns, entryRow, postingColumns, postingRows } from "../exporting/journalRows.ts"
import type { Table } from "../exporting/parquet.ts"
import { refundColumns, refundRow } from "../exporting/refundRows.ts"
import { Usage } from "../failures.ts"
import { failing } from "../importing/Resumption.ts"
import type { Ledger } from "../Ledger.ts"
import { type Bar, barOn, noBar } from "../output/bar.ts"
import { harmless } from "../output/paint.ts"
import { Shell } from "../Shell.ts"
import { fileFlag } from "./fileNames.ts"
import { refundFilters } from "./refundFilters.ts"

const target = {
  format: Flag.Literals("format", ["csv", "jsonl", "parquet"]).pipe(
    Flag.withDescription(
      "CSV has decimals, JSON lines the API's bodies in minor units, Parquet the columns of CSV in minor units; else as --output ends, else CSV"
    ),
    Flag.optional
  ),
  output: fileFlag("output").pipe(
    Flag.withMetavar("<file>"),
    Flag.withDescription("Write it there instead of to standard output"),
    Flag.optional
  )
}
type Target = Command.Command.Config.Infer<typeof target>

const written = Effect.fnUntraced(function* (sourceOf: (ledger: Ledger) => Source, { format, output }: Target) {
  const shell = yield* Shell
  const named = Option.getOrNull(output)
  const file = named === "-" ? null : named
  const kind = Option.getOrElse(format, () => endingOf(file))
  if (kind === "parquet" && file === null) {
    return yield* new Usage({ sentence: "Parquet is not for a terminal: name an --output file" })
  }
  const bar = file === null ? noBar : barOn(shell)
  const rows = yield* withLedger(
    Effect.fnUntraced(function* (ledger) {
      const taker =
        kind === "parquet" && file !== null
          ? yield* asParquet(file, bar)
          : asText({ format: kind === "jsonl" ? kind : "csv", bar, ...(file === null ? printedBy(shell) : into(file)) })
      return yield* exportTo(sourceOf(ledger), taker).pipe(Effect.ensuring(Effect.sync(bar.clear)))
    })
  )
  if (file !== null) shell.tell(`${rows.toLocaleString("en")} rows in ${harmless(file)}`)
})

const printedBy = ({ print }: Shell["Service"]) => ({
  open: Effect.void,
  write: (text: string) => Effect.sync(() => print(text.replace(/\n$/, "")))
})

const into = (file: string) => ({
  open: failing(file, () => writeFileSync(file, "")),
  write: (text: string) => failing(file, () => appendFileSync(file, text))
})

const endingOf = (file: string | null): "csv" | "jsonl" | "parquet" => {
  if (file?.endsWith(".parquet") === true) return "parquet"
  return file !== null && /\.(?:jsonl|ndjson)$/.test(file) ? "jsonl" : "csv"
}

/** The library is loaded only where it is needed. */
const asParquet = (file: string, bar: Bar) =>
  Effect.map(
    Effect.promise(() => import("../exporting/parquet.ts")),
    ({ parquetTable }): Taker => {
      let table: Table | null = null
      return {
        begin: (columns) =>
          failing(file, () => {
            table = parquetTable(file, columns)
          }),
        take: (rows) => failing(file, () => table?.add(rows.map(({ cells }) => cells()))),
        end: failing(file, () => table?.end()),
        bar
      }
    }
  )

const encodeRefund = Schema.encodeSync(RefundBody)

const refundsOf =
  (query: RefundQueryJson) =>
  (ledger: Ledger): Source => ({
    columns: refundColumns,
    page: (cursor) =>
      Effect.map(ledger.refunds({ ...query, limit: "200", ...(cursor === null ? {} : { cursor }) }), (page) => ({
        next: page.next,
        rows: page.refunds.map((refund) => ({ cells: () => refundRow(refund), json: () => encodeRefund(refund) }))
      }))
  })

const refunds = Command.make("refunds", { ...refundFilters, ...target }, ({ format, output, ...filter }) => {
  const query = Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )
  return written(refundsOf(query), { format, output })
}).pipe(
  Command.withDescription("Refunds, newest first"),
  Command.withExamples([
    { command: "refund export refunds --state settled --after 2026-10-01T00:00:00Z > october.csv" },
    { command: "refund export refunds --output refunds.jsonl", description: "the API's bodies, one a line" },
    { command: "refund export refunds --output refunds.parquet", description: "to compute with" }
  ])
)

const encodeEntries = Schema.encodeSync(JournalPageBody)

/** `rows`: of one page, as they are shown. */
const entriesOf =
  (columns: ReadonlyArray<string>, rows: (page: JournalPageBody) => ReadonlyArray<Exported>) =>
  (ledger: Ledger): Source => ({
    columns,
    page: (cursor) =>
      Effect.map(ledger.entries({ limit: "200", ...(cursor === null ? {} : { cursor }) }), (page) => ({
        next: page.next,
        rows: rows(page)
      }))
  })

const journal = Command.make("journal", target, (into) =>
  written(
    entriesOf(entryColumns, (page) => {
      const encoded = encodeEntries(page).entries
      return page.entries.map((entry, at) => ({ cells: () => entryRow(entry), json: () => encoded[at] }))
    }),
    into
  )
).pipe(
  Command.withDescription("Every entry of every chain as it was hashed, oldest first"),
  Command.withExamples([{ command: "refund export journal --output journal.jsonl" }])
)

const postings = Command.make("postings", target, (into) =>
  written(
    entriesOf(postingColumns, (page) => {
      const encoded = encodeEntries(page).postings
      return page.postings.flatMap((posting, at) => {
        const lines = postingRows(posting)
        // In JSON a posting is one object with its lines; in a table each line is a row.
        return lines.map((cells, line) => ({ cells: () => cells, json: () => (line === 0 ? encoded[at] : undefined) }))
      })
    }),
    into
  )
).pipe(
  Command.withDescription("The books: double entry, a row for each line, oldest first"),
  Command.withExamples([{ command: "refund export postings > books.csv" }])
)

export const exportAll = Command.make("export").pipe(
  Command.withDescription(
    "What the ledger holds, as CSV, JSON lines or Parquet; texts that a spreadsheet would run get a quote before them"
  ),
  Command.withSubcommands([refunds, journal, postings])
)
