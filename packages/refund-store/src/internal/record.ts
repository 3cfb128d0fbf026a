/** Writes one decision: the entry and everything it changed, inside the writer's transaction. */
import type { DatabaseSync } from "node:sqlite"
import { canonical } from "refund-core/canonical"
import { type CreditMoved, creditMoved } from "refund-core/credit"
import { chained, entryText, orderChain, settingsChain } from "refund-core/Journal"
import type { OrderHead } from "refund-core/Order"
import type { Decision, Facts, Scope } from "refund-core/ports/LedgerStore"
import type { SettingsHead } from "refund-core/Settings"
import { run } from "./connection.ts"
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
    `INSERT INTO captures (tenant, id, order_no) VALUES (?1, ?2, ?3)
     ON CONFLICT (tenant, id) DO UPDATE SET order_no = NULL WHERE order_no <> ?3`
  ),
  insertEntry: db.prepare("INSERT INTO journal (chain, seq, hash, text) VALUES (?, ?, ?, ?)"),
  credit: db.prepare(
    `INSERT INTO credits (tenant, customer_id, currency, balance) VALUES (?, ?, ?, ?)
     ON CONFLICT (tenant, customer_id, currency) DO UPDATE SET balance = balance + excluded.balance`
  ),
  lessCredit: db.prepare(
    "UPDATE credits SET balance = balance + ? WHERE tenant = ? AND customer_id = ? AND currency = ?"
  )
})

export class Recorder {
  readonly #sql
  readonly #refunds

  constructor(db: DatabaseSync, lease: Lease | null) {
    this.#sql = statements(db)
    this.#refunds = new RefundRecorder(db, lease)
  }

  /** Nothing is written where nothing happened; what is no longer due may be said without an event. */
  record(batch: Batch, scope: Scope, loaded: Loaded, decision: Decision<unknown>): void {
    if (decision.events.length === 0) this.#refunds.saveDue(batch, scope, decision)
    else if ("settings" in scope.at) this.#recordSettings(batch.known, scope, loaded, decision)
    else this.#recordOrder(batch, scope, loaded, decision)
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
    for (const capture of order.captures) run(this.#sql.insertCapture, tenant, capture.id, no)
  }

  #recordOrder(batch: Batch, scope: Scope, loaded: Loaded, decision: Decision<unknown>): void {
    const { after, events, stamp } = decision
    const { facts: before, order: stored } = loaded
    const head = after.order
    if (head === null || head.entries !== (stored?.head.entries ?? 0) + 1) {
      throw new Error("an order's decision adds one entry to its journal")
    }
    const text = entryText(orderChain(head.id), head.entries, stamp, events, sha256)
    const hash = sha256(chained(stored?.hash ?? "", text))
    const tenant = this.#tenantNumber(batch.known, scope.tenant, loaded.tenant)
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
    for (const event of events) {
      const credit = creditMoved(event)
      if (credit !== null) this.#saveCredit(tenant, credit)
    }
    const createdAt = stored?.createdAt ?? stamp.at
    batch.known.setOrder(tenant, { no, head, hash, lastRefund, createdAt, updatedAt: stamp.at })
    batch.known.nextNumber = after.nextNumber
  }

  #saveCredit(tenant: number, { amount, currency, customerId }: CreditMoved): void {
    if (amount > 0n) run(this.#sql.credit, tenant, customerId, currency, amount)
    else run(this.#sql.lessCredit, amount, tenant, customerId, currency)
  }

  #insertOrder(tenant: number, head: OrderHead, hash: string, at: number): number {
    const values = [...registeredColumns(head), ...figureColumns(head), hash, at, at]
    return Number(run(this.#sql.insertOrder, tenant, head.id, ...values).lastInsertRowid)
  }

  #recordSettings(known: Known, scope: Scope, { facts, tenant }: Loaded, decision: Decision<unknown>): void {
    const { after, events, stamp } = decision
    const entries = tenant.entries + 1
    const text = entryText(settingsChain, entries, stamp, events, sha256)
    const hash = sha256(chained(tenant.hash, text))
    const no = this.#tenantNumber(known, scope.tenant, tenant)
    this.#saveKeys(no, facts.settings, after.settings)
    this.#sql.updateTenant.run(after.settings.version, canonical(after.settings), entries, hash, no)
    this.#sql.insertEntry.run(-no, entries, hash, text)
    known.setTenant(scope.tenant, { no, settings: after.settings, entries, hash })
  }

  /** A hash that another tenant has is a secret that two tenants share: it could not decide which of them it is. */
  #saveKeys(tenant: number, before: SettingsHead, after: SettingsHead): void {
    const hashes = (settings: SettingsHead) => new Set(settings.keys.map((key) => key.hash))
    const [had, has] = [hashes(before), hashes(after)]
    for (const hash of had) if (!has.has(hash)) this.#sql.deleteKey.run(hash, tenant)
    for (const hash of has) if (!had.has(hash)) run(this.#sql.insertKey, hash, tenant)
  }
}
