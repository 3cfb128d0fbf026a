/** All tables of a ledger, in the order that they are copied in. What says which copy this is stays behind. */
import { sqliteMessages } from "../messageDialect.ts"
import { whole } from "../position.ts"

export type Kind = "int8" | "text"
export type Row = ReadonlyArray<string | number | null>

export interface Table {
  readonly name: string
  /** Its rows are read in this order, each once. */
  readonly key: ReadonlyArray<string>
  readonly columns: Readonly<Record<string, Kind>>
  /** What PostgreSQL has as a column of its own, and SQLite works out. */
  readonly inSqlite?: Readonly<Record<string, string>>
  /** What has to be another thing in a copy than it is in PostgreSQL. */
  readonly fromPostgres?: Readonly<Record<string, string>>
}

const columnsOf = (numbers: string, texts: string): Readonly<Record<string, Kind>> =>
  Object.fromEntries([
    ...numbers.split(" ").map((name) => [name, "int8"] as const),
    ...texts.split(" ").flatMap((name) => (name === "" ? [] : [[name, "text"] as const]))
  ])

/**
 * A copy is followed by numbers alone. An endpoint is put back to before the lowest number that it was not told of, so that
 * nothing is left out, though something may be told again, by the same id.
 */
const firstUntold = `(SELECT min(a.no) FROM journal a, journal e
  WHERE e.no = endpoints.entry AND (a.xid, a.no) > (e.xid, e.no))`
const toldUpTo = `CASE WHEN ${firstUntold} IS NULL THEN entry
  ELSE least(entry, coalesce((SELECT max(b.no) FROM journal b WHERE b.no < ${firstUntold}), 0)) END`

export const tables: ReadonlyArray<Table> = [
  { name: "tenants", key: ["no"], columns: columnsOf("no version entries", "id settings head_hash") },
  { name: "keys", key: ["hash"], columns: columnsOf("tenant", "hash") },
  { name: "key_uses", key: ["hash"], columns: columnsOf("used_at", "hash") },
  {
    name: "orders",
    key: ["no"],
    columns: columnsOf(
      "no tenant subtotal total collected refunded_original refunded_store_credit refunded_payout held disputed retained entries last_refund created_at updated_at",
      "id currency customer_id parts head_hash"
    )
  },
  {
    name: "registrations",
    key: ["order_no"],
    columns: columnsOf("order_no tenant", "registration texts"),
    inSqlite: { tenant: "(SELECT o.tenant FROM orders o WHERE o.no = order_no)" }
  },
  { name: "captures", key: ["tenant", "id"], columns: columnsOf("tenant order_no", "id provider reference") },
  {
    name: "refunds",
    key: ["no"],
    columns: columnsOf(
      "no tenant order_no prior amount stage requested_at updated_at due_at available_at leased_by",
      "id group_id capture_id customer_id type destination currency state request progress texts request_key fingerprint provider_reference"
    )
  },
  {
    name: "former_references",
    key: ["tenant", "reference", "refund_no"],
    columns: columnsOf("tenant refund_no", "reference")
  },
  {
    name: "accounts",
    key: ["no"],
    columns: columnsOf("no tenant balance expires_at entries", "customer_id currency lots head_hash")
  },
  {
    name: "journal",
    key: ["no"],
    columns: columnsOf("no tenant chain seq", "hash text"),
    inSqlite: { tenant: sqliteMessages.tenant }
  },
  {
    name: "endpoints",
    key: ["no"],
    columns: columnsOf("no tenant since entry part", "id"),
    fromPostgres: { entry: toldUpTo, part: `CASE WHEN ${toldUpTo} = entry THEN part ELSE ${whole} END` }
  },
  { name: "endpoint_secrets", key: ["tenant", "endpoint"], columns: columnsOf("tenant", "endpoint secrets") },
  {
    name: "deliveries",
    key: ["no"],
    columns: columnsOf("no endpoint chain entry part tries due_at available_at leased_by last_at", "state last_answer")
  },
  {
    name: "inbox",
    key: ["no"],
    columns: columnsOf(
      "no tenant received_at tries due_at available_at leased_by",
      "provider event_id news state detail"
    )
  }
]

/** What their chains end with, by table. */
export const heads: ReadonlyArray<Table> = ["tenants", "orders", "accounts"].map((name) => ({
  name,
  key: ["no"],
  columns: columnsOf("no entries", "head_hash")
}))

export const pageSize = 1_000

/** The next rows after a key: `?1`, `?2` … are its values. */
export const pageSql = ({ columns, key, name }: Table, instead: Readonly<Record<string, string>> = {}): string => {
  const named = Object.keys(columns).map((column) => instead[column] ?? column)
  const places = key.map((_, index) => `?${index + 1}`)
  return `SELECT ${named.join(", ")} FROM ${name} WHERE (${key.join(", ")}) > (${places.join(", ")})
    ORDER BY ${key.join(", ")} LIMIT ${pageSize}`
}

/** Before all keys there are. */
export const first = ({ columns, key }: Table): Row => key.map((name) => (columns[name] === "int8" ? -1 : ""))

export const keyOf = ({ columns, key }: Table, row: Row): Row => {
  const names = Object.keys(columns)
  return key.map((name) => row[names.indexOf(name)] ?? null)
}
