/**
 * A refund ledger of a few rules in a few maps, of no kinship with refund-core: what the laws are tried on. Each bug is
 * one that such ledgers are known to have had.
 */
import { randomUUID } from "node:crypto"
import { setImmediate as soon } from "node:timers/promises"
import { SmallCredit } from "./smallCredit.ts"

export const bugs = [
  "cap off by one",
  "lost update",
  "a replay pays again",
  "hold not released",
  "float money",
  "wrong currency exponent",
  "self-approval",
  "late success ignored",
  "last unit kept back",
  "collected less refunded",
  "rejections in the journal",
  "credit overdrawn",
  "credit spent twice",
  "lots left behind",
  "a spend again is another",
  "last credit kept back",
  "outside ignored",
  "outside told twice"
] as const
export type Bug = (typeof bugs)[number]

interface Capture {
  readonly id: string
  readonly amount: number
  readonly provider: string
  readonly reference?: string
  held: number
  refunded: number
}

interface Refund {
  readonly id: string
  readonly groupId: string
  readonly orderId: string
  /** Null: it goes to the customer's credit. */
  readonly captureId: string | null
  readonly destination: "original" | "store_credit"
  readonly amount: number
  readonly requestedBy: string
  state: string
}

interface Order {
  readonly id: string
  readonly currency: string
  readonly customerId?: string
  readonly captures: Array<Capture>
  /** What goes to credit uses up no capture. */
  readonly toCredit: Pick<Capture, "held" | "refunded">
  readonly refunds: Array<Refund>
}

export interface Asked {
  readonly amount: number | "all"
  readonly captureId?: string
  readonly destination?: "original" | "store_credit"
  readonly requiresApproval?: boolean
  readonly id?: string
}

/** No: with the code of the rule that was broken. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

const digitsOf: Readonly<Record<string, number>> = { USD: 2, EUR: 2, JPY: 0, KWD: 3, CLF: 4 }

const left = ({ amount, held, refunded }: Capture): number => amount - held - refunded
const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((all, amount) => all + amount, 0)

export class SmallLedger {
  readonly #bug: Bug | null
  readonly #orders = new Map<string, Order>()
  readonly #groups = new Map<string, { readonly orderId: string; readonly content: string; readonly groupId: string }>()
  readonly #heard = new Set<string>()
  readonly credit: SmallCredit
  entries = 0

  constructor(bug: Bug | null) {
    this.#bug = bug
    this.credit = new SmallCredit(bug)
  }

  register(id: string, { captures, currency, ...of }: Pick<Order, "currency" | "captures" | "customerId">): void {
    const kept = captures.map((each) => ({ ...each, amount: this.#kept(each.amount, currency), held: 0, refunded: 0 }))
    this.#orders.set(id, { id, currency, ...of, captures: kept, toCredit: { held: 0, refunded: 0 }, refunds: [] })
    this.entries++
  }

  /** It becomes a capture of the order that it pays for. */
  async spend(customerId: string, asked: { id: string; orderId: string; amount: number; currency: string }) {
    const { amount, currency, id, orderId } = asked
    const order = this.#order(orderId)
    const known = order.captures.find((capture) => capture.id === id)
    if (known !== undefined && known.amount !== amount) throw new Refused(409, "CaptureConflict", "another amount")
    const changed = known === undefined || this.#bug === "a spend again is another"
    if (changed) await this.credit.spend(customerId, currency, amount)
    if (known === undefined) order.captures.push({ id, amount, provider: "store_credit", held: 0, refunded: 0 })
    if (changed) this.entries++
    return { id, changed, customerId, order: this.show(orderId), credit: this.credit.one(customerId, currency) }
  }

  /** A provider tells of a refund that it made of itself. */
  tell({ amount, captureId, id, orderId }: { id: string; orderId: string; captureId: string; amount: number }): void {
    if (this.#bug === "outside ignored" || (this.#heard.has(id) && this.#bug !== "outside told twice")) return
    this.#heard.add(id)
    const order = this.#order(orderId)
    const capture = order.captures.find((each) => each.id === captureId)
    if (capture === undefined) return
    const name = randomUUID()
    const made = { destination: "original", requestedBy: "provider", state: "settled" } as const
    order.refunds.push({ id: name, groupId: name, orderId, captureId, amount, ...made })
    capture.refunded += amount
    this.entries++
  }

  async request(by: string, orderId: string, asked: Asked, key: string | undefined) {
    const name = key ?? asked.id ?? ""
    const content = JSON.stringify([orderId, asked])
    const known = this.#groups.get(name)
    if (known !== undefined && known.content !== content) {
      throw new Refused(422, "IdempotencyKeyReused", "this key names another request")
    }
    if (known !== undefined && this.#bug !== "a replay pays again")
      return this.#group(known.orderId, known.groupId, true)
    const order = this.#bug === "lost update" ? structuredClone(this.#order(orderId)) : this.#order(orderId)
    if (this.#bug === "lost update") await soon()
    const parts = this.#parts(order, asked)
    const groupId = asked.id ?? randomUUID()
    for (const [captureId, amount] of parts) {
      const id = parts.length === 1 ? groupId : randomUUID()
      const state = asked.requiresApproval === true ? "pending_approval" : "approved"
      const destination = asked.destination ?? "original"
      const refund: Refund = { id, groupId, orderId, captureId, destination, amount, requestedBy: by, state }
      this.#claimedBy(order, refund).held += amount
      order.refunds.push(refund)
      if (state === "approved") this.#submit(order, refund)
    }
    this.#orders.set(orderId, order)
    this.#groups.set(name, { orderId, content, groupId })
    this.entries++
    return this.#group(orderId, groupId, false)
  }

  /** What would be refunded of which capture. */
  preview(orderId: string, asked: Asked): void {
    this.#parts(this.#order(orderId), asked)
  }

  decide(by: string, verb: string, refundId: string) {
    const order = [...this.#orders.values()].find(({ refunds }) => refunds.some(({ id }) => id === refundId))
    const refund = order?.refunds.find(({ id }) => id === refundId)
    if (order === undefined || refund === undefined) throw new Refused(404, "RefundNotFound", `no refund ${refundId}`)
    const isOne = verb === "cancel" || verb === "settle"
    const group = isOne ? [refund] : order.refunds.filter(({ groupId }) => groupId === refund.groupId)
    const isOwn = (verb === "approve" || verb === "settle") && refund.requestedBy === by
    if (isOwn && this.#bug !== "self-approval") throw new Refused(403, "SelfApproval", "another person must decide")
    for (const each of group) if (!this.#may(verb, order, each)) throw new Refused(409, "StateConflict", each.state)
    for (const each of group) this.#become(verb, order, each)
    this.entries++
    return this.#group(order.id, refund.groupId, false)
  }

  show(orderId: string) {
    const { captures, currency, id, refunds, toCredit } = this.#order(orderId)
    const told = (amount: number) => this.#told(amount, currency)
    const isLess = this.#bug === "collected less refunded"
    const figures = (of: ReadonlyArray<Capture>, most = Number.POSITIVE_INFINITY) => ({
      collected: told(sum(of.map(({ amount, refunded }) => amount - (isLess ? refunded : 0)))),
      held: told(sum(of.map(({ held }) => held))),
      refunded: told(sum(of.map(({ refunded }) => refunded))),
      refundable: Math.min(most, told(Math.max(0, sum(of.map(left)))))
    })
    const { refundable: most, ...all } = figures([...captures, { id, amount: 0, provider: "", ...toCredit }])
    const each = captures.map((capture) => ({ id: capture.id, ...figures([capture], most) }))
    const shown = refunds.map((refund) => this.#shown(refund, currency))
    return { id, currency, ...all, refundable: most, captures: each, refunds: shown }
  }

  /** The provider says yes to all that it has left open. */
  arrive(): void {
    for (const order of this.#orders.values()) {
      for (const refund of order.refunds) if (refund.state === "pending") this.#pay(order, refund)
    }
  }

  #order(id: string): Order {
    const order = this.#orders.get(id)
    if (order === undefined) throw new Refused(404, "OrderNotFound", `no order ${id}`)
    return order
  }

  #parts(order: Order, { amount, captureId, destination }: Asked): ReadonlyArray<readonly [string | null, number]> {
    const from = order.captures.filter(({ id }) => captureId === undefined || id === captureId)
    if (from.length === 0) throw new Refused(404, "CaptureNotFound", `no capture ${captureId}`)
    const { held, refunded } = order.toCredit
    const ofOrder = sum(order.captures.map(left)) - held - refunded
    const most = Math.min(
      ofOrder,
      destination === "store_credit" ? ofOrder : sum(from.map((each) => Math.max(0, left(each))))
    )
    const wanted = amount === "all" ? most : this.#kept(amount, order.currency)
    const code = captureId === undefined ? "ExceedsCollected" : "ExceedsCaptured"
    const detail = `${this.#said(most, order.currency)} of ${order.id} is left`
    if (amount === "all" && most <= 0) throw new Refused(422, code, detail)
    if (wanted <= 0) throw new Refused(400, "AmountNotPositive", "ask for more than nothing")
    const more = this.#bug === "cap off by one" ? 1 : this.#bug === "last unit kept back" ? -1 : 0
    if (wanted > most + more) {
      if (this.#bug === "rejections in the journal") this.entries++
      throw new Refused(422, code, detail)
    }
    if (destination === "store_credit") return [[null, wanted]]
    let open = wanted
    const parts = from.map((capture, index): readonly [string, number] => {
      const part = index === from.length - 1 ? open : Math.min(open, Math.max(0, left(capture)))
      open -= part
      return [capture.id, part]
    })
    return parts.filter(([, part]) => part > 0)
  }

  #submit(order: Order, refund: Refund): void {
    const capture = order.captures.find(({ id }) => id === refund.captureId)
    if (capture === undefined) return this.#pay(order, refund)
    if (capture.provider === "manual") return
    if (capture.reference === "sim_decline") this.#release(order, refund, "failed")
    else if (capture.reference !== "sim_pending") this.#pay(order, refund)
    else if (this.#bug === "late success ignored") this.#release(order, refund, "failed")
    else refund.state = "pending"
  }

  #may(verb: string, order: Order, refund: Refund): boolean {
    const { state } = refund
    if (verb === "approve" || verb === "deny") return state === "pending_approval"
    if (verb === "cancel") return state === "pending_approval" || state === "approved" || state === "failed"
    const capture = order.captures.find(({ id }) => id === refund.captureId)
    return state === "approved" && capture?.provider === "manual"
  }

  #become(verb: string, order: Order, refund: Refund): void {
    if (verb === "settle") return this.#pay(order, refund)
    if (verb !== "approve") return this.#release(order, refund, verb === "deny" ? "denied" : "canceled")
    refund.state = "approved"
    this.#submit(order, refund)
  }

  #pay(order: Order, refund: Refund): void {
    const claimed = this.#claimedBy(order, refund)
    claimed.held -= refund.amount
    claimed.refunded += refund.amount
    refund.state = "settled"
    const capture = order.captures.find(({ id }) => id === refund.captureId)
    const isToCredit = refund.destination === "store_credit" || capture?.provider === "store_credit"
    if (isToCredit) this.credit.give(order.customerId ?? "", order.currency, refund.amount)
  }

  #release(order: Order, refund: Refund, state: string): void {
    if (refund.state !== "failed" && this.#bug !== "hold not released")
      this.#claimedBy(order, refund).held -= refund.amount
    refund.state = state
  }

  #claimedBy({ captures, toCredit }: Order, { captureId }: Refund): Pick<Capture, "held" | "refunded"> {
    return captures.find(({ id }) => id === captureId) ?? toCredit
  }

  #group(orderId: string, groupId: string, replayed: boolean) {
    const { currency, refunds } = this.#order(orderId)
    const group = refunds.filter((refund) => refund.groupId === groupId).map((refund) => this.#shown(refund, currency))
    return { replayed, body: group.length === 1 ? group[0] : { groupId, orderId, refunds: group } }
  }

  #shown(refund: Refund, currency: string) {
    return { ...refund, amount: this.#told(refund.amount, currency), currency }
  }

  #kept(minor: number, currency: string): number {
    return this.#bug === "float money" ? minor / 10 ** this.#digits(currency) : minor
  }

  #told(kept: number, currency: string): number {
    if (this.#bug === "float money") return kept * 10 ** this.#digits(currency)
    return this.#bug === "wrong currency exponent" ? Math.round((kept / 100) * 10 ** this.#digits(currency)) : kept
  }

  #digits(currency: string): number {
    return digitsOf[currency] ?? 2
  }

  #said(kept: number, currency: string): string {
    const digits = this.#digits(currency)
    return `${(this.#told(kept, currency) / 10 ** digits).toFixed(digits)} ${currency}`
  }
}
