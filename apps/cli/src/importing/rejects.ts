/** What was rejected, as it was written, with its row and the reason before it: to be mended, and imported again. */
import { type Columns, isRejectedColumn, rejectedColumns } from "refund-service/importing/columns"
import type { JsonRow } from "refund-service/importing/jsonRows"
import type { Row } from "refund-service/importing/Row"
import { csvRows, guarded } from "../output/csv.ts"

export interface Rejected {
  readonly row: Row
  readonly reason: string
}

/** Columns of an earlier rejection are not carried along. */
const kept = ({ header }: Columns, cells: ReadonlyArray<string>): ReadonlyArray<string> =>
  cells.filter((_, at) => !isRejectedColumn(header[at] ?? ""))

export const headOf = (columns: Columns | null): string =>
  columns === null ? "" : csvRows([[...rejectedColumns, ...kept(columns, columns.header)]], columns.delimiter)

/** The cells stay as they were, for they are imported again; the reason, which may quote one, is guarded. */
export const linesOfRejected = (columns: Columns | null, rejected: ReadonlyArray<Rejected>): string =>
  columns === null
    ? rejected.map(({ reason, row }) => `${JSON.stringify(jsonOf(row as JsonRow, reason))}\n`).join("")
    : csvRows(
        rejected.map(({ reason, row }) => [row.number, guarded(reason), ...kept(columns, row.written)]),
        columns.delimiter
      )

const jsonOf = ({ json, number, written }: JsonRow, reason: string): unknown => {
  const { rejectedReason: _, rejectedRow: __, ...item } = json ?? { text: written[0] }
  return { rejectedRow: number, rejectedReason: reason, ...item }
}
