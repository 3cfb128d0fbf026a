/** The rows of a file of JSON lines: each line is one JSON object. */
import { Result } from "effect"
import { parseJson } from "refund-dialects/Json"
import type { Line } from "./lines.ts"
import { isUnreadable, notUtf8, type Row, rowLimit, tooLong } from "./Row.ts"

export interface JsonRow extends Row {
  readonly json: Readonly<Record<string, unknown>> | null
}

export class JsonRows {
  #number = 0

  read(lines: ReadonlyArray<Line>): ReadonlyArray<JsonRow> {
    return lines.flatMap((line) => {
      this.#number += 1
      const text = line.text.replace(/\r$/, "")
      return text.trim() === ""
        ? []
        : [{ number: this.#number, bytes: line.bytes, written: [text.slice(0, rowLimit)], ...read(text) }]
    })
  }
}

const read = (text: string): Pick<JsonRow, "fault" | "json"> => {
  if (text.length > rowLimit) return { fault: tooLong, json: null }
  if (isUnreadable(text)) return { fault: notUtf8, json: null }
  const parsed = parseJson(text, "double")
  if (Result.isFailure(parsed)) return { fault: `BadJson: ${parsed.failure}`, json: null }
  const json = parsed.success
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return { fault: "BadJson: each line is a JSON object", json: null }
  }
  return { fault: null, json: json as Readonly<Record<string, unknown>> }
}
