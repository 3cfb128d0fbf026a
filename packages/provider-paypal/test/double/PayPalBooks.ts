/** PayPal's own books of captures and refunds, and what it tells of them. */
import { randomUUID } from "node:crypto"
import { withoutDecimals } from "../../src/internal/amounts.ts"
import { type Answer, noSuchResource, underWay, unprocessable } from "./answers.ts"

export type Status = "COMPLETED" | "PENDING" | "FAILED" | "CANCELLED"

export interface Money {
  readonly currency_code: string
  readonly value: string
}

interface Refund {
  readonly id: string
  readonly amount: Money
  readonly custom_id: string
  readonly capture: string
  readonly create_time: string
  status: Status
}

interface Capture {
  readonly id: string
  readonly amount: Money
  readonly refunds: Array<Refund>
}

export interface PayPalEvent {
  readonly id: string
  readonly event_version: "1.0"
  readonly create_time: string
  readonly resource_type: string
  readonly resource_version: "2.0"
  readonly event_type: string
  readonly summary: string
  readonly resource: unknown
}

export interface RefundRequest {
  readonly amount: Money
  readonly custom_id: string
}

/** What becomes of a refund that is asked for. */
export type Fate = "completes" | "stays pending" | "is refused"

export class PayPalBooks {
  private readonly captures = new Map<string, Capture>()
  private readonly refunds = new Map<string, Refund>()
  /** By request id; undefined while the first is under way. */
  private readonly keys = new Map<string, Refund | undefined>()
  private readonly untold: Array<PayPalEvent> = []

  capture(value: string, currency: string): string {
    const capture = { id: name(), amount: { currency_code: currency, value }, refunds: [] }
    this.captures.set(capture.id, capture)
    return capture.id
  }

  /** What really left, oldest first. What is pending has not. */
  payouts(capture: string): ReadonlyArray<Money> {
    return (this.captures.get(capture)?.refunds ?? [])
      .filter(({ status }) => status === "COMPLETED")
      .map(({ amount }) => amount)
  }

  later(capture: string, status: Status): void {
    const refund = this.captures.get(capture)?.refunds.at(-1)
    if (refund === undefined) throw new Error(`${capture} has no refunds`)
    refund.status = status
    this.tell(refund, status === "COMPLETED" ? "PAYMENT.CAPTURE.REFUNDED" : `PAYMENT.REFUND.${status}`)
  }

  /** All events since this was last asked. */
  events(): ReadonlyArray<PayPalEvent> {
    return this.untold.splice(0)
  }

  read(refund: string): Answer {
    const found = this.refunds.get(refund)
    return found === undefined ? noSuchResource : { status: 200, body: shown(found) }
  }

  /** The same id gets the latest status of its refund, whatever it asks for now. */
  async pay(key: string, path: string, body: RefundRequest, fate: Fate): Promise<Answer> {
    if (this.keys.has(key)) {
      const earlier = this.keys.get(key)
      return earlier === undefined ? underWay : { status: 200, body: shown(earlier) }
    }
    this.keys.set(key, undefined)
    // As long as the first is under way, so that a second one can meet it.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const made = this.refund(path, body, fate)
    if ("status" in made && "body" in made) {
      this.keys.delete(key)
      return made
    }
    this.keys.set(key, made)
    return { status: 201, body: shown(made) }
  }

  private refund(path: string, { amount, custom_id }: RefundRequest, fate: Fate): Answer | Refund {
    const capture = this.captures.get(/^\/v2\/payments\/captures\/([^/]+)\/refund$/.exec(path)?.[1] ?? "")
    if (capture === undefined) return noSuchResource
    if (amount.currency_code !== capture.amount.currency_code) return unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH")
    if (withoutDecimals.has(amount.currency_code) && amount.value.includes("."))
      return unprocessable("DECIMALS_NOT_SUPPORTED")
    if (units(amount.value) <= 0n) return unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE")
    const left = units(capture.amount.value) - held(capture)
    if (left === 0n) return unprocessable("CAPTURE_FULLY_REFUNDED")
    if (units(amount.value) > left) return unprocessable("REFUND_AMOUNT_EXCEEDED")
    if (fate === "is refused") return unprocessable("REFUND_FAILED_INSUFFICIENT_FUNDS")
    const refund: Refund = {
      id: name(),
      amount,
      custom_id,
      capture: capture.id,
      create_time: new Date().toISOString(),
      status: fate === "stays pending" ? "PENDING" : "COMPLETED"
    }
    capture.refunds.push(refund)
    this.refunds.set(refund.id, refund)
    this.tell(refund, refund.status === "PENDING" ? "PAYMENT.REFUND.PENDING" : "PAYMENT.CAPTURE.REFUNDED")
    return refund
  }

  private tell(refund: Refund, eventType: string): void {
    this.untold.push({
      id: `WH-${name()}`,
      event_version: "1.0",
      create_time: new Date().toISOString(),
      resource_type: "refund",
      resource_version: "2.0",
      event_type: eventType,
      summary: `A ${refund.amount.value} ${refund.amount.currency_code} capture payment was refunded`,
      resource: shown(refund)
    })
  }
}

export const name = (): string => randomUUID().replaceAll("-", "").slice(0, 17).toUpperCase()

/** Thousandths, so that every currency is whole. */
const units = (value: string): bigint => {
  const [whole = "0", fraction = ""] = value.split(".")
  return BigInt(whole + fraction.padEnd(3, "0"))
}

const held = ({ refunds }: Capture): bigint =>
  refunds.reduce(
    (sum, { amount, status }) => (status === "COMPLETED" || status === "PENDING" ? sum + units(amount.value) : sum),
    0n
  )

const shown = ({ capture, ...refund }: Refund) => ({
  ...refund,
  update_time: refund.create_time,
  ...(refund.status === "PENDING" ? { status_details: { reason: "ECHECK" } } : {}),
  links: [
    { href: `https://api-m.sandbox.paypal.com/v2/payments/refunds/${refund.id}`, rel: "self", method: "GET" },
    { href: `https://api-m.sandbox.paypal.com/v2/payments/captures/${capture}`, rel: "up", method: "GET" }
  ]
})
