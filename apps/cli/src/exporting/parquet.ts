/**
 * A table as Parquet, for whoever computes with it: amounts are whole minor units beside their currency, as in the API,
 * times are timestamps, and JSON is JSON. What is written stays in memory for one group of rows only.
 */
import { fileWriter, ParquetWriter } from "hyparquet-writer"
import type { CsvCell } from "../output/csv.ts"

type Kind = "amount" | "time" | "count" | "json" | "text"

const kinds: Readonly<Record<string, Kind>> = {
  ...{ amount: "amount", payout: "amount", debit: "amount", credit: "amount" },
  ...{ number: "count", seq: "count" },
  ...{ metadata: "json", entry: "json" }
}

const kindOf = (column: string): Kind => kinds[column] ?? (column.endsWith("At") ? "time" : "text")

const elements = {
  amount: { type: "INT64" },
  count: { type: "INT64" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  json: { type: "BYTE_ARRAY", converted_type: "JSON" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" }
} as const satisfies Record<Kind, object>

/** So many rows are held until they are written together. */
const groupRows = 10_000

export interface Table {
  readonly add: (rows: ReadonlyArray<ReadonlyArray<CsvCell>>) => void
  readonly end: () => void
}

export const parquetTable = (file: string, columns: ReadonlyArray<string>): Table => {
  const named = columns.map((name) => ({ name, kind: kindOf(name) }))
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    createdBy: "refund",
    schema: [
      { name: "root", num_children: columns.length },
      ...named.map(({ kind, name }) => ({ name, repetition_type: "OPTIONAL" as const, ...elements[kind] }))
    ]
  })
  let held: Array<ReadonlyArray<CsvCell>> = []
  const write = (): void => {
    if (held.length === 0) return
    const columnData = named.map(({ kind, name }, at) => ({
      name,
      data: held.map((row) => valueOf(kind, row[at] ?? null))
    }))
    // A file is written at once: there is nothing to wait for.
    void writer.write({ columnData, rowGroupSize: groupRows })
    held = []
  }
  return {
    add: (rows) => {
      held.push(...rows)
      if (held.length >= groupRows) write()
    },
    end: () => {
      write()
      void writer.finish()
    }
  }
}

const valueOf = (kind: Kind, cell: CsvCell): unknown => {
  if (cell === null) return null
  if (kind === "amount") return typeof cell === "object" ? cell.minor : null
  if (kind === "count") return BigInt(String(cell))
  if (kind === "time") return new Date(String(cell))
  return kind === "json" ? JSON.parse(String(cell)) : String(cell)
}
