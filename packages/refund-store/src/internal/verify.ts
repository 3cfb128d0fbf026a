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
import { sha256, toHex } from "./digest.ts"
import { Known, makeLoader, type StoredTenant } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { difference, Recomputed } from "./recompute.ts"
import { type RefundRow, refundColumns, toRefund } from "./refundRows.ts"
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
const portion = 500

const statements = (db: DatabaseSync) => ({
  nextOrder: tuples(db, "SELECT id FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT 1"),
  entries: tuples(db, "SELECT seq, hash, text FROM journal WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?"),
  refunds: tuples(
    db,
    `SELECT ${refundColumns}, request_key, tenant FROM refunds WHERE order_no = ? AND no > ? ORDER BY no LIMIT ?`
  ),
  credits: tuples(db, "SELECT customer_id, currency, balance FROM credits WHERE tenant = ?"),
  keys: tuples(db, "SELECT hash FROM keys WHERE tenant = ?"),
  version: tuples(db, "SELECT version FROM tenants WHERE no = ?"),
  lastNumbers: tuples(db, "SELECT (SELECT max(no) FROM journal), (SELECT max(no) FROM refunds)"),
  strayEntry: tuples(
    db,
    `SELECT j.seq, j.text FROM journal j WHERE j.no > ?1 AND j.no <= ?2
       AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.no = j.chain)
       AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.no = -j.chain) LIMIT 1`
  ),
  strayRefund: tuples(
    db,
    `SELECT r.id FROM refunds r WHERE r.no > ?1 AND r.no <= ?2
       AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.no = r.order_no AND o.tenant = r.tenant) LIMIT 1`
  )
})

class Audit {
  readonly #sql
  readonly #loader
  readonly #tenant: TenantId
  readonly #credits = new Map<string, bigint>()
  #orders = 0
  #entries = 0

  constructor(db: DatabaseSync, tenant: TenantId) {
    this.#sql = statements(db)
    this.#loader = makeLoader(db)
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
      (yield* this.#strays())
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

  *#refundsDiffer(tenant: number, { head, no }: StoredOrder, recomputed: Recomputed): Step<string | null> {
    let last = 0
    let count = 0
    while (true) {
      const found = rows<readonly [...RefundRow, key: string | null, tenant: number]>(
        this.#sql.refunds,
        no,
        last,
        portion
      )
      for (const each of found) {
        const what = readable(() => refundDiffers(tenant, each, recomputed, head.id))
        if (what !== null)
          return what instanceof Error ? `refund number ${each[0]} cannot be read: ${what.message}` : what
        last = each[0]
        count++
      }
      if (found.length < portion) break
      yield this.#done()
    }
    return count === recomputed.refunds.size ? null : `${recomputed.refunds.size - count} of its refunds are missing`
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
      const found = rows<readonly [number, Uint8Array, string]>(this.#sql.entries, no, seq, portion)
      for (const [number, hash, text] of found) {
        seq++
        if (number !== seq) return bad(seq, "the entry is missing")
        previous = sha256(chained(previous, text))
        if (previous !== toHex(hash)) return bad(seq, "its hash is not that of its text and the entry before it")
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

  /** Entries and refunds whose order is gone. */
  *#strays(): Step<Problem | null> {
    const [entries, refunds] = row<readonly [number | null, number | null]>(this.#sql.lastNumbers) ?? [null, null]
    const step = portion * 20
    for (let from = 0; from < (entries ?? 0); from += step) {
      const found = row<readonly [number, string]>(this.#sql.strayEntry, from, from + step)
      if (found !== undefined) return { chain: chainOf(found[1]), seq: found[0], what: "the order is missing" }
      yield this.#done()
    }
    for (let from = 0; from < (refunds ?? 0); from += step) {
      const found = row<readonly [string]>(this.#sql.strayRefund, from, from + step)
      if (found !== undefined) return { chain: "refunds", seq: 0, what: `the order of refund ${found[0]} is missing` }
      yield this.#done()
    }
    return null
  }

  #done(): Done {
    return { orders: this.#orders, entries: this.#entries }
  }
}

const refundDiffers = (
  tenant: number,
  found: readonly [...RefundRow, key: string | null, tenant: number],
  recomputed: Recomputed,
  orderId: StoredOrder["head"]["id"]
): string | null => {
  const refund = toRefund(found as unknown as RefundRow, orderId)
  const journalled = recomputed.refunds.get(refund.id)
  if (journalled === undefined) return `refund ${refund.id} is not in the journal`
  if (refund.texts !== null && textsHash(refund.texts, sha256) !== recomputed.textsHashes.get(refund.id)) {
    return `the texts of refund ${refund.id} were changed`
  }
  const key = recomputed.keys.get(refund.id) ?? null
  const what =
    difference({ ...refund, texts: null }, { ...journalled, texts: null }) ??
    difference({ key: found.at(-2), tenant: found.at(-1) }, { key, tenant })
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
