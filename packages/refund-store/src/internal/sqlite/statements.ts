/** The statements that a batch is read and written with: each is run for one row after the other. */
import { accountColumns } from "../accountRows.ts"
import type { Columns, Statement } from "../ask.ts"
import {
  accounted,
  capture,
  changedRefund,
  credit,
  entry,
  former,
  key,
  type Loads,
  named,
  namesOf,
  newAccount,
  newOrder,
  newRefund,
  order,
  placed,
  prefixed,
  progress,
  registration,
  staged,
  tenant,
  tenantId,
  type Writes
} from "../batch/columns.ts"
import { sqlite } from "../dialect.ts"
import { orderColumns } from "../orderRows.ts"
import { refundColumns } from "../refundRows.ts"

/** `?3`: a row's value by its column. Where no statement of the table has a column, its value is given all the same. */
const valueOf =
  (columns: Columns) =>
  (name: string): string =>
    `?${Object.keys(columns).indexOf(name) + 1}`

const valuesOf = (columns: Columns): string => Object.keys(columns).map(valueOf(columns)).join(", ")

const insert = (table: string, columns: Columns, conflict = ""): Statement => ({
  sql: `INSERT INTO ${table} (${namesOf(columns)}) VALUES (${valuesOf(columns)}) ${conflict}`,
  columns
})

/** In a table that has no tenant of its own. */
const insertUnder = (table: string, columns: Columns, conflict = ""): Statement => {
  const { tenant: _, ...kept } = columns
  const values = Object.keys(kept).map(valueOf(columns)).join(", ")
  return { sql: `INSERT INTO ${table} (${namesOf(kept)}) VALUES (${values}) ${conflict}`, columns }
}

const changed = (columns: Columns, names: ReadonlyArray<string>): string =>
  names.map((name) => `${name} = ${valueOf(columns)(name)}`).join(", ")

const update = (table: string, columns: Columns): Statement => {
  const names = Object.keys(columns).filter((name) => name !== "no" && name !== "tenant")
  return { sql: `UPDATE ${table} SET ${changed(columns, names)} WHERE no = ${valueOf(columns)("no")}`, columns }
}

const available = (of: (name: string) => string): string =>
  `CASE WHEN ${of("lease")} IS NULL THEN ${of("due_at")} ELSE ${sqlite.now} + ${of("lease")} END`

const { lease: _, ...refundOf } = newRefund
const made = valueOf(newRefund)
const altered = valueOf(changedRefund)

export const writes: Writes = {
  tenants: update("tenants", tenant),
  dropKeys: { sql: "DELETE FROM keys WHERE hash = ?1 AND tenant = ?2", columns: key },
  // A hash that another tenant has is a secret that two tenants share: it could not decide which of them it is.
  keys: insert("keys", key),
  newOrders: insert("orders", newOrder),
  orders: update("orders", order),
  registrations: insertUnder(
    "registrations",
    registration,
    "ON CONFLICT (order_no) DO UPDATE SET registration = excluded.registration, texts = excluded.texts"
  ),
  // A capture belongs to one order for good: `order_no` may not be null, so another order's is a fault.
  captures: insert(
    "captures",
    capture,
    `ON CONFLICT (tenant, id) DO UPDATE SET order_no = CASE order_no WHEN excluded.order_no THEN order_no END,
      provider = excluded.provider, reference = excluded.reference
    WHERE order_no <> excluded.order_no OR provider IS NOT excluded.provider OR reference IS NOT excluded.reference`
  ),
  newRefunds: {
    sql: `INSERT INTO refunds (${namesOf(refundOf)}, available_at)
      VALUES (${Object.keys(refundOf).map(made).join(", ")}, ${available(made)})`,
    columns: newRefund
  },
  refunds: {
    sql: `UPDATE refunds SET ${changed(changedRefund, Object.keys(progress))},
        request = coalesce(${altered("request")}, request),
        texts = CASE ${altered("has_texts")} WHEN 1 THEN ${altered("texts")} ELSE texts END,
        due_at = CASE ${altered("has_due")} WHEN 1 THEN ${altered("due_at")} ELSE due_at END,
        available_at = CASE ${altered("has_due")} WHEN 1 THEN ${available(altered)} ELSE available_at END,
        leased_by = CASE ${altered("has_due")} WHEN 1 THEN ${altered("leased_by")} ELSE leased_by END
      WHERE no = ${altered("no")}`,
    columns: changedRefund
  },
  former: insert("former_references", former, "ON CONFLICT DO NOTHING"),
  journal: insertUnder("journal", entry),
  newAccounts: insert("accounts", newAccount),
  accounts: update("accounts", credit)
}

const wholeRefund = `${prefixed(refundColumns, "r")}, r.tenant, o.id, r.prior, r.request_key, r.fingerprint`
const itsOrder = "JOIN orders o ON o.no = r.order_no"
const account = `${prefixed(accountColumns, "a")}, a.tenant`

/** The group of this id, whole: one refund that is its own group, or all that say so. */
const groupOf = (wanted: string): Statement => ({
  sql: `WITH wanted (id) AS MATERIALIZED (${wanted})
    SELECT ${wholeRefund} FROM wanted w CROSS JOIN refunds r ON r.tenant = ?1 AND r.id = w.id ${itsOrder}
    UNION ALL SELECT ${wholeRefund} FROM wanted w CROSS JOIN refunds r
      ON r.tenant = ?1 AND r.group_id = w.id AND r.group_id IS NOT NULL ${itsOrder}`,
  columns: named
})

/** A partial index is used only where the SQL spells out what it is of. */
export const loads: Loads = {
  tenants: { sql: "SELECT no, id, settings, entries, head_hash FROM tenants WHERE id = ?1", columns: tenantId },
  orders: { sql: `SELECT ${orderColumns}, tenant FROM orders WHERE tenant = ?1 AND id = ?2`, columns: named },
  groups: groupOf("SELECT coalesce((SELECT coalesce(group_id, id) FROM refunds WHERE tenant = ?1 AND id = ?2), ?2)"),
  keyed: groupOf("SELECT coalesce(group_id, id) FROM refunds WHERE tenant = ?1 AND request_key = ?2"),
  stages: {
    sql: `SELECT ${wholeRefund}, r.stage FROM orders o CROSS JOIN refunds r ON r.order_no = o.no AND r.stage > 0 AND r.stage = ?3
      WHERE o.tenant = ?1 AND o.id = ?2 ORDER BY r.no LIMIT ?4`,
    columns: staged
  },
  refunds: {
    sql: `SELECT ${wholeRefund} FROM refunds r ${itsOrder} WHERE r.tenant = ?1 AND r.id = ?2`,
    columns: named
  },
  registrations: {
    sql: `SELECT o.tenant, o.id, r.registration, r.texts FROM orders o JOIN registrations r ON r.order_no = o.no
      WHERE o.tenant = ?1 AND o.id = ?2`,
    columns: named
  },
  owners: {
    sql: "SELECT c.tenant, c.id, o.id FROM captures c JOIN orders o ON o.no = c.order_no WHERE c.tenant = ?1 AND c.id = ?2",
    columns: named
  },
  accounts: {
    sql: `SELECT ${account} FROM accounts a WHERE a.tenant = ?1 AND a.customer_id = ?2 AND a.currency = ?3`,
    columns: accounted
  },
  accountsOfOrders: {
    sql: `SELECT ${account} FROM orders o
      CROSS JOIN accounts a ON a.tenant = o.tenant AND a.customer_id = o.customer_id AND a.currency = o.currency
      WHERE o.tenant = ?1 AND o.id = ?2`,
    columns: named
  },
  ordersOfCaptures: {
    sql: `SELECT ?1, ?2, o.id FROM tenants t CROSS JOIN captures x ON x.tenant = t.no AND x.id = ?2
      CROSS JOIN orders o ON o.no = x.order_no WHERE t.id = ?1`,
    columns: placed
  },
  ordersOfRefunds: {
    sql: `SELECT ?1, ?2, o.id FROM tenants t CROSS JOIN refunds x ON x.tenant = t.no AND x.id = ?2
        CROSS JOIN orders o ON o.no = x.order_no WHERE t.id = ?1
      UNION ALL SELECT ?1, ?2, o.id FROM tenants t
        CROSS JOIN refunds x ON x.tenant = t.no AND x.group_id = ?2 AND x.group_id IS NOT NULL
        CROSS JOIN orders o ON o.no = x.order_no WHERE t.id = ?1 LIMIT 1`,
    columns: placed
  }
}
