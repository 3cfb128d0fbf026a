/** A file's rows, as what they ask of the ledger, in packs of one call each. */
import { Result, Schema } from "effect"
import { type BatchItemJson, batchLimitBytes } from "refund-api/BatchBody"
import { type Columns, columnsOf, type Wanted } from "./columns.ts"
import { CsvRows, delimiterOf } from "./csvRows.ts"
import { identified, Seen } from "./identity.ts"
import { itemOfCsv, itemOfJson, type Written } from "./items.ts"
import { type JsonRow, JsonRows } from "./jsonRows.ts"
import { type Line, linesOf } from "./lines.ts"
import type { Row } from "./Row.ts"

/** The file as a whole asks for nothing: it is empty, or nobody knows what its columns mean. */
export class UnreadableFile extends Schema.TaggedError<UnreadableFile>()("UnreadableFile", {
  sentence: Schema.String
}) {
  override get message(): string {
    return this.sentence
  }
}

export interface RowFault {
  /** `repeated`: an earlier row of the file asks for the same. */
  readonly kind: "unreadable" | "repeated"
  readonly sentence: string
}

export interface Asked {
  readonly row: Row
  /** Or why it asks for nothing. */
  readonly item: Result.Result<BatchItemJson, RowFault>
}

export interface Pack {
  readonly rows: ReadonlyArray<Asked>
  /** Null: JSON lines. */
  readonly columns: Columns | null
  readonly bytes: number
}

export interface Reading extends Wanted, Written {
  readonly format: "csv" | "jsonl" | null
  /** Rows up to this one are read and not asked for. */
  readonly after: number
}

/** A commit gathers at most 256 decisions: some of them a call, with room below the API's limit of a thousand. */
const rowsOfPack = 768
const bytesOfPack = batchLimitBytes / 2

export async function* packsOf(chunks: AsyncIterable<Uint8Array>, reading: Reading): AsyncGenerator<Pack> {
  const packer = new Packer(reading)
  for await (const lines of linesOf(chunks)) yield* packer.add(lines)
  yield* packer.end()
}

class Packer {
  readonly #reading: Reading
  readonly #seen = new Seen()
  #first: Array<Line> | null = []
  #csv: { readonly rows: CsvRows; readonly delimiter: string; columns: Columns | null } | null = null
  #json: JsonRows | null = null
  #item: (row: Row) => Result.Result<BatchItemJson, string> = () => Result.fail("")
  #pack: Array<Asked> = []
  #bytes = 0
  #read = 0

  constructor(reading: Reading) {
    this.#reading = reading
  }

  add(lines: ReadonlyArray<Line>): ReadonlyArray<Pack> {
    if (this.#first === null) return this.#addLines(lines, false)
    this.#first.push(...lines)
    const begun = this.#first.find(({ text }) => text.trim() !== "")
    if (begun === undefined) return []
    const first = this.#first
    this.#first = null
    const { format } = this.#reading
    if (format === "jsonl" || (format === null && begun.text.trimStart().startsWith("{"))) {
      this.#json = new JsonRows(this.#reading.readJson)
      const item = itemOfJson(this.#reading)
      this.#item = (row) => item(row as JsonRow)
    } else {
      const delimiter = delimiterOf(begun.text)
      this.#csv = { rows: new CsvRows(delimiter), delimiter, columns: null }
    }
    return this.#addLines(first, false)
  }

  end(): ReadonlyArray<Pack> {
    if (this.#first !== null) throw new UnreadableFile({ sentence: "The file is empty" })
    const packs = this.#addLines([], true)
    if (this.#csv !== null && this.#csv.columns === null)
      throw new UnreadableFile({ sentence: "The file has no header" })
    return this.#pack.length === 0 ? packs : [...packs, this.#close()]
  }

  #addLines(lines: ReadonlyArray<Line>, isLast: boolean): ReadonlyArray<Pack> {
    const packs: Array<Pack> = []
    for (const row of this.#json?.read(lines) ?? this.#csv?.rows.read(lines, isLast) ?? []) {
      this.#read = row.bytes
      if (this.#csv !== null && this.#csv.columns === null) this.#header(row)
      else if (this.#take(row)) packs.push(this.#close())
    }
    return packs
  }

  #header(row: Row): void {
    if (row.fault !== null) throw new UnreadableFile({ sentence: `The header cannot be read. ${row.fault}` })
    const columns = columnsOf(row.written, this.#csv?.delimiter ?? ",", this.#reading)
    if (Result.isFailure(columns)) throw new UnreadableFile({ sentence: columns.failure })
    if (this.#csv !== null) this.#csv.columns = columns.success
    this.#item = itemOfCsv(columns.success, this.#reading)
  }

  /** Whether the pack is full. */
  #take(row: Row): boolean {
    const item = this.#known(row, this.#item(row))
    if (row.number <= this.#reading.after) return false
    this.#pack.push({ row, item })
    if (Result.isSuccess(item)) this.#bytes += JSON.stringify(item.success).length
    return this.#pack.length >= rowsOfPack || this.#bytes >= bytesOfPack
  }

  #known(row: Row, asked: Result.Result<BatchItemJson, string>): Asked["item"] {
    if (Result.isFailure(asked)) return Result.fail({ kind: "unreadable", sentence: asked.failure })
    const { identity, item } = identified(asked.success)
    const before = identity === null ? null : this.#seen.firstRow(identity, row.number)
    return before === null ? Result.succeed(item) : Result.fail({ kind: "repeated", sentence: repeated(before, item) })
  }

  #close(): Pack {
    const pack = { rows: this.#pack, columns: this.#csv?.columns ?? null, bytes: this.#read }
    this.#pack = []
    this.#bytes = 0
    return pack
  }
}

const repeated = (before: number, item: BatchItemJson): string => {
  const { id, idempotencyKey, reference } = "refund" in item ? item.refund : {}
  const same =
    id !== undefined
      ? "the id of"
      : idempotencyKey?.startsWith("import:") === false
        ? "the idempotencyKey of"
        : typeof reference === "string"
          ? "the same reference, order and part as"
          : "exactly the same as"
  return `Duplicate: ${same} row ${before}; if both are meant, give this one a reference or an idempotencyKey of its own`
}
