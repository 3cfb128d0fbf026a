/** The statements that a batch is read and written with: each takes all of its rows, as lists of their columns. */
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
import { orderColumns } from "../orderRows.ts"
import { refundColumns } from "../refundRows.ts"
import { given } from "./lists.ts"

/** The database's clock in milliseconds: leases are counted by it. */
const clock = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

const changed = (columns: Columns, keys: ReadonlyArray<string>): string =>
  Object.keys(columns)
    .filter((name) => !keys.includes(name))
    .map((name) => `${name} = v.${name}`)
    .join(", ")

const insert = (table: string, columns: Columns, conflict = ""): Statement => ({
  sql: `INSERT INTO ${table} (${namesOf(columns)}) SELECT ${namesOf(columns)} FROM ${given(columns)} ${conflict}`,
  columns
})
const update = (table: string, columns: Columns, keys: ReadonlyArray<string>): Statement => ({
  sql: `UPDATE ${table} x SET ${changed(columns, keys)} FROM ${given(columns)}
    WHERE ${keys.map((name) => `x.${name} = v.${name}`).join(" AND ")}`,
  columns
})

const available = `CASE WHEN v.lease IS NULL THEN v.due_at ELSE ${clock} + v.lease END`
const { lease: _, ...refundOf } = newRefund

export const writes: Writes = {
  tenants: update("tenants", tenant, ["no"]),
  dropKeys: {
    sql: `DELETE FROM keys x USING ${given(key)} WHERE x.hash = v.hash AND x.tenant = v.tenant`,
    columns: key
  },
  keys: insert("keys", key),
  newOrders: insert("orders", newOrder),
  orders: update("orders", order, ["no", "tenant"]),
  registrations: insert(
    "registrations",
    registration,
    "ON CONFLICT (order_no, tenant) DO UPDATE SET registration = excluded.registration, texts = excluded.texts"
  ),
  captures: insert(
    "captures",
    capture,
    `ON CONFLICT (tenant, id) DO UPDATE SET
      order_no = CASE captures.order_no WHEN excluded.order_no THEN excluded.order_no END,
      provider = excluded.provider, reference = excluded.reference
    WHERE captures.order_no <> excluded.order_no OR captures.provider IS DISTINCT FROM excluded.provider
      OR captures.reference IS DISTINCT FROM excluded.reference`
  ),
  newRefunds: {
    sql: `INSERT INTO refunds (${namesOf(refundOf)}, available_at)
      SELECT ${namesOf(refundOf)}, ${available} FROM ${given(newRefund)}`,
    columns: newRefund
  },
  refunds: {
    sql: `UPDATE refunds x SET ${changed(progress, [])},
      request = coalesce(v.request, x.request),
      texts = CASE v.has_texts WHEN 1 THEN v.texts ELSE x.texts END,
      due_at = CASE v.has_due WHEN 1 THEN v.due_at ELSE x.due_at END,
      available_at = CASE v.has_due WHEN 1 THEN ${available} ELSE x.available_at END,
      leased_by = CASE v.has_due WHEN 1 THEN v.leased_by ELSE x.leased_by END
    FROM ${given(changedRefund)} WHERE x.no = v.no AND x.tenant = v.tenant`,
    columns: changedRefund
  },
  former: insert("former_references", former, "ON CONFLICT DO NOTHING"),
  journal: insert("journal", entry),
  newAccounts: insert("accounts", newAccount),
  accounts: update("accounts", credit, ["no", "tenant"])
}

const select = (columns: Columns, what: string, from: string): Statement => ({
  sql: `SELECT ${what} FROM ${given(columns)} ${from}`,
  columns
})

const wholeRefund = `${prefixed(refundColumns, "r")}, r.tenant, o.id, r.prior, r.request_key, r.fingerprint`
const itsOrder = "JOIN orders o ON o.no = r.order_no AND o.tenant = r.tenant"
const account = prefixed(accountColumns, "a")
const ofOrder = "JOIN orders o ON o.no = x.order_no AND o.tenant = x.tenant"

/** The groups of these ids, whole. */
const groupsOf = (wanted: string): Statement => ({
  sql: `WITH wanted AS (${wanted})
    SELECT ${wholeRefund} FROM wanted w JOIN refunds r ON r.tenant = w.tenant AND r.id = w.id ${itsOrder}
    UNION SELECT ${wholeRefund} FROM wanted w JOIN refunds r ON r.tenant = w.tenant AND r.group_id = w.id ${itsOrder}`,
  columns: named
})

export const loads: Loads = {
  tenants: select(tenantId, "t.no, t.id, t.settings, t.entries, t.head_hash", "JOIN tenants t ON t.id = v.id"),
  orders: select(
    named,
    `${prefixed(orderColumns, "o")}, o.tenant`,
    "JOIN orders o ON o.tenant = v.tenant AND o.id = v.id"
  ),
  groups: groupsOf(`SELECT v.tenant, v.id FROM ${given(named)}
    UNION SELECT r.tenant, coalesce(r.group_id, r.id) FROM ${given(named)}
      JOIN refunds r ON r.tenant = v.tenant AND r.id = v.id`),
  keyed: groupsOf(`SELECT DISTINCT r.tenant, coalesce(r.group_id, r.id) AS id FROM ${given(named)}
    JOIN refunds r ON r.tenant = v.tenant AND r.request_key = v.id`),
  stages: select(
    staged,
    `${wholeRefund}, v.stage`,
    `JOIN orders o ON o.tenant = v.tenant AND o.id = v.id
    CROSS JOIN LATERAL (SELECT * FROM refunds x WHERE x.order_no = o.no AND +x.tenant = o.tenant AND x.stage > 0 AND x.stage = v.stage
      ORDER BY x.no LIMIT v.atmost) r`
  ),
  refunds: select(named, wholeRefund, `JOIN refunds r ON r.tenant = v.tenant AND r.id = v.id ${itsOrder}`),
  registrations: select(
    named,
    "o.tenant, o.id, r.registration, r.texts",
    `JOIN orders o ON o.tenant = v.tenant AND o.id = v.id
    JOIN registrations r ON r.order_no = o.no AND r.tenant = o.tenant`
  ),
  owners: select(
    named,
    "c.tenant, c.id, o.id",
    `JOIN captures c ON c.tenant = v.tenant AND c.id = v.id
    JOIN orders o ON o.no = c.order_no AND o.tenant = c.tenant`
  ),
  accounts: select(
    accounted,
    `${account}, a.tenant`,
    "JOIN accounts a ON a.tenant = v.tenant AND a.customer_id = v.customer AND a.currency = v.currency"
  ),
  accountsOfOrders: select(
    named,
    `${account}, a.tenant`,
    `JOIN orders o ON o.tenant = v.tenant AND o.id = v.id
    JOIN accounts a ON a.tenant = o.tenant AND a.customer_id = o.customer_id AND a.currency = o.currency`
  ),
  ordersOfCaptures: select(
    placed,
    "v.tenant, v.id, o.id",
    `JOIN tenants t ON t.id = v.tenant JOIN captures x ON x.tenant = t.no AND x.id = v.id ${ofOrder}`
  ),
  ordersOfRefunds: {
    sql: `SELECT v.tenant, v.id, o.id FROM ${given(placed)} JOIN tenants t ON t.id = v.tenant
        JOIN refunds x ON x.tenant = t.no AND x.id = v.id ${ofOrder}
      UNION SELECT v.tenant, v.id, o.id FROM ${given(placed)} JOIN tenants t ON t.id = v.tenant
        JOIN refunds x ON x.tenant = t.no AND x.group_id = v.id ${ofOrder}`,
    columns: placed
  }
}
