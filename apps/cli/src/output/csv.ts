/** Rows of CSV (RFC 4180), for people's spreadsheets. */
import { stringify } from "csv-stringify/sync"

/** Numbers stay numbers. */
export type CsvCell = string | number | bigint | boolean | null

/** A line for each row, each ended. */
export const csvRows = (rows: ReadonlyArray<ReadonlyArray<CsvCell>>, delimiter = ","): string =>
  stringify(
    rows.map((row) => row.map((cell) => (cell === null ? "" : String(cell)))),
    { delimiter, record_delimiter: "\n" }
  )

/**
 * A text that a spreadsheet would take for a formula gets a quote before it (OWASP, CSV injection): those that begin with
 * = + - @, a tab or a line's end, as they are or as their full-width forms.
 */
export const guarded = (cell: CsvCell): CsvCell =>
  typeof cell === "string" && /^[=+\-@\t\r\n＝＋－＠]/u.test(cell) ? `'${cell}` : cell
