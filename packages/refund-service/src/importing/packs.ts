/** A file's rows, as what they ask of the ledger, in packs of one call each. */
import { setImmediate } from "node:timers/promises"
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
  for await (const lines of linesOf(chunks)) {
    yield* packer.add(lines)
    // Lines that ask for nothing wait for nothing: without this they would all be read before anybody else has a turn.
    await setImmediate()
  }
  yield* packer.end()
}

class Packer {
  readonly #reading: Reading
  readonly #seen = new Seen()
  /** Lines before the first that is not blank. */
  #blank = 0
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
    if (this.#isBegun) return this.#addLines(lines, false)
    const at = lines.findIndex(({ isTooLong, text }) => isTooLong || text.trim() !== "")
    this.#blank += at === -1 ? lines.length : at
    const first = lines[at]
    if (first === undefined) return []
    this.#begin(first.text)
    return this.#addLines(lines.slice(at), false)
  }

  get #isBegun(): boolean {
    return this.#csv !== null || this.#json !== null
  }

  #begin(text: string): void {
    const { format } = this.#reading
    if (format === "jsonl" || (format === null && text.trimStart().startsWith("{"))) {
      this.#json = new JsonRows(this.#reading.readJson, this.#blank)
      const item = itemOfJson(this.#reading)
      this.#item = (row) => item(row as JsonRow)
    } else {
      const delimiter = delimiterOf(text)
      this.#csv = { rows: new CsvRows(delimiter, this.#blank), delimiter, columns: null }
    }
  }

  end(): ReadonlyArray<Pack> {
    if (!this.#isBegun) throw new UnreadableFile({ sentence: "The file is empty" })
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
    this.#bytes += Math.max(lengthOf(row), Result.isSuccess(item) ? JSON.stringify(item.success).length : 0)
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

/** What is written of a row is kept with its pack, whether it could be read or not. */
const lengthOf = ({ written }: Row): number => written.reduce((sum, cell) => sum + cell.length, 0)

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
