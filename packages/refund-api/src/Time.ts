/** Times on the wire: ISO 8601 with a zone; in the core milliseconds since 1970. */
import { Schema, SchemaTransformation } from "effect"

const form = /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/

const isTime = (text: string): boolean => {
  const match = form.exec(text)
  if (match === null) return false
  const [, year = "", month = "", day = ""] = match
  const instant = Date.parse(text)
  // Date.parse moves 30 February to March; a day that does not exist is no time.
  return !Number.isNaN(instant) && instant >= 0 && daysIn(Number(year), Number(month)) >= Number(day)
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

const message = "a time since 1970 with its zone, e.g. 2026-11-01T10:00:00Z"

/** Finer than a millisecond is cut off. */
export const Time = Schema.String.annotate({ message })
  .check(Schema.makeFilter(isTime, { message, toJsonSchema: () => [{ pattern: form.source }, true] }))
  .pipe(
    Schema.decodeTo(
      Schema.Int,
      SchemaTransformation.transform({ decode: (text: string) => Date.parse(text), encode: timeToJson })
    )
  )
  .annotate({ message })

export function timeToJson(instant: number): string {
  return new Date(instant).toISOString()
}
