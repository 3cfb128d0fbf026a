/** The core's own values as JSON: amounts are integers, times text, a tag is a `kind`. */
import { minorToJson } from "./Amount.ts"
import { timeToJson } from "./Time.ts"

export type FieldsJson = Readonly<Record<string, unknown>>

/** `without`: names that are left out at the top. */
export const fieldsToJson = (fields: object, without: ReadonlySet<string> = new Set()): FieldsJson =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      without.has(name) ? [] : [[name === "_tag" ? "kind" : name, valueToJson(name, value)]]
    )
  )

const isTime = (name: string): boolean => name === "at" || name === "before" || name.endsWith("At")

const valueToJson = (name: string, value: unknown): unknown => {
  if (typeof value === "bigint") return minorToJson(value)
  if (typeof value === "number" && isTime(name)) return timeToJson(value)
  if (Array.isArray(value)) return value.map((each) => valueToJson(name, each))
  return typeof value === "object" && value !== null ? fieldsToJson(value) : value
}
