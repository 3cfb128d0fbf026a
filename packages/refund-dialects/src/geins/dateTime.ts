/** Points in time as Geins' requests write them. */
import type { Instant } from "refund-core/Ids"

const form = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/

/** Null where it is none, or does not say its zone: nobody's local time is guessed. */
export const readDateTime = (text: string): Instant | null => {
  const day = form.exec(text)?.[1]
  if (day === undefined) return null
  // 30 February would be read as 2 March.
  const midnight = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return null
  return Date.parse(text)
}
