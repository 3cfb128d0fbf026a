/**
 * The audit: every chain is hashed again, every state recomputed from its entries alone, and compared with what is
 * stored. It reads one snapshot of the file, on a connection of its own, and works in short slices.
 */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Result } from "effect"
import { canonical } from "refund-core/canonical"
import type { TenantId } from "refund-core/Ids"
import { chained, orderChain, type ReadEntry, readEntry, settingsChain, textsHash } from "refund-core/Journal"
import type { LedgerReader, VerifyReport } from "refund-core/ports/LedgerReader"
import { obstacle, row, rows, tuples } from "./connection.ts"
import { sha256 } from "./digest.ts"
import { Known, Loader, type StoredTenant } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { difference, Recomputed } from "./recompute.ts"
import { orderNoOf, type RefundRow, refundColumns, toRefund } from "./refundRows.ts"
import { inSlices, type Retried } from "./slices.ts"

type Problem = NonNullable<VerifyReport["problem"]>

interface Done {
  readonly orders: number
  readonly entries: number
}

/** A step of the audit: gives way with what is done so far, and ends with what it found. */
type Step<A> = Generator<Done, A, void>

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

/** Rows read at once. */
const portion = 2_000

const statements = (db: DatabaseSync) => ({
  nextOrder: tuples(db, "SELECT id FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT 1"),
  entries: tuples(db, "SELECT seq, hash, text FROM journal WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?"),
  refund: tuples(db, `SELECT ${refundColumns}, request_key, tenant, prior FROM refunds WHERE no = ?`),
  countRefunds: tuples(db, "SELECT count(*) FROM refunds WHERE no > ? AND no <= ? AND tenant = ?"),
  credits: tuples(db, "SELECT customer_id, currency, balance FROM credits WHERE tenant = ?"),
  keys: tuples(db, "SELECT hash FROM keys WHERE tenant = ?"),
  version: tuples(db, "SELECT version FROM tenants WHERE no = ?"),
  lastNumbers: tuples(db, "SELECT (SELECT max(no) FROM journal), (SELECT max(no) FROM refunds)"),
  strayEntry: tuples(
    db,
    `SELECT j.seq, j.text FROM journal j WHERE j.no > ?1 AND j.no <= ?2
       AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.no = j.chain)
       AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = -j.chain) LIMIT 1`
  )
})

type LinkedRow = readonly [...RefundRow, key: string | null, tenant: number, prior: number | null]

class Audit {
  readonly #sql
  readonly #loader
  readonly #tenant: TenantId
  readonly #credits = new Map<string, bigint>()
  #orders = 0
  #entries = 0
  #refunds = 0

  constructor(db: DatabaseSync, tenant: TenantId) {
    this.#sql = statements(db)
    this.#loader = new Loader(db)
    this.#tenant = tenant
  }

  *run(): Step<VerifyReport> {
    const problem = yield* this.#find()
    return { ok: problem === null, orders: this.#orders, entries: this.#entries, problem }
  }

  *#find(): Step<Problem | null> {
    const tenant = this.#loader.tenantOf(new Known(), this.#tenant)
    if (tenant.no === null) return null
    return (
      (yield* this.#settings(tenant, tenant.no)) ??
      (yield* this.#allOrders(tenant.no)) ??
      this.#creditsDiffer(tenant.no) ??
      (yield* this.#strays(tenant.no))
    )
  }

  *#settings(stored: StoredTenant, no: number): Step<Problem | null> {
    const recomputed = new Recomputed()
    const broken = yield* this.#chain(-no, settingsChain, stored, (entry) => recomputed.add(entry))
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
      this.#orders++
      yield this.#done()
    }
  }

  *#order(tenant: number, id: string): Step<Problem | null> {
    const chain = orderChain(id)
    const unreadable = (error: Error): Problem => ({ chain, seq: 0, what: `its rows cannot be read: ${error.message}` })
    const order = readable(() => this.#loader.orderById(new Known(), tenant, id))
    if (order === null || order instanceof Error) return unreadable(order ?? new Error("no such order"))
    const recomputed = new Recomputed()
    const stored = { entries: order.head.entries, hash: order.hash }
    const broken = yield* this.#chain(order.no, chain, stored, (entry) => recomputed.add(entry))
    if (broken !== null) return broken
    const what = readable(() => this.#orderDiffers(order, recomputed))
    if (what instanceof Error) return unreadable(what)
    const differs = what ?? (yield* this.#refundsDiffer(tenant, order, recomputed))
    for (const [of, amount] of recomputed.credits) this.#credits.set(of, (this.#credits.get(of) ?? 0n) + amount)
    return differs === null ? null : { chain, seq: order.head.entries, what: differs }
  }

  #orderDiffers(order: StoredOrder, { facts, firstAt, lastAt, orderTextsHash }: Recomputed): string | null {
    const { registration, texts } = this.#loader.registrationOf(order.no)
    if (facts.order === null) return "the order is not in its journal"
    if (texts !== null && textsHash(texts, sha256) !== orderTextsHash) return "the order's texts were changed"
    return (
      difference(order.head, facts.order) ??
      difference({ registration }, { registration: facts.registration }) ??
      difference({ createdAt: order.createdAt, updatedAt: order.updatedAt }, { createdAt: firstAt, updatedAt: lastAt })
    )
  }

  *#refundsDiffer(tenant: number, { head, lastRefund, no }: StoredOrder, recomputed: Recomputed): Step<string | null> {
    let next = lastRefund
    let left = recomputed.refunds.size
    while (next !== null) {
      const found = row<LinkedRow>(this.#sql.refund, next)
      if (found === undefined) return `refund number ${next} is missing`
      const what = readable(() => refundDiffers(tenant, no, found, recomputed, head.id))
      if (what instanceof Error) return `refund number ${next} cannot be read: ${what.message}`
      if (what !== null) return what
      const prior: number | null = found[found.length - 1] as number | null
      if (prior !== null && prior >= next) return `refund number ${next} follows one that came after it`
      next = prior
      left--
      this.#refunds++
      yield this.#done()
    }
    return left === 0 ? null : `${left} of its refunds are missing`
  }

  /** Every entry is there, belongs here, and is hashed with the one before it. */
  *#chain(
    no: number,
    chain: string,
    stored: { readonly entries: number; readonly hash: string },
    visit: (entry: ReadEntry) => void
  ): Step<Problem | null> {
    let seq = 0
    let previous = ""
    const bad = (at: number, what: string): Problem => ({ chain, seq: at, what })
    while (true) {
      const found = rows<readonly [number, string, string]>(this.#sql.entries, no, seq, portion)
      for (const [number, hash, text] of found) {
        seq++
        if (number !== seq) return bad(seq, "the entry is missing")
        previous = sha256(chained(previous, text))
        if (previous !== hash) return bad(seq, "its hash is not that of its text and the entry before it")
        const entry = readEntry(text)
        if (Result.isFailure(entry)) return bad(seq, entry.failure)
        if (entry.success.chain !== chain || entry.success.seq !== seq) return bad(seq, "it belongs elsewhere")
        visit(entry.success)
        this.#entries++
        yield this.#done()
      }
      if (found.length < portion) break
    }
    if (seq < stored.entries) return bad(seq + 1, "the entry is missing")
    if (seq > stored.entries) return bad(stored.entries + 1, "the entry is not counted")
    return previous === stored.hash ? null : bad(seq, "the stored head is another entry's hash")
  }

  #creditsDiffer(tenant: number): Problem | null {
    const stored = new Map<string, bigint>()
    for (const [customer, currency, balance] of rows<readonly [string, string, number]>(this.#sql.credits, tenant)) {
      stored.set(`${currency} ${customer}`, BigInt(balance))
    }
    for (const of of new Set([...stored.keys(), ...this.#credits.keys()])) {
      const what = difference({ [of]: stored.get(of) ?? 0n }, { [of]: this.#credits.get(of) ?? 0n })
      if (what !== null) return { chain: "store credit", seq: 0, what }
    }
    return null
  }

  /** Entries whose order is gone, and refunds that no order has. */
  *#strays(tenant: number): Step<Problem | null> {
    const [entries, refunds] = row<readonly [number | null, number | null]>(this.#sql.lastNumbers) ?? [null, null]
    for (let from = 0; from < (entries ?? 0); from += portion) {
      const found = row<readonly [number, string]>(this.#sql.strayEntry, from, from + portion)
      if (found !== undefined) return { chain: chainOf(found[1]), seq: found[0], what: "the order is missing" }
      yield this.#done()
    }
    let count = 0
    for (let from = 0; from < (refunds ?? 0); from += portion) {
      count += row<readonly [number]>(this.#sql.countRefunds, from, from + portion, tenant)?.[0] ?? 0
      yield this.#done()
    }
    if (count === this.#refunds) return null
    return { chain: "refunds", seq: 0, what: `${count} refunds are stored, the orders have ${this.#refunds}` }
  }

  #done(): Done {
    return { orders: this.#orders, entries: this.#entries }
  }
}

const refundDiffers = (
  tenant: number,
  orderNo: number,
  found: LinkedRow,
  recomputed: Recomputed,
  orderId: StoredOrder["head"]["id"]
): string | null => {
  const stored = found.slice(0, -3) as unknown as RefundRow
  const [key, ofTenant] = found.slice(-3)
  const refund = toRefund(stored, orderId)
  const journalled = recomputed.refunds.get(refund.id)
  if (journalled === undefined) return `refund ${refund.id} is not in the journal`
  if (refund.texts !== null && textsHash(refund.texts, sha256) !== recomputed.textsHashes.get(refund.id)) {
    return `the texts of refund ${refund.id} were changed`
  }
  const what =
    difference({ ...refund, texts: null }, { ...journalled, texts: null }) ??
    difference(
      { key, tenant: ofTenant, orderNo: orderNoOf(stored) },
      { key: recomputed.keys.get(refund.id) ?? null, tenant, orderNo }
    )
  return what === null ? null : `refund ${refund.id}: ${what}`
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
