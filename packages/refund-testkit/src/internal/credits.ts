/** Store credit, held against what gave it and what took it: by this page's own arithmetic, not the core's. */
import { isDeepStrictEqual } from "node:util"
import type { CreditHead, Lot } from "refund-core/Credit"
import type { Event } from "refund-core/Event"
import { creditChain, type ReadEntry } from "refund-core/Journal"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import { eventsIn, readAll } from "./entries.ts"
import type { OrderView } from "./figures.ts"

type Journals = ReadonlyMap<string, ReadonlyArray<JournalEntry>>

const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)
const payoutOf = ({ amount, deductions }: Refund): bigint => amount - sum(deductions.map((each) => each.amount))

/** It is owed to the customer: by its destination, or because that is what they had paid with. */
export const isToCredit = ({ destination, provider }: Refund): boolean =>
  destination === "store_credit" || (destination === "original" && provider === "store_credit")

export const chainOf = ({ currency, customerId }: Pick<CreditHead, "currency" | "customerId">): string =>
  creditChain(customerId, currency)

/** Each account is what its journal gives, never below zero; and each of its entries is a refund's or a capture's, once. */
export const creditsDiffer = (
  views: ReadonlyArray<OrderView>,
  credits: ReadonlyArray<CreditHead>,
  journals: Journals
): string | null => {
  for (const credit of credits) {
    const what = accountDiffers(credit, readAll(journals.get(chainOf(credit)) ?? []))
    if (what !== null) return `${chainOf(credit)}: ${what}`
  }
  const moved = credits.flatMap((credit) => eventsIn(journals.get(chainOf(credit)) ?? []))
  const refunds = views.flatMap((view) => view.refunds)
  return (
    firstOf(refunds, (refund) => refundDiffers(refund, moved)) ?? strays(refunds, moved) ?? spendsDiffer(views, moved)
  )
}

const firstOf = <A>(all: ReadonlyArray<A>, look: (each: A) => string | null): string | null => {
  for (const each of all) {
    const found = look(each)
    if (found !== null) return found
  }
  return null
}

// ── one account ──────────────────────────────────────────────────────────────────────────────────────────────────────

const byEnd = (a: Lot, b: Lot): number =>
  a.expiresAt === b.expiresAt ? 0 : a.expiresAt === null || (b.expiresAt !== null && a.expiresAt > b.expiresAt) ? 1 : -1

const isGood =
  (at: number) =>
  ({ expiresAt }: Lot): boolean =>
    expiresAt === null || expiresAt > at

/** All of an account's units in a row, soonest to end first: `amount` of them are taken from the one end or the other. */
const without = (lots: ReadonlyArray<Lot>, amount: bigint): ReadonlyArray<Lot> => {
  let missing = amount
  const left: Array<Lot> = []
  for (const lot of lots) {
    const taken = lot.left < missing ? lot.left : missing
    missing -= taken
    if (lot.left > taken) left.push({ ...lot, left: lot.left - taken })
  }
  return left
}

const accountDiffers = (credit: CreditHead, entries: ReadonlyArray<ReadEntry>): string | null => {
  let lots: ReadonlyArray<Lot> = []
  for (const { events, stamp } of entries) {
    for (const event of events) {
      const what = impossible(lots, event, stamp.at)
      if (what !== null) return what
      lots = moved(lots, event)
    }
  }
  const merged = new Map<number | null, bigint>()
  for (const lot of lots.toSorted(byEnd)) merged.set(lot.expiresAt, (merged.get(lot.expiresAt) ?? 0n) + lot.left)
  const expected = [...merged].map(([expiresAt, left]) => ({ expiresAt, left }))
  return isDeepStrictEqual(credit.lots, expected)
    ? null
    : `it has ${say(credit.lots)}, its journal gives ${say(expected)}`
}

const say = (lots: ReadonlyArray<Lot>): string =>
  lots.map(({ expiresAt, left }) => `${left} until ${expiresAt}`).join(", ") || "nothing"

const impossible = (lots: ReadonlyArray<Lot>, event: Event, at: number): string | null => {
  const all = sum(lots.map(({ left }) => left))
  const good = sum(lots.filter(isGood(at)).map(({ left }) => left))
  switch (event._tag) {
    case "CreditPosted":
      return event.amount > 0n ? null : `${event.amount} was posted`
    case "CreditSpent":
      return event.amount <= good ? null : `${event.amount} was spent of ${good} that had not ended`
    case "CreditReversed":
      return event.amount <= all ? null : `${event.amount} was taken back of ${all}`
    case "CreditExpired":
      return event.amount === all - good && event.amount > 0n ? null : `${event.amount} ended, not ${all - good}`
    default:
      return null
  }
}

const moved = (lots: ReadonlyArray<Lot>, event: Event): ReadonlyArray<Lot> => {
  switch (event._tag) {
    case "CreditPosted":
      return [...lots, { expiresAt: event.expiresAt ?? null, left: event.amount }].sort(byEnd)
    case "CreditSpent":
      return without(lots, event.amount)
    case "CreditReversed":
      return without(lots.toReversed(), event.amount).toReversed()
    case "CreditExpired":
      return lots.filter(isGood(event.before))
    default:
      return lots
  }
}

// ── what gave it, and what took it ───────────────────────────────────────────────────────────────────────────────────

type Of<Tag extends Event["_tag"]> = Extract<Event, { readonly _tag: Tag }>

const posted = (events: ReadonlyArray<Event>, id: string) =>
  events.filter((event): event is Of<"CreditPosted"> => event._tag === "CreditPosted" && event.refundId === id)
const takenBack = (events: ReadonlyArray<Event>, id: string) =>
  events.filter((event): event is Of<"CreditReversed"> => event._tag === "CreditReversed" && event.refundId === id)

/** A refund that settled to credit gave it once, to its own customer; it took back, once, only what it gave (A81, A83). */
const refundDiffers = (refund: Refund, events: ReadonlyArray<Event>): string | null => {
  const gave = posted(events, refund.id)
  const took = takenBack(events, refund.id)
  const payout = payoutOf(refund)
  const should = isToCredit(refund) && !refund.deducts && refund.settledAt !== null && payout > 0n
  const how = `refund ${refund.id} is ${refund.state} with ${payout}`
  if (gave.length !== (should ? 1 : 0)) return `${how}, and credit was posted for it ${gave.length} times`
  const isTheirs = [...gave, ...took].every(
    ({ currency, customerId }) => currency === refund.currency && customerId === refund.customerId
  )
  if (!isTheirs || gave.some(({ amount }) => amount !== payout)) return `${how}, and its credit is not that`
  const back = sum(took.map(({ amount }) => amount))
  if (took.length > 1 || back > payout) return `${how}, and ${back} was taken back in ${took.length} entries`
  if (refund.state === "reversed") return back === (should ? payout : 0n) ? null : `${how}, and ${back} was taken back`
  return isUndone(refund) || back === 0n ? null : `${how}, and ${back} was taken back`
}

/** Settled once, and then a person said that it should not have been: with what is left of the credit. */
export const isUndone = ({ settledAt, state }: Refund): boolean =>
  settledAt !== null && (state === "failed" || state === "canceled")

/** What it gave that nobody could take back any more. */
export const lostBy = (refund: Refund, events: ReadonlyArray<Event>): bigint =>
  isToCredit(refund) && isUndone(refund)
    ? payoutOf(refund) - sum(takenBack(events, refund.id).map(({ amount }) => amount))
    : 0n

const strays = (refunds: ReadonlyArray<Refund>, events: ReadonlyArray<Event>): string | null => {
  const known = new Set<string>(refunds.map(({ id }) => id))
  const stray = events.find(
    (event) => (event._tag === "CreditPosted" || event._tag === "CreditReversed") && !known.has(event.refundId)
  )
  return stray === undefined ? null : `${stray._tag} is of no refund that is known`
}

/** What was spent is a capture of that order, and what was paid so was spent. */
const spendsDiffer = (views: ReadonlyArray<OrderView>, events: ReadonlyArray<Event>): string | null => {
  const spent = events.flatMap((event) =>
    event._tag === "CreditSpent" ? [`${event.orderId} ${event.captureId} ${event.amount} ${event.currency}`] : []
  )
  const captured = views.flatMap(({ head }) =>
    head.captures.flatMap((capture) =>
      capture.provider === "store_credit" ? [`${head.id} ${capture.id} ${capture.collected} ${head.currency}`] : []
    )
  )
  return isDeepStrictEqual(spent.toSorted(), captured.toSorted())
    ? null
    : `spent were ${spent.join(", ") || "none"}; captures that were paid so are ${captured.join(", ") || "none"}`
}
