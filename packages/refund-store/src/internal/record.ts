/** Writes one decision: the entry and everything it changed, inside the writer's transaction. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { canonical } from "refund-core/canonical"
import type { TenantId } from "refund-core/Ids"
import { chained, entryText, orderChain, settingsChain } from "refund-core/Journal"
import type { OrderHead } from "refund-core/Order"
import type { Decision, Due, Facts, Scope, Stamp } from "refund-core/ports/LedgerStore"
import type { DueRefund } from "refund-core/ports/Outbox"
import type { SettingsHead } from "refund-core/Settings"
import { fingerprint, sha256, toBlob } from "./digest.ts"
import type { Known, Loaded, StoredTenant } from "./facts.ts"
import { captureValues, figureColumns, registeredColumns } from "./orderRows.ts"
import { progressValues, requestValues } from "./refundRows.ts"

/** What is due and was leased to this process by the commit, in the order of the decisions. */
export type Leased = Array<DueRefund>

/** Who leases what a commit makes due. Null: nobody does; a worker of another process takes it. */
export interface Lease {
  readonly by: string
  readonly milliseconds: number
  readonly hasRoom: () => boolean
}

const figures = `collected = ?, refunded_original = ?, refunded_store_credit = ?, refunded_payout = ?, held = ?,
  disputed = ?, retained = ?, disputes = ?, hours = ?, recent = ?, waiting = ?, entries = ?`
const marks = (count: number): string => Array.from({ length: count }, () => "?").join(", ")

const statements = (db: DatabaseSync) => ({
  insertTenant: db.prepare("INSERT INTO tenants (id, version, settings, entries, head_hash) VALUES (?, ?, ?, 0, x'')"),
  updateTenant: db.prepare("UPDATE tenants SET version = ?, settings = ?, entries = ?, head_hash = ? WHERE no = ?"),
  insertKey: db.prepare("INSERT INTO keys (hash, tenant) VALUES (?, ?)"),
  deleteKey: db.prepare("DELETE FROM keys WHERE hash = ? AND tenant = ?"),
  insertOrder: db.prepare(
    `INSERT INTO orders (tenant, id, currency, customer_id, subtotal, total, collected, refunded_original,
       refunded_store_credit, refunded_payout, held, disputed, retained, disputes, hours, recent, waiting, entries, head_hash,
       created_at, updated_at) VALUES (${marks(21)})`
  ),
  registerOrder: db.prepare("UPDATE orders SET currency = ?, customer_id = ?, subtotal = ?, total = ? WHERE no = ?"),
  updateOrder: db.prepare(`UPDATE orders SET ${figures}, head_hash = ?, updated_at = ? WHERE no = ?`),
  register: db.prepare(
    `INSERT INTO registrations (order_no, registration, texts) VALUES (?, ?, ?)
     ON CONFLICT (order_no) DO UPDATE SET registration = excluded.registration, texts = excluded.texts`
  ),
  insertCapture: db.prepare(
    `INSERT INTO captures (id, collected, refunded, held, disputed, provider, reference, tender, authorized_amount,
       captured_at, tenant, order_no, position) VALUES (${marks(13)})`
  ),
  deleteCaptures: db.prepare("DELETE FROM captures WHERE order_no = ?"),
  updateCapture: db.prepare(
    "UPDATE captures SET collected = ?, refunded = ?, held = ?, disputed = ? WHERE order_no = ? AND position = ?"
  ),
  insertComponent: db.prepare(
    "INSERT INTO components (id, charged, refunded, held, order_no, position) VALUES (?, ?, ?, ?, ?, ?)"
  ),
  deleteComponents: db.prepare("DELETE FROM components WHERE order_no = ?"),
  updateComponent: db.prepare("UPDATE components SET refunded = ?, held = ? WHERE order_no = ? AND position = ?"),
  insertRefund: db.prepare(
    `INSERT INTO refunds (no, id, group_id, capture_id, customer_id, type, destination, amount, currency, requested_at,
       request, texts, state, unsubmitted, updated_at, progress, tenant, order_no, request_key, fingerprint)
     VALUES (${marks(20)})`
  ),
  updateRefund: db.prepare(
    "UPDATE refunds SET state = ?, unsubmitted = ?, updated_at = ?, progress = ?, texts = ? WHERE no = ?"
  ),
  insertEntry: db.prepare("INSERT INTO journal (chain, seq, hash, text) VALUES (?, ?, ?, ?)"),
  credit: db.prepare(
    `INSERT INTO credits (tenant, customer_id, currency, balance) VALUES (?, ?, ?, ?)
     ON CONFLICT (tenant, customer_id, currency) DO UPDATE SET balance = excluded.balance`
  ),
  due: db.prepare(
    `INSERT INTO outbox (no, due_at, available_at, leased_by) VALUES (?1, ?2, ?2, NULL)
     ON CONFLICT (no) DO UPDATE SET due_at = ?2, available_at = ?2, leased_by = NULL`
  ),
  leased: db.prepare(
    `INSERT INTO outbox (no, due_at, available_at, leased_by)
     VALUES (?1, ?2, CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?3, ?4)
     ON CONFLICT (no) DO UPDATE SET due_at = excluded.due_at, available_at = excluded.available_at,
       leased_by = excluded.leased_by`
  ),
  notDue: db.prepare("DELETE FROM outbox WHERE no = ?")
})

export type Recorder = ReturnType<typeof makeRecorder>

export const makeRecorder = (db: DatabaseSync, lease: Lease | null) => {
  const sql = statements(db)

  /** The tenant's number; its row is made with its first entry. */
  const tenantNumber = (known: Known, id: string, tenant: StoredTenant): number => {
    if (tenant.no !== null) return tenant.no
    const no = Number(run(sql.insertTenant, id, tenant.settings.version, canonical(tenant.settings)).lastInsertRowid)
    known.setTenant(id, { ...tenant, no })
    return no
  }

  const registerParts = (tenant: number, no: number, { order, registration, texts }: Facts): void => {
    if (order === null || registration === null) throw new Error("what is registered has an order and a registration")
    run(sql.registerOrder, ...registeredColumns(order), no)
    run(sql.register, no, canonical(registration), texts === null ? null : JSON.stringify(texts))
    run(sql.deleteCaptures, no)
    order.captures.forEach((capture, position) => {
      run(sql.insertCapture, ...captureValues(capture), tenant, no, position)
    })
    run(sql.deleteComponents, no)
    order.components.forEach(({ charged, held, id, refunded }, position) => {
      run(sql.insertComponent, id, charged, refunded, held, no, position)
    })
  }

  /** Only what is another object than before has changed. */
  const updateParts = (no: number, before: OrderHead, after: OrderHead): void => {
    after.captures.forEach((capture, position) => {
      if (capture === before.captures[position]) return
      const { collected, disputed, held, refunded } = capture
      sql.updateCapture.run(collected, refunded, held, disputed, no, position)
    })
    after.components.forEach((component, position) => {
      if (component === before.components[position]) return
      sql.updateComponent.run(component.refunded, component.held, no, position)
    })
  }

  const saveRefunds = (tenant: number, orderNo: number, scope: Scope, before: Facts, after: Facts): void => {
    if (after.refunds === before.refunds) return
    let once = scope.once
    for (const [id, refund] of after.refunds) {
      const known = before.refunds.get(id)
      if (refund === known) continue
      if (known !== undefined) {
        sql.updateRefund.run(
          ...progressValues(refund),
          refund.texts === null ? null : JSON.stringify(refund.texts),
          refund.number
        )
        continue
      }
      const isNamed = once !== undefined && (once.key !== null || once.chosen !== null)
      const request = isNamed && once !== undefined ? [once.key, fingerprint(once.content)] : [null, null]
      run(sql.insertRefund, ...requestValues(refund), ...progressValues(refund), tenant, orderNo, ...request)
      once = undefined
    }
  }

  const saveDue = (tenant: TenantId, due: ReadonlyArray<Due>, stamp: Stamp, after: Facts, leased: Leased): void => {
    for (const { at, refundId } of due) {
      const no = after.refunds.get(refundId)?.number
      if (no === undefined) throw new Error(`refund ${refundId} is due but not among the facts`)
      if (at === null) sql.notDue.run(no)
      else if (lease === null || at > stamp.at || !lease.hasRoom()) sql.due.run(no, at)
      else {
        sql.leased.run(no, at, lease.milliseconds, lease.by)
        leased.push({ tenant, refundId })
      }
    }
  }

  const recordOrder = (
    known: Known,
    scope: Scope,
    loaded: Loaded,
    decision: Decision<unknown>,
    leased: Leased
  ): void => {
    const { after, due, events, stamp } = decision
    const { facts: before, order: stored } = loaded
    const head = after.order
    if (head === null || head.entries !== (stored?.head.entries ?? 0) + 1) {
      throw new Error("an order's decision adds one entry to its journal")
    }
    const text = entryText(orderChain(head.id), head.entries, stamp, events, sha256)
    const hash = sha256(chained(stored?.hash ?? "", text))
    const tenant = tenantNumber(known, scope.tenant, loaded.tenant)
    const no = stored === null ? insertOrder(tenant, head, hash, stamp.at) : stored.no
    if (stored !== null) sql.updateOrder.run(...figureColumns(head), toBlob(hash), stamp.at, no)
    if (events.some((event) => event._tag === "OrderRegistered")) registerParts(tenant, no, after)
    else if (stored !== null) updateParts(no, stored.head, head)
    saveRefunds(tenant, no, scope, before, after)
    sql.insertEntry.run(no, head.entries, toBlob(hash), text)
    if (after.credit !== before.credit) run(sql.credit, tenant, head.customerId, head.currency, after.credit)
    saveDue(scope.tenant, due, stamp, after, leased)
    known.setOrder(tenant, { no, head, hash, createdAt: stored?.createdAt ?? stamp.at, updatedAt: stamp.at })
    known.nextNumber = after.nextNumber
  }

  const insertOrder = (tenant: number, head: OrderHead, hash: string, at: number): number => {
    const values = [...registeredColumns(head), ...figureColumns(head), toBlob(hash), at, at]
    return Number(run(sql.insertOrder, tenant, head.id, ...values).lastInsertRowid)
  }

  const recordSettings = (known: Known, scope: Scope, { facts, tenant }: Loaded, decision: Decision<unknown>): void => {
    const { after, events, stamp } = decision
    const entries = tenant.entries + 1
    const text = entryText(settingsChain, entries, stamp, events, sha256)
    const hash = sha256(chained(tenant.hash, text))
    const no = tenantNumber(known, scope.tenant, tenant)
    saveKeys(no, facts.settings, after.settings)
    sql.updateTenant.run(after.settings.version, canonical(after.settings), entries, toBlob(hash), no)
    sql.insertEntry.run(-no, entries, toBlob(hash), text)
    known.setTenant(scope.tenant, { no, settings: after.settings, entries, hash })
  }

  /** A hash that another tenant has is a secret that two tenants share: it could not decide which of them it is. */
  const saveKeys = (tenant: number, before: SettingsHead, after: SettingsHead): void => {
    const hashes = (settings: SettingsHead) => new Set(settings.keys.map((key) => key.hash))
    const [had, has] = [hashes(before), hashes(after)]
    for (const hash of had) if (!has.has(hash)) sql.deleteKey.run(hash, tenant)
    for (const hash of has) if (!had.has(hash)) run(sql.insertKey, hash, tenant)
  }

  /** Nothing is written where nothing happened; what is no longer due may be said without an event. */
  return (known: Known, scope: Scope, loaded: Loaded, decision: Decision<unknown>, leased: Leased): void => {
    if (decision.events.length === 0) saveDue(scope.tenant, decision.due, decision.stamp, decision.after, leased)
    else if ("settings" in scope.at) recordSettings(known, scope, loaded, decision)
    else recordOrder(known, scope, loaded, decision, leased)
  }
}

/** Refuses text that SQLite would change on the way in, for then the journal and the row would say different things. */
const run = (statement: StatementSync, ...values: ReadonlyArray<SQLInputValue>) => {
  for (const value of values) {
    if (typeof value === "string" && !value.isWellFormed()) throw new Error("text that is not Unicode cannot be stored")
  }
  return statement.run(...values)
}
