/** The accounts of store credit: their chains, and what is stored of them held against what their entries give. */
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { OrderId, RefundId } from "refund-core/Ids"
import { creditChain, type ReadEntry } from "refund-core/Journal"
import type { CaptureHead } from "refund-core/Order"
import type { Refund } from "refund-core/Refund"
import {
  type AccountRow,
  accountColumns,
  accountEntriesOf,
  chainOfAccount,
  creditColumns,
  type StoredAccount,
  toAccount
} from "./accountRows.ts"
import { type Asking, rows } from "./ask.ts"
import { type ChainAudit, groupsOf, type Problem, readable, type Step } from "./chainAudit.ts"
import { AccountEntries, type Promised, type Promises } from "./creditAudit.ts"
import type { Dialect } from "./dialect.ts"
import { type OrderRow, orderColumns, toOrder } from "./orderRows.ts"
import { difference } from "./recompute.ts"
import { type RefundRow, refundColumns, toRefund } from "./refundRows.ts"

const auditSql = ({ textIn }: Dialect) => ({
  accounts: `SELECT ${accountColumns}, balance, expires_at FROM accounts
    WHERE tenant = ?1 AND (customer_id, currency) > (?2, ?3) ORDER BY customer_id, currency LIMIT ?4`,
  refunds: `SELECT ${refundColumns}, (SELECT o.id FROM orders o WHERE o.no = order_no) FROM refunds
    WHERE tenant = ?1 AND ${textIn("id", "?2")}`,
  orders: `SELECT ${orderColumns} FROM orders WHERE tenant = ?1 AND ${textIn("id", "?2")}`
})

/** Accounts whose rows are read at once. */
const accountsAtOnce = 100

type KeptRow = readonly [...AccountRow, balance: number, expiresAt: number | null]

interface Walked {
  readonly promised: Promised
  readonly entries: AccountEntries
  readonly broken: Problem | null
}

export class AccountsAudit {
  readonly #sql
  readonly #chains: ChainAudit
  readonly #promises: Promises

  constructor(dialect: Dialect, chains: ChainAudit, promises: Promises) {
    this.#sql = auditSql(dialect)
    this.#chains = chains
    this.#promises = promises
  }

  /** After the orders: what accounts are held against is known to be right by then. */
  *all(tenant: number): Step<Problem | null> {
    let last: readonly [customerId: string, currency: string] = ["", ""]
    while (true) {
      const found = yield* rows<KeptRow>(this.#sql.accounts, tenant, ...last, accountsAtOnce)
      for (const group of groupsOf(found, accountEntriesOf)) {
        const problem = yield* this.#group(tenant, group)
        if (problem !== null) return problem
      }
      const [, customerId, currency] = found.at(-1) ?? []
      if (customerId === undefined || currency === undefined || found.length < accountsAtOnce) break
      last = [customerId, currency]
    }
    const chain = this.#promises.left()
    return chain === null ? null : { chain, seq: 0, what: "the account is missing" }
  }

  *#group(tenant: number, found: ReadonlyArray<KeptRow>): Step<Problem | null> {
    const read = found.map((each) => ({ found: each, account: readable(() => toAccount(accountRowOf(each))) }))
    const accounts = read.flatMap(({ account }) => (account instanceof Error ? [] : [account]))
    const walked = yield* this.#walk(tenant, accounts)
    for (const { account, found } of read) {
      const [, customerId, currency] = found
      const chain = creditChain(customerId, currency)
      if (account instanceof Error) return { chain, seq: 0, what: `its row cannot be read: ${account.message}` }
      const of = walked.get(account)
      if (of === undefined) throw new Error(`${chain} was not walked`)
      if (of.broken !== null) return of.broken
      const what = accountDiffers(account, found, of.entries.head) ?? of.entries.missing(of.promised)
      if (what !== null) return { chain, seq: account.head.entries, what }
    }
    return null
  }

  /** The chains, in the order of their numbers, as their entries are read. */
  *#walk(tenant: number, accounts: ReadonlyArray<StoredAccount>): Step<ReadonlyMap<StoredAccount, Walked>> {
    const beside = new Beside(this.#sql, tenant, this.#promises)
    const chains = accounts.map(({ no }) => chainOfAccount(no ?? 0))
    const read = this.#chains.entriesOf(chains, (entries) => beside.read(entries))
    const walked = new Map<StoredAccount, Walked>()
    for (const account of accounts.toSorted((a, b) => (a.no ?? 0) - (b.no ?? 0))) {
      const { hash, head, no } = account
      const name = creditChain(head.customerId, head.currency)
      const promised = this.#promises.take(name)
      const entries = new AccountEntries(noCredit(head.customerId, head.currency), promised, beside)
      const chain = { name, home: "credit", no: chainOfAccount(no ?? 0), entries: head.entries, hash } as const
      const broken = yield* this.#chains.walk(read, chain, (entry) => entries.add(entry))
      walked.set(account, { promised, entries, broken })
    }
    return walked
  }
}

/** What the entries at hand name: refunds, and the captures of orders. */
class Beside {
  readonly #sql
  readonly #tenant
  readonly #promises: Promises
  #refunds: ReadonlyMap<RefundId, Refund> = new Map()
  #captures: ReadonlyMap<OrderId, ReadonlyArray<CaptureHead>> = new Map()

  constructor(sql: ReturnType<typeof auditSql>, tenant: number, promises: Promises) {
    this.#sql = sql
    this.#tenant = tenant
    this.#promises = promises
  }

  *read(entries: ReadonlyArray<ReadEntry>): Asking<void> {
    const events = entries.flatMap((entry) => entry.events)
    const refundIds = events.flatMap((event) =>
      event._tag === "CreditPosted" || event._tag === "CreditReversed" ? [event.refundId] : []
    )
    const orderIds = events.flatMap((event) => (event._tag === "CreditSpent" ? [event.orderId] : []))
    type OwnedRow = readonly [...RefundRow, orderId: OrderId | null]
    const refunds =
      refundIds.length === 0
        ? []
        : yield* rows<OwnedRow>(this.#sql.refunds, this.#tenant, JSON.stringify([...new Set(refundIds)]))
    const orders =
      orderIds.length === 0
        ? []
        : yield* rows<OrderRow>(this.#sql.orders, this.#tenant, JSON.stringify([...new Set(orderIds)]))
    this.#refunds = new Map(refunds.map(toOwned).map((refund) => [refund.id, refund]))
    this.#captures = new Map(orders.map((each) => toOrder(each).head).map((head) => [head.id, head.captures]))
  }

  refund(id: RefundId): Refund | undefined {
    return this.#refunds.get(id)
  }

  capture(orderId: OrderId, id: CaptureHead["id"]): CaptureHead | undefined {
    return this.#captures.get(orderId)?.find((capture) => capture.id === id)
  }

  wasPostedBefore(id: RefundId): boolean {
    return this.#promises.wasPosted(id)
  }
}

const toOwned = (found: readonly [...RefundRow, orderId: OrderId | null]): Refund =>
  toRefund(found.slice(0, -1) as unknown as RefundRow, found[found.length - 1] as OrderId)

const accountRowOf = (found: KeptRow): AccountRow => found.slice(0, -2) as unknown as AccountRow

const accountDiffers = ({ head }: StoredAccount, found: KeptRow, recomputed: CreditHead | null): string | null => {
  if (recomputed === null) return "the account is not in its journal"
  const [keptBalance, keptExpiresAt] = found.slice(-2) as [number, number | null]
  const [balance, , expiresAt] = creditColumns(recomputed)
  return (
    difference(head, recomputed) ??
    difference({ balance: BigInt(keptBalance), expiresAt: keptExpiresAt }, { balance, expiresAt })
  )
}
