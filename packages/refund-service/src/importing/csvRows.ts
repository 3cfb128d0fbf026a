/**
 * The rows of a CSV file (RFC 4180). A row that is written wrong is that row's fault alone: it is told, and reading goes on
 * behind it. Text within a cell is never taken for a row: where nobody can say where a row ends, reading ends.
 */
import { parse } from "csv-parse/sync"
import { type Line, lineLimit } from "./lines.ts"
import { faultOfText, keptOf, type Row, rowLimit, tooLong } from "./Row.ts"

/** A cell that goes on over more lines than this is a quote that somebody forgot to close. */
const linesOfRow = 1_000

interface Written {
  readonly line: number
  readonly text: string
  readonly bytes: number
  readonly fault: string | null
}

/** Reads portion by portion; what is not whole yet waits for the next. */
export class CsvRows {
  readonly #delimiter: string
  #number: number
  #line: number
  /** The lines of a row whose last cell goes on. */
  #open: Array<Line> = []
  #characters = 0
  #fault: string | null = null
  #isLost = false

  /** `before`: so many lines of the file were blank, and are not read again. */
  constructor(delimiter: string, before = 0) {
    this.#delimiter = delimiter
    this.#number = before
    this.#line = before
  }

  /** Blank lines are rows too, as a spreadsheet counts, but none of those that are answered. */
  read(lines: ReadonlyArray<Line>, isLast: boolean): ReadonlyArray<Row> {
    const written: Array<Written> = []
    for (const line of lines) {
      if (this.#isLost) break
      const whole = this.#add(line)
      if (whole !== null) written.push(whole)
    }
    if (isLast && this.#open.length > 0 && !this.#isLost) {
      this.#fault = unclosed
      written.push(this.#close())
    }
    const cells = this.#cellsOf(written)
    let at = 0
    return written.flatMap(({ bytes, fault, line, text }) => {
      this.#number += 1
      if (fault !== lost && text.trim() === "") return []
      const row = { number: this.#number, line, bytes }
      if (fault !== null) return [{ ...row, written: [keptOf(text)], fault }]
      return [{ ...row, written: cells[at++] ?? [], fault: faultOfText(text) }]
    })
  }

  #add(line: Line): Written | null {
    this.#line += 1
    const isOpen = this.#scan(line.text, this.#open.length > 0)
    this.#open.push(line)
    this.#characters += line.text.length
    if (this.#characters > rowLimit) this.#fault = tooLong
    if (line.isTooLong || (isOpen && (this.#characters > lineLimit || this.#open.length > linesOfRow))) {
      this.#isLost = true
      this.#fault = lost
      return this.#close()
    }
    return isOpen ? null : this.#close()
  }

  /** Whether a quote is open at the end of the line. A quote that does not belong where it is, is the row's fault. */
  #scan(text: string, wasOpen: boolean): boolean {
    let at = 0
    let isOpen = wasOpen
    if (!isOpen && !text.includes('"')) return false
    const end = text.endsWith("\r") ? text.length - 1 : text.length
    for (;;) {
      if (!isOpen && text[at] === '"') {
        isOpen = true
        at += 1
      }
      if (isOpen) {
        const quote = text.indexOf('"', at)
        if (quote === -1) return true
        at = quote + 1
        if (text[at] === '"') {
          at += 1
          continue
        }
        isOpen = false
        if (at < end && text[at] !== this.#delimiter) this.#fault = badQuotes
      }
      const next = text.indexOf(this.#delimiter, at)
      if (text.slice(at, next === -1 ? end : next).includes('"')) this.#fault = badQuotes
      if (next === -1) return false
      at = next + 1
    }
  }

  #close(): Written {
    const text = this.#open
      .map((line) => line.text)
      .join("\n")
      .replace(/\r$/, "")
    const line = this.#line - this.#open.length + 1
    const written = { line, text, bytes: this.#open.at(-1)?.bytes ?? 0, fault: this.#fault }
    this.#open = []
    this.#characters = 0
    this.#fault = null
    return written
  }

  /** Of all rows that are written well, in one go. */
  #cellsOf(written: ReadonlyArray<Written>): ReadonlyArray<ReadonlyArray<string>> {
    const good = written.filter(({ fault, text }) => fault === null && text.trim() !== "")
    return parse(good.map(({ text }) => `${text}\n`).join(""), {
      delimiter: this.#delimiter,
      relax_column_count: true,
      record_delimiter: ["\r\n", "\n"]
    })
  }
}

const unclosed =
  "Unclosed: a quote is opened in this row and not closed; what comes after it was taken for its cell, and not read"
const badQuotes = "BadQuotes: quotes go around a whole cell, and a quote within one is written twice"
const lost =
  "Unclosed: this row does not end within 1000 lines and 4 MiB; what comes after it was not read: mend it, and import the file again"

/** Nobody can tell where the row ends: it is the last that was read, and what of it is kept is not all that is behind it. */
export const endsReading = ({ fault }: Row): boolean => fault === lost || fault === unclosed

/** What stands between the cells of the header: a comma, unless there is none and there is another that does. */
export const delimiterOf = (header: string): string => {
  const outside = header.replace(/"[^"]*"/g, "")
  return [",", ";", "\t"].find((each) => outside.includes(each)) ?? ","
}
