/**
 * PayPal's Payments API as far as refunds go: captures with what was taken, refunds with what really left, request ids, tokens,
 * and events. It judges each request by PayPal's own description and misbehaves when told to.
 */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { withoutDecimals } from "../../src/internal/amounts.ts"
import { faultsOfError, faultsOfRefund, faultsOfRefundRequest } from "./description.ts"

/** What the next request for a refund meets. All that are accepted also answer, unless the name says otherwise. */
export type Misbehaviour =
  | "declines"
  | "staysPending"
  | "hangsUnpaid"
  | "hangsPaid"
  | "resetsUnpaid"
  | "resetsPaid"
  | "breaksUnpaid"
  | "breaksPaid"
  | "garblesUnpaid"
  | "garblesPaid"
  | "redirects"
  | "busy"
  | "keyInUse"
  | "refusesToken"
  | "forbids"
  | "otherAmount"
  | "otherCurrency"
  | "otherRefund"
  | "minimal"

export type Status = "COMPLETED" | "PENDING" | "FAILED" | "CANCELLED"

interface Money {
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

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: unknown
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

export const credentials = { clientId: "the-double's-client", clientSecret: "the-double's-secret" }

export class PayPalDouble {
  /** Requests as they came, for tokens too. */
  readonly received: Array<Received> = []
  /** What was wrong with them, by PayPal's own description. A test that ends with any has found a fault of the adapter. */
  readonly faults: Array<string> = []
  /** How the next requests for a token are answered; empty: well. */
  readonly tokenAnswers: Array<Answer | "hangs" | "resets"> = []
  private readonly captures = new Map<string, Capture>()
  private readonly refunds = new Map<string, Refund>()
  /** By request id; undefined while the first is under way. */
  private readonly keys = new Map<string, Refund | undefined>()
  private readonly tokens = new Set<string>()
  private readonly untold: Array<PayPalEvent> = []
  private readonly server: Server
  private armed: Misbehaviour | null = null

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response))
  }

  static async start(): Promise<PayPalDouble> {
    const double = new PayPalDouble()
    await new Promise<void>((resolve) => double.server.listen(0, "127.0.0.1", resolve))
    return double
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  arm(misbehaviour: Misbehaviour | null): void {
    this.armed = misbehaviour
  }

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

  /** Tokens that were given out are good no more. */
  revoke(): void {
    this.tokens.clear()
  }

  /** All events since this was last asked. */
  events(): ReadonlyArray<PayPalEvent> {
    return this.untold.splice(0)
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString("utf8")
    const path = request.url ?? ""
    const isToken = path === "/v1/oauth2/token"
    const body = isToken ? text : parsed(text)
    this.received.push({ method: request.method ?? "", path, headers: request.headers, body })
    if (isToken) return this.serveToken(request, response)
    if (!this.tokens.has(request.headers.authorization?.replace("Bearer ", "") ?? ""))
      return send(response, invalidToken)
    const read = /^\/v2\/payments\/refunds\/([^/]+)$/.exec(path)?.[1]
    if (request.method === "GET" && read !== undefined) {
      const refund = this.refunds.get(read)
      return send(response, refund === undefined ? noSuchResource : { status: 200, body: shown(refund) })
    }
    return this.serveRefund(request, response, path, body)
  }

  private serveToken(request: IncomingMessage, response: ServerResponse): void {
    const armed = this.tokenAnswers.shift()
    if (armed === "hangs") return
    if (armed === "resets") return cut(request)
    if (armed !== undefined) return send(response, armed)
    const { clientId, clientSecret } = credentials
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`
    if (request.headers.authorization !== basic) {
      const error = { error: "invalid_client", error_description: "Client Authentication failed" }
      return send(response, { status: 401, body: error })
    }
    const token = randomUUID()
    this.tokens.add(token)
    send(response, { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: 32_400 } })
  }

  private async serveRefund(request: IncomingMessage, response: ServerResponse, path: string, body: unknown) {
    const misbehaviour = this.armed
    this.armed = null
    const key = request.headers["paypal-request-id"]?.toString() ?? ""
    const faults = faultsOf(request, body, key)
    this.faults.push(...faults)
    if (faults.length > 0) return send(response, invalid(faults.join("; ")))
    switch (misbehaviour) {
      case "hangsUnpaid":
        return
      case "resetsUnpaid":
        return cut(request)
      case "breaksUnpaid":
        return send(response, broken)
      case "garblesUnpaid":
        return garble(response)
      case "redirects":
        return send(response, { status: 307, body: {}, headers: { location: path } })
      case "busy":
        return send(response, busy)
      case "keyInUse":
        return send(response, underWay)
      case "refusesToken":
        return send(response, invalidToken)
      case "forbids":
        return send(response, forbidden)
      default:
    }
    const answer = await this.once(key, path, body as RefundRequest, misbehaviour)
    switch (misbehaviour) {
      case "hangsPaid":
        return
      case "resetsPaid":
        return cut(request)
      case "breaksPaid":
        return send(response, broken)
      case "garblesPaid":
        return garble(response)
      case "otherAmount":
        return send(
          response,
          changed(answer, ({ amount }) => ({ amount: { ...amount, value: `9${amount.value}` } }))
        )
      case "otherCurrency":
        return send(
          response,
          changed(answer, ({ amount }) => ({ amount: { ...amount, currency_code: "AUD" } }))
        )
      case "otherRefund":
        return send(
          response,
          changed(answer, () => ({ id: name(), custom_id: `${randomUUID()}.${randomUUID()}` }))
        )
      case "minimal":
        return send(
          response,
          changed(answer, () => ({ amount: undefined, custom_id: undefined }))
        )
      default:
        return send(response, answer)
    }
  }

  /** The same id gets the latest status of its refund, whatever it asks for now. */
  private async once(
    key: string,
    path: string,
    body: RefundRequest,
    misbehaviour: Misbehaviour | null
  ): Promise<Answer> {
    if (this.keys.has(key)) {
      const earlier = this.keys.get(key)
      return earlier === undefined ? underWay : { status: 200, body: shown(earlier) }
    }
    this.keys.set(key, undefined)
    // As long as the first is under way, so that a second one can meet it.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const made = this.refund(path, body, misbehaviour)
    if ("status" in made && "body" in made) {
      this.keys.delete(key)
      return made
    }
    this.keys.set(key, made)
    return { status: 201, body: shown(made) }
  }

  private refund(
    path: string,
    { amount, custom_id }: RefundRequest,
    misbehaviour: Misbehaviour | null
  ): Answer | Refund {
    const capture = this.captures.get(/^\/v2\/payments\/captures\/([^/]+)\/refund$/.exec(path)?.[1] ?? "")
    if (capture === undefined) return noSuchResource
    if (amount.currency_code !== capture.amount.currency_code) return unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH")
    if (withoutDecimals.has(amount.currency_code) && amount.value.includes("."))
      return unprocessable("DECIMALS_NOT_SUPPORTED")
    if (units(amount.value) <= 0n) return unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE")
    const left = units(capture.amount.value) - held(capture)
    if (left === 0n) return unprocessable("CAPTURE_FULLY_REFUNDED")
    if (units(amount.value) > left) return unprocessable("REFUND_AMOUNT_EXCEEDED")
    if (misbehaviour === "declines") return unprocessable("REFUND_FAILED_INSUFFICIENT_FUNDS")
    const refund: Refund = {
      id: name(),
      amount,
      custom_id,
      capture: capture.id,
      create_time: new Date().toISOString(),
      status: misbehaviour === "staysPending" ? "PENDING" : "COMPLETED"
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

interface RefundRequest {
  readonly amount: Money
  readonly custom_id: string
}

const name = (): string => randomUUID().replaceAll("-", "").slice(0, 17).toUpperCase()

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

const faultsOf = (request: IncomingMessage, body: unknown, key: string): ReadonlyArray<string> =>
  [
    request.method === "POST" ? "" : "not a POST",
    request.headers["content-type"] === "application/json" ? "" : "not application/json",
    key.length > 0 && key.length <= 108 ? "" : "no request id of at most 108 characters",
    (body as Partial<RefundRequest> | undefined)?.amount === undefined
      ? "no amount: that would be all that is left"
      : "",
    faultsOfRefundRequest(body)
  ].filter((fault) => fault !== "")

const error = (status: number, name: string, message: string, issue?: string, headers?: Answer["headers"]): Answer => ({
  status,
  body: {
    name,
    message,
    debug_id: "f5b2c0a6d9e14",
    ...(issue === undefined ? {} : { details: [{ issue, description: descriptions[issue] ?? issue }] })
  },
  ...(headers === undefined ? {} : { headers })
})

const descriptions: Readonly<Record<string, string>> = {
  CAPTURE_FULLY_REFUNDED: "The capture has already been fully refunded",
  REFUND_CAPTURE_CURRENCY_MISMATCH: "Refund must be in the same currency as the capture",
  REFUND_AMOUNT_EXCEEDED:
    "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
  REFUND_FAILED_INSUFFICIENT_FUNDS:
    "Capture could not be refunded due to insufficient funds. Please check to see if you have sufficient funds in your PayPal account or if the bank account linked to your PayPal account is verified and has sufficient funds.",
  INVALID_RESOURCE_ID: "Specified resource ID does not exist. Please check the resource ID and try again.",
  PERMISSION_DENIED: "You do not have permission to access or perform operations on this resource.",
  PREVIOUS_REQUEST_IN_PROGRESS:
    "A previous request on this resource is currently in progress. Please wait for sometime and try again. It is best to space out the initial and the subsequent request(s) to avoid receiving this error."
}

const unprocessable = (issue: string): Answer =>
  error(
    422,
    "UNPROCESSABLE_ENTITY",
    "The requested action could not be performed, semantically incorrect, or failed business validation.",
    issue
  )

const invalid = (what: string): Answer => ({
  status: 400,
  body: {
    name: "INVALID_REQUEST",
    message: "Request is not well-formed, syntactically incorrect, or violates schema.",
    debug_id: "f5b2c0a6d9e14",
    details: [{ issue: "INVALID_PARAMETER_SYNTAX", description: what }]
  }
})

const noSuchResource = error(404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.", "INVALID_RESOURCE_ID")
const underWay = error(
  409,
  "RESOURCE_CONFLICT",
  "The server has detected a conflict while processing this request.",
  "PREVIOUS_REQUEST_IN_PROGRESS"
)
const forbidden = error(
  403,
  "NOT_AUTHORIZED",
  "Authorization failed due to insufficient permissions.",
  "PERMISSION_DENIED"
)
const invalidToken: Answer = {
  status: 401,
  body: { error: "invalid_token", error_description: "Token signature verification failed" }
}
const busy = error(429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting.", undefined, {
  "retry-after": "7"
})
export const broken = error(500, "INTERNAL_SERVER_ERROR", "An internal server error occurred.")

const changed = ({ body, status }: Answer, change: (body: { readonly amount: Money }) => object): Answer =>
  status >= 300
    ? { status, body }
    : { status, body: { ...(body as object), ...change(body as { readonly amount: Money }) } }

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const send = (response: ServerResponse, { body, headers, status }: Answer): void => {
  const isRefund = typeof body === "object" && body !== null && "status" in body
  const isOAuth = typeof body === "object" && body !== null && ("error" in body || "access_token" in body)
  const faults = isOAuth ? "" : isRefund ? faultsOfRefund(body) : faultsOfError(status, body)
  if (faults !== "") throw new Error(`the double answers what PayPal never would: ${faults}`)
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

const garble = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" })
  response.end('{"id": "1JU08902781691411", "status": "COMPL')
}

const cut = (request: IncomingMessage): void => {
  request.socket.resetAndDestroy()
}
