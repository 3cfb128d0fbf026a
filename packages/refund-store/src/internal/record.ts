/** Writes one decision: the entry and everything it changed, inside the writer's transaction. */
import type { DatabaseSync } from "node:sqlite"
import { type CreditHead, isCreditEvent } from "refund-core/Credit"
import { canonical } from "refund-core/canonical"
import type { Event } from "refund-core/Event"
import { byHome, chained, creditChain, entryText, orderChain, settingsChain } from "refund-core/Journal"
import type { OrderHead } from "refund-core/Order"
import type { Decision, Facts, Scope, Stamp } from "refund-core/ports/LedgerStore"
import type { SettingsHead } from "refund-core/Settings"
import { chainOfAccount, creditColumns } from "./accountRows.ts"
import { run, unicodeOrNull } from "./connection.ts"
import { sha256 } from "./digest.ts"
import type { Known, Loaded, StoredTenant } from "./facts.ts"
import { figureColumns, registeredColumns } from "./orderRows.ts"
import { type Lease, RefundRecorder } from "./recordRefunds.ts"
import type { Batch } from "./writer.ts"

const figures = `collected = ?, refunded_original = ?, refunded_store_credit = ?, refunded_payout = ?, held = ?,
  disputed = ?, retained = ?, parts = ?, entries = ?`
const marks = (count: number): string => Array.from({ length: count }, () => "?").join(", ")

const statements = (db: DatabaseSync) => ({
  insertTenant: db.prepare("INSERT INTO tenants (id, version, settings, entries, head_hash) VALUES (?, ?, ?, 0, '')"),
  updateTenant: db.prepare("UPDATE tenants SET version = ?, settings = ?, entries = ?, head_hash = ? WHERE no = ?"),
  insertKey: db.prepare("INSERT INTO keys (hash, tenant) VALUES (?, ?)"),
  deleteKey: db.prepare("DELETE FROM keys WHERE hash = ? AND tenant = ?"),
  insertOrder: db.prepare(
    `INSERT INTO orders (tenant, id, currency, customer_id, subtotal, total, collected, refunded_original,
       refunded_store_credit, refunded_payout, held, disputed, retained, parts, entries, head_hash,
       created_at, updated_at) VALUES (${marks(18)})`
  ),
  registerOrder: db.prepare("UPDATE orders SET currency = ?, customer_id = ?, subtotal = ?, total = ? WHERE no = ?"),
  updateOrder: db.prepare(`UPDATE orders SET ${figures}, head_hash = ?, last_refund = ?, updated_at = ? WHERE no = ?`),
  register: db.prepare(
    `INSERT INTO registrations (order_no, registration, texts) VALUES (?, ?, ?)
     ON CONFLICT (order_no) DO UPDATE SET registration = excluded.registration, texts = excluded.texts`
  ),
  insertCapture: db.prepare(
    `INSERT INTO captures (tenant, id, order_no, provider, reference) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (tenant, id) DO UPDATE SET order_no = CASE order_no WHEN ?3 THEN ?3 END, provider = ?4, reference = ?5
       WHERE order_no <> ?3 OR provider IS NOT ?4 OR reference IS NOT ?5`
  ),
  insertEntry: db.prepare("INSERT INTO journal (chain, seq, hash, text) VALUES (?, ?, ?, ?)"),
  insertAccount: db.prepare(
    `INSERT INTO accounts (tenant, customer_id, currency, balance, lots, expires_at, entries, head_hash)
     VALUES (${marks(8)})`
  ),
  updateAccount: db.prepare(
    "UPDATE accounts SET balance = ?, lots = ?, expires_at = ?, entries = ?, head_hash = ? WHERE no = ?"
  )
})

/** The events of one decision that are kept in one chain. */
interface Place {
  readonly batch: Batch
  readonly scope: Scope
  readonly tenant: number
  readonly loaded: Loaded
  readonly events: ReadonlyArray<Event>
}

export class Recorder {
  readonly #sql
  readonly #refunds

  constructor(db: DatabaseSync, lease: Lease | null) {
    this.#sql = statements(db)
    this.#refunds = new RefundRecorder(db, lease)
  }

  /** Nothing is written where nothing happened; what is no longer due may be said without an event. */
  record(batch: Batch, scope: Scope, loaded: Loaded, decision: Decision<unknown>): void {
    if (decision.events.length === 0) return this.#refunds.saveDue(batch, scope, decision)
    const tenant = this.#tenantNumber(batch.known, scope.tenant, loaded.tenant)
    for (const [home, events] of byHome(decision.events)) {
      const place: Place = { batch, scope, tenant, loaded, events }
      if (home === "order") this.#recordOrder(place, decision)
      else if (home === "credit") this.#recordCredit(place, decision)
      else this.#recordSettings(place, decision)
    }
  }

  /** The tenant's number; its row is made with its first entry. */
  #tenantNumber(known: Known, id: string, tenant: StoredTenant): number {
    if (tenant.no !== null) return tenant.no
    const no = Number(
      run(this.#sql.insertTenant, id, tenant.settings.version, canonical(tenant.settings)).lastInsertRowid
    )
    known.setTenant(id, { ...tenant, no })
    return no
  }

  /** A capture belongs to one order for good: `order_no` may not be null, so another order's is a fault. */
  #saveRegistration(tenant: number, no: number, { order, registration, texts }: Facts): void {
    if (order === null || registration === null) throw new Error("what is registered has an order and a registration")
    run(this.#sql.registerOrder, ...registeredColumns(order), no)
    run(this.#sql.register, no, canonical(registration), texts === null ? null : JSON.stringify(texts))
    for (const { id, provider, reference } of order.captures) {
      run(this.#sql.insertCapture, tenant, id, no, unicodeOrNull(provider), unicodeOrNull(reference))
    }
  }

  #recordOrder(place: Place, decision: Decision<unknown>): void {
    const { batch, loaded, scope, tenant } = place
    const { after, stamp } = decision
    const { facts: before, order: stored } = loaded
    const head = after.order
    if (head === null || head.entries !== (stored?.head.entries ?? 0) + 1) {
      throw new Error("an order's decision adds one entry to its journal")
    }
    const { hash, text } = entryOf(place, orderChain(head.id), head.entries, stored?.hash ?? "", stamp)
    const no = stored === null ? this.#insertOrder(tenant, head, hash, stamp.at) : stored.no
    const lastRefund = this.#refunds.save(
      batch,
      { scope, tenant, orderNo: no, last: stored?.lastRefund ?? null },
      before,
      decision
    )
    if (stored !== null) this.#sql.updateOrder.run(...figureColumns(head), hash, lastRefund, stamp.at, no)
    if (after.registration !== before.registration || after.texts !== before.texts) {
      this.#saveRegistration(tenant, no, after)
    }
    this.#sql.insertEntry.run(no, head.entries, hash, text)
    const createdAt = stored?.createdAt ?? stamp.at
    batch.known.setOrder(tenant, { no, head, hash, lastRefund, createdAt, updatedAt: stamp.at })
    batch.known.nextNumber = after.nextNumber
  }

  #insertOrder(tenant: number, head: OrderHead, hash: string, at: number): number {
    const values = [...registeredColumns(head), ...figureColumns(head), hash, at, at]
    return Number(run(this.#sql.insertOrder, tenant, head.id, ...values).lastInsertRowid)
  }

  /** The account is read anew for each decision, so one after another of a batch finds what those before it left. */
  #recordCredit(place: Place, { after, stamp }: Decision<unknown>): void {
    const { events, loaded, tenant } = place
    const { credit } = after
    const stored = loaded.account
    if (credit === null || stored === null || credit.entries !== stored.head.entries + 1) {
      throw new Error("an account's decision adds one entry to its journal")
    }
    const { currency, customerId } = credit
    const isTheirs = (event: Event) =>
      !isCreditEvent(event) || (event.customerId === customerId && event.currency === currency)
    if (!events.every(isTheirs)) throw new Error("credit was moved of another account than the one at hand")
    const { hash, text } = entryOf(place, creditChain(customerId, currency), credit.entries, stored.hash, stamp)
    const no = stored.no ?? this.#insertAccount(tenant, credit, hash)
    if (stored.no !== null) this.#sql.updateAccount.run(...creditColumns(credit), hash, no)
    this.#sql.insertEntry.run(chainOfAccount(no), credit.entries, hash, text)
  }

  #insertAccount(tenant: number, credit: CreditHead, hash: string): number {
    const values = [credit.customerId, credit.currency, ...creditColumns(credit), hash]
    return Number(run(this.#sql.insertAccount, tenant, ...values).lastInsertRowid)
  }

  #recordSettings(place: Place, { after, stamp }: Decision<unknown>): void {
    const { batch, loaded, scope, tenant } = place
    const { settings } = after
    const entries = loaded.tenant.entries + 1
    const { hash, text } = entryOf(place, settingsChain, entries, loaded.tenant.hash, stamp)
    this.#saveKeys(tenant, loaded.facts.settings, settings)
    this.#sql.updateTenant.run(settings.version, canonical(settings), entries, hash, tenant)
    this.#sql.insertEntry.run(-tenant, entries, hash, text)
    batch.known.setTenant(scope.tenant, { no: tenant, settings, entries, hash })
  }

  /** A hash that another tenant has is a secret that two tenants share: it could not decide which of them it is. */
  #saveKeys(tenant: number, before: SettingsHead, after: SettingsHead): void {
    const hashes = (settings: SettingsHead) => new Set(settings.keys.map((key) => key.hash))
    const [had, has] = [hashes(before), hashes(after)]
    for (const hash of had) if (!has.has(hash)) this.#sql.deleteKey.run(hash, tenant)
    for (const hash of has) if (!had.has(hash)) run(this.#sql.insertKey, hash, tenant)
  }
}

const entryOf = ({ events, scope }: Place, chain: string, seq: number, previous: string, stamp: Stamp) => {
  const text = entryText(scope.tenant, chain, seq, stamp, events, sha256)
  return { hash: sha256(chained(previous, text)), text }
}
