/** Anything like a card number is refused wherever people write: the ledger keeps what it is told for years. */

/** Digits, with up to three spaces or dashes between two of them. */
const digitRuns = /[0-9](?:[\s\p{Pd}]{0,3}[0-9])+/gu
const gaps = /[\s\p{Pd}]+/u
/** Most that people write: nothing that is a digit, or becomes one when it is normalized. */
const hasNoDigit = /^[^0-9\u0080-\uffff]*$/
/** What JSON writes for a line break, a tab, a quote. */
const escapes = /\\(?:u[0-9a-f]{4}|.)/g
/** Every two-thousandth UUID has digits in it that a card could have, and nobody writes a card's as one. */
const uuids = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/giu

/**
 * Whether a text, or any text or number within a value, has 13 to 19 digits that begin and end as a card's do. They may
 * be written in blocks, and may stand beside blocks of other digits.
 */
export const hasCardNumber = (value: unknown): boolean => {
  if (typeof value === "string" && hasNoDigit.test(value)) return false
  const text = (JSON.stringify(value) ?? "").replace(escapes, " ").normalize("NFKC")
  return isInRuns(text) && isInRuns(text.replace(uuids, " uuid "))
}

const isInRuns = (text: string): boolean => {
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

const isCardNumber = (digits: string): boolean => brands.some((brand) => isOf(brand, digits)) && passesLuhn(digits)

/** What a brand's numbers begin with, from the first to the last of a range, and how many digits they have. */
interface Brand {
  readonly begins: ReadonlyArray<readonly [first: number, last: number]>
  readonly lengths: ReadonlyArray<number>
}

/**
 * The ranges that schemes issue in. A time in milliseconds begins with 1 and a date of this century with 20: neither can
 * be a card's, so that an order number made of them is not refused by chance.
 */
const brands: ReadonlyArray<Brand> = [
  // Visa
  { begins: [[4, 4]], lengths: [13, 16, 18, 19] },
  // Mastercard, with Diners of North America
  {
    begins: [
      [51, 55],
      [2221, 2720]
    ],
    lengths: [16]
  },
  // American Express
  {
    begins: [
      [34, 34],
      [37, 37]
    ],
    lengths: [15]
  },
  // Diners
  {
    begins: [
      [300, 305],
      [309, 309],
      [36, 36],
      [38, 39]
    ],
    lengths: [14, 15, 16, 17, 18, 19]
  },
  // JCB
  { begins: [[3528, 3589]], lengths: [16, 17, 18, 19] },
  // Mir
  { begins: [[2200, 2204]], lengths: [16, 17, 18, 19] },
  // Maestro, the older ranges of which have numbers of any length
  {
    begins: [
      [5018, 5018],
      [5020, 5020],
      [5038, 5038],
      [5893, 5893],
      [6304, 6304],
      [6759, 6763]
    ],
    lengths: [13, 14, 15]
  },
  // Maestro, Discover, UnionPay, RuPay, Elo, Hipercard, …
  {
    begins: [
      [50, 50],
      [56, 69]
    ],
    lengths: [16, 17, 18, 19]
  },
  // RuPay and UnionPay · mada · Troy
  {
    begins: [
      [81, 82],
      [9682, 9682],
      [9792, 9792]
    ],
    lengths: [16]
  }
]

const isOf = ({ begins, lengths }: Brand, digits: string): boolean =>
  lengths.includes(digits.length) &&
  begins.some(([first, last]) => {
    const start = Number(digits.slice(0, String(first).length))
    return start >= first && start <= last
  })

const passesLuhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = digit * 2
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
