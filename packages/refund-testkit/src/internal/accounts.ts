/** Double entry, summed up again from the journal and held against what moved the money. */
import { balance, type CreditHead } from "refund-core/Credit"
import type { Event } from "refund-core/Event"
import type { JournalEntry, OrderView } from "refund-core/ports/LedgerReader"
import type { Destination, Refund } from "refund-core/Refund"
import { chainOf, isToCredit, lostBy } from "./credits.ts"
import { eventsIn } from "./entries.ts"

type Posted = Extract<Event, { readonly _tag: "Posted" }>
type Journals = ReadonlyMap<string, ReadonlyArray<JournalEntry>>
type Balances = ReadonlyMap<string, bigint>

const postedIn = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<Posted> =>
  eventsIn(entries).filter((event) => event._tag === "Posted")

const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)

/** Each posting in this currency and balanced: the sums by account; else what is wrong with one. */
const balancesOf = (posted: ReadonlyArray<Posted>, currency: string): Balances | string => {
  const balances = new Map<string, bigint>()
  for (const each of posted) {
    if (each.currency !== currency) return `${each.source} is booked in ${each.currency}`
    if (sum(each.lines.map(({ amount }) => amount)) !== 0n) return `the lines of ${each.source} do not balance`
    for (const { account, amount } of each.lines) balances.set(account, (balances.get(account) ?? 0n) + amount)
  }
  return balances
}

const firstWrong = (whose: string, balances: Balances, expected: Readonly<Record<string, bigint>>): string | null => {
  for (const [account, amount] of Object.entries(expected)) {
    const booked = balances.get(account) ?? 0n
    if (booked !== amount) return `${whose}: ${account} is booked with ${booked}, what moved gives ${amount}`
  }
  return null
}

/** What an order's own chain books: its refunds, and chargebacks that were lost. `moved`: its customer's credit events. */
export const accountsDiffer = (
  { head, refunds }: OrderView,
  entries: ReadonlyArray<JournalEntry>,
  moved: ReadonlyArray<Event>
): string | null => {
  const balances = balancesOf(postedIn(entries), head.currency)
  if (typeof balances === "string") return balances
  const booked = refunds.filter((refund) => isBooked(refund) && !refund.deducts)
  const lost = sum(head.disputes.filter(({ state }) => state === "lost").map(({ amount }) => amount))
  const lostCredit = sum(refunds.map((refund) => lostBy(refund, moved)))
  const paidTo = (to: Destination) =>
    sum(booked.filter((refund) => refund.destination === to && !isToCredit(refund)).map(paid))
  const seen = eventsIn(entries).flatMap((event) => (event._tag === "RefundReconciled" ? [event] : []))
  const seenOf = (to: Destination) =>
    sum(seen.filter(({ refundId }) => toOf(refunds, refundId) === to).map(({ amount }) => amount))
  const fees = sum(seen.map(({ fee }) => fee))
  return firstWrong(`order ${head.id}`, balances, {
    provider_clearing: seenOf("original") - paidTo("original") - lost,
    bank: -sum(seen.map(({ amount }) => amount)) - fees,
    provider_fees: fees,
    store_credit_liability: -sum(booked.filter(isToCredit).map(paid)) - lostCredit,
    payouts: seenOf("payout") - paidTo("payout"),
    return_fee_income: -sum(booked.map(kept)),
    goodwill: sum(booked.map(({ goodwill }) => goodwill)) + lostCredit,
    chargeback_loss: lost,
    tax_payable: sum(booked.flatMap(({ shares }) => shares.map(({ tax }) => tax)))
  })
}

const toOf = (refunds: ReadonlyArray<Refund>, id: string): Destination | undefined =>
  refunds.find((refund) => refund.id === id)?.destination

/** What an account's own chain books: what was spent, and what ended. */
export const creditBooksDiffer = (credit: CreditHead, entries: ReadonlyArray<JournalEntry>): string | null => {
  const balances = balancesOf(postedIn(entries), credit.currency)
  if (typeof balances === "string") return balances
  const amounts = (tag: Event["_tag"]) =>
    sum(eventsIn(entries).flatMap((event) => (event._tag === tag && "amount" in event ? [event.amount] : [])))
  const [spent, ended] = [amounts("CreditSpent"), amounts("CreditExpired")]
  return firstWrong(chainOf(credit), balances, {
    store_credit_liability: spent + ended,
    collected: -spent,
    breakage: -ended
  })
}

/** In each currency the books owe customers what their accounts say. */
export const liabilityDiffers = (credits: ReadonlyArray<CreditHead>, journals: Journals): string | null => {
  const owed = new Map<string, bigint>()
  const add = (currency: string, amount: bigint) => owed.set(currency, (owed.get(currency) ?? 0n) + amount)
  for (const entries of journals.values()) {
    for (const { currency, lines } of postedIn(entries)) {
      for (const { account, amount } of lines) if (account === "store_credit_liability") add(currency, amount)
    }
  }
  for (const credit of credits) add(credit.currency, balance(credit))
  const wrong = [...owed].find(([, amount]) => amount !== 0n)
  return wrong === undefined
    ? null
    : `${wrong[0]}: what the books owe customers differs from their accounts by ${wrong[1]}`
}

/** It has settled, and stands or is looked at by a person. */
const isBooked = ({ settledAt, state }: Refund): boolean =>
  state === "settled" || (state === "in_review" && settledAt !== null)
const kept = ({ deductions }: Refund): bigint => sum(deductions.map(({ amount }) => amount))
const paid = (refund: Refund): bigint => refund.amount - kept(refund)
