/**
 * The audit: every chain is hashed again, every state recomputed from its entries alone, and compared with what is
 * stored. It reads one state of the database, and gives way after each of its steps.
 */
import { Result } from "effect"
import { canonical } from "refund-core/canonical"
import type { TenantId } from "refund-core/Ids"
import { creditChain, orderChain, readEntry, settingsChain } from "refund-core/Journal"
import type { VerifyReport } from "refund-core/ports/LedgerReader"
import { AccountsAudit } from "./accountAudit.ts"
import { firstChain } from "./accountRows.ts"
import { row, rows } from "./ask.ts"
import { ChainAudit, type Problem, type Step } from "./chainAudit.ts"
import { Promises } from "./creditAudit.ts"
import type { Dialect } from "./dialect.ts"
import { Known, Loader, type StoredTenant } from "./facts.ts"
import { OrderAudit } from "./orderAudit.ts"
import { difference, Recomputed } from "./recompute.ts"

const sql = {
  keys: "SELECT hash FROM keys WHERE tenant = ?",
  version: "SELECT version FROM tenants WHERE no = ?",
  lastNumbers: "SELECT (SELECT max(no) FROM journal), (SELECT max(no) FROM refunds)",
  strayEntry: `SELECT j.seq, j.text FROM journal j WHERE j.no > ?1 AND j.no <= ?2
    AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.no = j.chain)
    AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = -j.chain)
    AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.no = j.chain - ${firstChain}) LIMIT 1`,
  lastOwned: "SELECT (SELECT max(no) FROM orders), (SELECT max(no) FROM accounts)",
  strayOrder: `SELECT id FROM orders WHERE no > ? AND no <= ?
    AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = orders.tenant) LIMIT 1`,
  strayAccount: `SELECT customer_id, currency FROM accounts WHERE no > ? AND no <= ?
    AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = accounts.tenant) LIMIT 1`
}

export const countRefunds = ({ byNumber }: Dialect): string =>
  `SELECT count(*) FROM refunds${byNumber} WHERE no > ? AND no <= ? AND tenant = ?`

/** An entry that is a tenant's, by what it says itself. */
const entryOf = ({ contains }: Dialect): string =>
  `SELECT seq, text FROM journal WHERE no > ? AND no <= ? AND ${contains("text", "?")} ORDER BY no LIMIT 1`

/** Numbers that are looked through at once. */
const window = 2_000

export class Audit {
  readonly #loader = new Loader()
  readonly #tenant: TenantId
  readonly #entryOf: string
  readonly #countRefunds: string
  readonly #chains
  readonly #orders
  readonly #accounts

  constructor(dialect: Dialect, tenant: TenantId) {
    const promises = new Promises()
    this.#tenant = tenant
    this.#entryOf = entryOf(dialect)
    this.#countRefunds = countRefunds(dialect)
    this.#chains = new ChainAudit(dialect, tenant)
    this.#orders = new OrderAudit(dialect, this.#chains, promises)
    this.#accounts = new AccountsAudit(dialect, this.#chains, promises)
  }

  *run(): Step<VerifyReport> {
    const problem = yield* unlessDamaged("rows", this.#find())
    return { ok: problem === null, ...this.#chains.done(), problem }
  }

  *#find(): Step<Problem | null> {
    const tenant = yield* unlessDamaged(settingsChain, this.#loader.tenantOf(new Known(), this.#tenant))
    if ("what" in tenant) return tenant
    if (tenant.no === null) return yield* this.#missingTenant()
    return (
      (yield* this.#settings(tenant, tenant.no)) ??
      (yield* this.#orders.all(tenant.no)) ??
      (yield* this.#accounts.all(tenant.no)) ??
      (yield* this.#strays(tenant.no))
    )
  }

  *#settings(stored: StoredTenant, no: number): Step<Problem | null> {
    const recomputed = new Recomputed()
    const { entries, hash } = stored
    const chain = { name: settingsChain, home: "settings", no: -no, entries, hash } as const
    const broken = yield* this.#chains.walk(this.#chains.entriesOf([-no]), chain, (entry) => recomputed.add(entry))
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

  /** Nothing was ever written of it, or its row is gone, or has another name. */
  *#missingTenant(): Step<Problem | null> {
    const [entries] = (yield* row<readonly [number | null]>(sql.lastNumbers)) ?? [null]
    const says = canonical({ tenant: this.#tenant }).slice(1, -1)
    for (let from = 0; from < (entries ?? 0); from += window) {
      const [seq, text] = (yield* row<readonly [number, string]>(this.#entryOf, from, from + window, says)) ?? []
      if (seq !== undefined && text !== undefined) return { ...stray(seq, text), what: "the tenant is missing" }
      yield this.#chains.done()
    }
    return null
  }

  /** Orders and accounts that are of no tenant. */
  *#unowned(): Step<Problem | null> {
    const what = "its tenant is missing"
    const [orders, accounts] = (yield* row<readonly [number | null, number | null]>(sql.lastOwned)) ?? [null, null]
    for (let from = 0; from < (orders ?? 0); from += window) {
      const [id] = (yield* row<readonly [string]>(sql.strayOrder, from, from + window)) ?? []
      if (id !== undefined) return { chain: orderChain(id), seq: 0, what }
      yield this.#chains.done()
    }
    for (let from = 0; from < (accounts ?? 0); from += window) {
      const [customer, currency] = (yield* row<readonly [string, string]>(sql.strayAccount, from, from + window)) ?? []
      if (customer !== undefined && currency !== undefined)
        return { chain: creditChain(customer, currency), seq: 0, what }
      yield this.#chains.done()
    }
    return null
  }

  /** Entries whose order or account is gone, and refunds that no order has. */
  *#strays(tenant: number): Step<Problem | null> {
    const unowned = yield* this.#unowned()
    if (unowned !== null) return unowned
    const [entries, refunds] = (yield* row<readonly [number | null, number | null]>(sql.lastNumbers)) ?? [null, null]
    for (let from = 0; from < (entries ?? 0); from += window) {
      const found = yield* row<readonly [number, string]>(sql.strayEntry, from, from + window)
      if (found !== undefined) return stray(...found)
      yield this.#chains.done()
    }
    let count = 0
    for (let from = 0; from < (refunds ?? 0); from += window) {
      count += (yield* row<readonly [number]>(this.#countRefunds, from, from + window, tenant))?.[0] ?? 0
      yield this.#chains.done()
    }
    const { refunds: ofOrders } = this.#orders
    if (count === ofOrders) return null
    return { chain: "refunds", seq: 0, what: `${count} refunds are stored, the orders have ${ofOrders}` }
  }
}

/** A row that cannot even be read is a finding, not a fault of the audit: a number beyond all figures, JSON that is none. */
function* unlessDamaged<A>(chain: string, work: Step<A>): Step<A | Problem> {
  try {
    return yield* work
  } catch (error) {
    if (!isDamage(error)) throw error
    return { chain, seq: 0, what: `a row cannot be read: ${error.message}` }
  }
}

const isDamage = (error: unknown): error is Error =>
  error instanceof RangeError ||
  error instanceof SyntaxError ||
  (error instanceof Error && error.name === "SchemaError")

const stray = (seq: number, text: string): Problem => {
  const entry = readEntry(text)
  const chain = Result.isSuccess(entry) ? entry.success.chain : "unknown"
  return { chain, seq, what: chain.startsWith("credit:") ? "the account is missing" : "the order is missing" }
}
