/**
 * Many rows in one statement: a column's values are one list, and `unnest` makes rows of them again. The lists are in
 * PostgreSQL's own binary form, since the texts of a journal are full of quotes that a list as text would have to escape.
 */
import type { Parameter } from "./pool.ts"

export type Kind = "int8" | "text"
export type Value = string | number | bigint | null

const oids: Readonly<Record<Kind, number>> = { int8: 20, text: 25 }
const two32 = 2 ** 32

const sizeOf = (kind: Kind, value: Value): number => {
  if (value === null) return 4
  return kind === "int8" ? 12 : 4 + Buffer.byteLength(value as string)
}

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

/** `[dimensions, has nulls, type, length, first index]`, then each value after its length. */
export const list = (kind: Kind, values: ReadonlyArray<Value>): Buffer => {
  let size = 20
  for (const value of values) size += sizeOf(kind, value)
  const into = Buffer.allocUnsafe(size)
  into.writeInt32BE(values.length === 0 ? 0 : 1, 0)
  into.writeInt32BE(1, 4)
  into.writeInt32BE(oids[kind], 8)
  if (values.length === 0) return into.subarray(0, 12)
  into.writeInt32BE(values.length, 12)
  into.writeInt32BE(1, 16)
  let at = 20
  for (const value of values) {
    if (value === null) {
      at = into.writeInt32BE(-1, at)
    } else if (kind === "int8") {
      into.writeInt32BE(8, at)
      writeInt8(into, value as number | bigint, at + 4)
      at += 12
    } else {
      const length = into.write(value as string, at + 4)
      into.writeInt32BE(length, at)
      at += 4 + length
    }
  }
  return into
}

export type Columns = Readonly<Record<string, Kind>>

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
