/** Amounts on the command line: decimals with the order's currency, read from their text. */
import { Effect, Result } from "effect"
import { problemOf } from "refund-api/Problem"
import { type CurrencyCode, isCurrency } from "refund-core/Currency"
import { parseDecimal } from "refund-core/Money"
import { rejected, type Violation } from "refund-core/Violation"
import { Refused, Usage } from "./failures.ts"

/** Minor units. `name`: what the command line calls it. */
export const readAmount = (
  text: string,
  currency: CurrencyCode,
  name: string
): Effect.Effect<number, Refused | Usage> => {
  const read = parseDecimal(text, currency, "string")
  if (Result.isSuccess(read)) {
    return read.success >= 0n
      ? Effect.succeed(Number(read.success))
      : refused({ _tag: "AmountNotPositive", field: name, amount: text })
  }
  const fault = read.failure
  if (fault._tag === "AmountTooPrecise") {
    return refused({ _tag: "AmountTooPrecise", field: name, amount: text, digits: fault.allowed })
  }
  const why = fault._tag === "AmountTooLarge" ? "is more than a ledger can hold" : `is no amount such as 19.99`
  return Effect.fail(new Usage({ sentence: `${name} ${JSON.stringify(text.slice(0, 64))} ${why}` }))
}

/** As the ledger would say it, in the words that were written. */
const refused = (violation: Violation): Effect.Effect<never, Refused> =>
  Effect.fail(new Refused({ problem: problemOf(rejected([violation])) }))

export const readCurrency = (code: string): Effect.Effect<CurrencyCode, Usage> =>
  isCurrency(code)
    ? Effect.succeed(code)
    : Effect.fail(new Usage({ sentence: `${JSON.stringify(code.slice(0, 8))} is no ISO 4217 currency in capitals` }))
