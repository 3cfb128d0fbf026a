/** A row of a file that is imported, before anybody has said what it means. */

export interface Row {
  /** As a spreadsheet counts: the header is row 1. */
  readonly number: number
  /** The line of the file that it begins in. */
  readonly line: number
  /** How many bytes of the file have been read, when it was whole. */
  readonly bytes: number
  /** As it was written: its cells where they could be told apart, else its text. */
  readonly written: ReadonlyArray<string>
  /** What is wrong with its form; null: nothing. */
  readonly fault: string | null
}

/** The sign that stands for bytes that are no UTF-8. A text that really has it means nothing by it either. */
const replacement = "\ufffd"

/** Characters: the API takes no larger body either. */
export const rowLimit = 256 * 1024
export const tooLong = "TooLong: longer than 262144 characters"
const notUtf8 = "NotUtf8: not in UTF-8; save the file as UTF-8"
const hasNul = "HasNul: a NUL is no character of a text; save the file as UTF-8"

/** A part of a text keeps the whole of it alive, be it a chunk of the file: what is kept of a row is a text of its own. */
export const keptOf = (text: string): string => Buffer.from(text.slice(0, rowLimit)).toString()

/** Null: its characters are those of a text. */
export const faultOfText = (text: string): string | null =>
  text.includes(replacement) ? notUtf8 : text.includes("\0") ? hasNul : null
