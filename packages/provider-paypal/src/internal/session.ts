/** PayPal's own SDK, and the access token that it wants for each call. */
import { Agent, type AgentOptions } from "node:https"
import { connect } from "node:net"
import { Client, type Configuration, Environment, type OAuthToken, PaymentsController } from "@paypal/paypal-server-sdk"

export interface PayPalOptions {
  readonly clientId: string
  readonly clientSecret: string
  readonly environment: "sandbox" | "live"
  /** Another server than PayPal's, as `http://127.0.0.1:8080`: a double's. Scheme, host and port only. */
  readonly baseUrl?: string
  /** How long a call may take, absent 5500. Getting a token first may take half as long. Together best below the worker's own limit. */
  readonly timeoutMilliseconds?: number
}

export const timeoutOf = ({ timeoutMilliseconds }: PayPalOptions): number => timeoutMilliseconds ?? 5_500
const tokenWithin = (options: PayPalOptions): number => timeoutOf(options) / 2

/** A token, and the payments that it opens. */
export interface Session {
  readonly payments: PaymentsController
  readonly isOver: () => boolean
}

export interface Sessions {
  /** The one there is, or a new one: one token is fetched, however many wait for it. Fails as the SDK does. */
  readonly current: () => Promise<Session>
  /** PayPal does not take its token any more. */
  readonly drop: (session: Session) => void
}

/** A token is not used in its last minute. */
const marginSeconds = 60
/** PayPal says how long; where it does not, not for long. */
const assumedSeconds = 300

/**
 * The SDK could fetch tokens itself, but after one that it did not get it fails for ever: what it waits for is that one
 * rejected promise. So a client is made for each token.
 */
export const sessionsOf = (options: PayPalOptions): Sessions => {
  const credentials = { oAuthClientId: options.clientId, oAuthClientSecret: options.clientSecret }
  const base = configurationOf(options)
  const authorizing = new Client({
    ...base,
    timeout: tokenWithin(options),
    clientCredentialsAuthCredentials: credentials
  })
  let opening: Promise<Session> | null = null
  let opened: Session | null = null

  const open = (): Promise<Session> => {
    const forget = () => {
      if (opening === fetching) opening = null
    }
    // The SDK's limit is on silence: a token that trickles in is not waited for by the next refund.
    const late = setTimeout(forget, tokenWithin(options)).unref()
    const fetching = authorizing.clientCredentialsAuthManager
      .fetchToken()
      .then((token) => {
        opened = sessionOf(base, credentials, token)
        return opened
      })
      .finally(() => {
        clearTimeout(late)
        forget()
      })
    return fetching
  }
  return {
    current: () => {
      if (opened !== null && !opened.isOver()) return Promise.resolve(opened)
      opening ??= open()
      return opening
    },
    drop: (session) => {
      if (opened === session) opened = null
    }
  }
}

const sessionOf = (
  base: Partial<Configuration>,
  credentials: { readonly oAuthClientId: string; readonly oAuthClientSecret: string },
  token: OAuthToken
): Session => {
  const seconds = Number(token.expiresIn ?? assumedSeconds) - marginSeconds
  const until = performance.now() + seconds * 1_000
  const client = new Client({
    ...base,
    clientCredentialsAuthCredentials: { ...credentials, oAuthToken: token, oAuthTokenProvider: async () => token }
  })
  return { payments: new PaymentsController(client), isOver: () => performance.now() >= until }
}

const configurationOf = (options: PayPalOptions): Partial<Configuration> => ({
  environment: options.environment === "live" ? Environment.Production : Environment.Sandbox,
  timeout: timeoutOf(options),
  httpClientOptions: {
    // The ledger decides what is sent again, and when.
    retryConfig: {
      maxNumberOfRetries: 0,
      retryOnTimeout: false,
      retryInterval: 1,
      maximumRetryWaitTime: 0,
      backoffFactor: 1,
      httpStatusCodesToRetry: [],
      httpMethodsToRetry: []
    },
    // A connection that is kept may be gone when it is used again, and then nobody knows whether the request was.
    httpsAgent: options.baseUrl === undefined ? new Agent({ keepAlive: false }) : divertedTo(options.baseUrl)
  },
  unstable_httpClientOptions: {
    maxRedirects: 0,
    maxContentLength: 1_048_576,
    ...(options.baseUrl === undefined ? {} : { proxy: false })
  }
})

/** The SDK knows PayPal's addresses only: what it sends there is carried elsewhere. */
const divertedTo = (baseUrl: string): Agent => {
  const { hostname, port, protocol } = new URL(baseUrl)
  const elsewhere = { host: hostname, port: Number(port === "" ? (protocol === "http:" ? 80 : 443) : port) }
  const agent = new Agent({ keepAlive: false })
  const { createConnection } = agent
  agent.createConnection = (given, callback) =>
    protocol === "http:"
      ? connect(elsewhere)
      : createConnection.call(agent, { ...(given as AgentOptions), ...elsewhere, servername: hostname }, callback)
  return agent
}
