/** Amounts on the command line: decimals with the order's currency, read from their text. */
import { Effect, Result } from "effect"
import { problemOf } from "refund-api/Problem"
import { type CurrencyCode, isCurrency } from "refund-core/Currency"
import { parseDecimal } from "refund-core/Money"
import { rejected } from "refund-core/Violation"
import { Refused, Usage } from "./failures.ts"

/** Minor units. `name`: what the command line calls it. */
export const readAmount = (
  text: string,
  currency: CurrencyCode,
  name: string
): Effect.Effect<number, Refused | Usage> => {
  const read = parseDecimal(text, currency, "string")
  if (Result.isSuccess(read)) return Effect.succeed(Number(read.success))
  const fault = read.failure
  if (fault._tag === "AmountTooPrecise") {
    const violation = { _tag: "AmountTooPrecise", field: name, amount: text, digits: fault.allowed } as const
    return Effect.fail(new Refused({ problem: problemOf(rejected([violation])) }))
  }
  const why = fault._tag === "AmountTooLarge" ? "is more than a ledger can hold" : `is no amount such as 19.99`
  return Effect.fail(new Usage({ sentence: `${name} ${JSON.stringify(text.slice(0, 64))} ${why}` }))
}

export const readCurrency = (code: string): Effect.Effect<CurrencyCode, Usage> =>
  isCurrency(code)
    ? Effect.succeed(code)
    : Effect.fail(new Usage({ sentence: `${JSON.stringify(code.slice(0, 8))} is no ISO 4217 currency in capitals` }))
