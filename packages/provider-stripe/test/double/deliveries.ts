/** Tells what happened as signed events, over HTTP, to whoever listens. */
import Stripe from "stripe"
import type { RefundObject } from "./books.ts"
import { fixture } from "./description.ts"

export interface StripeEventObject {
  readonly id: string
  readonly object: "event"
  readonly api_version: string
  readonly created: number
  readonly type: string
  readonly livemode: false
  readonly data: { readonly object: object; readonly previous_attributes?: object }
}

export class Deliveries {
  readonly #secret: string
  readonly #now: () => number
  /** The last of those that are on their way, one after the other: they arrive as they happened. */
  #underWay: Promise<unknown> = Promise.resolve()
  readonly #sent: Array<StripeEventObject> = []
  #listener: string | null = null
  #count = 0

  constructor(secret: string, now: () => number) {
    this.#secret = secret
    this.#now = now
  }

  sendTo(url: string): void {
    this.#listener = url
  }

  /** Every event, whether anybody listened or not. */
  get sent(): ReadonlyArray<StripeEventObject> {
    return this.#sent
  }

  /** Nothing is on its way any more. */
  async arrived(): Promise<void> {
    for (let last: unknown = null; last !== this.#underWay; ) {
      last = this.#underWay
      await last
    }
  }

  /** Since late in 2024 Stripe tells a refund's changes by its own events; that of its charge goes along. */
  refundChanged(refund: RefundObject, before: RefundObject | null): void {
    if (before === null) {
      this.tell("refund.created", refund)
      return this.tell("charge.refunded", { ...fixture.charge, id: refund.charge, refunds: undefined })
    }
    const previous = { status: before.status, failure_reason: before.failure_reason ?? null }
    this.tell("refund.updated", refund, previous)
    this.tell("charge.refund.updated", refund, previous)
    if (refund.status === "failed") this.tell("refund.failed", refund)
  }

  tell(type: string, object: object, previous?: object): void {
    this.#count += 1
    const event: StripeEventObject = {
      id: `evt_1Q${String(this.#count).padStart(22, "0")}`,
      object: "event",
      api_version: "2026-10-28.endive",
      created: this.#now(),
      type,
      livemode: false,
      data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) }
    }
    this.#sent.push(event)
    this.deliver(event)
  }

  deliver(event: StripeEventObject): void {
    const listener = this.#listener
    if (listener === null) return
    const payload = JSON.stringify(event, null, 2)
    const headers = this.headers(payload)
    this.#underWay = this.#underWay
      .then(() => fetch(listener, { method: "POST", body: payload, headers }))
      .then(
        (response) => response.arrayBuffer(),
        () => undefined
      )
  }

  headers(payload: string): Record<string, string> {
    const timestamp = this.#now()
    const secret = this.#secret
    return {
      "content-type": "application/json; charset=utf-8",
      "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp })
    }
  }
}
