/**
 * Stripe's amounts: whole numbers of a unit that is mostly, but not always, the currency's minor unit of ISO 4217.
 * Source: https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies", "Special cases".
 */
import { Result } from "effect"
import { type CurrencyCode, exponentOf, isCurrency } from "refund-core/Currency"

/**
 * Digits of Stripe's unit where they are not ISO 4217's. ISK and UGX lost their decimals, but go on being written with
 * two, always 00; MGA's fifths of an ariary do not exist at Stripe.
 */
const ownDigits: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 }

/** Three decimals, of which the last has to be 0: some of Stripe's partners have no thousandths. */
const lastDigitZero = ["BHD", "JOD", "KWD", "OMR", "TND"]

/** Their digits at Stripe are documented nowhere: nothing is sent in a unit that would be guessed. */
const undocumented: ReadonlySet<string> = new Set(["CLF", "IQD", "LYD", "UYI", "UYW"])

/** Amounts that Stripe can be told are multiples of so many minor units; of one where the currency is not listed. */
export const steps: Readonly<Record<string, bigint>> = {
  MGA: 100n,
  ...Object.fromEntries(lastDigitZero.map((currency) => [currency, 10n]))
}

export type AmountRefused = "currency_not_supported" | "amount_not_expressible"

/** Minor units as Stripe wants them. */
export const toStripe = (amount: bigint, currency: CurrencyCode): Result.Result<number, AmountRefused> => {
  if (undocumented.has(currency)) return Result.fail("currency_not_supported")
  if (amount % (steps[currency] ?? 1n) !== 0n) return Result.fail("amount_not_expressible")
  const units = Number(rescale(amount, exponentOf(currency), digitsOf(currency)))
  return Number.isSafeInteger(units) ? Result.succeed(units) : Result.fail("amount_not_expressible")
}

export interface Money {
  /** Minor units. */
  readonly amount: bigint
  readonly currency: CurrencyCode
}

/** What Stripe says, in minor units; null where that is no amount of a currency that we know. */
export const fromStripe = (units: number, code: string): Money | null => {
  const currency = currencyOf(code)
  if (currency === null || undocumented.has(currency) || !Number.isSafeInteger(units) || units < 0) return null
  const amount = rescale(BigInt(units), digitsOf(currency), exponentOf(currency))
  return rescale(amount, exponentOf(currency), digitsOf(currency)) === BigInt(units) ? { amount, currency } : null
}

/** Stripe writes codes in lower case. */
export const currencyOf = (code: string): CurrencyCode | null => {
  const currency = code.toUpperCase()
  return isCurrency(currency) ? currency : null
}

const digitsOf = (currency: CurrencyCode): number => ownDigits[currency] ?? exponentOf(currency)

const rescale = (amount: bigint, from: number, to: number): bigint =>
  to >= from ? amount * 10n ** BigInt(to - from) : amount / 10n ** BigInt(from - to)
