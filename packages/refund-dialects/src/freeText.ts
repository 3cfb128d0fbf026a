/** What people write is bounded, and may not hold a card number: the ledger keeps what it is told for years. */
import { hasCardNumber } from "refund-core/cardNumber"
import type { Violation } from "refund-core/Violation"

export { hasCardNumber }

/** Of a reason, note, author or description. */
export const maxTextLength = 2_000
/** Of metadata and of vendor fields, as JSON. */
export const maxMetadataBytes = 16_384

const utf8 = new TextEncoder()

export const metadataBytes = (value: unknown): number => utf8.encode(JSON.stringify(value)).length

/** What is wrong with a text that is to be kept. `path` is the vendor's name for it. */
export const textFaults = (
  path: string,
  text: string | null | undefined,
  maxLength = maxTextLength
): ReadonlyArray<Violation> => {
  if (text === null || text === undefined) return []
  if (text.length > maxLength) return [{ _tag: "Malformed", path, expected: `at most ${maxLength} characters` }]
  return hasCardNumber(text) ? [{ _tag: "Malformed", path, expected: "a text without a card number" }] : []
}
