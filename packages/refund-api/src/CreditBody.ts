/** A customer's store credit: an account in each currency, its lots, and what happened to it. */
import { Schema } from "effect"
import { balance, type CreditHead, spendable } from "refund-core/Credit"
import type { Instant } from "refund-core/Ids"
import { Minor, minorToJson } from "./Amount.ts"
import { Time, timeToJson } from "./Time.ts"

export const LotBody = Schema.Struct({
  amount: Minor,
  /** Null: it is good for as long as nobody spends it. */
  expiresAt: Schema.NullOr(Time)
})

export const AccountBody = Schema.Struct({
  currency: Schema.String,
  /** All that is owed, what has expired but was not taken off yet included. */
  balance: Minor,
  /** What can be spent now. */
  spendable: Minor,
  /** Spent in this order: soonest to expire first. */
  lots: Schema.Array(LotBody)
})
export type AccountBody = typeof AccountBody.Type
export type AccountJson = typeof AccountBody.Encoded

export const CreditBody = Schema.Struct({
  customerId: Schema.String,
  /** One for each currency that the customer was ever credited in. */
  balances: Schema.Array(AccountBody)
})
export type CreditBody = typeof CreditBody.Type
export type CreditJson = typeof CreditBody.Encoded

export const accountToJson = (credit: CreditHead, now: Instant): AccountJson => ({
  currency: credit.currency,
  balance: minorToJson(balance(credit)),
  spendable: minorToJson(spendable(credit, now)),
  lots: credit.lots.map(({ expiresAt, left }) => ({
    amount: minorToJson(left),
    expiresAt: expiresAt === null ? null : timeToJson(expiresAt)
  }))
})

export const creditToJson = (customerId: string, accounts: ReadonlyArray<CreditHead>, now: Instant): CreditJson => ({
  customerId,
  balances: accounts.map((account) => accountToJson(account, now))
})
