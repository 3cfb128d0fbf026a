/** Which order a capture or a refund is of: that never changes, so it is read before the order's lane is known, and kept. */
import type { OrderId } from "refund-core/Ids"
import type { Scope } from "refund-core/ports/LedgerStore"
import { type Asking, together } from "../ask.ts"
import type { Loading } from "./load.ts"

type Row = readonly [tenant: string, id: string, order: string]

/** As many places are kept as this, and as many from before them: what a batch asks for is not let go of while it finds the rest. */
const keptLimit = 25_000

type At = { readonly capture: string } | { readonly refund: string }
const nameOf = (tenant: string, at: At): string =>
  "capture" in at ? `c${JSON.stringify([tenant, at.capture])}` : `r${JSON.stringify([tenant, at.refund])}`

export class Places {
  #kept = new Map<string, OrderId>()
  #before = new Map<string, OrderId>()

  keep(tenant: string, at: At, order: OrderId): void {
    if (this.#kept.size >= keptLimit) this.#start(this.#kept)
    this.#kept.set(nameOf(tenant, at), order)
  }

  /** Another server may answer next, which lacks the last commits. */
  forget(): void {
    this.#start(new Map())
  }

  #start(before: Map<string, OrderId>): void {
    this.#before = before
    this.#kept = new Map()
  }

  /** Undefined: it has to be looked up. Null: at no order. */
  known({ at, tenant }: Scope): OrderId | null | undefined {
    if ("order" in at) return at.order
    if (!("capture" in at || "refund" in at)) return null
    const name = nameOf(tenant, at)
    const order = this.#kept.get(name) ?? this.#before.get(name)
    if (order !== undefined && !this.#kept.has(name)) this.keep(tenant, at, order)
    return order
  }

  /** Afterwards those that there are, are known. */
  *find({ dialect, loads }: Omit<Loading, "tenants">, scopes: ReadonlyArray<Scope>): Asking<void> {
    const captures: Array<readonly [string, string]> = []
    const refunds: Array<readonly [string, string]> = []
    for (const { at, tenant } of scopes) {
      if (dialect.keptName(tenant) === null) continue
      if ("capture" in at && dialect.keptName(at.capture) !== null) captures.push([tenant, at.capture])
      if ("refund" in at && dialect.keptName(at.refund) !== null) refunds.push([tenant, at.refund])
    }
    const [ofCaptures, ofRefunds] = (yield* together([
      { statement: loads.ordersOfCaptures, rows: captures },
      { statement: loads.ordersOfRefunds, rows: refunds }
    ])) as readonly [ReadonlyArray<Row>, ReadonlyArray<Row>]
    for (const [tenant, capture, order] of ofCaptures) this.keep(tenant, { capture }, order as OrderId)
    for (const [tenant, refund, order] of ofRefunds) this.keep(tenant, { refund }, order as OrderId)
  }
}
