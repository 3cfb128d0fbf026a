/** The double's own books: payments, their refunds, and what was really paid out, whatever was answered. */
import { assertRefund, fixture } from "./description.ts"

export type Status = "pending" | "requires_action" | "succeeded" | "failed" | "canceled"

export interface RefundObject {
  readonly id: string
  readonly object: "refund"
  readonly amount: number
  readonly currency: string
  readonly created: number
  readonly status: Status
  readonly charge: string
  readonly payment_intent: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly failure_reason?: string
}

export interface Payment {
  readonly charge: string
  readonly paymentIntent: string | null
  readonly amount: number
  readonly currency: string
}

export type Changed = (refund: RefundObject, before: RefundObject | null) => void

const claims: ReadonlySet<Status> = new Set(["pending", "requires_action", "succeeded"])

export class Books {
  readonly #payments: Array<Payment> = []
  readonly #refunds: Array<RefundObject> = []
  readonly #payouts: Array<{ readonly charge: string; readonly refund: string; readonly amount: number }> = []
  readonly #changed: Changed
  readonly #now: () => number
  #count = 0

  constructor(now: () => number, changed: Changed) {
    this.#now = now
    this.#changed = changed
  }

  id(prefix: string): string {
    this.#count += 1
    return `${prefix}_3Q${this.#count.toString(36).toUpperCase().padStart(22, "0")}`
  }

  take(amount: number, currency: string, by: "charge" | "payment_intent"): Payment {
    const paymentIntent = by === "payment_intent" ? this.id("pi") : null
    const payment = { charge: this.id("ch"), paymentIntent, amount, currency: currency.toLowerCase() }
    this.#payments.push(payment)
    return payment
  }

  payment(reference: string): Payment | undefined {
    return this.#payments.find(({ charge, paymentIntent }) => charge === reference || paymentIntent === reference)
  }

  /** Newest first, as Stripe lists them. */
  refundsOf(reference: string): ReadonlyArray<RefundObject> {
    const { charge } = this.payment(reference) ?? {}
    return this.#refunds.filter((refund) => refund.charge === charge).reverse()
  }

  refund(id: string): RefundObject | undefined {
    return this.#refunds.find((refund) => refund.id === id)
  }

  left(payment: Payment): number {
    const claimed = this.refundsOf(payment.charge).filter(({ status }) => claims.has(status))
    return payment.amount - claimed.reduce((sum, { amount }) => sum + amount, 0)
  }

  make(payment: Payment, amount: number, metadata: RefundObject["metadata"], status: Status): RefundObject {
    const refund: RefundObject = {
      ...fixture.refund,
      id: this.id("re"),
      object: "refund",
      amount,
      currency: payment.currency,
      created: this.#now(),
      status,
      charge: payment.charge,
      payment_intent: payment.paymentIntent,
      metadata
    }
    assertRefund(refund)
    this.#refunds.push(refund)
    if (status === "succeeded") this.#pay(refund)
    this.#changed(refund, null)
    return refund
  }

  change(id: string, status: Status, failureReason?: string): void {
    const index = this.#refunds.findIndex((refund) => refund.id === id)
    const before = this.#refunds[index]
    if (before === undefined) throw new Error(`no refund ${id}`)
    const after = { ...before, status, ...(failureReason === undefined ? {} : { failure_reason: failureReason }) }
    assertRefund(after)
    this.#refunds[index] = after
    if (status === "succeeded") this.#pay(after)
    this.#changed(after, before)
  }

  #pay({ amount, charge, id }: RefundObject): void {
    this.#payouts.push({ charge, refund: id, amount })
  }

  /** Stripe's units, oldest first. What came back is still in here: it did leave. */
  payouts(reference: string): ReadonlyArray<number> {
    const { charge } = this.payment(reference) ?? {}
    return this.#payouts.filter((each) => each.charge === charge).map(({ amount }) => amount)
  }
}
