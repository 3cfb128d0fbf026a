/** What people write is bounded, and may not hold a card number: the ledger keeps what it is told for years. */
import type { Violation } from "refund-core/Violation"

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

/** Digits, with up to three spaces or dashes between two of them. */
const digitRuns = /[0-9](?:[\s\p{Pd}]{0,3}[0-9])+/gu
const gaps = /[\s\p{Pd}]+/u

/**
 * Whether a text, or any text or number within a value, has 13 to 19 digits that pass the Luhn check. They may be
 * written in blocks, and may stand beside blocks of other digits.
 */
export const hasCardNumber = (value: unknown): boolean => {
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).normalize("NFKC")
  for (const [run] of text.matchAll(digitRuns)) if (hasCardIn(run.split(gaps))) return true
  return false
}

const hasCardIn = (blocks: ReadonlyArray<string>): boolean =>
  blocks.some((_, from) => {
    let digits = ""
    for (const block of blocks.slice(from, from + 19)) {
      digits += block
      if (digits.length > 19) return false
      if (isCardNumber(digits)) return true
    }
    return false
  })

/** No card number starts with 0. */
const isCardNumber = (digits: string): boolean => digits.length >= 13 && !digits.startsWith("0") && passesLuhn(digits)

const passesLuhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = digit * 2
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
