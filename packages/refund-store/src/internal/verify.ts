/**
 * The audit: every chain is hashed again, every state recomputed from its entries alone, and compared with what is
 * stored. It reads one snapshot of the file, on a connection of its own, and works in short slices.
 */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Result } from "effect"
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import { canonical } from "refund-core/canonical"
import type { CustomerId, OrderId, TenantId } from "refund-core/Ids"
import { creditChain, orderChain, readEntry, settingsChain, textsHash } from "refund-core/Journal"
import type { LedgerReader, VerifyReport } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import { chainOfAccount, creditColumns, firstChain, type StoredAccount } from "./accountRows.ts"
import { ChainAudit, type Problem, portion, type Step } from "./chainAudit.ts"
import { obstacle, row, rows, tuples, unicodeOrNull } from "./connection.ts"
import { AccountAudit, Promises, type Stored } from "./creditAudit.ts"
import { sha256 } from "./digest.ts"
import { Known, Loader, type StoredTenant } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { difference, Recomputed } from "./recompute.ts"
import { orderNoOf, type RefundRow, referenceOf, referencesOf, refundColumns, stageOf, toRefund } from "./refundRows.ts"
import { inSlices, type Retried } from "./slices.ts"

export const verifying =
  (openAnother: () => DatabaseSync, retried: Retried): (typeof LedgerReader)["Service"]["verify"] =>
  (tenant, onProgress) =>
    Effect.acquireUseRelease(
      retried(openAnother),
      (db) =>
        Effect.flatMap(
          retried(() => snapshot(db)),
          () => inSlices(new Audit(db, tenant).run(), (done) => onProgress?.(done))
        ),
      (db) => Effect.sync(() => db.close())
    )

/** What is read from here on is one state of the file, whatever is committed meanwhile. */
const snapshot = (db: DatabaseSync): void => {
  if (!db.isTransaction) db.exec("BEGIN")
  db.prepare("SELECT count(*) FROM tenants").get()
}

const statements = (db: DatabaseSync) => ({
  nextOrder: tuples(db, "SELECT id FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT 1"),
  refund: tuples(
    db,
    `SELECT ${refundColumns}, request_key, tenant, stage, provider_reference, prior FROM refunds WHERE no = ?`
  ),
  formerReference: tuples(db, "SELECT 1 FROM former_references WHERE tenant = ? AND reference = ? AND refund_no = ?"),
  capture: tuples(db, "SELECT order_no, provider, reference FROM captures WHERE tenant = ? AND id = ?"),
  countRefunds: tuples(db, "SELECT count(*) FROM refunds WHERE no > ? AND no <= ? AND tenant = ?"),
  nextAccount: tuples(
    db,
    `SELECT customer_id, currency, balance, lots, expires_at, entries FROM accounts
     WHERE tenant = ?1 AND (customer_id, currency) > (?2, ?3) ORDER BY customer_id, currency LIMIT 1`
  ),
  keys: tuples(db, "SELECT hash FROM keys WHERE tenant = ?"),
  version: tuples(db, "SELECT version FROM tenants WHERE no = ?"),
  lastNumbers: tuples(db, "SELECT (SELECT max(no) FROM journal), (SELECT max(no) FROM refunds)"),
  strayEntry: tuples(
    db,
    `SELECT j.seq, j.text FROM journal j WHERE j.no > ?1 AND j.no <= ?2
       AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.no = j.chain)
       AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = -j.chain)
       AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.no = j.chain - ${firstChain}) LIMIT 1`
  )
})

type LinkedRow = readonly [
  ...RefundRow,
  key: string | null,
  tenant: number,
  stage: number,
  reference: string | null,
  prior: number | null
]

type AccountHead = readonly [
  customerId: CustomerId,
  currency: CurrencyCode,
  balance: number,
  lots: string,
  expiresAt: number | null,
  entries: number
]

class Audit {
  readonly #sql
  readonly #loader
  readonly #tenant: TenantId
  readonly #chains
  readonly #promises = new Promises()
  #refunds = 0

  constructor(db: DatabaseSync, tenant: TenantId) {
    this.#sql = statements(db)
    this.#loader = new Loader(db)
    this.#tenant = tenant
    this.#chains = new ChainAudit(db, tenant)
  }

  *run(): Step<VerifyReport> {
    const problem = yield* this.#find()
    return { ok: problem === null, ...this.#chains.done(), problem }
  }

  *#find(): Step<Problem | null> {
    const tenant = this.#loader.tenantOf(new Known(), this.#tenant)
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
    const broken = yield* this.#chains.walk(chain, (entry) => recomputed.add(entry))
    if (broken !== null) return broken
    const { settings } = recomputed.facts
    const bad = (what: string): Problem => ({ chain: settingsChain, seq: stored.entries, what })
    const version = row<readonly [number]>(this.#sql.version, no)?.[0]
    const what = difference(stored.settings, settings) ?? difference({ version }, { version: settings.version })
    if (what !== null) return bad(what)
    const directory = rows<readonly [string]>(this.#sql.keys, no).map(([hash]) => hash)
    const keys = settings.keys.map((key) => key.hash)
    if (canonical(directory.toSorted()) === canonical(keys.toSorted())) return null
    return bad("the directory of keys is not what the journal gives")
  }

  *#allOrders(tenant: number): Step<Problem | null> {
    let last = ""
    while (true) {
      const id = row<readonly [string]>(this.#sql.nextOrder, tenant, last)?.[0]
      if (id === undefined) return null
      const problem = yield* this.#order(tenant, id)
      if (problem !== null) return problem
      last = id
      this.#chains.orders++
      yield this.#chains.done()
    }
  }

  *#order(tenant: number, id: string): Step<Problem | null> {
    const chain = orderChain(id)
    const unreadable = (error: Error): Problem => ({ chain, seq: 0, what: `its rows cannot be read: ${error.message}` })
    const order = readable(() => this.#loader.orderById(new Known(), tenant, id))
    if (order === null || order instanceof Error) return unreadable(order ?? new Error("no such order"))
    const recomputed = new Recomputed()
    const { hash, head, no } = order
    const walked = { name: chain, home: "order", no, entries: head.entries, hash } as const
    const broken = yield* this.#chains.walk(walked, (entry) => recomputed.add(entry))
    if (broken !== null) return broken
    const what = readable(() => this.#orderDiffers(tenant, order, recomputed))
    if (what instanceof Error) return unreadable(what)
    const differs =
      what ?? (yield* this.#refundsDiffer(tenant, order, recomputed)) ?? this.#promises.addOrder(recomputed)
    return differs === null ? null : { chain, seq: head.entries, what: differs }
  }

  #orderDiffers(
    tenant: number,
    order: StoredOrder,
    { facts, firstAt, lastAt, orderTextsHash }: Recomputed
  ): string | null {
    const { registration, texts } = this.#loader.registrationOf(order.no)
    if (facts.order === null) return "the order is not in its journal"
    if (texts !== null && textsHash(texts, sha256) !== orderTextsHash) return "the order's texts were changed"
    return (
      difference(order.head, facts.order) ??
      difference({ registration }, { registration: facts.registration }) ??
      difference(
        { createdAt: order.createdAt, updatedAt: order.updatedAt },
        { createdAt: firstAt, updatedAt: lastAt }
      ) ??
      this.#capturesDiffer(tenant, order)
    )
  }

  #capturesDiffer(tenant: number, { head, no }: StoredOrder): string | null {
    for (const { id, provider, reference } of head.captures) {
      const found = row<readonly [number, string | null, string | null]>(this.#sql.capture, tenant, id)
      const [orderNo = null, ofProvider = null, ofReference = null] = found ?? []
      const what = difference(
        { orderNo, provider: ofProvider, reference: ofReference },
        { orderNo: no, provider: unicodeOrNull(provider), reference: unicodeOrNull(reference) }
      )
      if (what !== null) return `the directory of captures: capture ${id}: ${what}`
    }
    return null
  }

  *#refundsDiffer(tenant: number, { head, lastRefund, no }: StoredOrder, recomputed: Recomputed): Step<string | null> {
    let next = lastRefund
    let left = recomputed.refunds.size
    while (next !== null) {
      const found = row<LinkedRow>(this.#sql.refund, next)
      if (found === undefined) return `refund number ${next} is missing`
      const what = readable(() => this.#refundDiffers(tenant, no, found, recomputed, head.id))
      if (what instanceof Error) return `refund number ${next} cannot be read: ${what.message}`
      if (what !== null) return what
      const prior: number | null = found[found.length - 1] as number | null
      if (prior !== null && prior >= next) return `refund number ${next} follows one that came after it`
      next = prior
      left--
      this.#refunds++
      yield this.#chains.done()
    }
    return left === 0 ? null : `${left} of its refunds are missing`
  }

  #refundDiffers(
    tenant: number,
    orderNo: number,
    found: LinkedRow,
    recomputed: Recomputed,
    orderId: OrderId
  ): string | null {
    const stored = found.slice(0, -5) as unknown as RefundRow
    const [key, ofTenant, stage, reference] = found.slice(-5)
    const refund = toRefund(stored, orderId)
    const journalled = recomputed.refunds.get(refund.id)
    if (journalled === undefined) return `refund ${refund.id} is not in the journal`
    if (refund.texts !== null && textsHash(refund.texts, sha256) !== recomputed.textsHashes.get(refund.id)) {
      return `the texts of refund ${refund.id} were changed`
    }
    const what =
      difference({ ...refund, texts: null }, { ...journalled, texts: null }) ??
      difference(
        { key, tenant: ofTenant, orderNo: orderNoOf(stored), stage, reference },
        {
          key: recomputed.keys.get(refund.id) ?? null,
          tenant,
          orderNo,
          stage: stageOf(refund),
          reference: referenceOf(refund)
        }
      ) ??
      this.#formerReferenceMissing(tenant, refund)
    return what === null ? null : `refund ${refund.id}: ${what}`
  }

  #formerReferenceMissing(tenant: number, refund: Refund): string | null {
    const [goesBy, ...others] = referencesOf(refund)
    const isKept = (reference: string) =>
      reference === goesBy || row(this.#sql.formerReference, tenant, reference, refund.number) !== undefined
    const missing = others.find((reference) => !isKept(reference))
    return missing === undefined ? null : `it is not found by ${missing}`
  }

  /** After the orders: what accounts are held against is known to be right by then. */
  *#allAccounts(tenant: number): Step<Problem | null> {
    let [lastCustomer, lastCurrency] = ["", ""]
    while (true) {
      const found = row<AccountHead>(this.#sql.nextAccount, tenant, lastCustomer, lastCurrency)
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
    const account = readable(() => this.#loader.accountOf(tenant, customerId, currency))
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
    return {
      refund: (id) => this.#loader.refundOf(tenant, id),
      capture: (orderId, captureId) =>
        this.#loader.orderById(new Known(), tenant, orderId)?.head.captures.find((capture) => capture.id === captureId),
      wasPostedBefore: (id) => this.#promises.wasPosted(id)
    }
  }

  /** Entries whose order is gone, and refunds that no order has. */
  *#strays(tenant: number): Step<Problem | null> {
    const [entries, refunds] = row<readonly [number | null, number | null]>(this.#sql.lastNumbers) ?? [null, null]
    for (let from = 0; from < (entries ?? 0); from += portion) {
      const found = row<readonly [number, string]>(this.#sql.strayEntry, from, from + portion)
      if (found !== undefined) return { chain: chainOf(found[1]), seq: found[0], what: "the order is missing" }
      yield this.#chains.done()
    }
    let count = 0
    for (let from = 0; from < (refunds ?? 0); from += portion) {
      count += row<readonly [number]>(this.#sql.countRefunds, from, from + portion, tenant)?.[0] ?? 0
      yield this.#chains.done()
    }
    if (count === this.#refunds) return null
    return { chain: "refunds", seq: 0, what: `${count} refunds are stored, the orders have ${this.#refunds}` }
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

const chainOf = (text: string): string => {
  const entry = readEntry(text)
  return Result.isSuccess(entry) ? entry.success.chain : "unknown"
}

/** Rows that were tampered with may not even parse; what keeps the file from being read at all is no finding. */
const readable = <A>(read: () => A): A | Error => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error) || obstacle(error) !== null) throw error
    return error
  }
}
