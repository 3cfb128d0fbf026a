/**
 * Adyen's Checkout API as far as refunds go: payments with what was captured, refunds with what really left, idempotency
 * keys, and signed events. It judges each request by Adyen's own description and misbehaves when told to.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { type Answer, cut, error, garble, psp, send, underWay } from "./answers.ts"
import { certificate } from "./certificate.ts"
import { bytes, delivery, type Told } from "./deliveries.ts"
import { faultsOfDelivery, faultsOfRefundRequest } from "./description.ts"

/** What the next request meets. All that are accepted also answer, unless the name says otherwise. */
export type Misbehaviour =
  | "declines"
  | "staysReceived"
  | "hangsUnpaid"
  | "hangsPaid"
  | "resetsUnpaid"
  | "resetsPaid"
  | "breaksUnpaid"
  | "breaksPaid"
  | "garblesUnpaid"
  | "garblesPaid"
  | "busy"
  | "keyInUse"
  | "refusesKey"
  | "otherAmount"
  | "otherCurrency"
  | "otherRefund"

interface Modification {
  readonly pspReference: string
  readonly merchantReference: string
  readonly value: number
  state: "received" | "paid" | "refused" | "returned"
}

interface Payment {
  readonly pspReference: string
  readonly captured: { readonly currency: string; readonly value: number }
  readonly refunds: Array<Modification>
}

export interface Received {
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: unknown
}

export const merchantAccount = "RefundLedgerECOM"
export const apiKey = "AQE-the-double's-own"
export const hmacKey = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"

export class AdyenDouble {
  /** Requests as they came. */
  readonly received: Array<Received> = []
  /** What was wrong with them, by Adyen's own description. A test that ends with any has found a fault of the adapter. */
  readonly faults: Array<string> = []
  private readonly payments = new Map<string, Payment>()
  /** First answers by key; undefined while the first is under way. */
  private readonly keys = new Map<string, Answer | undefined>()
  private readonly untold: Array<Told> = []
  private armed: Misbehaviour | null = null
  private readonly server: ReturnType<typeof createServer>

  private constructor(identity: { readonly cert: string; readonly key: string }) {
    this.server = createServer(identity, (request, response) => void this.serve(request, response))
    // A connection that is kept is closed by who keeps it, never while it is used again.
    this.server.keepAliveTimeout = 0
  }

  static async start(): Promise<AdyenDouble> {
    const double = new AdyenDouble(await certificate())
    await new Promise<void>((resolve) => double.server.listen(0, "127.0.0.1", resolve))
    return double
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  get baseUrl(): string {
    const { port } = this.server.address() as AddressInfo
    return `https://127.0.0.1:${port}/v72`
  }

  arm(misbehaviour: Misbehaviour | null): void {
    this.armed = misbehaviour
  }

  /** Adyen's minor units. */
  capture(value: number, currency: string): string {
    const payment = { pspReference: psp(), captured: { currency, value }, refunds: [] }
    this.payments.set(payment.pspReference, payment)
    return payment.pspReference
  }

  /** What really left, oldest first: reversals stay. Adyen's minor units. */
  payouts(payment: string): ReadonlyArray<number> {
    const left = this.payments.get(payment)?.refunds.filter(({ state }) => state === "paid" || state === "returned")
    return left?.map(({ value }) => value) ?? []
  }

  later(payment: string, happening: "settles" | "fails" | "fails late" | "reverses"): void {
    const found = this.payments.get(payment)
    const refund = found?.refunds.at(-1)
    if (found === undefined || refund === undefined) throw new Error(`${payment} has no refunds`)
    if (happening === "settles") this.pay(found, refund)
    else if (happening === "fails") this.refuse(found, refund, "Refund refused by issuer")
    else {
      refund.state = "returned"
      this.tell(found, refund, happening === "reverses" ? "REFUNDED_REVERSED" : "REFUND_FAILED", "true")
    }
  }

  /** All events since this was last asked, in deliveries of at most three. */
  deliveries(): ReadonlyArray<Uint8Array> {
    const told = this.untold.splice(0)
    return Array.from({ length: Math.ceil(told.length / 3) }, (_, index) =>
      bytes(delivery(told.slice(index * 3, index * 3 + 3), hmacKey))
    )
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk)
    const body = parsed(Buffer.concat(chunks).toString("utf8"))
    this.received.push({ path: request.url ?? "", headers: request.headers, body })
    const misbehaviour = this.armed
    this.armed = null
    const key = request.headers["idempotency-key"]?.toString() ?? ""
    const refused = this.refuseUnread(request, body, key)
    if (refused !== null) return send(response, refused, key)
    switch (misbehaviour) {
      case "hangsUnpaid":
        return
      case "resetsUnpaid":
        return cut(request)
      case "breaksUnpaid":
        return send(response, error(500, "905", "Payment details are not supported", "configuration"), key)
      case "garblesUnpaid":
        return garble(response)
      case "busy":
        return send(
          response,
          { ...error(429, "429", "Too many requests", "internal"), headers: { "retry-after": "7" } },
          key
        )
      case "keyInUse":
        return send(response, underWay, key)
      case "refusesKey":
        return send(response, error(401, "000", "HTTP Status Response - Unauthorized", "security"), "")
      default:
    }
    const answer = await this.once(key, () => this.refund(request.url ?? "", body as RefundRequest, misbehaviour))
    switch (misbehaviour) {
      case "hangsPaid":
        return
      case "resetsPaid":
        return cut(request)
      case "breaksPaid":
        return send(response, error(500, "000", "Internal error", "internal"), key)
      case "garblesPaid":
        return garble(response)
      case "otherAmount":
        return send(
          response,
          changed(answer, (body) => ({ ...body, amount: { ...body.amount, value: body.amount.value + 1 } })),
          key
        )
      case "otherCurrency":
        return send(
          response,
          changed(answer, (body) => ({ ...body, amount: { ...body.amount, currency: "AUD" } })),
          key
        )
      case "otherRefund":
        return send(
          response,
          changed(answer, (body) => ({ ...body, paymentPspReference: psp(), pspReference: psp() })),
          key
        )
      default:
        return send(response, answer, key)
    }
  }

  /** What Adyen refuses without looking at the payment. */
  private refuseUnread(request: IncomingMessage, body: unknown, key: string): Answer | null {
    if (request.headers["x-api-key"] !== apiKey) {
      return error(401, "000", "HTTP Status Response - Unauthorized", "security")
    }
    const faults = [
      request.method === "POST" ? "" : "not a POST",
      request.headers["content-type"] === "application/json" ? "" : "not application/json",
      key.length > 0 && key.length <= 64 ? "" : "no idempotency key of at most 64 characters",
      faultsOfRefundRequest(body),
      ((body as RefundRequest | undefined)?.reference?.length ?? 0) <= 80
        ? ""
        : "a reference of more than 80 characters"
    ].filter((fault) => fault !== "")
    this.faults.push(...faults)
    if (faults.length > 0) return error(400, "702", faults.join("; "), "validation")
    if ((body as RefundRequest).merchantAccount !== merchantAccount) {
      return error(403, "901", "Invalid Merchant Account", "security")
    }
    return null
  }

  /** The same key gets the first answer, whatever it asks for now. */
  private async once(key: string, act: () => Answer): Promise<Answer> {
    if (this.keys.has(key)) return this.keys.get(key) ?? underWay
    this.keys.set(key, undefined)
    // As long as the first is under way, so that a second one can meet it.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const answer = act()
    this.keys.set(key, answer)
    return answer
  }

  private refund(path: string, request: RefundRequest, misbehaviour: Misbehaviour | null): Answer {
    const payment = this.payments.get(/^\/v72\/payments\/([^/]+)\/refunds$/.exec(path)?.[1] ?? "")
    if (payment === undefined)
      return error(422, "167", "Original pspReference required for this operation", "validation")
    const { currency, value } = request.amount
    if (value <= 0) return error(422, "137", "Invalid amount specified", "validation")
    if (currency !== payment.captured.currency) return error(422, "138", "Unsupported currency specified", "validation")
    const refund: Modification = {
      pspReference: psp(),
      merchantReference: request.reference ?? "",
      value,
      state: "received"
    }
    const left = payment.captured.value - held(payment)
    payment.refunds.push(refund)
    if (misbehaviour === "declines" || value > left) this.refuse(payment, refund, "Insufficient balance on payment")
    else if (misbehaviour !== "staysReceived") this.pay(payment, refund)
    return {
      status: 201,
      body: {
        merchantAccount,
        paymentPspReference: payment.pspReference,
        pspReference: refund.pspReference,
        reference: refund.merchantReference,
        status: "received",
        amount: request.amount
      }
    }
  }

  private pay(payment: Payment, refund: Modification): void {
    refund.state = "paid"
    this.tell(payment, refund, "REFUND", "true")
  }

  private refuse(payment: Payment, refund: Modification, reason: string): void {
    refund.state = "refused"
    this.tell(payment, refund, "REFUND", "false", reason)
  }

  private tell(payment: Payment, refund: Modification, eventCode: string, success: Told["success"], reason = ""): void {
    const told: Told = {
      eventCode,
      success,
      reason,
      pspReference: refund.pspReference,
      originalReference: payment.pspReference,
      merchantReference: refund.merchantReference,
      merchantAccountCode: merchantAccount,
      amount: { currency: payment.captured.currency, value: refund.value },
      eventDate: new Date().toISOString()
    }
    const faults = faultsOfDelivery(eventCode, delivery([told], hmacKey))
    if (faults !== "") throw new Error(`the double tells what Adyen never would: ${faults}`)
    this.untold.push(told)
  }
}

interface RefundRequest {
  readonly merchantAccount: string
  readonly amount: { readonly currency: string; readonly value: number }
  readonly reference?: string
}

interface RefundAnswer {
  readonly pspReference: string
  readonly paymentPspReference: string
  readonly amount: { readonly currency: string; readonly value: number }
}

const held = ({ refunds }: Payment): number =>
  refunds.reduce((sum, { state, value }) => (state === "received" || state === "paid" ? sum + value : sum), 0)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const changed = ({ body, status }: Answer, change: (body: RefundAnswer) => unknown): Answer => ({
  status,
  body: change(body as RefundAnswer)
})
