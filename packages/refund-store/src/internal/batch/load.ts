/** Reads what all decisions of a batch need, each kind in one statement however many decisions there are. */
import type { OrderId } from "refund-core/Ids"
import type { Scope } from "refund-core/ports/LedgerStore"
import type { AccountRow } from "../accountRows.ts"
import { type Asking, type Each, type Statement, together, type Values } from "../ask.ts"
import type { Dialect } from "../dialect.ts"
import type { OrderRow } from "../orderRows.ts"
import { type RefundRow, stages } from "../refundRows.ts"
import type { Loads } from "./columns.ts"

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
}

/** The tenants' numbers never change: where all are known, everything is asked for at once. */
export type TenantNumbers = Map<string, number>

/** The database's words, and what is kept of it from one batch to the next. */
export interface Loading {
  readonly loads: Loads
  readonly dialect: Pick<Dialect, "keptKey" | "keptName">
  readonly tenants: TenantNumbers
}

/** What is looked for, each once. Names that the database cannot keep are of nothing that is there. */
class Names {
  readonly #rows = new Map<string, Values>()
  readonly #keptName

  constructor({ dialect }: Loading) {
    this.#keptName = dialect.keptName
  }

  add(tenant: number, id: string, currency?: string): void {
    if (this.#keptName(id) === null) return
    // A currency is three letters, so no two rows have one name.
    if (currency === undefined) this.#rows.set(`${tenant} ${id}`, [tenant, id])
    else this.#rows.set(`${tenant} ${currency} ${id}`, [tenant, id, currency])
  }

  of(statement: Statement): Each {
    return { statement, rows: [...this.#rows.values()] }
  }
}

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

interface Loaded {
  readonly found: Found
  /** What was asked for beside, in its order. */
  readonly beside: Rows
}

interface Here extends Wanted {
  readonly tenant: number
}

/** What is asked for `beside` is answered with the first that is needed. */
export function* load(
  loading: Loading,
  wanted: ReadonlyArray<Wanted>,
  beside: ReadonlyArray<Each> = []
): Asking<Loaded> {
  const { dialect, loads, tenants: numbers } = loading
  const ids = [...new Set(wanted.map(({ scope }) => scope.tenant as string))].filter(
    (id) => dialect.keptName(id) !== null
  )
  const ofTenants: Each = { statement: loads.tenants, rows: ids.map((id) => [id]) }
  let early: Rows | null = null
  if (!ids.every((id) => numbers.has(id))) {
    early = yield* together([ofTenants, ...beside])
    for (const [no, id] of early[0] as ReadonlyArray<TenantRow>) numbers.set(id, no)
  }
  const here = wanted.flatMap(({ order, scope }): ReadonlyArray<Here> => {
    const tenant = numbers.get(scope.tenant)
    return tenant === undefined ? [] : [{ tenant, scope, order }]
  })
  const { asked, staged } = firstAsked(loading, here)
  const all = yield* together(early === null ? [...asked, ofTenants, ...beside] : asked)
  const [orders, groups, keyed, atStage, registrations, owners, ofOwners, named] = all as unknown as First
  const [tenants, ...others] = (early ?? all.slice(asked.length)) as readonly [ReadonlyArray<TenantRow>, ...Rows]
  const refunds = [...groups, ...keyed, ...atStage]
  const carried = yield* carriedBy(loading, orders, refunds)
  const found: Found = {
    tenants,
    orders,
    refunds: [...refunds, ...carried],
    stages: staged.map((row) => readStage(row, atStage)),
    accounts: onceEach([...ofOwners, ...named]),
    registrations,
    owners
  }
  return { found, beside: others }
}

type First = readonly [
  ReadonlyArray<FoundOrder>,
  groups: ReadonlyArray<FoundRefund>,
  keyed: ReadonlyArray<FoundRefund>,
  atStage: ReadonlyArray<FoundRefund>,
  ReadonlyArray<FoundRegistration>,
  ReadonlyArray<FoundOwner>,
  ofOwners: ReadonlyArray<FoundAccount>,
  named: ReadonlyArray<FoundAccount>
]

/** Several orders may be one customer's. */
const onceEach = (accounts: ReadonlyArray<FoundAccount>): ReadonlyArray<FoundAccount> => [
  ...new Map(accounts.map((row) => [row[0], row])).values()
]

type Staged = readonly [tenant: number, order: string, stage: number, atmost: number]

const firstAsked = (loading: Loading, here: ReadonlyArray<Here>) => {
  const { dialect, loads } = loading
  const names = () => new Names(loading)
  const [orders, groups, keys, registered, captures, accounts] = [names(), names(), names(), names(), names(), names()]
  const limits = new Map<string, Staged>()
  for (const { order, scope, tenant } of here) {
    const { at, once, open, registering, underWay } = scope
    if (order !== null) orders.add(tenant, order)
    if ("refund" in at && order !== null) groups.add(tenant, at.refund)
    if ("customer" in at) accounts.add(tenant, at.customer, at.currency)
    if (once !== undefined && once.chosen !== null) groups.add(tenant, once.chosen)
    if (once !== undefined && once.key !== null) keys.add(tenant, dialect.keptKey(once.key))
    for (const capture of registering?.captures ?? []) captures.add(tenant, capture)
    if (order === null || dialect.keptName(order) === null) continue
    if (registering !== undefined) registered.add(tenant, order)
    for (const [stage, atmost] of [[stages.unsubmitted, open] as const, [stages.underWay, underWay] as const]) {
      if (atmost === undefined) continue
      const name = JSON.stringify([tenant, order, stage])
      limits.set(name, [tenant, order, stage, Math.max(atmost, limits.get(name)?.[3] ?? 0)])
    }
  }
  const staged = [...limits.values()]
  const asked = [
    orders.of(loads.orders),
    groups.of(loads.groups),
    keys.of(loads.keyed),
    { statement: loads.stages, rows: staged },
    registered.of(loads.registrations),
    captures.of(loads.owners),
    orders.of(loads.accountsOfOrders),
    accounts.of(loads.accounts)
  ]
  return { asked, staged }
}

const readStage = ([tenant, order, stage, atmost]: Staged, atStage: ReadonlyArray<FoundRefund>): ReadStage => {
  const read = atStage.filter((row) => row[16] === tenant && row[17] === order && row[21] === stage)
  return { tenant, order, stage, isWhole: read.length < atmost }
}

type Parts = readonly [unknown, unknown, unknown, unknown, unknown, waiting: ReadonlyArray<readonly [string, unknown]>]
interface Progress {
  readonly deductions?: ReadonlyArray<{ readonly refundId: string }>
}

/** The return costs that any of these carries, or that wait in the order. */
function* carriedBy(
  loading: Loading,
  orders: ReadonlyArray<FoundOrder>,
  refunds: ReadonlyArray<FoundRefund>
): Asking<ReadonlyArray<FoundRefund>> {
  const names = new Names(loading)
  for (const row of orders) {
    // What waits is the last list of an order's parts, and almost always empty.
    if (row[13].endsWith("[]]") || row[13].endsWith("[],1]")) continue
    for (const [id] of (JSON.parse(row[13]) as Parts)[5]) names.add(row[19], id)
  }
  for (const row of refunds) {
    if (row[14]?.includes('"deductions"') !== true) continue
    for (const { refundId } of (JSON.parse(row[14]) as Progress).deductions ?? []) names.add(row[16], refundId)
  }
  const [found] = yield* together([names.of(loading.loads.refunds)])
  return found as ReadonlyArray<FoundRefund>
}
