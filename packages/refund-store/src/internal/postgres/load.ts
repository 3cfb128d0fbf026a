/** Reads what all decisions of a batch need, each kind in one statement however many decisions there are. */
import type { OrderId } from "refund-core/Ids"
import type { Scope } from "refund-core/ports/LedgerStore"
import { type AccountRow, accountColumns } from "../accountRows.ts"
import { type OrderRow, orderColumns } from "../orderRows.ts"
import { type RefundRow, refundColumns, stages } from "../refundRows.ts"
import { canBeKept, given, keptKey, type Value, valuesOf } from "./lists.ts"
import { refuseNewer, type Writable, writableSql } from "./migrate.ts"
import type { Answer, Connection } from "./pool.ts"

/** A decision to be made, or facts to be read; `order`: what its capture or refund is of. */
export interface Wanted {
  readonly scope: Scope
  readonly order: OrderId | null
}

export type TenantRow = readonly [no: number, id: string, settings: string, entries: number, hash: string]
export type FoundOrder = readonly [...OrderRow, tenant: number]
/** After a refund's columns, what only the working set keeps. */
export type FoundRefund = readonly [
  ...RefundRow,
  tenant: number,
  orderId: string,
  prior: number | null,
  key: string | null,
  fingerprint: string | null,
  stage?: number
]
export type FoundAccount = readonly [...AccountRow, tenant: number]
export type FoundRegistration = readonly [tenant: number, orderId: string, registration: string, texts: string | null]
export type FoundOwner = readonly [tenant: number, capture: string, orderId: string]

/** An order's oldest refunds at a stage were read, at most so many; whether those are all that are at it. */
export interface ReadStage {
  readonly tenant: number
  readonly order: string
  readonly stage: number
  readonly isWhole: boolean
}

/** The rows, as they are: what is decided on is made of them, anew whenever it has to be decided again. */
export interface Found {
  readonly tenants: ReadonlyArray<TenantRow>
  readonly orders: ReadonlyArray<FoundOrder>
  readonly refunds: ReadonlyArray<FoundRefund>
  readonly stages: ReadonlyArray<ReadStage>
  readonly accounts: ReadonlyArray<FoundAccount>
  readonly registrations: ReadonlyArray<FoundRegistration>
  readonly owners: ReadonlyArray<FoundOwner>
  readonly nextNumber: number
}

const prefixed = (columns: string, table: string): string => columns.replaceAll(/\w+/g, (name) => `${table}.${name}`)

const named = { tenant: "int8", id: "text" } as const
const staged = { tenant: "int8", id: "text", stage: "int8", atmost: "int8" } as const
const accounted = { tenant: "int8", customer: "text", currency: "text" } as const

const tenantsSql = `SELECT t.no, t.id, t.settings, t.entries, t.head_hash
  FROM ${given({ id: "text" })} JOIN tenants t ON t.id = v.id`

const ordersSql = `SELECT ${prefixed(orderColumns, "o")}, o.tenant
  FROM ${given(named)} JOIN orders o ON o.tenant = v.tenant AND o.id = v.id`

const wholeRefund = `${prefixed(refundColumns, "r")}, r.tenant, o.id, r.prior, r.request_key, r.fingerprint`
const itsOrder = "JOIN orders o ON o.no = r.order_no AND o.tenant = r.tenant"

/** The groups of these ids, and of the refunds with these keys, whole. */
const groupsSql = `WITH wanted AS (
    SELECT v.tenant, v.id FROM ${given(named)}
    UNION SELECT r.tenant, coalesce(r.group_id, r.id) FROM ${given(named)}
      JOIN refunds r ON r.tenant = v.tenant AND r.id = v.id
    UNION SELECT r.tenant, coalesce(r.group_id, r.id) FROM unnest($3::int8[], $4::text[]) AS k (tenant, key)
      JOIN refunds r ON r.tenant = k.tenant AND r.request_key = k.key)
  SELECT ${wholeRefund} FROM wanted w JOIN refunds r ON r.tenant = w.tenant AND r.id = w.id ${itsOrder}
  UNION SELECT ${wholeRefund} FROM wanted w JOIN refunds r ON r.tenant = w.tenant AND r.group_id = w.id ${itsOrder}`

const stagesSql = `SELECT ${wholeRefund}, v.stage FROM ${given(staged)}
  JOIN orders o ON o.tenant = v.tenant AND o.id = v.id
  CROSS JOIN LATERAL (SELECT * FROM refunds x WHERE x.order_no = o.no AND x.stage > 0 AND x.stage = v.stage
    ORDER BY x.no LIMIT v.atmost) r`

const refundsSql = `SELECT ${wholeRefund} FROM ${given(named)}
  JOIN refunds r ON r.tenant = v.tenant AND r.id = v.id ${itsOrder}`

const registrationsSql = `SELECT o.tenant, o.id, r.registration, r.texts FROM ${given(named)}
  JOIN orders o ON o.tenant = v.tenant AND o.id = v.id
  JOIN registrations r ON r.order_no = o.no AND r.tenant = o.tenant`

const ownersSql = `SELECT c.tenant, c.id, o.id FROM ${given(named)}
  JOIN captures c ON c.tenant = v.tenant AND c.id = v.id
  JOIN orders o ON o.no = c.order_no AND o.tenant = c.tenant`

const accountsSql = `SELECT ${prefixed(accountColumns, "a")}, a.tenant FROM ${given(accounted)}
  JOIN accounts a ON a.tenant = v.tenant AND a.customer_id = v.customer AND a.currency = v.currency`

const nextNumberSql = "SELECT next FROM numbers WHERE name = 'refunds'"

/** The tenants' numbers never change: where all are known, everything is asked for at once. */
export type TenantNumbers = Map<string, number>

/** What is looked for, each once. Names that PostgreSQL cannot keep are of nothing that is there. */
class Names {
  readonly #rows = new Map<string, ReadonlyArray<Value>>()

  add(tenant: number, ...values: ReadonlyArray<string | number>): void {
    const row = [tenant, ...values]
    if (row.every((value) => typeof value !== "string" || canBeKept(value))) this.#rows.set(JSON.stringify(row), row)
  }

  get rows(): ReadonlyArray<ReadonlyArray<Value>> {
    return [...this.#rows.values()]
  }
}

const none: Answer<never> = { rows: [], count: 0, command: "SELECT" }

export const load = async (
  connection: Connection,
  wanted: ReadonlyArray<Wanted>,
  numbers: TenantNumbers,
  /** For a look that commits nothing: then the schema is not asked for, and a refund's number is. */
  looksOnly = false
): Promise<Found> => {
  const ids = [...new Set(wanted.map(({ scope }) => scope.tenant as string))].filter(canBeKept)
  const writable = looksOnly ? none : connection.ask<Writable>(writableSql)
  const next = looksOnly ? connection.ask<readonly [number]>(nextNumberSql) : none
  const asked = connection.ask<TenantRow>(
    tenantsSql,
    ...valuesOf(
      { id: "text" },
      ids.map((id) => [id])
    )
  )
  if (!ids.every((id) => numbers.has(id))) {
    for (const [no, id] of (await asked).rows) numbers.set(id, no)
  }
  const here = wanted.flatMap(({ order, scope }): ReadonlyArray<Placed> => {
    const tenant = numbers.get(scope.tenant)
    return tenant === undefined ? [] : [{ tenant, scope, order }]
  })
  const first = askFirst(connection, here)
  const [versions, nexts, tenants, orders, groups, atStage, registrations, owners] = await Promise.all([
    writable,
    next,
    asked,
    ...first.answers
  ])
  if (!looksOnly) refuseNewer(versions.rows[0])
  const stagesRead = first.staged.map(([tenant, order, stage, atmost]): ReadStage => {
    const read = atStage.rows.filter((row) => row[16] === tenant && row[17] === order && row[21] === stage)
    return {
      tenant: tenant as number,
      order: order as string,
      stage: stage as number,
      isWhole: read.length < Number(atmost)
    }
  })
  const refunds = [...groups.rows, ...atStage.rows]
  const [carried, accounts] = await Promise.all([
    askCarried(connection, orders.rows, refunds),
    askAccounts(connection, orders.rows, here)
  ])
  return {
    tenants: tenants.rows,
    orders: orders.rows,
    refunds: [...refunds, ...carried.rows],
    stages: stagesRead,
    accounts: accounts.rows,
    registrations: registrations.rows,
    owners: owners.rows,
    nextNumber: nexts.rows[0]?.[0] ?? 0
  }
}

interface Placed extends Wanted {
  readonly tenant: number
}

const askFirst = (connection: Connection, here: ReadonlyArray<Placed>) => {
  const [orders, groups, keys, registered, captures] = [new Names(), new Names(), new Names(), new Names(), new Names()]
  const limits = new Map<string, ReadonlyArray<Value>>()
  for (const { order, scope, tenant } of here) {
    const { at, once, open, registering, underWay } = scope
    if (order !== null) orders.add(tenant, order)
    if ("refund" in at && order !== null) groups.add(tenant, at.refund)
    if (once !== undefined && once.chosen !== null) groups.add(tenant, once.chosen)
    if (once !== undefined && once.key !== null) keys.add(tenant, keptKey(once.key))
    for (const capture of registering?.captures ?? []) captures.add(tenant, capture)
    if (order === null || !canBeKept(order)) continue
    if (registering !== undefined) registered.add(tenant, order)
    for (const [stage, atmost] of [[stages.unsubmitted, open] as const, [stages.underWay, underWay] as const]) {
      if (atmost === undefined) continue
      const name = JSON.stringify([tenant, order, stage])
      limits.set(name, [tenant, order, stage, Math.max(atmost, Number(limits.get(name)?.[3] ?? 0))])
    }
  }
  const ask = <Row>(sql: string, { rows }: Names) =>
    rows.length === 0 ? none : connection.ask<Row>(sql, ...valuesOf(named, rows))
  const askGroups = () =>
    groups.rows.length + keys.rows.length === 0
      ? none
      : connection.ask<FoundRefund>(groupsSql, ...valuesOf(named, groups.rows), ...valuesOf(named, keys.rows))
  const staged1 = [...limits.values()]
  return {
    staged: staged1,
    answers: [
      ask<FoundOrder>(ordersSql, orders),
      askGroups(),
      staged1.length === 0 ? none : connection.ask<FoundRefund>(stagesSql, ...valuesOf(staged, staged1)),
      ask<FoundRegistration>(registrationsSql, registered),
      ask<FoundOwner>(ownersSql, captures)
    ] as const
  }
}

type Parts = readonly [unknown, unknown, unknown, unknown, unknown, waiting: ReadonlyArray<readonly [string, unknown]>]
interface Progress {
  readonly deductions?: ReadonlyArray<{ readonly refundId: string }>
}

/** The return costs that any of these carries, or that wait in the order, as far as they were not read already. */
const askCarried = (
  connection: Connection,
  orders: ReadonlyArray<FoundOrder>,
  refunds: ReadonlyArray<FoundRefund>
): Promise<Answer<FoundRefund>> | Answer<never> => {
  const names = new Names()
  for (const row of orders) {
    // What waits is the last list of an order's parts, and almost always empty.
    if (row[13].endsWith("[]]") || row[13].endsWith("[],1]")) continue
    for (const [id] of (JSON.parse(row[13]) as Parts)[5]) names.add(row[19], id)
  }
  for (const row of refunds) {
    if (row[14]?.includes('"deductions"') !== true) continue
    for (const { refundId } of (JSON.parse(row[14]) as Progress).deductions ?? []) names.add(row[16], refundId)
  }
  return names.rows.length === 0 ? none : connection.ask<FoundRefund>(refundsSql, ...valuesOf(named, names.rows))
}

/** Those of the orders' customers, and those that are named. */
const askAccounts = (
  connection: Connection,
  orders: ReadonlyArray<FoundOrder>,
  here: ReadonlyArray<Placed>
): Promise<Answer<FoundAccount>> | Answer<never> => {
  const names = new Names()
  for (const row of orders) if (row[3] !== null) names.add(row[19], row[3], row[2])
  for (const { scope, tenant } of here) {
    if ("customer" in scope.at) names.add(tenant, scope.at.customer, scope.at.currency)
  }
  return readAccounts(connection, names.rows)
}

export const readAccounts = (
  connection: Connection,
  accounts: ReadonlyArray<ReadonlyArray<Value>>
): Promise<Answer<FoundAccount>> | Answer<never> =>
  accounts.length === 0 ? none : connection.ask<FoundAccount>(accountsSql, ...valuesOf(accounted, accounts))
