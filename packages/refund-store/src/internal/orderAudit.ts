/** One order: its chain, and everything that is stored of it held against what its entries give. */
import type { OrderId } from "refund-core/Ids"
import { orderChain, type ReadEntry, textsHash } from "refund-core/Journal"
import type { Refund } from "refund-core/Refund"
import { type Asking, row } from "./ask.ts"
import { type ChainAudit, type Problem, readable, type Step } from "./chainAudit.ts"
import { unicodeOrNull } from "./connection.ts"
import type { Promises } from "./creditAudit.ts"
import { sha256 } from "./digest.ts"
import { Known, type Loader } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { difference, Recomputed } from "./recompute.ts"
import { orderNoOf, type RefundRow, referenceOf, referencesOf, refundColumns, stageOf, toRefund } from "./refundRows.ts"

const sql = {
  refund: `SELECT ${refundColumns}, request_key, tenant, stage, provider_reference, prior FROM refunds WHERE no = ?`,
  formerReference: "SELECT 1 FROM former_references WHERE tenant = ? AND reference = ? AND refund_no = ?",
  capture: "SELECT order_no, provider, reference FROM captures WHERE tenant = ? AND id = ?"
}

type LinkedRow = readonly [
  ...RefundRow,
  key: string | null,
  tenant: number,
  stage: number,
  reference: string | null,
  prior: number | null
]

export class OrderAudit {
  readonly #loader: Loader
  readonly #chains: ChainAudit
  readonly #promises: Promises
  /** How many the orders have. */
  refunds = 0

  constructor(loader: Loader, chains: ChainAudit, promises: Promises) {
    this.#loader = loader
    this.#chains = chains
    this.#promises = promises
  }

  *audit(tenant: number, id: string): Step<Problem | null> {
    const chain = orderChain(id)
    const unreadable = (error: Error): Problem => ({ chain, seq: 0, what: `its rows cannot be read: ${error.message}` })
    const order = yield* readable(this.#loader.orderById(new Known(), tenant, id))
    if (order === null || order instanceof Error) return unreadable(order ?? new Error("no such order"))
    const recomputed = new Recomputed()
    const { hash, head, no } = order
    const walked = { name: chain, home: "order", no, entries: head.entries, hash } as const
    const broken = yield* this.#chains.walk(walked, (entry) => recomputing(recomputed, entry))
    if (broken !== null) return broken
    const what = yield* readable(this.#orderDiffers(tenant, order, recomputed))
    if (what instanceof Error) return unreadable(what)
    const differs =
      what ?? (yield* this.#refundsDiffer(tenant, order, recomputed)) ?? this.#promises.addOrder(recomputed)
    return differs === null ? null : { chain, seq: head.entries, what: differs }
  }

  *#orderDiffers(
    tenant: number,
    order: StoredOrder,
    { facts, firstAt, lastAt, orderTextsHash }: Recomputed
  ): Asking<string | null> {
    const { registration, texts } = yield* this.#loader.registrationOf(order.no)
    if (facts.order === null) return "the order is not in its journal"
    if (texts !== null && textsHash(texts, sha256) !== orderTextsHash) return "the order's texts were changed"
    return (
      difference(order.head, facts.order) ??
      difference({ registration }, { registration: facts.registration }) ??
      difference(
        { createdAt: order.createdAt, updatedAt: order.updatedAt },
        { createdAt: firstAt, updatedAt: lastAt }
      ) ??
      (yield* this.#capturesDiffer(tenant, order))
    )
  }

  *#capturesDiffer(tenant: number, { head, no }: StoredOrder): Asking<string | null> {
    for (const { id, provider, reference } of head.captures) {
      const found = yield* row<readonly [number, string | null, string | null]>(sql.capture, tenant, id)
      const [orderNo = null, ofProvider = null, ofReference = null] = found ?? []
      const what = difference(
        { orderNo, provider: ofProvider, reference: ofReference },
        { orderNo: no, provider: unicodeOrNull(provider), reference: unicodeOrNull(reference) }
      )
      if (what !== null) return `the directory of captures: capture ${id}: ${what}`
    }
    return null
  }

  *#refundsDiffer(tenant: number, { head, lastRefund, no }: StoredOrder, recomputed: Recomputed): Step<string | null> {
    let next = lastRefund
    let left = recomputed.refunds.size
    while (next !== null) {
      const found: LinkedRow | undefined = yield* row<LinkedRow>(sql.refund, next)
      if (found === undefined) return `refund number ${next} is missing`
      const what = yield* readable(this.#refundDiffers(tenant, no, found, recomputed, head.id))
      if (what instanceof Error) return `refund number ${next} cannot be read: ${what.message}`
      if (what !== null) return what
      const prior: number | null = found[found.length - 1] as number | null
      if (prior !== null && prior >= next) return `refund number ${next} follows one that came after it`
      next = prior
      left--
      this.refunds++
      yield this.#chains.done()
    }
    return left === 0 ? null : `${left} of its refunds are missing`
  }

  *#refundDiffers(
    tenant: number,
    orderNo: number,
    found: LinkedRow,
    recomputed: Recomputed,
    orderId: OrderId
  ): Asking<string | null> {
    const stored = found.slice(0, -5) as unknown as RefundRow
    const [key, ofTenant, stage, reference] = found.slice(-5)
    const refund = toRefund(stored, orderId)
    const journalled = recomputed.refunds.get(refund.id)
    if (journalled === undefined) return `refund ${refund.id} is not in the journal`
    if (refund.texts !== null && textsHash(refund.texts, sha256) !== recomputed.textsHashes.get(refund.id)) {
      return `the texts of refund ${refund.id} were changed`
    }
    const what =
      difference({ ...refund, texts: null }, { ...journalled, texts: null }) ??
      difference(
        { key, tenant: ofTenant, orderNo: orderNoOf(stored), stage, reference },
        {
          key: recomputed.keys.get(refund.id) ?? null,
          tenant,
          orderNo,
          stage: stageOf(refund),
          reference: referenceOf(refund)
        }
      ) ??
      (yield* this.#formerReferenceMissing(tenant, refund))
    return what === null ? null : `refund ${refund.id}: ${what}`
  }

  *#formerReferenceMissing(tenant: number, refund: Refund): Asking<string | null> {
    const [goesBy, ...others] = referencesOf(refund)
    for (const reference of others) {
      if (reference === goesBy) continue
      const kept = yield* row(sql.formerReference, tenant, reference, refund.number)
      if (kept === undefined) return `it is not found by ${reference}`
    }
    return null
  }
}

export function* recomputing(recomputed: Recomputed, entry: ReadEntry): Asking<null> {
  return recomputed.add(entry)
}
