/**
 * `POST /v1/imports`: rows of a CSV file or of JSON lines, as many as there are, and an answer that goes on while they are
 * decided, a JSON object a line.
 */
import { Result, Schema } from "effect"
import { type Rejected, rejected } from "refund-core/Violation"
import { Problem } from "./Problem.ts"
import { decoder, text } from "./Shape.ts"

/** What the rows may be written as, with an example of each. */
export const importTypes = {
  "text/csv":
    "orderId,currency,captureId,captureAmount,provider,tender,capturedAt\nB-2004,USD,B-2004-1,19.99,manual,cash,2026-11-01\n",
  "application/x-ndjson": '{"refund":{"orderId":"B-2004","amount":500,"reference":"RMA-1"}}\n',
  "application/jsonl": '{"refund":{"orderId":"B-2004","amount":500,"reference":"RMA-1"}}\n'
} as const

const yes = Schema.optionalKey(Schema.Literals(["true", "false"]).annotate({ message: "true or false" }))
const pair = (form: string, description: string) =>
  Schema.optionalKey(
    Schema.Array(text(1_000, 1)).annotate({ description: `\`${form}\`, as often as there are such. ${description}` })
  )

/** What `refund import` has as flags. */
export const ImportQuery = Schema.Struct({
  kind: Schema.optionalKey(
    Schema.Literals(["orders", "captures", "refunds"]).annotate({ message: "orders, captures or refunds" })
  ),
  map: pair("Their column=ourField", "What a column means; `Their column=` leaves it out."),
  default: pair("ourField=value", "For rows whose cell is empty, or where there is no such column."),
  ignoreOthers: yes,
  decimalComma: yes,
  dryRun: yes
})

export interface ImportAsked {
  readonly kind: "orders" | "captures" | "refunds" | null
  readonly maps: ReadonlyArray<string>
  readonly defaults: ReadonlyArray<string>
  readonly ignoresOthers: boolean
  readonly hasDecimalComma: boolean
  readonly dryRun: boolean
}

const decode = decoder(ImportQuery)
const several: ReadonlySet<string> = new Set(["map", "default"])

/** A misspelled `dryRun` must not write anything: an unknown name is refused. */
export const toImport = (query: URLSearchParams): Result.Result<ImportAsked, Rejected> => {
  const asked = Object.fromEntries(
    [...new Set(query.keys())].map((name) => [name, several.has(name) ? query.getAll(name) : query.get(name)])
  )
  return decode(asked).pipe(
    Result.mapError(rejected),
    Result.map(({ decimalComma, default: defaults = [], dryRun, ignoreOthers, kind = null, map: maps = [] }) => ({
      kind,
      maps,
      defaults,
      ignoresOthers: ignoreOthers === "true",
      hasDecimalComma: decimalComma === "true",
      dryRun: dryRun === "true"
    }))
  )
}

const counts = {
  rows: Schema.Int,
  /** Made, or changed, by this import. */
  made: Schema.Int,
  /** There already, the same. */
  replayed: Schema.Int,
  rejected: Schema.Int
}

export const ImportCounts = Schema.Struct(counts)
export type ImportCounts = typeof ImportCounts.Type

export const RejectedRow = Schema.Struct({
  /** As a spreadsheet counts: the header is row 1. */
  row: Schema.Int,
  /** The line of the file that the row begins in. */
  line: Schema.Int,
  problem: Problem
})
export type RejectedRow = typeof RejectedRow.Type

export const ImportTotals = Schema.Struct({
  ...counts,
  /** Rejected rows that no line could be kept for, since the client did not read while it sent. */
  untold: Schema.Int,
  dryRun: Schema.Boolean
})
export type ImportTotals = typeof ImportTotals.Type

/** The last line has the totals, and the problem where not all rows were decided. An answer without it was cut off. */
export const ImportLine = Schema.Union([
  Schema.Struct({ progress: ImportCounts }),
  Schema.Struct({ rejected: RejectedRow }),
  Schema.Struct({ totals: ImportTotals, problem: Schema.optionalKey(Problem) })
]).annotate({ identifier: "ImportLine" })
export type ImportLine = typeof ImportLine.Type
