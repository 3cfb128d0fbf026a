/** The version that a change is made to. */
import { Effect } from "effect"
import { type Rejected, rejected } from "refund-core/Violation"

/** `If-Match: "3"`; null where it is `*` or absent: whatever it is now, unless the body says. */
export const versionOf = (headers: Readonly<Record<string, string>>): Effect.Effect<number | null, Rejected> => {
  const asked = headers["if-match"]
  if (asked === undefined || asked === "*") return Effect.succeed(null)
  const match = /^"?(\d{1,15})"?$/.exec(asked)
  return match === null
    ? Effect.fail(rejected([{ _tag: "Malformed", path: "If-Match", expected: 'the version, e.g. "3"' }]))
    : Effect.succeed(Number(match[1]))
}
