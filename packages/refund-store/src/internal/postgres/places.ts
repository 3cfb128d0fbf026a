/** Which order a capture or a refund is of: that never changes, so it is read before the order's lane is known, and kept. */
import type { OrderId } from "refund-core/Ids"
import type { Scope } from "refund-core/ports/LedgerStore"
import { canBeKept, given, valuesOf } from "./lists.ts"
import type { Connection } from "./pool.ts"

const columns = { tenant: "text", id: "text" } as const
const ofOrder = "JOIN orders o ON o.no = x.order_no AND o.tenant = x.tenant"

const capturesSql = `SELECT v.tenant, v.id, o.id FROM ${given(columns)} JOIN tenants t ON t.id = v.tenant
  JOIN captures x ON x.tenant = t.no AND x.id = v.id ${ofOrder}`

/** By its id, or by that of the group that it is of. */
const refundsSql = `SELECT v.tenant, v.id, o.id FROM ${given(columns)} JOIN tenants t ON t.id = v.tenant
    JOIN refunds x ON x.tenant = t.no AND x.id = v.id ${ofOrder}
  UNION SELECT v.tenant, v.id, o.id FROM ${given(columns)} JOIN tenants t ON t.id = v.tenant
    JOIN refunds x ON x.tenant = t.no AND x.group_id = v.id ${ofOrder}`

type Row = readonly [tenant: string, id: string, order: string]

/** As many places are kept as this. */
const keptLimit = 50_000

type At = { readonly capture: string } | { readonly refund: string }
const nameOf = (tenant: string, at: At): string =>
  "capture" in at ? `c${JSON.stringify([tenant, at.capture])}` : `r${JSON.stringify([tenant, at.refund])}`

export class Places {
  #kept = new Map<string, OrderId>()

  keep(tenant: string, at: At, order: OrderId): void {
    if (this.#kept.size >= keptLimit) this.#kept = new Map()
    this.#kept.set(nameOf(tenant, at), order)
  }

  /** Undefined: it has to be looked up. Null: at no order. */
  known({ at, tenant }: Scope): OrderId | null | undefined {
    if ("order" in at) return at.order
    return "capture" in at || "refund" in at ? this.#kept.get(nameOf(tenant, at)) : null
  }

  /** Afterwards those that there are, are known. */
  async find(connection: Connection, scopes: ReadonlyArray<Scope>): Promise<void> {
    const captures: Array<readonly [string, string]> = []
    const refunds: Array<readonly [string, string]> = []
    for (const { at, tenant } of scopes) {
      if (!canBeKept(tenant)) continue
      if ("capture" in at && canBeKept(at.capture)) captures.push([tenant, at.capture])
      if ("refund" in at && canBeKept(at.refund)) refunds.push([tenant, at.refund])
    }
    const ask = (sql: string, rows: ReadonlyArray<readonly [string, string]>) =>
      rows.length === 0 ? { rows: [] } : connection.ask<Row>(sql, ...valuesOf(columns, rows))
    const [ofCaptures, ofRefunds] = await Promise.all([ask(capturesSql, captures), ask(refundsSql, refunds)])
    for (const [tenant, capture, order] of ofCaptures.rows) this.keep(tenant, { capture }, order as OrderId)
    for (const [tenant, refund, order] of ofRefunds.rows) this.keep(tenant, { refund }, order as OrderId)
  }
}
