/** The rows of a file of JSON lines: each line is one JSON object. */
import { Result } from "effect"
import type { Line } from "./lines.ts"
import { faultOfText, keptOf, type Row, rowLimit, tooLong } from "./Row.ts"

export interface JsonRow extends Row {
  readonly json: Readonly<Record<string, unknown>> | null
}

/** As strictly as the API reads its bodies; fails with one sentence. Where a package may not import it, it is handed in. */
export type ReadJson = (text: string) => Result.Result<unknown, string>

export class JsonRows {
  readonly #readJson: ReadJson
  #number: number

  /** `before`: so many lines of the file were blank, and are not read again. */
  constructor(readJson: ReadJson, before = 0) {
    this.#readJson = readJson
    this.#number = before
  }

  read(lines: ReadonlyArray<Line>): ReadonlyArray<JsonRow> {
    return lines.flatMap((line) => {
      this.#number += 1
      if (!line.isTooLong && line.text.trim() === "") return []
      const text = line.text.replace(/\r$/, "")
      const kept = keptOf(text)
      const said = text.length > rowLimit ? { fault: tooLong, json: null } : read(kept, this.#readJson)
      return [{ ...this.#placed(line), written: [kept], ...said }]
    })
  }

  #placed({ bytes }: Line): Pick<Row, "number" | "line" | "bytes"> {
    return { number: this.#number, line: this.#number, bytes }
  }
}

const read = (text: string, readJson: ReadJson): Pick<JsonRow, "fault" | "json"> => {
  const fault = faultOfText(text)
  if (fault !== null) return { fault, json: null }
  const parsed = readJson(text)
  if (Result.isFailure(parsed)) return { fault: `BadJson: ${parsed.failure}`, json: null }
  const json = parsed.success
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return { fault: "BadJson: each line is a JSON object", json: null }
  }
  return { fault: null, json: json as Readonly<Record<string, unknown>> }
}
