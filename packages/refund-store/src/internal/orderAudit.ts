/** The orders: their chains, and everything that is stored of them held against what their entries give. */
import type { CaptureId } from "refund-core/Ids"
import { orderChain, textsHash } from "refund-core/Journal"
import type { Refund } from "refund-core/Refund"
import { type Asking, row, rows } from "./ask.ts"
import { type ChainAudit, groupsOf, type Problem, portion, readable, type Step } from "./chainAudit.ts"
import type { Promises } from "./creditAudit.ts"
import type { Dialect } from "./dialect.ts"
import { sha256 } from "./digest.ts"
import {
  entriesOf,
  type OrderRow,
  orderColumns,
  type RegistrationRow,
  type StoredOrder,
  toOrder,
  toRegistered
} from "./orderRows.ts"
import { difference, Recomputed } from "./recompute.ts"
import { orderNoOf, type RefundRow, referenceOf, referencesOf, refundColumns, stageOf, toRefund } from "./refundRows.ts"

const auditSql = ({ numberIn, textIn }: Dialect) => ({
  orders: `SELECT ${orderColumns} FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?`,
  registrations: `SELECT order_no, registration, texts FROM registrations WHERE ${numberIn("order_no", "?1")}`,
  captures: `SELECT id, order_no, provider, reference FROM captures WHERE tenant = ?1 AND ${textIn("id", "?2")}`,
  refunds: `SELECT ${refundColumns}, request_key, tenant, stage, provider_reference, prior FROM refunds
    WHERE ${numberIn("no", "?1")}`,
  formerReference: "SELECT 1 FROM former_references WHERE tenant = ? AND reference = ? AND refund_no = ?"
})

/** Orders whose rows are read at once. */
const ordersAtOnce = 100

type CaptureRow = readonly [id: CaptureId, orderNo: number, provider: string | null, reference: string | null]
type LinkedRow = readonly [
  ...RefundRow,
  key: string | null,
  tenant: number,
  stage: number,
  reference: string | null,
  prior: number | null
]

/** An order whose row can be read, and what its entries give, or what is wrong with one of them. */
interface Walked {
  readonly order: StoredOrder
  readonly recomputed: Recomputed
  readonly broken: Problem | null
}

/** What is stored of a group's orders beside their own rows. */
interface Beside {
  readonly registrations: ReadonlyMap<number, RegistrationRow>
  readonly captures: ReadonlyMap<CaptureId, CaptureRow>
}

export class OrderAudit {
  readonly #dialect
  readonly #sql
  readonly #chains: ChainAudit
  readonly #promises: Promises
  /** How many the orders have. */
  refunds = 0

  constructor(dialect: Dialect, chains: ChainAudit, promises: Promises) {
    this.#dialect = dialect
    this.#sql = auditSql(dialect)
    this.#chains = chains
    this.#promises = promises
  }

  /** By their ids; of several problems the first one's. */
  *all(tenant: number): Step<Problem | null> {
    let last = ""
    while (true) {
      const found = yield* rows<OrderRow>(this.#sql.orders, tenant, last, ordersAtOnce)
      for (const group of groupsOf(found, entriesOf)) {
        const problem = yield* this.#group(tenant, group)
        if (problem !== null) return problem
      }
      const [, id] = found.at(-1) ?? []
      if (id === undefined || found.length < ordersAtOnce) return null
      last = id
    }
  }

  *#group(tenant: number, found: ReadonlyArray<OrderRow>): Step<Problem | null> {
    const read = found.map((each) => ({ id: each[1], order: readable(() => toOrder(each)) }))
    const orders = read.flatMap(({ order }) => (order instanceof Error ? [] : [order]))
    const walked = yield* this.#walk(orders)
    const beside = yield* this.#beside(tenant, orders)
    const refunds = new LinkedRefunds(
      this.#sql.refunds,
      orders.flatMap((order) => walked.get(order) ?? [])
    )
    for (const { id, order } of read) {
      const chain = orderChain(id)
      if (order instanceof Error) return unreadable(chain, order)
      const of = walked.get(order)
      if (of === undefined) throw new Error(`${chain} was not walked`)
      if (of.broken !== null) return of.broken
      const registered = readable(() => orderDiffers(this.#dialect, of, beside))
      if (registered instanceof Error) return unreadable(chain, registered)
      const what =
        registered ?? (yield* this.#refundsDiffer(tenant, of, refunds)) ?? this.#promises.addOrder(of.recomputed)
      if (what !== null) return { chain, seq: order.head.entries, what }
      this.#chains.orders++
      yield this.#chains.done()
    }
    return null
  }

  /** The chains, in the order of their numbers, as their entries are read. */
  *#walk(orders: ReadonlyArray<StoredOrder>): Step<ReadonlyMap<StoredOrder, Walked>> {
    const entries = this.#chains.entriesOf(orders.map(({ no }) => no))
    const walked = new Map<StoredOrder, Walked>()
    for (const order of orders.toSorted((a, b) => a.no - b.no)) {
      const { hash, head, no } = order
      const recomputed = new Recomputed()
      const chain = { name: orderChain(head.id), home: "order", no, entries: head.entries, hash } as const
      const broken = yield* this.#chains.walk(entries, chain, (entry) => recomputed.add(entry))
      walked.set(order, { order, recomputed, broken })
    }
    return walked
  }

  *#beside(tenant: number, orders: ReadonlyArray<StoredOrder>): Asking<Beside> {
    const numbers = orders.map((order) => order.no)
    const ids = orders.flatMap((order) => order.head.captures.map((capture) => capture.id))
    const registrations = yield* rows<readonly [orderNo: number, ...RegistrationRow]>(
      this.#sql.registrations,
      JSON.stringify(numbers)
    )
    const captures = yield* rows<CaptureRow>(this.#sql.captures, tenant, JSON.stringify(ids))
    return {
      registrations: new Map(registrations.map(([no, ...registered]) => [no, registered])),
      captures: new Map(captures.map((each) => [each[0], each]))
    }
  }

  /** Each leads to the one that was asked for before it, and the order to its newest. */
  *#refundsDiffer(
    tenant: number,
    { order: { head, lastRefund, no }, recomputed }: Walked,
    refunds: LinkedRefunds
  ): Step<string | null> {
    const numbers = newestFirst(recomputed)
    let link = linkDiffers("its newest refund", lastRefund, numbers[0])
    for (const [index, number] of numbers.entries()) {
      const found = yield* refunds.next()
      if (found === undefined) return `refund number ${number} is missing`
      const refund = readable(() => toRefund(refundRowOf(found), head.id))
      const what =
        refund instanceof Error
          ? refund
          : readable(() => refundDiffers(this.#dialect, tenant, no, found, refund, recomputed))
      if (what instanceof Error) return `refund number ${number} cannot be read: ${what.message}`
      const differs = what ?? (yield* this.#formerReferenceMissing(tenant, refund as Refund))
      if (differs !== null) return differs
      link ??= linkDiffers(`the refund before number ${number}`, priorOf(found), numbers[index + 1])
      this.refunds++
      yield this.#chains.done()
    }
    return link
  }

  *#formerReferenceMissing(tenant: number, refund: Refund): Asking<string | null> {
    const [goesBy, ...others] = referencesOf(refund)
    for (const reference of others) {
      if (reference === goesBy || this.#dialect.keptName(reference) === null) continue
      const kept = yield* row(this.#sql.formerReference, tenant, reference, refund.number)
      if (kept === undefined) return `refund ${refund.id}: it is not found by ${reference}`
    }
    return null
  }
}

/** The refunds that the journal gives the orders, one after the other as they are looked at; read a portion at a time. */
class LinkedRefunds {
  readonly #sql
  readonly #numbers: ReadonlyArray<number>
  #found: ReadonlyMap<number, LinkedRow> = new Map()
  #index = 0

  constructor(sql: string, walked: ReadonlyArray<Walked>) {
    this.#sql = sql
    this.#numbers = walked.flatMap(({ broken, recomputed }) => (broken === null ? newestFirst(recomputed) : []))
  }

  *next(): Asking<LinkedRow | undefined> {
    if (this.#index % portion === 0) {
      const numbers = this.#numbers.slice(this.#index, this.#index + portion)
      const found = yield* rows<LinkedRow>(this.#sql, JSON.stringify(numbers))
      this.#found = new Map(found.map((each) => [each[0], each]))
    }
    return this.#found.get(this.#numbers[this.#index++] ?? 0)
  }
}

const refundRowOf = (found: LinkedRow): RefundRow => found.slice(0, -5) as unknown as RefundRow
const priorOf = (found: LinkedRow): number | null => found[found.length - 1] as number | null

const unreadable = (chain: string, error: Error): Problem => {
  return { chain, seq: 0, what: `its rows cannot be read: ${error.message}` }
}

const newestFirst = ({ refunds }: Recomputed): ReadonlyArray<number> =>
  [...refunds.values()].map((refund) => refund.number).reverse()

const linkDiffers = (what: string, stored: number | null, journalled: number | undefined): string | null =>
  stored === (journalled ?? null) ? null : `${what} is number ${stored}, the journal gives ${journalled ?? null}`

const orderDiffers = (
  dialect: Dialect,
  { order, recomputed }: Walked,
  { captures, registrations }: Beside
): string | null => {
  const { facts, firstAt, lastAt, orderTextsHash } = recomputed
  const { registration, texts } = toRegistered(order.no, registrations.get(order.no))
  if (facts.order === null) return "the order is not in its journal"
  if (texts !== null && textsHash(texts, sha256) !== orderTextsHash) return "the order's texts were changed"
  return (
    difference(order.head, facts.order) ??
    difference({ registration }, { registration: facts.registration }) ??
    difference({ createdAt: order.createdAt, updatedAt: order.updatedAt }, { createdAt: firstAt, updatedAt: lastAt }) ??
    capturesDiffer(dialect, order, captures)
  )
}

const capturesDiffer = (
  { keptName }: Dialect,
  { head, no }: StoredOrder,
  captures: Beside["captures"]
): string | null => {
  for (const { id, provider, reference } of head.captures) {
    const [, orderNo = null, ofProvider = null, ofReference = null] = captures.get(id) ?? []
    const what = difference(
      { orderNo, provider: ofProvider, reference: ofReference },
      { orderNo: no, provider: keptName(provider), reference: keptName(reference) }
    )
    if (what !== null) return `the directory of captures: capture ${id}: ${what}`
  }
  return null
}

const refundDiffers = (
  { keptKey, keptName }: Dialect,
  tenant: number,
  orderNo: number,
  found: LinkedRow,
  refund: Refund,
  recomputed: Recomputed
): string | null => {
  const [key, ofTenant, stage, reference] = found.slice(-5)
  const journalledKey = recomputed.keys.get(refund.id)
  const journalled = recomputed.refunds.get(refund.id)
  if (journalled === undefined) return `refund ${refund.id} is not in the journal`
  if (refund.texts !== null && textsHash(refund.texts, sha256) !== recomputed.textsHashes.get(refund.id)) {
    return `the texts of refund ${refund.id} were changed`
  }
  const what =
    difference({ ...refund, texts: null }, { ...journalled, texts: null }) ??
    difference(
      { key, tenant: ofTenant, orderNo: orderNoOf(refundRowOf(found)), stage, reference },
      {
        key: journalledKey === undefined ? null : keptKey(journalledKey),
        tenant,
        orderNo,
        stage: stageOf(refund),
        reference: keptName(referenceOf(refund))
      }
    )
  return what === null ? null : `refund ${refund.id}: ${what}`
}
