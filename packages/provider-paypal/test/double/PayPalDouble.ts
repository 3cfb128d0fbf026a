/**
 * PayPal's Payments API as far as refunds go: captures with what was taken, refunds with what really left, request ids, tokens,
 * and events. It judges each request by PayPal's own description and misbehaves when told to.
 */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type Answer, broken, busy, cut, forbidden, garble, invalid, invalidToken, send, underWay } from "./answers.ts"
import { faultsOfRefundRequest } from "./description.ts"
import { type Fate, type Money, name, PayPalBooks, type RefundRequest } from "./PayPalBooks.ts"

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

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: unknown
}

export const credentials = { clientId: "the-double's-client", clientSecret: "the-double's-secret" }

export class PayPalDouble {
  /** Requests as they came, for tokens too. */
  readonly received: Array<Received> = []
  /** What was wrong with them, by PayPal's own description. A test that ends with any has found a fault of the adapter. */
  readonly faults: Array<string> = []
  /** How the next requests for a token are answered; empty: well. */
  readonly tokenAnswers: Array<Answer | "hangs" | "trickles" | "resets"> = []
  readonly books = new PayPalBooks()
  private readonly tokens = new Set<string>()
  private readonly server: Server
  private armed: Misbehaviour | null = null

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response))
    // A connection that is kept is closed by who keeps it, never while it is used again.
    this.server.keepAliveTimeout = 0
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

  /** Tokens that were given out are good no more. */
  revoke(): void {
    this.tokens.clear()
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
    if (request.method === "GET" && read !== undefined) return send(response, this.books.read(read))
    return this.serveRefund(request, response, path, body)
  }

  private serveToken(request: IncomingMessage, response: ServerResponse): void {
    const armed = this.tokenAnswers.shift()
    if (armed === "hangs") return
    if (armed === "trickles") return trickle(response)
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
    const fate = fates[misbehaviour ?? "pays"] ?? "completes"
    const answer = await this.books.pay(key, path, body as RefundRequest, fate)
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
}

const fates: Readonly<Record<string, Fate>> = { declines: "is refused", staysPending: "stays pending" }

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

/** Never silent, and never at its end. */
const trickle = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "application/json" })
  const dripping = setInterval(() => response.write(" "), 20)
  response.once("close", () => clearInterval(dripping))
}
