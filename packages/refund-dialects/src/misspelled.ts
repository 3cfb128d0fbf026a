/** A dialect that ignores what it does not know must not ignore a field that is only written in another case. */
import type { Violation } from "refund-core/Violation"

/** `settled` for `Settled`, ignored, would pay what was already paid; it is refused instead. */
export const misspelled = (body: unknown, names: ReadonlyArray<string>): ReadonlyArray<Violation> => {
  if (typeof body !== "object" || body === null) return []
  return Object.keys(body).flatMap((key): ReadonlyArray<Violation> => {
    const name = names.find((each) => each.toLowerCase() === key.toLowerCase())
    return name === undefined || name === key ? [] : [{ _tag: "Malformed", path: key, expected: `the name ${name}` }]
  })
}
