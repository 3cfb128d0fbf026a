/** Anything like a card number is refused wherever people write: the ledger keeps what it is told for years. */

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
