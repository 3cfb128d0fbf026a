/** Every dialect accepts the header `Idempotency-Key`, also where its vendor knows no such thing. */
import type { Violation } from "refund-core/Violation"
import type { WireRequest } from "./Dialect.ts"

const maxLength = 255

export const keyOf = ({ headers }: WireRequest): string | undefined => headers["idempotency-key"]

export const keyFaults = (request: WireRequest): ReadonlyArray<Violation> => {
  const key = keyOf(request)
  return key === undefined || (key.length > 0 && key.length <= maxLength)
    ? []
    : [{ _tag: "Malformed", path: "Idempotency-Key", expected: `1 to ${maxLength} characters` }]
}
