/**
 * Store credit: money the merchant owes a customer, in one currency. An account is its lots, each with the day it is good
 * until, and it has a chain of its own in the journal. It is spent soonest-to-expire first and is never below zero.
 */
import type { CurrencyCode } from "./Currency.ts"
import type { Event } from "./Event.ts"
import type { CustomerId, Instant } from "./Ids.ts"

/** `expiresAt` null: it never does. Credit that expires at the same time is one lot, so their number is bounded by days. */
export interface Lot {
  readonly expiresAt: Instant | null
  readonly left: bigint
}

export interface CreditHead {
  readonly customerId: CustomerId
  readonly currency: CurrencyCode
  /** Soonest to expire first; none of 0. */
  readonly lots: ReadonlyArray<Lot>
  /** How many entries the account's journal has. */
  readonly entries: number
}

export const noCredit = (customerId: CustomerId, currency: CurrencyCode): CreditHead => ({
  customerId,
  currency,
  lots: [],
  entries: 0
})

const sum = (lots: ReadonlyArray<Lot>): bigint => lots.reduce((total, lot) => total + lot.left, 0n)

/** All that is owed, what has expired but was not taken off yet included. */
export const balance = (credit: CreditHead | null): bigint => (credit === null ? 0n : sum(credit.lots))

const hasExpired =
  (now: Instant) =>
  ({ expiresAt }: Lot): boolean =>
    expiresAt !== null && expiresAt <= now

export const expired = (credit: CreditHead, now: Instant): bigint => sum(credit.lots.filter(hasExpired(now)))
export const spendable = (credit: CreditHead, now: Instant): bigint => balance(credit) - expired(credit, now)

/** When the next of it expires; null: none does. */
export const nextExpiry = (credit: CreditHead): Instant | null => credit.lots[0]?.expiresAt ?? null

const day = 86_400_000

/** Credit is good through whole days, UTC: it ends with the last of them. */
export const expiryAfter = (days: number | null, now: Instant): Instant | null =>
  days === null ? null : (Math.floor(now / day) + days + 1) * day

/** An event of an account's own chain. */
export type CreditEvent = Extract<
  Event,
  { readonly _tag: "CreditPosted" | "CreditReversed" | "CreditSpent" | "CreditExpired" }
>

export const isCreditEvent = (event: Event): event is CreditEvent =>
  event._tag === "CreditPosted" ||
  event._tag === "CreditReversed" ||
  event._tag === "CreditSpent" ||
  event._tag === "CreditExpired"

export const applyCredit = (credit: CreditHead, event: CreditEvent): CreditHead => ({
  ...credit,
  lots: lotsAfter(credit.lots, event)
})

const lotsAfter = (lots: ReadonlyArray<Lot>, event: CreditEvent): ReadonlyArray<Lot> => {
  switch (event._tag) {
    case "CreditPosted":
      return added(lots, { expiresAt: event.expiresAt ?? null, left: event.amount })
    case "CreditSpent":
      return taken(lots, event.amount)
    // What is undone is taken from what lasts longest: what will soon be gone is left to be spent.
    case "CreditReversed":
      return taken(lots.toReversed(), event.amount).toReversed()
    case "CreditExpired":
      return lots.filter((lot) => !hasExpired(event.before)(lot))
  }
}

const added = (lots: ReadonlyArray<Lot>, lot: Lot): ReadonlyArray<Lot> => {
  const same = lots.findIndex((each) => each.expiresAt === lot.expiresAt)
  if (same !== -1) return lots.map((each, index) => (index === same ? { ...each, left: each.left + lot.left } : each))
  const later = lots.findIndex((each) => isLater(each.expiresAt, lot.expiresAt))
  return later === -1 ? [...lots, lot] : lots.toSpliced(later, 0, lot)
}

const isLater = (a: Instant | null, b: Instant | null): boolean => b !== null && (a === null || a > b)

const taken = (lots: ReadonlyArray<Lot>, amount: bigint): ReadonlyArray<Lot> => {
  let left = amount
  return lots.flatMap((lot) => {
    const part = lot.left < left ? lot.left : left
    left -= part
    return part === lot.left ? [] : [{ ...lot, left: lot.left - part }]
  })
}
