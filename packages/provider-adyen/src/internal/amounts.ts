/** Adyen counts some currencies in other minor units than ISO 4217 does, and its own table leads. */
import { type CurrencyCode, exponentOf, isCurrency } from "refund-core/Currency"
import { maxMinor } from "refund-core/Money"

/**
 * Decimal digits of the currencies in which Adyen differs from ISO 4217: docs.adyen.com/development-resources/currency-codes,
 * "For CLP, CVE, IDR, and ISK the ISO 4217 standard has a different number of decimals than shown in our currency codes table".
 */
export const ownExponents: Readonly<Record<string, number>> = { CLP: 2, CVE: 0, IDR: 0, ISK: 2 }

export interface AdyenAmount {
  readonly currency: string
  readonly value: number
}

/** Null: Adyen has no such amount. */
export const toAdyen = (amount: bigint, currency: CurrencyCode): AdyenAmount | null => {
  const value = shift(amount, digitsBeyondIso(currency))
  return value === null || value > maxMinor ? null : { currency, value: Number(value) }
}

/** Null: no currency of ours, or an amount that we cannot count exactly. */
export const fromAdyen = ({
  currency,
  value
}: AdyenAmount): { readonly amount: bigint; readonly currency: CurrencyCode } | null => {
  if (!isCurrency(currency) || !Number.isSafeInteger(value)) return null
  const amount = shift(BigInt(value), -digitsBeyondIso(currency))
  return amount === null || amount > maxMinor ? null : { amount, currency }
}

const digitsBeyondIso = (currency: CurrencyCode): number =>
  (ownExponents[currency] ?? exponentOf(currency)) - exponentOf(currency)

const shift = (amount: bigint, digits: number): bigint | null => {
  if (digits >= 0) return amount * 10n ** BigInt(digits)
  const step = 10n ** BigInt(-digits)
  return amount % step === 0n ? amount / step : null
}
