/** Calls to Stripe through its own SDK, which tells apart what it never sent. */
import http from "node:http"
import https from "node:https"
import { Data, Effect } from "effect"
import Stripe from "stripe"

export interface StripeOptions {
  /** `sk_…`, or a restricted key that may write refunds and read charges and payment intents. */
  readonly secretKey: string
  /** `acct_…`: the connected account whose charges are refunded; absent, the key's own. */
  readonly account?: string
  /** In place of https://api.stripe.com. */
  readonly baseUrl?: string
  /** How long a submit or a lookup may take, all its calls together. Keep it below the worker's 10 s. */
  readonly timeoutMilliseconds?: number
}

export const defaultTimeoutMilliseconds = 9_000

/** No connection came about: not a byte of the request can have reached Stripe. */
export class NotConnected extends Error {}

/** The connection broke, or nothing came back in time: Stripe may have everything. */
export class BrokenOff extends Error {}

export const connect = ({ account, baseUrl = "https://api.stripe.com", secretKey }: StripeOptions): Stripe => {
  const { hostname, port, protocol } = new URL(baseUrl)
  const isPlain = protocol === "http:"
  const agent = new (isPlain ? http : https).Agent({ keepAlive: true })
  return new Stripe(secretKey, {
    host: hostname,
    port: port === "" ? (isPlain ? 80 : 443) : port,
    protocol: isPlain ? "http" : "https",
    // The ledger decides what is sent again, and when.
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: plainlyFailing(Stripe.createNodeHttpClient(agent)),
    ...(account === undefined ? {} : { stripeAccount: account })
  })
}

/**
 * The SDK sends once more after ECONNRESET and EPIPE even where retries are off, and then reports how the second try
 * failed: "refused", of a request that the first try may have brought there. It goes by the error's code, so failures
 * are told without one.
 */
const plainlyFailing = (client: Stripe.HttpClient): Stripe.HttpClient => ({
  getClientName: () => client.getClientName(),
  makeRequest: (...request) =>
    client.makeRequest(...request).catch((cause: unknown) => {
      const detail = cause instanceof Error ? cause.message || codeOf(cause) : String(cause)
      throw isBeforeConnected(cause)
        ? new NotConnected(`no connection to Stripe: ${detail}`, { cause })
        : new BrokenOff(`the connection to Stripe broke off: ${detail}`, { cause })
    })
})

const whileConnecting: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

/** Several addresses were tried: each of them has to have failed so. */
const isBeforeConnected = (cause: unknown): boolean =>
  cause instanceof AggregateError && cause.errors.length > 0
    ? cause.errors.every(isBeforeConnected)
    : cause instanceof Error && "syscall" in cause && whileConnecting.has(cause.syscall)

const codeOf = (cause: Error): string => ("code" in cause ? String(cause.code) : cause.name)

/** The SDK takes any JSON without an `error` for success, whatever its status. */
export const answeredWell = ({ lastResponse }: Stripe.Response<unknown>): boolean => lastResponse.statusCode === 200

/** `cause`: what the SDK threw. */
export class CallFailed extends Data.TaggedError("CallFailed")<{ readonly cause: unknown }> {
  override get message(): string {
    return this.cause instanceof Error && this.cause.message !== ""
      ? this.cause.message
      : "the call to Stripe broke off"
  }
}

/** One question, or several, answered within the limit. */
export const call = <A>(limit: number, request: (timeout: number, signal: AbortSignal) => Promise<A>) =>
  Effect.tryPromise({
    try: (signal) => request(Math.ceil(limit), signal),
    catch: (cause) => new CallFailed({ cause })
  }).pipe(
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => new CallFailed({ cause: new BrokenOff(`Stripe did not answer within ${limit / 1000} s`) })
    })
  )
