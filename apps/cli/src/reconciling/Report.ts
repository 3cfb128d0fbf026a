/** A provider's settlement report, whoever wrote it: which of its rows are refunds, and what they say. */
import { Result } from "effect"
import type { ReportRowJson } from "refund-api/ReconciliationBody"
import { type CurrencyCode, isCurrency } from "refund-core/Currency"
import { parseDecimal } from "refund-core/Money"

/** A row that is no refund is null. A failure is a refund that cannot be read: nothing of it is guessed. */
export type Read = Result.Result<Omit<ReportRowJson, "row"> | null, string>

/** Cells by the name of their column, as it is in the header. */
export type Cells = (column: string) => string

export interface ReportForm {
  /** Without these the file is no such report. */
  readonly columns: ReadonlyArray<string>
  readonly read: (cells: Cells) => Read
  /** Reports of several sections: whether this row names the columns of those after it, and whether it is one of them. */
  readonly isHeader?: (cells: ReadonlyArray<string>) => boolean
  readonly isBody?: (cells: ReadonlyArray<string>) => boolean
}

export type Amount = Result.Result<
  { readonly amount: number; readonly currency: string; readonly isNegative: boolean },
  string
>

/** A decimal of major units, with or without a sign. */
export const amountOf = (text: string, currencyText: string): Amount => {
  const currency = currencyText.toUpperCase()
  if (!isCurrency(currency)) return Result.fail(`${JSON.stringify(currencyText.slice(0, 8))} is no ISO 4217 currency`)
  const read = parseDecimal(text, currency as CurrencyCode, "string")
  if (Result.isFailure(read)) return Result.fail(`${JSON.stringify(text.slice(0, 32))} is no amount of ${currency}`)
  const minor = Number(read.success)
  return Result.succeed({ amount: Math.abs(minor), currency, isNegative: minor < 0 })
}

/** `<refund>.<attempt>`: what the ledger's adapters send along with a refund. */
export const refundIdOf = (carried: string): string | undefined =>
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.|$)/i.exec(carried.trim())?.[1]

/** `2026-10-05 13:00:00` or `2026/10/05 13:00:00`, with the zone's offset such as `-0700`; without: in `zone`. */
export const timeOf = (text: string, zone: string): string | undefined => {
  const found = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?)? ?(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim()
  )
  if (found === null) return undefined
  const [, year, month, day, clock = "00:00:00", offset = zone] = found
  const instant = Date.parse(`${year}-${month}-${day}T${clock}${offset.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2")}`)
  return Number.isNaN(instant) ? undefined : new Date(instant).toISOString()
}

type Row = Omit<ReportRowJson, "row">

/** What is not said is left out. */
export const refundRow = (row: { readonly [Name in keyof Row]: Row[Name] | undefined }): Read =>
  Result.succeed(JSON.parse(JSON.stringify(row)) as Row)

export const malformed = (why: string): Read => Result.fail(`Malformed: ${why}`)
