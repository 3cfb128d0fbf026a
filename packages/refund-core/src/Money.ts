/** Amounts are bigint counts of a currency's minor unit; a decimal is text and is read and written digit by digit. */
import { Result, Schema } from "effect"
import { type CurrencyCode, exponentOf } from "./Currency.ts"

/** 2^53 − 1, the largest figure that a JSON number keeps. */
export const maxMinor = 2n ** 53n - 1n

/** Minor units, none or more. */
export const Minor = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: maxMinor })).pipe(
  Schema.brand("Minor")
)
export type Minor = typeof Minor.Type

/** Minor units, one or more. */
export const PositiveMinor = Minor.check(Schema.isGreaterThanBigInt(0n)).pipe(Schema.brand("PositiveMinor"))
export type PositiveMinor = typeof PositiveMinor.Type

/** Why a text is no amount of its currency. `digits` and `allowed` count decimal places. */
export type AmountFault =
  | { readonly _tag: "AmountMalformed"; readonly text: string }
  | { readonly _tag: "AmountTooPrecise"; readonly digits: number; readonly allowed: number }
  | { readonly _tag: "AmountTooLarge" }

const maxTextLength = 64
const maxSignificantDigits = 15
const maxMinorDigits = maxMinor.toString().length

const decimalInString = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/
const decimalInNumber = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,9}))?$/

/**
 * Reads a decimal of major units exactly, as signed minor units. `text` is the source text of a JSON number, or the
 * content of a string; only a number may have an exponent. What counts is the value and not how it is spelled: zeros
 * at the end carry no value (`10.00` JPY is 10), at most 15 digits remain without them, and nothing is ever rounded.
 */
export const parseDecimal = (
  text: string,
  currency: CurrencyCode,
  source: "number" | "string"
): Result.Result<bigint, AmountFault> => {
  const grammar = source === "number" ? decimalInNumber : decimalInString
  const match = text.length > maxTextLength ? null : grammar.exec(text)
  if (match === null) return Result.fail(malformed(text))

  const [, sign = "", whole = "", fraction = "", power = "0"] = match
  const digits = (whole + fraction).replace(/^0+/, "")
  const significant = digits.replace(/0+$/, "")
  if (significant === "") return Result.succeed(0n)

  const allowed = exponentOf(currency)
  const decimals = fraction.length - Number(power) - (digits.length - significant.length)
  if (decimals > allowed) return Result.fail({ _tag: "AmountTooPrecise", digits: decimals, allowed })

  const zeros = allowed - decimals
  if (significant.length > maxSignificantDigits) return Result.fail({ _tag: "AmountTooLarge" })
  if (significant.length + zeros > maxMinorDigits) return Result.fail({ _tag: "AmountTooLarge" })

  const minor = BigInt(significant + "0".repeat(zeros))
  if (minor > maxMinor) return Result.fail({ _tag: "AmountTooLarge" })
  return Result.succeed(sign === "-" ? -minor : minor)
}

/** Reads a whole number of minor units, sign kept. */
export const minorFromNumber = (minor: number): Result.Result<bigint, AmountFault> => {
  if (!Number.isInteger(minor)) return Result.fail(malformed(String(minor)))
  if (!Number.isSafeInteger(minor)) return Result.fail({ _tag: "AmountTooLarge" })
  return Result.succeed(BigInt(minor))
}

/** Major units with exactly the currency's digits: `19.99`, `1000` (JPY), `-0.05`. */
export const formatDecimal = (minor: bigint, currency: CurrencyCode): string => {
  const exponent = exponentOf(currency)
  const sign = minor < 0n ? "-" : ""
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0")
  if (exponent === 0) return sign + digits
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** For messages: `19.99 USD`. */
export const formatAmount = (minor: bigint, currency: CurrencyCode): string =>
  `${formatDecimal(minor, currency)} ${currency}`

const malformed = (text: string): AmountFault => ({ _tag: "AmountMalformed", text: text.slice(0, maxTextLength) })
