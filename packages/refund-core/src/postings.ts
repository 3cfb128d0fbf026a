/** Money that moved, as double entry. A line above 0 is a debit, below 0 a credit; together they are 0. */
import { Schema } from "effect"
import { goesToCredit, payout, type Refund } from "./Refund.ts"

export const Account = Schema.Literals([
  "sales_returns",
  "shipping_returns",
  "fee_returns",
  "tax_payable",
  "goodwill",
  "return_fee_income",
  "provider_clearing",
  "store_credit_liability",
  "payouts",
  "chargeback_loss",
  "collected",
  "breakage",
  "bank",
  "provider_fees"
])
export type Account = typeof Account.Type

/** Minor units of the posting's currency. */
export const PostingLine = Schema.Struct({ account: Account, amount: Schema.BigInt })
export type PostingLine = typeof PostingLine.Type
export type Lines = ReadonlyArray<PostingLine>

const paidFrom: Record<Refund["destination"], Account> = {
  original: "provider_clearing",
  store_credit: "store_credit_liability",
  payout: "payouts"
}

const returnsOf = (component: string): Account => {
  if (component === "shipping") return "shipping_returns"
  return component === "invoice_fee" || component.startsWith("fee:") ? "fee_returns" : "sales_returns"
}

/**
 * A settled refund: what it was drawn on is returned, its tax is owed no more, what was deducted is income, the rest
 * has left where it went. What no part accounts for was sales; what was never collected is goodwill.
 */
export const settledLines = (refund: Refund): Lines => {
  const attributed = refund.shares.reduce((sum, share) => sum + share.amount, 0n)
  const left = payout(refund)
  const unattributed = refund.amount - attributed
  return gathered([
    ...refund.shares.flatMap(
      ({ amount, component, tax }): Lines => [
        { account: returnsOf(component), amount: amount - tax },
        { account: "tax_payable", amount: tax }
      ]
    ),
    ...unattributedLines(refund, unattributed),
    { account: "return_fee_income", amount: left - refund.amount },
    { account: goesToCredit(refund) ? "store_credit_liability" : paidFrom[refund.destination], amount: -left }
  ])
}

/** Goodwill is beyond what was collected. Where parts were drawn on for more than that, they carry it. */
const unattributedLines = ({ goodwill }: Refund, unattributed: bigint): Lines => [
  { account: "goodwill", amount: goodwill },
  { account: "sales_returns", amount: unattributed - goodwill }
]

/** A chargeback that was lost: the money is gone the way it came. */
export const lostLines = (amount: bigint): Lines => [
  { account: "chargeback_loss", amount },
  { account: "provider_clearing", amount: -amount }
]

/** Seen on the bank's side: it is no longer between us and the provider, and what the provider kept for it is a cost. */
export const reconciledLines = (refund: Refund, fee: bigint): Lines =>
  gathered([
    { account: paidFrom[refund.destination], amount: payout(refund) },
    { account: "provider_fees", amount: fee },
    { account: "bank", amount: -(payout(refund) + fee) }
  ])

/** Credit that paid for an order: owed no more, collected instead. */
export const spentLines = (amount: bigint): Lines => [
  { account: "store_credit_liability", amount },
  { account: "collected", amount: -amount }
]

/** Credit that nobody spent in time. */
export const expiredLines = (amount: bigint): Lines => [
  { account: "store_credit_liability", amount },
  { account: "breakage", amount: -amount }
]

/** A refund to store credit that is undone although part of the credit is spent: that part is given for good. */
export const undoneLines = (refund: Refund, spent: bigint): Lines =>
  gathered([
    ...mirrored(settledLines(refund)),
    { account: "store_credit_liability", amount: -spent },
    { account: "goodwill", amount: spent }
  ])

/** The same, undone. */
export const mirrored = (lines: Lines): Lines => lines.map(({ account, amount }) => ({ account, amount: -amount }))

/** One line an account, none of 0. */
const gathered = (lines: Lines): Lines => {
  const sums = new Map<Account, bigint>()
  for (const { account, amount } of lines) sums.set(account, (sums.get(account) ?? 0n) + amount)
  return [...sums].flatMap(([account, amount]) => (amount === 0n ? [] : [{ account, amount }]))
}
