/**
 * Many rows in one statement: a column's values are one list, and `unnest` makes rows of them again. The lists are in
 * PostgreSQL's own binary form, since the texts of a journal are full of quotes that a list as text would have to escape.
 */
import type { Columns, Kind, Value } from "../ask.ts"
import type { Parameter } from "./pool.ts"

const oids: Readonly<Record<Kind, number>> = { int8: 20, text: 25 }
const two32 = 2 ** 32

/** A number is written in halves: it is as exact as a bigint up to 2^53, and a third of the work. */
const writeInt8 = (into: Buffer, value: number | bigint, at: number): void => {
  if (typeof value === "bigint") {
    into.writeBigInt64BE(value, at)
    return
  }
  const high = Math.floor(value / two32)
  into.writeInt32BE(high, at)
  into.writeUInt32BE(value - high * two32, at + 4)
}

/** Ids and hashes: what is this short and of plain letters is not worth a call into the runtime. */
const shortLength = 64

/** How many bytes it took. */
const writeText = (into: Buffer, text: string, at: number): number => {
  const { length } = text
  if (length > shortLength) return into.write(text, at)
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return into.write(text, at)
    into[at + index] = code
  }
  return length
}

/** All lists are written here first, since only then it is known how long they are. */
let scratch = Buffer.allocUnsafe(2 ** 16)
const mostBytesOfLetter = 3

const withRoom = (at: number, needed: number): Buffer => {
  if (at + needed > scratch.length) {
    const larger = Buffer.allocUnsafe(2 * (at + needed))
    scratch.copy(larger, 0, 0, at)
    scratch = larger
  }
  return scratch
}

/** `[dimensions, has nulls, type, length, first index]`, then each value after its length. */
export const list = (kind: Kind, values: ReadonlyArray<Value>): Buffer => {
  let into = withRoom(0, 20)
  into.writeInt32BE(values.length === 0 ? 0 : 1, 0)
  into.writeInt32BE(1, 4)
  into.writeInt32BE(oids[kind], 8)
  if (values.length === 0) return Buffer.from(into.subarray(0, 12))
  into.writeInt32BE(values.length, 12)
  into.writeInt32BE(1, 16)
  let at = 20
  for (const value of values) {
    into = withRoom(at, 12 + (typeof value === "string" ? mostBytesOfLetter * value.length : 0))
    if (value === null) {
      at = into.writeInt32BE(-1, at)
    } else if (kind === "int8") {
      into.writeInt32BE(8, at)
      writeInt8(into, value as number | bigint, at + 4)
      at += 12
    } else {
      const length = writeText(into, value as string, at + 4)
      into.writeInt32BE(length, at)
      at += 4 + length
    }
  }
  return Buffer.from(into.subarray(0, at))
}

/** For FROM: rows of a statement's values, as `v`. */
export const given = (columns: Columns): string => {
  const lists = Object.values(columns).map((kind, index) => `$${index + 1}::${kind}[]`)
  return `unnest(${lists.join(", ")}) AS v (${Object.keys(columns).join(", ")})`
}

/** The statement's values for those rows; each is as long as there are columns. */
export const valuesOf = (columns: Columns, rows: ReadonlyArray<ReadonlyArray<Value>>): ReadonlyArray<Parameter> =>
  Object.values(columns).map((kind, index) =>
    list(
      kind,
      rows.map((row) => row[index] ?? null)
    )
  )

/** A text that PostgreSQL keeps as it is: Unicode, and none of it NUL. */
export const canBeKept = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

/** A key may be any text: NUL is written another way, and so is what it is written with. */
export const keptKey = (key: string): string =>
  key.includes("\0") || key.includes("\\") ? key.replaceAll("\\", "\\\\").replaceAll("\0", "\\0") : key
