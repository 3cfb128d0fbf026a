/** What is found by what: an order, its refunds, a customer's accounts, a key. */
import type { CreditHead } from "refund-core/Credit"
import type { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { LedgerReader, Matched, OrderView } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import type { ApiKey } from "refund-core/Settings"
import { type AccountRow, accountColumns, toAccount } from "./accountRows.ts"
import { type Asking, row, rows } from "./ask.ts"
import type { Dialect } from "./dialect.ts"
import type { Known, Loader } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { heldAs, orderNoOf, type RefundRow, refundColumns, toRefund, walkOfOrder } from "./refundRows.ts"

/** Left to itself, SQLite would look through all captures of a tenant: the index has to be named. */
export const lookupSql = ({ among, by, contains, numberIn }: Dialect) => ({
  refundsOfOrder: `${walkOfOrder} SELECT ${refundColumns} FROM refunds WHERE ${among("no", "SELECT no FROM walk")} AND +tenant = ? ORDER BY no`,
  refundByNumber: `SELECT ${refundColumns} FROM refunds WHERE no = ? AND tenant = ?`,
  orderIds: `SELECT no, id FROM orders WHERE ${numberIn("no", "?1")}`,
  lastNumber: "SELECT max(no) FROM refunds",
  accounts: `SELECT ${accountColumns} FROM accounts WHERE tenant = ? AND customer_id = ? ORDER BY currency`,
  refundByReference: `SELECT id FROM refunds WHERE ${contains("request", "?3")} AND ${among(
    "no",
    `SELECT no FROM refunds WHERE tenant = ?1 AND provider_reference = ?2
      UNION SELECT refund_no FROM former_references WHERE tenant = ?1 AND reference = ?2`
  )} ORDER BY no LIMIT 1`,
  capturesByReference: `SELECT o.id, c.id FROM captures c${by("captures_by_reference")}
    JOIN orders o ON o.no = c.order_no WHERE c.tenant = ?1 AND c.reference = ?2 AND c.provider = ?3 LIMIT 2`,
  tenantOfKey: "SELECT t.id FROM keys k JOIN tenants t ON t.no = k.tenant WHERE k.hash = ?",
  anyOrder: "SELECT 1 FROM orders WHERE tenant = ? LIMIT 1"
})

type OwnedKey = { readonly tenant: TenantId; readonly key: ApiKey }

type Named = Parameters<(typeof LedgerReader)["Service"]["match"]>[2]

/** Each inside one read transaction, for a tenant that has a number. */
export class Lookups {
  readonly #sql
  readonly #loader

  constructor(dialect: Dialect, loader: Loader) {
    this.#sql = lookupSql(dialect)
    this.#loader = loader
  }

  *order(tenant: number, at: Parameters<(typeof LedgerReader)["Service"]["order"]>[1]): Asking<OrderView | null> {
    const order =
      "order" in at
        ? yield* this.#loader.orderById(tenant, at.order)
        : yield* this.#loader.orderByCapture(tenant, at.capture)
    return order === null ? null : yield* this.#viewOf(tenant, order)
  }

  *#viewOf(tenant: number, { createdAt, head, no, updatedAt }: StoredOrder): Asking<OrderView> {
    const found = yield* rows<RefundRow>(this.#sql.refundsOfOrder, no, tenant, tenant)
    const refunds = found.map((each) => toRefund(each, head.id))
    return { head, ...(yield* this.#loader.registrationOf(no)), createdAt, updatedAt, refunds }
  }

  *refunds(tenant: number, at: { readonly id: RefundId } | { readonly number: number }): Asking<ReadonlyArray<Refund>> {
    const found =
      "id" in at
        ? yield* this.#loader.groupRows(tenant, at.id)
        : yield* rows<RefundRow>(this.#sql.refundByNumber, at.number, tenant)
    return yield* this.toRefunds(found)
  }

  *toRefunds(found: ReadonlyArray<RefundRow>): Asking<ReadonlyArray<Refund>> {
    if (found.length === 0) return []
    const numbers = JSON.stringify([...new Set(found.map(orderNoOf))])
    const ids = new Map(yield* rows<readonly [number, OrderId]>(this.#sql.orderIds, numbers))
    return found.map((each) => {
      const id = ids.get(orderNoOf(each))
      if (id === undefined) throw new Error(`refund number ${each[0]} belongs to no order`)
      return toRefund(each, id)
    })
  }

  *lastNumber(): Asking<number> {
    return (yield* row<readonly [number | null]>(this.#sql.lastNumber))?.[0] ?? 0
  }

  *credit(tenant: number, customerId: string): Asking<ReadonlyArray<CreditHead>> {
    return (yield* rows<AccountRow>(this.#sql.accounts, tenant, customerId)).map((each) => toAccount(each).head)
  }

  /** A name that two captures have says of neither of them that it is meant. */
  *match(tenant: number, provider: string, at: Named): Asking<Matched | null> {
    if ("reference" in at) {
      const held = heldAs("provider", provider)
      const [refundId] =
        (yield* row<readonly [RefundId]>(this.#sql.refundByReference, tenant, at.reference, held)) ?? []
      return refundId === undefined ? null : { _tag: "refund", refundId }
    }
    const name = at.captureReference
    const found = yield* rows<readonly [OrderId, CaptureId]>(this.#sql.capturesByReference, tenant, name, provider)
    const [only] = found
    return only === undefined || found.length > 1 ? null : { _tag: "capture", orderId: only[0], captureId: only[1] }
  }

  *key(known: Known, hash: string): Asking<OwnedKey | null> {
    const [tenant] = (yield* row<readonly [TenantId]>(this.#sql.tenantOfKey, hash)) ?? []
    if (tenant === undefined) return null
    const { settings } = yield* this.#loader.tenantOf(known, tenant)
    const key = settings.keys.find((each) => each.hash === hash)
    return key === undefined ? null : { tenant, key }
  }

  *hasOrders(tenant: number): Asking<boolean> {
    return (yield* row(this.#sql.anyOrder, tenant)) !== undefined
  }
}
