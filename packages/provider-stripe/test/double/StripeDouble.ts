/**
 * Stripe's Refunds API as a server on this machine: it keeps state, keys and its own log of payouts, checks every
 * request against Stripe's description, tells what happens as signed events, and misbehaves when it is told to.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse
} from "node:http"
import { text } from "node:stream/consumers"
import { type Answer, answer, broken, busy, garbled, keyInUse, keyReused, missing, refusal } from "./answers.ts"
import { Books, type RefundObject, type Status } from "./books.ts"
import { Deliveries } from "./deliveries.ts"
import { complaintAbout, type Fields, fieldsOf, fixture } from "./description.ts"
import { invalid, referenceIn, refused } from "./refusals.ts"

export const secretKey = "sk_test_double"
export const webhookSecret = "whsec_double"

/** What the next request to pay meets; those after it are ordinary again. */
export type Meets =
  | "settles"
  | "declines"
  | "pendingThenSettles"
  | "pendingThenFails"
  | "requiresAction"
  | "hangsUnpaid"
  | "hangsPaid"
  | "resetsUnpaid"
  | "resetsPaid"
  | "breaksUnpaid"
  | "breaksPaid"
  | "breaksForGood"
  | "garblesUnpaid"
  | "garblesPaid"
  | "busy"
  | "keyInUse"
  | "otherAmount"
  | "otherCurrency"
  | "otherRefund"
  | "waits"

export type Reply = Answer | "hang" | "reset"

const dayInSeconds = 86_400

export class StripeDouble {
  readonly deliveries: Deliveries
  readonly books: Books
  /** What Stripe's description had against a request. */
  readonly complaints: Array<string> = []
  readonly requests: Array<{ readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders }> =
    []
  /** What the next question, of a payment or of refunds, is answered with in place of the truth. */
  nextAnswer: Reply | null = null
  readonly #server: Server
  readonly #keys = new Map<string, { readonly fingerprint: string; readonly at: number; reply: Reply | null }>()
  /** The last request to pay, as it was written. */
  lastForm = ""
  isWaiting = false
  #meets: Meets = "settles"
  #later = 0
  #port = 0
  #release: () => void = () => undefined

  private constructor() {
    const now = () => this.seconds
    this.deliveries = new Deliveries(webhookSecret, now)
    this.books = new Books(now, (refund, before) => this.deliveries.refundChanged(refund, before))
    this.#server = createServer((request, response) => void this.#serve(request, response))
    // A connection that is kept is closed by who keeps it, never while it is used again.
    this.#server.keepAliveTimeout = 0
  }

  static async start(): Promise<StripeDouble> {
    const double = new StripeDouble()
    await double.listen()
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get seconds(): number {
    return Math.floor((Date.now() + this.#later) / 1000)
  }

  setTime(now: number): void {
    this.#later = now - Date.now()
  }

  arm(meets: Meets): void {
    this.#meets = meets
  }

  /** Lets the request go on that `waits`. */
  release(): void {
    this.#release()
  }

  /** Again on the port it had: none that systems give away, or somebody else might be given it meanwhile. */
  async listen(): Promise<void> {
    const isListening = (port: number) =>
      new Promise<boolean>((done) => {
        this.#server.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true))
      })
    const isFirst = this.#port === 0
    do {
      if (isFirst) this.#port = 10_000 + Math.floor(Math.random() * 20_000)
      if (await isListening(this.#port)) return
    } while (isFirst)
    throw new Error(`port ${this.#port} is another's by now`)
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.#reply(request)
    if (reply === "hang") return
    if (reply === "reset") return void request.socket.resetAndDestroy()
    const { body, headers, status } = reply
    response.writeHead(status, { "content-type": "application/json", "request-id": "req_double", ...headers }).end(body)
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { method = "", url = "" } = request
    const { pathname, searchParams } = new URL(url, this.url)
    const key = request.headers["idempotency-key"]?.toString()
    this.requests.push({ method, path: pathname, headers: request.headers })
    if (request.headers.authorization !== `Bearer ${secretKey}`) {
      return refusal(401, { message: "Invalid API Key provided: sk_test_*********other" })
    }
    if (method === "POST" && pathname === "/v1/refunds") {
      this.lastForm = await text(request)
      return await this.#create(fieldsOf(new URLSearchParams(this.lastForm)), key)
    }
    if (method !== "GET") return unrecognised(method, pathname)
    const instead = this.nextAnswer
    this.nextAnswer = null
    return instead ?? this.#read(pathname, fieldsOf(searchParams))
  }

  #read(path: string, fields: Fields): Answer {
    const [, resource, id] = /^\/v1\/(refunds|charges|payment_intents)\/(\w+)$/.exec(path) ?? []
    if (path === "/v1/refunds") return this.#complain("get", "/v1/refunds", fields) ?? this.#list(fields)
    if (resource === undefined || id === undefined) return unrecognised("GET", path)
    if (resource === "refunds") {
      const refund = this.books.refund(id)
      return (
        this.#complain("get", "/v1/refunds/{refund}", fields) ?? (refund ? answer(refund) : missing("refund", id, "id"))
      )
    }
    const payment = this.books.payment(id)
    if (payment === undefined) return missing(resource === "charges" ? "charge" : "payment_intent", id, "id")
    const { amount, charge, currency, paymentIntent } = payment
    return resource === "charges"
      ? answer({ ...fixture.charge, id: charge, amount, currency, payment_intent: paymentIntent })
      : answer({ id: paymentIntent, object: "payment_intent", amount, currency, latest_charge: charge })
  }

  #list(fields: Fields): Answer {
    const name = "charge" in fields ? "charge" : "payment_intent"
    const reference = String(fields[name])
    if (this.books.payment(reference) === undefined) return missing(name, reference, name)
    const refunds = this.books.refundsOf(reference)
    const from = refunds.findIndex(({ id }) => id === fields["starting_after"]) + 1
    const limit = Math.min(100, Number(fields["limit"] ?? 10))
    const data = refunds.slice(from, from + limit)
    return answer({ object: "list", url: "/v1/refunds", data, has_more: refunds.length > from + limit })
  }

  #complain(method: "get" | "post", path: string, fields: Fields): Answer | null {
    const complaint = complaintAbout(method, path, fields)
    if (complaint === null) return null
    this.complaints.push(complaint)
    return refusal(400, { code: "parameter_unknown", message: complaint })
  }

  /** Stripe's keys: the first answer is kept once the endpoint has begun, errors too, and told again to the same request. */
  async #create(fields: Fields, key: string | undefined): Promise<Reply> {
    const meets = this.#meets
    this.#meets = "settles"
    if (meets === "busy") return busy(7)
    if (meets === "keyInUse") return keyInUse
    if (meets === "breaksUnpaid") return broken
    if (meets === "garblesUnpaid") return garbled
    if (meets === "resetsUnpaid") return "reset"
    if (meets === "hangsUnpaid") return "hang"
    const fingerprint = JSON.stringify(fields)
    const known = key === undefined ? undefined : this.#keys.get(key)
    if (known !== undefined && this.seconds < known.at + dayInSeconds) {
      if (known.reply === null) return keyInUse
      return known.fingerprint === fingerprint ? replayed(known.reply) : keyReused
    }
    const wrong = this.#complain("post", "/v1/refunds", fields) ?? invalid(this.books, fields)
    if (wrong !== null) return wrong
    const kept: { readonly fingerprint: string; readonly at: number; reply: Reply | null } = {
      fingerprint,
      at: this.seconds,
      reply: null
    }
    if (key !== undefined) this.#keys.set(key, kept)
    if (meets === "waits") await this.#released()
    const reply = this.#pay(fields, meets)
    kept.reply = typeof reply === "string" ? this.#newest(fields) : reply
    return reply
  }

  async #released(): Promise<void> {
    this.isWaiting = true
    await new Promise<void>((done) => {
      this.#release = done
    })
    this.isWaiting = false
  }

  /** What is answered to somebody who asks again after the answer was lost. */
  #newest(fields: Fields): Answer {
    return answer(this.books.refundsOf(referenceIn(fields))[0] ?? {})
  }

  #pay(fields: Fields, meets: Meets): Reply {
    const payment = this.books.payment(referenceIn(fields))
    if (payment === undefined) throw new Error("checked before")
    const amount = Number(fields["amount"])
    const no = meets === "breaksForGood" ? broken : refused(this.books, payment, amount, meets === "declines")
    if (no !== null) return no
    const metadata = fields["metadata"] as RefundObject["metadata"]
    const refund = this.books.make(payment, amount, metadata ?? {}, startsAs[meets] ?? "succeeded")
    switch (meets) {
      case "hangsPaid":
        return "hang"
      case "resetsPaid":
        return "reset"
      case "breaksPaid":
        return broken
      case "garblesPaid":
        return garbled
      case "otherAmount":
        return answer({ ...refund, amount: refund.amount + 1000 })
      case "otherCurrency":
        return answer({ ...refund, currency: refund.currency === "eur" ? "gbp" : "eur" })
      case "otherRefund":
        return answer({
          ...refund,
          id: this.books.id("re"),
          charge: this.books.id("ch"),
          payment_intent: null,
          metadata: {}
        })
      default:
        return answer(refund)
    }
  }
}

const startsAs: Partial<Record<Meets, Status>> = {
  pendingThenSettles: "pending",
  pendingThenFails: "pending",
  requiresAction: "requires_action"
}

const replayed = (reply: Reply): Reply =>
  typeof reply === "string" ? reply : { ...reply, headers: { ...reply.headers, "idempotent-replayed": "true" } }

const unrecognised = (method: string, path: string): Answer =>
  refusal(404, { message: `Unrecognized request URL (${method}: ${path})` })
