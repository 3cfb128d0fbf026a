/** Double entry, summed up again from the journal and held against the refunds and chargebacks that moved the money. */
import { Result } from "effect"
import type { Event } from "refund-core/Event"
import { readEntry } from "refund-core/Journal"
import type { JournalEntry, OrderView } from "refund-core/ports/LedgerReader"
import type { Destination, Refund } from "refund-core/Refund"

type Posted = Extract<Event, { readonly _tag: "Posted" }>

export const accountsDiffer = ({ head, refunds }: OrderView, entries: ReadonlyArray<JournalEntry>): string | null => {
  const balances = new Map<string, bigint>()
  for (const posted of postedIn(entries)) {
    if (posted.currency !== head.currency) return `${posted.source} is booked in ${posted.currency}`
    if (sum(posted.lines.map(({ amount }) => amount)) !== 0n) return `the lines of ${posted.source} do not balance`
    for (const { account, amount } of posted.lines) balances.set(account, (balances.get(account) ?? 0n) + amount)
  }
  const settled = refunds.filter((refund) => refund.state === "settled" && !refund.deducts)
  const lost = sum(head.disputes.filter(({ state }) => state === "lost").map(({ amount }) => amount))
  const paidTo = (to: Destination) => sum(settled.filter(({ destination }) => destination === to).map(paid))
  const expected = {
    provider_clearing: -paidTo("original") - lost,
    store_credit_liability: -paidTo("store_credit"),
    payouts: -paidTo("payout"),
    return_fee_income: -sum(settled.map(kept)),
    goodwill: sum(settled.map(({ goodwill }) => goodwill)),
    chargeback_loss: lost,
    tax_payable: sum(settled.flatMap(({ shares }) => shares.map(({ tax }) => tax)))
  }
  for (const [account, amount] of Object.entries(expected)) {
    const booked = balances.get(account) ?? 0n
    if (booked !== amount) return `order ${head.id}: ${account} is booked with ${booked}, what moved gives ${amount}`
  }
  return null
}

const postedIn = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<Posted> =>
  entries.flatMap(({ text }) => {
    const read = readEntry(text)
    return Result.isFailure(read) ? [] : read.success.events.filter((event) => event._tag === "Posted")
  })

const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)
const kept = ({ deductions }: Refund): bigint => sum(deductions.map(({ amount }) => amount))
const paid = (refund: Refund): bigint => refund.amount - kept(refund)
