/** Rows of CSV (RFC 4180), for people's spreadsheets. */
import { stringify } from "csv-stringify/sync"
import { isCurrency } from "refund-core/Currency"
import { formatDecimal } from "refund-core/Money"

/** A figure: it is written as it is, with its sign; `minor`: in minor units. */
export interface Figure {
  readonly figure: string
  readonly minor: bigint
}
export type CsvCell = string | number | boolean | null | Figure

/** Minor units as the currency's decimal; of one that is not known here, minor units. */
export const figureOf = (amount: bigint, currency: string): Figure => ({
  figure: isCurrency(currency) ? formatDecimal(amount, currency) : String(amount),
  minor: amount
})

/** A line for each row, each ended. */
export const csvRows = (rows: ReadonlyArray<ReadonlyArray<CsvCell>>, delimiter = ","): string =>
  stringify(
    rows.map((row) => row.map(textOf)),
    { delimiter, record_delimiter: "\n" }
  )

const textOf = (cell: CsvCell): string => {
  if (cell === null) return ""
  return typeof cell === "object" ? cell.figure : String(cell)
}

/**
 * A text that a spreadsheet would take for a formula gets a quote before it (OWASP, CSV injection): one that begins with
 * = + - @ or their full-width forms, with a tab or with a line's end. Figures stay figures.
 */
export const guarded = (cell: CsvCell): CsvCell =>
  typeof cell === "string" && /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u.test(cell) ? `'${cell}` : cell
