/** Amounts, times and states as people read them. */
import { isCurrency } from "refund-core/Currency"
import { formatDecimal } from "refund-core/Money"
import type { RefundState } from "refund-core/Refund"
import type { Cell } from "./table.ts"

/** `19.99`; a currency that is not known here shows its minor units. */
export const decimal = (amount: bigint, currency: string): string =>
  isCurrency(currency) ? formatDecimal(amount, currency) : String(amount)

export const money = (amount: bigint, currency: string): string => `${decimal(amount, currency)} ${currency}`

/** `2026-11-02 12:00:00Z`; the milliseconds are in --json. */
export const moment = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19).replace("T", " ")}Z`

/** `1 order`, `2 orders`. */
export const counted = (number: number, one: string, several = `${one}s`): string =>
  `${number} ${number === 1 ? one : several}`

/** How much was looked at. */
export const entriesOf = (entries: number, orders: number): string =>
  `${counted(entries, "journal entry", "journal entries")} of ${counted(orders, "order")}`

const styles: Record<RefundState, "green" | "yellow" | "red" | "dim"> = {
  pending_approval: "yellow",
  approved: "yellow",
  submitting: "yellow",
  pending: "yellow",
  requires_action: "yellow",
  unknown: "red",
  in_review: "red",
  settled: "green",
  failed: "red",
  denied: "dim",
  canceled: "dim",
  reversed: "dim"
}

export const stateCell = (state: RefundState): Cell => ({ text: state, style: styles[state] })

/** Where the money goes, in three words. */
export const destinations = {
  original: "to the capture",
  store_credit: "to store credit",
  payout: "paid out by hand"
} as const
