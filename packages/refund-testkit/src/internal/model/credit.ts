/**
 * Store credit, unit by unit: an account is its coins, each with the instant it ends. Slow, and plain to see: what is
 * spent are the coins that end soonest, what is undone those that end last.
 */
import type { CreditHead } from "refund-core/Credit"
import { policyFor } from "refund-core/Policy"
import { type Model, type ModelOrder, type ModelRefund, payoutOf } from "./state.ts"

/** When each unit ends; `Infinity`: never. Soonest first. */
export type Coins = ReadonlyArray<number>

const nameOf = (currency: string, customer: string): string => `${currency} ${customer}`

export const coinsOf = (model: Model, currency: string, customer: string): Coins =>
  model.accounts.get(nameOf(currency, customer)) ?? []

const keep = (model: Model, currency: string, customer: string, coins: Coins): void => {
  model.accounts.set(
    nameOf(currency, customer),
    coins.toSorted((a, b) => a - b)
  )
}

const day = 86_400_000

/** The last moment of the day that is so many days from now. */
const endOf = (days: number | null, now: number): number =>
  days === null ? Number.POSITIVE_INFINITY : (Math.floor(now / day) + days + 1) * day

export const isToCredit = ({ destination, provider }: Pick<ModelRefund, "destination" | "provider">): boolean =>
  destination === "store_credit" || (destination === "original" && provider === "store_credit")

export const owe = (model: Model, order: ModelOrder, refund: ModelRefund, now: number): void => {
  const { customer, door } = refund
  if (customer === null) return
  const { currency } = order.registration
  const coin = endOf(policyFor(model.overrides, door).creditDays, now)
  const more = Array.from({ length: Number(payoutOf(order, refund)) }, () => coin)
  keep(model, currency, customer, [...coinsOf(model, currency, customer), ...more])
}

/** How much of what it gave is no longer there. */
export const spentOf = (model: Model, order: ModelOrder, refund: ModelRefund): bigint => {
  if (!isToCredit(refund) || refund.customer === null) return 0n
  const left = coinsOf(model, order.registration.currency, refund.customer).length
  const missing = payoutOf(order, refund) - BigInt(left)
  return missing > 0n ? missing : 0n
}

/** As much of it as is there. */
export const takeBack = (model: Model, order: ModelOrder, refund: ModelRefund): void => {
  if (!isToCredit(refund) || refund.customer === null) return
  const { currency } = order.registration
  const coins = coinsOf(model, currency, refund.customer)
  const taken = payoutOf(order, refund) - spentOf(model, order, refund)
  keep(model, currency, refund.customer, coins.slice(0, coins.length - Number(taken)))
}

export const dropEnded = (model: Model, currency: string, customer: string, now: number): void => {
  keep(
    model,
    currency,
    customer,
    coinsOf(model, currency, customer).filter((ends) => ends > now)
  )
}

/** False where there is not enough that has not ended. */
export const spendCoins = (model: Model, currency: string, customer: string, amount: bigint, now: number): boolean => {
  const good = coinsOf(model, currency, customer).filter((ends) => ends > now)
  if (amount <= 0n || amount > BigInt(good.length)) return false
  keep(model, currency, customer, good.slice(Number(amount)))
  return true
}

/** As a ledger tells of accounts: what ends at the same time together. */
export const accountsOf = (model: Model): ReadonlyArray<Pick<CreditHead, "currency" | "customerId" | "lots">> =>
  [...model.accounts].flatMap(([name, coins]) => {
    const [currency = "", ...customer] = name.split(" ")
    const lots = [...new Set(coins)].map((ends) => ({
      expiresAt: Number.isFinite(ends) ? ends : null,
      left: BigInt(coins.filter((each) => each === ends).length)
    }))
    return lots.length === 0 ? [] : [{ currency, customerId: customer.join(" "), lots } as never]
  })
