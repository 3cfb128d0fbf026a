/**
 * The audit: every chain is hashed again, every state recomputed from its entries alone, and compared with what is
 * stored. It reads one state of the database, and gives way after each of its steps.
 */
import { Result } from "effect"
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import { canonical } from "refund-core/canonical"
import type { CustomerId, TenantId } from "refund-core/Ids"
import { creditChain, readEntry, settingsChain } from "refund-core/Journal"
import type { VerifyReport } from "refund-core/ports/LedgerReader"
import { chainOfAccount, creditColumns, firstChain, type StoredAccount } from "./accountRows.ts"
import { row, rows } from "./ask.ts"
import { ChainAudit, type Problem, portion, readable, type Step } from "./chainAudit.ts"
import { AccountAudit, Promises, type Stored } from "./creditAudit.ts"
import { Known, Loader, type StoredTenant } from "./facts.ts"
import { OrderAudit, recomputing } from "./orderAudit.ts"
import { difference, Recomputed } from "./recompute.ts"

const sql = {
  nextOrder: "SELECT id FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT 1",
  countRefunds: "SELECT count(*) FROM refunds WHERE no > ? AND no <= ? AND tenant = ?",
  nextAccount: `SELECT customer_id, currency, balance, lots, expires_at, entries FROM accounts
    WHERE tenant = ?1 AND (customer_id, currency) > (?2, ?3) ORDER BY customer_id, currency LIMIT 1`,
  keys: "SELECT hash FROM keys WHERE tenant = ?",
  version: "SELECT version FROM tenants WHERE no = ?",
  lastNumbers: "SELECT (SELECT max(no) FROM journal), (SELECT max(no) FROM refunds)",
  strayEntry: `SELECT j.seq, j.text FROM journal j WHERE j.no > ?1 AND j.no <= ?2
    AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.no = j.chain)
    AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = -j.chain)
    AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.no = j.chain - ${firstChain}) LIMIT 1`
}

type AccountHead = readonly [
  customerId: CustomerId,
  currency: CurrencyCode,
  balance: number,
  lots: string,
  expiresAt: number | null,
  entries: number
]

export class Audit {
  readonly #loader = new Loader()
  readonly #tenant: TenantId
  readonly #chains
  readonly #orders
  readonly #promises = new Promises()

  constructor(tenant: TenantId) {
    this.#tenant = tenant
    this.#chains = new ChainAudit(tenant)
    this.#orders = new OrderAudit(this.#loader, this.#chains, this.#promises)
  }

  *run(): Step<VerifyReport> {
    const problem = yield* this.#find()
    return { ok: problem === null, ...this.#chains.done(), problem }
  }

  *#find(): Step<Problem | null> {
    const tenant = yield* this.#loader.tenantOf(new Known(), this.#tenant)
    if (tenant.no === null) return null
    return (
      (yield* this.#settings(tenant, tenant.no)) ??
      (yield* this.#allOrders(tenant.no)) ??
      (yield* this.#allAccounts(tenant.no)) ??
      (yield* this.#strays(tenant.no))
    )
  }

  *#settings(stored: StoredTenant, no: number): Step<Problem | null> {
    const recomputed = new Recomputed()
    const { entries, hash } = stored
    const chain = { name: settingsChain, home: "settings", no: -no, entries, hash } as const
    const broken = yield* this.#chains.walk(chain, (entry) => recomputing(recomputed, entry))
    if (broken !== null) return broken
    const { settings } = recomputed.facts
    const bad = (what: string): Problem => ({ chain: settingsChain, seq: stored.entries, what })
    const [version] = (yield* row<readonly [number]>(sql.version, no)) ?? []
    const what = difference(stored.settings, settings) ?? difference({ version }, { version: settings.version })
    if (what !== null) return bad(what)
    const directory = (yield* rows<readonly [string]>(sql.keys, no)).map(([hash]) => hash)
    const keys = settings.keys.map((key) => key.hash)
    if (canonical(directory.toSorted()) === canonical(keys.toSorted())) return null
    return bad("the directory of keys is not what the journal gives")
  }

  *#allOrders(tenant: number): Step<Problem | null> {
    let last = ""
    while (true) {
      const [id] = (yield* row<readonly [string]>(sql.nextOrder, tenant, last)) ?? []
      if (id === undefined) return null
      const problem = yield* this.#orders.audit(tenant, id)
      if (problem !== null) return problem
      last = id
      this.#chains.orders++
      yield this.#chains.done()
    }
  }

  /** After the orders: what accounts are held against is known to be right by then. */
  *#allAccounts(tenant: number): Step<Problem | null> {
    let [lastCustomer, lastCurrency] = ["", ""]
    while (true) {
      const found = yield* row<AccountHead>(sql.nextAccount, tenant, lastCustomer, lastCurrency)
      if (found === undefined) break
      ;[lastCustomer, lastCurrency] = found
      const problem = yield* this.#account(tenant, found)
      if (problem !== null) return problem
    }
    const chain = this.#promises.left()
    return chain === null ? null : { chain, seq: 0, what: "the account is missing" }
  }

  *#account(tenant: number, found: AccountHead): Step<Problem | null> {
    const [customerId, currency, balance, , expiresAt, entries] = found
    const name = creditChain(customerId, currency)
    const account = yield* readable(this.#loader.accountOf(tenant, customerId, currency))
    if (account instanceof Error) return { chain: name, seq: 0, what: `its row cannot be read: ${account.message}` }
    const promised = this.#promises.take(name)
    const audit = new AccountAudit(noCredit(customerId, currency), promised, this.#storedOf(tenant))
    const no = chainOfAccount(account.no ?? 0)
    const chain = { name, home: "credit", no, entries, hash: account.hash } as const
    const broken = yield* this.#chains.walk(chain, (entry) => audit.add(entry))
    if (broken !== null) return broken
    const what = accountDiffers(account, { balance, expiresAt }, audit.head) ?? audit.missing(promised)
    return what === null ? null : { chain: name, seq: entries, what }
  }

  #storedOf(tenant: number): Stored {
    const loader = this.#loader
    return {
      refund: (id) => loader.refundOf(tenant, id),
      *capture(orderId, captureId) {
        const order = yield* loader.orderById(new Known(), tenant, orderId)
        return order?.head.captures.find((capture) => capture.id === captureId)
      },
      wasPostedBefore: (id) => this.#promises.wasPosted(id)
    }
  }

  /** Entries whose order or account is gone, and refunds that no order has. */
  *#strays(tenant: number): Step<Problem | null> {
    const [entries, refunds] = (yield* row<readonly [number | null, number | null]>(sql.lastNumbers)) ?? [null, null]
    for (let from = 0; from < (entries ?? 0); from += portion) {
      const found = yield* row<readonly [number, string]>(sql.strayEntry, from, from + portion)
      if (found !== undefined) return stray(...found)
      yield this.#chains.done()
    }
    let count = 0
    for (let from = 0; from < (refunds ?? 0); from += portion) {
      count += (yield* row<readonly [number]>(sql.countRefunds, from, from + portion, tenant))?.[0] ?? 0
      yield this.#chains.done()
    }
    const { refunds: ofOrders } = this.#orders
    if (count === ofOrders) return null
    return { chain: "refunds", seq: 0, what: `${count} refunds are stored, the orders have ${ofOrders}` }
  }
}

const accountDiffers = (
  { head }: StoredAccount,
  columns: { readonly balance: number; readonly expiresAt: number | null },
  recomputed: CreditHead | null
): string | null => {
  if (recomputed === null) return "the account is not in its journal"
  const [balance, , expiresAt] = creditColumns(recomputed)
  return (
    difference(head, recomputed) ?? difference({ ...columns, balance: BigInt(columns.balance) }, { balance, expiresAt })
  )
}

const stray = (seq: number, text: string): Problem => {
  const entry = readEntry(text)
  const chain = Result.isSuccess(entry) ? entry.success.chain : "unknown"
  return { chain, seq, what: chain.startsWith("credit:") ? "the account is missing" : "the order is missing" }
}
