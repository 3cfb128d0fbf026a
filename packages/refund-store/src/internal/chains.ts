/** What is kept of chains: their entries, and how far each has come. */
import { Result } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CustomerId } from "refund-core/Ids"
import { creditChain, orderChain, readEntry, settingsChain } from "refund-core/Journal"
import type { ChainHead, JournalEntry } from "refund-core/ports/LedgerReader"
import { chainOfAccount, firstChain } from "./accountRows.ts"
import { type Asking, row, rows } from "./ask.ts"
import type { Loader } from "./facts.ts"

export const chainSql = {
  journal: "SELECT seq, hash, text FROM journal WHERE chain = ? ORDER BY seq",
  orderHeads: "SELECT id, entries, head_hash FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
  accountHeads: `SELECT customer_id, currency, entries, head_hash FROM accounts
    WHERE tenant = ? AND (customer_id, currency) > (?, ?) ORDER BY customer_id, currency LIMIT ?`,
  settingsHead: "SELECT entries, head_hash FROM tenants WHERE no = ?",
  orderNo: "SELECT no FROM orders WHERE tenant = ? AND id = ?",
  lastSeq: "SELECT max(seq) FROM journal WHERE chain = ?",
  entryHash: "SELECT hash FROM journal WHERE chain = ? AND seq = ?",
  entries: `SELECT no, seq, hash, text FROM (
      SELECT no, seq, hash, text, CASE
        WHEN chain > ${firstChain} THEN (SELECT a.tenant FROM accounts a WHERE a.no = chain - ${firstChain})
        WHEN chain > 0 THEN (SELECT o.tenant FROM orders o WHERE o.no = chain)
        ELSE -chain END AS tenant
      FROM journal WHERE no > ?1 AND no <= ?2) j
    WHERE tenant = ?3 ORDER BY no LIMIT ?4`,
  lastEntry: "SELECT max(no) FROM journal"
}

/** So many entries of all tenants are looked through at once. */
const entriesAtOnce = 4_000

const orders = orderChain("")

type At = { readonly chain: string; readonly seq: number }
export type Reached = { readonly entries: number; readonly hash: string | null }

export interface FoundEntries {
  readonly entries: ReadonlyArray<JournalEntry>
  readonly next: number | null
}

/** Each inside one read transaction, for a tenant that has a number. */
export class Chains {
  readonly #loader

  constructor(loader: Loader) {
    this.#loader = loader
  }

  *journal(tenant: number, chain: string): Asking<ReadonlyArray<JournalEntry>> {
    const no = yield* this.#numberOfChain(tenant, chain)
    if (no === undefined) return []
    const found = yield* rows<readonly [number, string, string]>(chainSql.journal, no)
    return found.map(([seq, hash, text]) => ({ chain, seq, hash, text }))
  }

  *heads(tenant: number, after: string | null, limit: number): Asking<ReadonlyArray<ChainHead>> {
    const found: Array<ChainHead> = []
    if (after === null) {
      const [entries, hash] = (yield* row<readonly [number, string]>(chainSql.settingsHead, tenant)) ?? [0, ""]
      if (entries > 0) found.push({ chain: settingsChain, entries, hash })
    }
    const account = after === null ? null : /^credit:([^:]*):(.*)$/su.exec(after)
    if (account === null) {
      const last = after?.startsWith(orders) === true ? after.slice(orders.length) : ""
      type Row = readonly [id: string, entries: number, hash: string]
      const more = yield* rows<Row>(chainSql.orderHeads, tenant, last, limit - found.length)
      found.push(...more.map(([id, entries, hash]) => ({ chain: orderChain(id), entries, hash })))
    }
    const [, currency = "", customer = ""] = account ?? []
    type Row = readonly [customer: string, currency: string, entries: number, hash: string]
    const rest = yield* rows<Row>(chainSql.accountHeads, tenant, customer, currency, limit - found.length)
    for (const [id, code, entries, hash] of rest) {
      // What was owed before there were accounts has its entries in the chains of the orders.
      if (entries > 0) found.push({ chain: creditChain(id, code), entries, hash })
    }
    return found
  }

  *entriesAt(tenant: number, at: ReadonlyArray<At>): Asking<ReadonlyArray<Reached>> {
    const found: Array<Reached> = []
    for (const { chain, seq } of at) {
      const no = yield* this.#numberOfChain(tenant, chain)
      if (no === undefined) {
        found.push({ entries: 0, hash: null })
        continue
      }
      const [entries] = (yield* row<readonly [number | null]>(chainSql.lastSeq, no)) ?? [null]
      const [hash] = (yield* row<readonly [string]>(chainSql.entryHash, no, seq)) ?? [null]
      found.push({ entries: entries ?? 0, hash })
    }
    return found
  }

  /** Of the entries after a number, as many as a look may take; where to go on, or null at the end. */
  *entries(tenant: number, after: number, wanted: number): Asking<FoundEntries> {
    const [last] = (yield* row<readonly [number | null]>(chainSql.lastEntry)) ?? []
    const until = Math.min(Number(last ?? 0), after + entriesAtOnce)
    type Entry = readonly [no: number, seq: number, hash: string, text: string]
    const found = yield* rows<Entry>(chainSql.entries, after, until, tenant, wanted)
    const reached = found.length === wanted ? (found.at(-1)?.[0] ?? until) : until
    return {
      entries: found.map(([, seq, hash, text]) => ({ chain: chainIn(text), seq, hash, text })),
      next: reached < Number(last ?? 0) ? reached : null
    }
  }

  *#numberOfChain(tenant: number, chain: string): Asking<number | undefined> {
    if (chain === settingsChain) return -tenant
    if (chain.startsWith(orders)) {
      return (yield* row<readonly [number]>(chainSql.orderNo, tenant, chain.slice(orders.length)))?.[0]
    }
    const [, currency, customerId] = /^credit:([^:]*):(.*)$/su.exec(chain) ?? []
    if (currency === undefined || customerId === undefined) return undefined
    const { no } = yield* this.#loader.accountOf(tenant, customerId as CustomerId, currency as CurrencyCode)
    return no === null ? undefined : chainOfAccount(no)
  }
}

/** As the entry itself says: an entry that cannot be read is of no chain, and `verify` says what is wrong with it. */
const chainIn = (text: string): string => {
  const read = readEntry(text)
  return Result.isSuccess(read) ? read.success.chain : ""
}
