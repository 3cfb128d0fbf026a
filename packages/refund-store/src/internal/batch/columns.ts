/** What a batch reads by, and the rows that it writes: the columns of each, in the order of their values. */
import type { Columns, Statement } from "../ask.ts"

export const namesOf = (columns: Columns): string => Object.keys(columns).join(", ")

/** The columns of a SELECT, of one of its tables. */
export const prefixed = (columns: string, table: string): string =>
  columns.replaceAll(/\w+/g, (name) => `${table}.${name}`)

/** A tenant's number, and an id of the tenant's. */
export const named = { tenant: "int8", id: "text" } as const
export const tenantId = { id: "text" } as const
export const staged = { tenant: "int8", id: "text", stage: "int8", atmost: "int8" } as const
export const accounted = { tenant: "int8", customer: "text", currency: "text" } as const
/** A tenant's own id, and an id of the tenant's. */
export const placed = { tenant: "text", id: "text" } as const

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
export const progress = {
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

/** How a database says what a batch reads. */
export interface Loads {
  readonly tenants: Statement
  readonly orders: Statement
  /** The group with an id, or that of the refund with it, whole; and that of the request with a key. */
  readonly groups: Statement
  readonly keyed: Statement
  /** An order's oldest refunds at a stage. */
  readonly stages: Statement
  readonly refunds: Statement
  readonly registrations: Statement
  readonly owners: Statement
  readonly accounts: Statement
  /** Those of the customers of orders. */
  readonly accountsOfOrders: Statement
  /** Which order a capture is of; and a refund, by its id or by that of its group. */
  readonly ordersOfCaptures: Statement
  readonly ordersOfRefunds: Statement
}

/** How it says what a batch writes. */
export interface Writes {
  readonly tenants: Statement
  readonly dropKeys: Statement
  readonly keys: Statement
  readonly newOrders: Statement
  readonly orders: Statement
  readonly registrations: Statement
  readonly captures: Statement
  readonly newRefunds: Statement
  readonly refunds: Statement
  readonly former: Statement
  readonly journal: Statement
  readonly newAccounts: Statement
  readonly accounts: Statement
}
