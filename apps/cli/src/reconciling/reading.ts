/** Reads a settlement report row by row. */
import { Result } from "effect"
import type { ReportRowJson } from "refund-api/ReconciliationBody"
import { CsvRows, delimiterOf, endsReading } from "refund-service/importing/csvRows"
import { linesOf } from "refund-service/importing/lines"
import type { Row } from "refund-service/importing/Row"
import { Usage } from "../failures.ts"
import { adyen } from "./adyen.ts"
import { generic, genericFields } from "./generic.ts"
import { paypal } from "./paypal.ts"
import type { Cells, ReportForm } from "./Report.ts"
import { stripe } from "./stripe.ts"

export const forms = { stripe, adyen, paypal, generic } satisfies Record<string, ReportForm>
export const formNames = ["stripe", "adyen", "paypal", "generic"] as const
export type FormName = (typeof formNames)[number]

/** A row that is a refund, or that could not be read. `isEnd`: nor could anything behind it. */
export type ReadRow =
  | { readonly row: number; readonly asked: ReportRowJson }
  | { readonly row: number; readonly fault: string; readonly isEnd: boolean }

const plainly = (name: string): string => name.trim().toLowerCase()

/** Throws `Usage` where the file is no such report. `maps`: `Their column=ourField`, for a generic one. */
export async function* rowsOf(
  chunks: AsyncIterable<Uint8Array>,
  name: FormName,
  maps: ReadonlyMap<string, string>
): AsyncGenerator<ReadonlyArray<ReadRow>> {
  const form: ReportForm = forms[name]
  let rows: CsvRows | null = null
  let places: ReadonlyMap<string, number> | null = null
  const read = (row: Row): ReadonlyArray<ReadRow> => {
    if (row.fault !== null) return [{ row: row.number, fault: row.fault, isEnd: endsReading(row) }]
    if (form.isHeader === undefined ? places === null : form.isHeader(row.written)) {
      places = placesOf(form, name, row.written, maps)
      return []
    }
    if (form.isBody !== undefined && !form.isBody(row.written)) return []
    if (places === null)
      throw new Usage({ sentence: `This is no report of ${name}: a row comes before the columns' names` })
    return answered(row.number, form, cellsOf(places, row.written))
  }
  for await (const lines of linesOf(chunks)) {
    const [first] = lines
    if (rows === null && first !== undefined) rows = new CsvRows(delimiterOf(first.text))
    yield rows?.read(lines, false).flatMap(read) ?? []
  }
  yield rows?.read([], true).flatMap(read) ?? []
  if (places === null) throw new Usage({ sentence: `This is no report of ${name}: it names no columns` })
}

const placesOf = (
  { columns }: ReportForm,
  name: FormName,
  header: ReadonlyArray<string>,
  maps: ReadonlyMap<string, string>
): ReadonlyMap<string, number> => {
  const places = new Map<string, number>()
  header.forEach((column, at) => {
    const meant = maps.get(column.trim()) ?? column
    if (places.has(plainly(meant))) throw new Usage({ sentence: `Two columns are called ${meant}` })
    places.set(plainly(meant), at)
  })
  const missing = columns.filter((column) => !places.has(plainly(column)))
  if (missing.length > 0) {
    const hint = name === "generic" ? `; name them with --map "Their column=${missing[0]}"` : ""
    throw new Usage({ sentence: `This is no report of ${name}: it has no ${missing.join(", ")}${hint}` })
  }
  if (name === "generic" && !["reference", "refundId"].some((each) => places.has(plainly(each)))) {
    const fields = genericFields.join(", ")
    throw new Usage({ sentence: `Which refund a row is must be said by a reference or a refundId. Fields: ${fields}` })
  }
  return places
}

const cellsOf =
  (places: ReadonlyMap<string, number>, written: ReadonlyArray<string>): Cells =>
  (column) => {
    const at = places.get(plainly(column))
    return at === undefined ? "" : (written[at]?.trim() ?? "")
  }

const answered = (row: number, form: ReportForm, cells: Cells): ReadonlyArray<ReadRow> => {
  const read = form.read(cells)
  if (Result.isFailure(read)) return [{ row, fault: read.failure, isEnd: false }]
  return read.success === null ? [] : [{ row, asked: { row, ...read.success } }]
}
