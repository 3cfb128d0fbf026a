/** The statements that a batch is written with: each takes all rows of its table, as lists of their columns. */
import { type Columns, given } from "./lists.ts"

/** The database's clock in milliseconds: leases are counted by it. */
const clock = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

const namesOf = (columns: Columns): string => Object.keys(columns).join(", ")
const changed = (columns: Columns, keys: ReadonlyArray<string>): string =>
  Object.keys(columns)
    .filter((name) => !keys.includes(name))
    .map((name) => `${name} = v.${name}`)
    .join(", ")

export const order = {
  no: "int8",
  tenant: "int8",
  currency: "text",
  customer_id: "text",
  subtotal: "int8",
  total: "int8",
  collected: "int8",
  refunded_original: "int8",
  refunded_store_credit: "int8",
  refunded_payout: "int8",
  held: "int8",
  disputed: "int8",
  retained: "int8",
  parts: "text",
  entries: "int8",
  head_hash: "text",
  last_refund: "int8",
  updated_at: "int8"
} as const
export const newOrder = { ...order, id: "text", created_at: "int8" } as const

export const registration = { order_no: "int8", tenant: "int8", registration: "text", texts: "text" } as const
export const capture = { tenant: "int8", id: "text", order_no: "int8", provider: "text", reference: "text" } as const

const request = {
  no: "int8",
  id: "text",
  group_id: "text",
  capture_id: "text",
  customer_id: "text",
  type: "text",
  destination: "text",
  amount: "int8",
  currency: "text",
  requested_at: "int8",
  request: "text"
} as const
const progress = {
  state: "text",
  stage: "int8",
  updated_at: "int8",
  progress: "text",
  provider_reference: "text"
} as const
/** `lease`: for how long, from now on by the database's clock; then it is not to be had before that. */
const due = { due_at: "int8", lease: "int8", leased_by: "int8" } as const
export const newRefund = {
  ...request,
  texts: "text",
  ...progress,
  tenant: "int8",
  order_no: "int8",
  prior: "int8",
  request_key: "text",
  fingerprint: "text",
  ...due
} as const
export const changedRefund = {
  no: "int8",
  tenant: "int8",
  ...progress,
  request: "text",
  has_texts: "int8",
  texts: "text",
  has_due: "int8",
  ...due
} as const

export const former = { tenant: "int8", reference: "text", refund_no: "int8" } as const
export const entry = { tenant: "int8", chain: "int8", seq: "int8", hash: "text", text: "text" } as const
export const credit = {
  no: "int8",
  tenant: "int8",
  balance: "int8",
  lots: "text",
  expires_at: "int8",
  entries: "int8",
  head_hash: "text"
} as const
export const newAccount = { ...credit, customer_id: "text", currency: "text" } as const
export const tenant = { no: "int8", version: "int8", settings: "text", entries: "int8", head_hash: "text" } as const
export const key = { hash: "text", tenant: "int8" } as const

const insert = (table: string, columns: Columns): string =>
  `INSERT INTO ${table} (${namesOf(columns)}) SELECT ${namesOf(columns)} FROM ${given(columns)}`
const update = (table: string, columns: Columns, keys: ReadonlyArray<string>): string =>
  `UPDATE ${table} x SET ${changed(columns, keys)} FROM ${given(columns)}
   WHERE ${keys.map((name) => `x.${name} = v.${name}`).join(" AND ")}`

const available = `CASE WHEN v.lease IS NULL THEN v.due_at ELSE ${clock} + v.lease END`
const { lease: _, ...refundColumns } = newRefund

export const sql = {
  tenant: `INSERT INTO tenants (id, version, settings, entries, head_hash) VALUES ($1, $2, $3, 0, '')
    ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING no`,
  tenants: update("tenants", tenant, ["no"]),
  dropKeys: `DELETE FROM keys x USING ${given(key)} WHERE x.hash = v.hash AND x.tenant = v.tenant`,
  keys: insert("keys", key),
  newOrders: insert("orders", newOrder),
  orders: update("orders", order, ["no", "tenant"]),
  registrations: `${insert("registrations", registration)}
    ON CONFLICT (order_no, tenant) DO UPDATE SET registration = excluded.registration, texts = excluded.texts`,
  captures: `${insert("captures", capture)}
    ON CONFLICT (tenant, id) DO UPDATE SET
      order_no = CASE captures.order_no WHEN excluded.order_no THEN excluded.order_no END,
      provider = excluded.provider, reference = excluded.reference
    WHERE captures.order_no <> excluded.order_no OR captures.provider IS DISTINCT FROM excluded.provider
      OR captures.reference IS DISTINCT FROM excluded.reference`,
  newRefunds: `INSERT INTO refunds (${namesOf(refundColumns)}, available_at)
    SELECT ${namesOf(refundColumns)}, ${available} FROM ${given(newRefund)}`,
  refunds: `UPDATE refunds x SET ${changed(progress, [])},
      request = coalesce(v.request, x.request),
      texts = CASE v.has_texts WHEN 1 THEN v.texts ELSE x.texts END,
      due_at = CASE v.has_due WHEN 1 THEN v.due_at ELSE x.due_at END,
      available_at = CASE v.has_due WHEN 1 THEN ${available} ELSE x.available_at END,
      leased_by = CASE v.has_due WHEN 1 THEN v.leased_by ELSE x.leased_by END
    FROM ${given(changedRefund)} WHERE x.no = v.no AND x.tenant = v.tenant`,
  former: `${insert("former_references", former)} ON CONFLICT DO NOTHING`,
  journal: insert("journal", entry),
  newAccounts: insert("accounts", newAccount),
  accounts: update("accounts", credit, ["no", "tenant"])
}
