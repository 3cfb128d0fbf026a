/** An account's row and its head, both ways: a customer's store credit in one currency. */
import type { SQLInputValue } from "node:sqlite"
import { balance, type CreditHead, type Lot, nextExpiry } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CustomerId } from "refund-core/Ids"
import { type Figure, toFigure } from "./orderRows.ts"

export const accountColumns = "no, customer_id, currency, lots, entries, head_hash"

export type AccountRow = readonly [
  no: number,
  customerId: string,
  currency: string,
  lots: string,
  entries: number,
  headHash: string
]

/** How many entries its chain should have. */
export const accountEntriesOf = (row: readonly [...AccountRow, ...ReadonlyArray<unknown>]): number => row[4]

/** `no` is null, and `hash` empty, until the account's first entry. */
export interface StoredAccount {
  readonly no: number | null
  readonly head: CreditHead
  readonly hash: string
}

/** An account's chain in the journal. Below it are the orders' numbers, below zero the tenants'. */
export const chainOfAccount = (no: number): number => firstChain + no
export const firstChain = 2 ** 52

type LotItem = readonly [expiresAt: number | null, left: Figure]

const toLot = ([expiresAt, left]: LotItem): Lot => ({ expiresAt, left: BigInt(left) })
const lotItem = ({ expiresAt, left }: Lot): LotItem => [expiresAt, toFigure(left)]

export const toAccount = ([no, customerId, currency, lots, entries, hash]: AccountRow): StoredAccount => ({
  no,
  head: {
    customerId: customerId as CustomerId,
    currency: currency as CurrencyCode,
    lots: (JSON.parse(lots) as ReadonlyArray<LotItem>).map(toLot),
    entries
  },
  hash
})

/** What an entry of its own changes: `balance`, `lots`, `expires_at` and `entries`. */
export const creditColumns = (head: CreditHead): ReadonlyArray<SQLInputValue> => [
  balance(head),
  JSON.stringify(head.lots.map(lotItem)),
  nextExpiry(head),
  head.entries
]
