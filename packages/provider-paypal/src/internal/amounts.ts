/** PayPal writes amounts as decimals, some currencies with fewer digits than ISO 4217. */
import { Result } from "effect"
import { type CurrencyCode, exponentOf, isCurrency } from "refund-core/Currency"
import { formatDecimal, parseDecimal } from "refund-core/Money"

/** "This currency does not support decimals" (developer.paypal.com/api/rest/reference/currency-codes). */
export const withoutDecimals: ReadonlySet<string> = new Set(["HUF", "JPY", "TWD"])

export interface PayPalMoney {
  readonly currency: string
  readonly value: string
}

/** Null: PayPal has no such amount. */
export const toPayPal = (amount: bigint, currency: CurrencyCode): PayPalMoney | null => {
  if (!withoutDecimals.has(currency)) return { currency, value: formatDecimal(amount, currency) }
  const step = 10n ** BigInt(exponentOf(currency))
  return amount % step === 0n ? { currency, value: String(amount / step) } : null
}

/** Null: no currency of ours, or no amount of one. */
export const fromPayPal = ({
  currency,
  value
}: PayPalMoney): { readonly amount: bigint; readonly currency: CurrencyCode } | null => {
  if (!isCurrency(currency)) return null
  const amount = parseDecimal(value, currency, "string")
  return Result.isSuccess(amount) && amount.success > 0n ? { amount: amount.success, currency } : null
}
