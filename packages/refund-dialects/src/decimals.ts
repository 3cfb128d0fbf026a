/** Amounts as decimals of major units, the way Kibo, Geins and Maverick write them: from text, to text, never a double. */
import { Result } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import { formatDecimal, maxMinor, parseDecimal } from "refund-core/Money"
import type { Violation } from "refund-core/Violation"
import { NumberText } from "./NumberText.ts"

/** Minor units, sign kept. `field` is the vendor's name for it. */
export const readDecimal = (
  field: string,
  value: NumberText | string,
  currency: CurrencyCode
): Result.Result<bigint, Violation> => {
  const [text, source] = value instanceof NumberText ? ([value.text, "number"] as const) : ([value, "string"] as const)
  return Result.mapError(parseDecimal(text, currency, source), (fault): Violation => {
    switch (fault._tag) {
      case "AmountTooPrecise":
        return { _tag: "AmountTooPrecise", field, amount: text, digits: fault.allowed }
      case "AmountTooLarge":
        return {
          _tag: "Malformed",
          path: field,
          expected: `at most ${formatDecimal(maxMinor, currency)}, in 15 digits`
        }
      case "AmountMalformed":
        return { _tag: "Malformed", path: field, expected: "a decimal number with a point, such as 19.99" }
    }
  })
}

/** A JSON number with exactly the currency's digits: 19.90 and not 19.9. */
export const writeDecimal = (minor: bigint, currency: CurrencyCode): NumberText =>
  new NumberText(formatDecimal(minor, currency))
