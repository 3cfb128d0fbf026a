/** Lists, look-ups and the audit, on the same connection as the writer: between two batches, with its warm pages. */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import type { CreditHead } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import { orderChain, settingsChain } from "refund-core/Journal"
import type {
  JournalEntry,
  LedgerReader,
  Matched,
  OrderView,
  RefundFilter,
  RefundPage
} from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import type { ApiKey } from "refund-core/Settings"
import { type AccountRow, accountColumns, chainOfAccount, toAccount } from "./accountRows.ts"
import { type ReadInOne, row, rows, tuples } from "./connection.ts"
import { Known, type Loader } from "./facts.ts"
import { cursorOf, numberOf, RefundList } from "./list.ts"
import type { StoredOrder } from "./orderRows.ts"
import { orderNoOf, type RefundRow, refundColumns, toRefund, walkOfOrder } from "./refundRows.ts"
import { nextTurn, type Retried } from "./slices.ts"
import { verifying } from "./verify.ts"

/** Left to itself, SQLite would look through all captures of a tenant: the index has to be named. */
export const namedSql = {
  accounts: `SELECT ${accountColumns} FROM accounts WHERE tenant = ? AND customer_id = ? ORDER BY currency`,
  refundByReference: `SELECT id FROM refunds WHERE request ->> 'provider' = ?3 AND no IN (
      SELECT no FROM refunds WHERE tenant = ?1 AND provider_reference = ?2
      UNION SELECT refund_no FROM former_references WHERE tenant = ?1 AND reference = ?2) ORDER BY no LIMIT 1`,
  capturesByReference: `SELECT o.id, c.id FROM captures c INDEXED BY captures_by_reference
    JOIN orders o ON o.no = c.order_no WHERE c.tenant = ?1 AND c.reference = ?2 AND c.provider = ?3 LIMIT 2`
}

const statements = (db: DatabaseSync) => ({
  refundsOfOrder: tuples(db, `${walkOfOrder} SELECT ${refundColumns} FROM refunds WHERE no IN walk ORDER BY no`),
  refundByNumber: tuples(db, `SELECT ${refundColumns} FROM refunds WHERE no = ? AND tenant = ?`),
  orderId: tuples(db, "SELECT id FROM orders WHERE no = ?"),
  lastNumber: tuples(db, "SELECT max(no) FROM refunds"),
  accounts: tuples(db, namedSql.accounts),
  refundByReference: tuples(db, namedSql.refundByReference),
  capturesByReference: tuples(db, namedSql.capturesByReference),
  tenantOfKey: tuples(db, "SELECT t.id FROM keys k JOIN tenants t ON t.no = k.tenant WHERE k.hash = ?"),
  journal: tuples(db, "SELECT seq, hash, text FROM journal WHERE chain = ? ORDER BY seq"),
  anyOrder: tuples(db, "SELECT 1 FROM orders WHERE tenant = ? LIMIT 1")
})

type OwnedKey = { readonly tenant: TenantId; readonly key: ApiKey }

type Named = Parameters<(typeof LedgerReader)["Service"]["match"]>[2]

/** Each inside one read transaction, for a tenant that has a number. */
class Lookups {
  readonly #sql
  readonly #loader

  constructor(db: DatabaseSync, loader: Loader) {
    this.#sql = statements(db)
    this.#loader = loader
  }

  order(tenant: number, known: Known, at: Parameters<(typeof LedgerReader)["Service"]["order"]>[1]): OrderView | null {
    const order =
      "order" in at
        ? this.#loader.orderById(known, tenant, at.order)
        : this.#loader.orderByCapture(known, tenant, at.capture)
    return order === null ? null : this.#viewOf(order)
  }

  #viewOf({ createdAt, head, no, updatedAt }: StoredOrder): OrderView {
    const refunds = rows<RefundRow>(this.#sql.refundsOfOrder, no).map((each) => toRefund(each, head.id))
    return { head, ...this.#loader.registrationOf(no), createdAt, updatedAt, refunds }
  }

  refunds(tenant: number, at: { readonly id: RefundId } | { readonly number: number }): ReadonlyArray<Refund> {
    return this.toRefunds(
      "id" in at ? this.#loader.groupRows(tenant, at.id) : rows<RefundRow>(this.#sql.refundByNumber, at.number, tenant)
    )
  }

  toRefunds(found: ReadonlyArray<RefundRow>): ReadonlyArray<Refund> {
    const ids = new Map<number, OrderId>()
    return found.map((each) => {
      const no = orderNoOf(each)
      const id = ids.get(no) ?? row<readonly [OrderId]>(this.#sql.orderId, no)?.[0]
      if (id === undefined) throw new Error(`refund number ${each[0]} belongs to no order`)
      ids.set(no, id)
      return toRefund(each, id)
    })
  }

  lastNumber(): number {
    return row<readonly [number | null]>(this.#sql.lastNumber)?.[0] ?? 0
  }

  journal(tenant: number, known: Known, chain: string): ReadonlyArray<JournalEntry> {
    const no = this.#numberOfChain(tenant, known, chain)
    if (no === undefined) return []
    return rows<readonly [number, string, string]>(this.#sql.journal, no).map(([seq, hash, text]) => {
      return { chain, seq, hash, text }
    })
  }

  #numberOfChain(tenant: number, known: Known, chain: string): number | undefined {
    if (chain === settingsChain) return -tenant
    const prefix = orderChain("")
    if (chain.startsWith(prefix)) return this.#loader.orderById(known, tenant, chain.slice(prefix.length))?.no
    const [, currency, customerId] = /^credit:([^:]*):(.*)$/su.exec(chain) ?? []
    if (currency === undefined || customerId === undefined) return undefined
    const { no } = this.#loader.accountOf(tenant, customerId as CustomerId, currency as CurrencyCode)
    return no === null ? undefined : chainOfAccount(no)
  }

  credit(tenant: number, customerId: string): ReadonlyArray<CreditHead> {
    if (!customerId.isWellFormed()) return []
    return rows<AccountRow>(this.#sql.accounts, tenant, customerId).map((each) => toAccount(each).head)
  }

  /** A name that two captures have says of neither of them that it is meant. */
  match(tenant: number, provider: string, at: Named): Matched | null {
    const name = "reference" in at ? at.reference : at.captureReference
    if (!name.isWellFormed() || !provider.isWellFormed()) return null
    if ("reference" in at) {
      const [refundId] = row<readonly [RefundId]>(this.#sql.refundByReference, tenant, name, provider) ?? []
      return refundId === undefined ? null : { _tag: "refund", refundId }
    }
    const found = rows<readonly [OrderId, CaptureId]>(this.#sql.capturesByReference, tenant, name, provider)
    const [only] = found
    return only === undefined || found.length > 1 ? null : { _tag: "capture", orderId: only[0], captureId: only[1] }
  }

  key(hash: string): OwnedKey | null {
    const tenant = row<readonly [TenantId]>(this.#sql.tenantOfKey, hash)?.[0]
    if (tenant === undefined) return null
    const key = this.#loader.tenantOf(new Known(), tenant).settings.keys.find((each) => each.hash === hash)
    return key === undefined ? null : { tenant, key }
  }

  hasOrders(tenant: number): boolean {
    return row(this.#sql.anyOrder, tenant) !== undefined
  }
}

export const makeReader = (
  db: DatabaseSync,
  loader: Loader,
  readInOne: ReadInOne,
  retried: Retried,
  openAnother: () => DatabaseSync
): (typeof LedgerReader)["Service"] => {
  const lookups = new Lookups(db, loader)
  const refundList = new RefundList(db, loader)

  /** `otherwise` where nothing of the tenant was ever written. */
  const read = <A>(tenant: TenantId, otherwise: A, look: (no: number, known: Known) => A) =>
    retried(() =>
      readInOne(() => {
        const known = new Known()
        const { no } = loader.tenantOf(known, tenant)
        return no === null ? otherwise : look(no, known)
      })
    )

  /** Refunds below a number: one more than wanted where there are more. */
  const below = (
    tenant: TenantId,
    filter: RefundFilter,
    before: number,
    wanted: number
  ): Effect.Effect<ReadonlyArray<Refund>, LedgerUnavailable> =>
    read(tenant, noneFound, (no, known) => {
      const { found, next } = refundList.slice(no, known, filter, before, wanted + 1)
      return { refunds: lookups.toRefunds(found), next }
    }).pipe(
      Effect.flatMap(({ next, refunds }) => {
        if (next === 0 || refunds.length > wanted) return Effect.succeed(refunds)
        const rest = Effect.andThen(nextTurn, below(tenant, filter, next, wanted - refunds.length))
        return Effect.map(rest, (more) => [...refunds, ...more])
      })
    )

  const list = (tenant: TenantId, filter: RefundFilter, { cursor, limit }: Page) =>
    (cursor === null ? retried(() => lookups.lastNumber() + 1) : Effect.succeed(numberOf(cursor))).pipe(
      Effect.flatMap((before) => below(tenant, filter, before, limit)),
      Effect.map((found): RefundPage => {
        const refunds = found.slice(0, limit)
        const last = refunds.at(-1)
        return { refunds, next: found.length > limit && last !== undefined ? cursorOf(last.number) : null }
      })
    )

  return {
    order: (tenant, at) => read<OrderView | null>(tenant, null, (no, known) => lookups.order(no, known, at)),
    refunds: (tenant, at) => read<ReadonlyArray<Refund>>(tenant, [], (no) => lookups.refunds(no, at)),
    list,
    credit: (tenant, customerId) => read<ReadonlyArray<CreditHead>>(tenant, [], (no) => lookups.credit(no, customerId)),
    match: (tenant, provider, at) => read<Matched | null>(tenant, null, (no) => lookups.match(no, provider, at)),
    keyByHash: (hash) => retried(() => readInOne(() => lookups.key(hash))),
    journal: (tenant, chain) =>
      read<ReadonlyArray<JournalEntry>>(tenant, [], (no, known) => lookups.journal(no, known, chain)),
    verify: verifying(openAnother, retried),
    hasOrders: (tenant) => read(tenant, false, (no) => lookups.hasOrders(no))
  }
}

interface Page {
  readonly limit: number
  readonly cursor: string | null
}

const noneFound: { readonly refunds: ReadonlyArray<Refund>; readonly next: number } = { refunds: [], next: 0 }
