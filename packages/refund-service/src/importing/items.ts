/** What a row of a file asks of the ledger, or why it asks nothing that can be understood. */
import { Result } from "effect"
import type { BatchItemJson } from "refund-api/BatchBody"
import { type CurrencyCode, isCurrency } from "refund-core/Currency"
import { parseDecimal } from "refund-core/Money"
import type { Columns, Wanted } from "./columns.ts"
import { fieldsOf, itemOf, type Kind, kinds, type Reading } from "./fields.ts"
import type { JsonRow, ReadJson } from "./jsonRows.ts"
import type { Row } from "./Row.ts"

type Asked = Result.Result<BatchItemJson, string>
type Value = Result.Result<unknown, string>

/** How cells are written, apart from their columns. */
export interface Written {
  readonly hasDecimalComma: boolean
  readonly readJson: ReadJson
}

export const itemOfCsv =
  (columns: Columns, { hasDecimalComma, readJson }: Written) =>
  ({ fault, written }: Row): Asked => {
    if (fault !== null) return Result.fail(fault)
    const { defaults, fields, header, kind } = columns
    if (written.length !== header.length) {
      return Result.fail(`Ragged: ${written.length} cells, where the header has ${header.length}`)
    }
    const cells: Record<string, string> = { ...defaults }
    fields.forEach((name, at) => {
      const cell = written[at]?.trim() ?? ""
      if (name !== null && cell !== "") cells[name] = cell
    })
    const currency = cells["currency"]
    const faults: Array<string> = []
    const values: Record<string, unknown> = {}
    for (const [name, cell] of Object.entries(cells)) {
      const reading = fieldsOf[kind][name] ?? "text"
      const value = valueOf(reading, { name, cell, currency, hasDecimalComma, readJson })
      if (Result.isFailure(value)) faults.push(value.failure)
      else values[name] = value.success
    }
    return faults.length > 0 ? Result.fail(faults.join("; ")) : Result.succeed(itemOf(kind, values))
  }

interface Cell extends Written {
  readonly name: string
  readonly cell: string
  readonly currency: string | undefined
}

const valueOf = (reading: Reading, of: Cell): Value => {
  const { cell, name, readJson } = of
  const shown = JSON.stringify(cell.slice(0, 64))
  switch (reading) {
    case "text":
      return Result.succeed(cell)
    case "flag":
      if (/^(?:true|yes|1)$/i.test(cell)) return Result.succeed(true)
      if (/^(?:false|no|0)$/i.test(cell)) return Result.succeed(false)
      return Result.fail(`Malformed: ${name} is true or false, not ${shown}`)
    case "time":
      return Result.succeed(/^\d{4}-\d{2}-\d{2}$/.test(cell) ? `${cell}T00:00:00Z` : cell)
    case "json":
      return Result.mapError(readJson(cell), (why) => `Malformed: ${name}: ${why}`)
    case "amountOrAll":
      if (cell === "all") return Result.succeed("all")
      return amountOf(of)
    case "amount":
      return amountOf(of)
  }
}

/** Minor units, read from the text of the decimal. */
const amountOf = ({ cell, currency, hasDecimalComma, name }: Cell): Value => {
  const shown = JSON.stringify(cell.slice(0, 64))
  if (currency === undefined) return Result.fail(`Malformed: ${name} ${shown} has no currency`)
  if (!isCurrency(currency)) {
    return Result.fail(`Malformed: currency ${JSON.stringify(currency.slice(0, 8))} is no ISO 4217 code in capitals`)
  }
  const text = hasDecimalComma && /^-?\d+(?:,\d+)?$/.test(cell) ? cell.replace(",", ".") : cell
  const isWritten = !hasDecimalComma || !cell.includes(".")
  const read = isWritten ? parseDecimal(text, currency as CurrencyCode, "string") : null
  if (read !== null && Result.isSuccess(read)) return Result.succeed(Number(read.success))
  if (read?.failure._tag === "AmountTooPrecise") {
    return Result.fail(
      `AmountTooPrecise: ${name} ${shown} has more than ${currency}'s ${read.failure.allowed} decimals`
    )
  }
  const form = hasDecimalComma ? "19,99" : "19.99"
  return Result.fail(`Malformed: ${name} ${shown} is no amount such as ${form}`)
}

const kindOfItem: Readonly<Record<string, Kind>> = { order: "orders", capture: "captures", refund: "refunds" }
const itemOfKind: Readonly<Record<Kind, string>> = { orders: "order", captures: "capture", refunds: "refund" }

/** A line is an item of a batch, `{ "refund": { … } }`, or what is in it where it is said which. */
export const itemOfJson =
  ({ kind, saying }: Pick<Wanted, "kind" | "saying">) =>
  ({ fault, json }: JsonRow): Asked => {
    if (fault !== null || json === null) return Result.fail(fault ?? "BadJson")
    const { rejectedRow: _, rejectedReason: __, ...item } = json
    const [[name] = [""], ...more] = Object.entries(item)
    if (more.length === 0 && name in kindOfItem) return Result.succeed(item as unknown as BatchItemJson)
    if (kind !== null) return Result.succeed({ [itemOfKind[kind]]: item } as unknown as BatchItemJson)
    return Result.fail(
      `Malformed: write { "refund": { … } }, { "capture": { … } } or { "order": { … } }, or say ${saying.kind(kinds.join("|"))}`
    )
  }
