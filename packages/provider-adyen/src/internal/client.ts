/** One call of Adyen's Checkout API, set up so that it is one request and never more. */
import { Client, EnvironmentEnum, HttpURLConnectionClient, ModificationsApi } from "./sdk.ts"

export interface AdyenOptions {
  readonly apiKey: string
  readonly merchantAccount: string
  readonly environment: "test" | "live"
  /** Live only: the prefix of your company's own addresses (Customer Area, Developers, API URLs). */
  readonly liveEndpointUrlPrefix?: string
  /** Another address of the Checkout API, version included, as `https://127.0.0.1:8443/v72`: a double's. Always https. */
  readonly baseUrl?: string
  /** How long to wait for an answer; absent 8000. Best below the worker's own limit. */
  readonly timeoutMilliseconds?: number
}

export const timeoutOf = ({ timeoutMilliseconds }: AdyenOptions): number => timeoutMilliseconds ?? 8_000

/** The SDK neither retries nor, as set up here, follows redirects: one call is one request. */
export const modificationsOf = (options: AdyenOptions): ModificationsApi =>
  new ModificationsApi(
    new Client(
      {
        apiKey: options.apiKey,
        environment: options.environment === "live" ? EnvironmentEnum.LIVE : EnvironmentEnum.TEST,
        connectionTimeoutMillis: timeoutOf(options),
        enable308Redirect: false,
        ...(options.liveEndpointUrlPrefix === undefined ? {} : { liveEndpointUrlPrefix: options.liveEndpointUrlPrefix })
      },
      transport(options.baseUrl)
    )
  )

const versioned = /^https:\/\/[^/]+(?:\/checkout)?\/v[0-9]+(?=\/)/

const transport = (baseUrl: string | undefined) => {
  const https = new HttpURLConnectionClient()
  return {
    request: async (...[endpoint, ...rest]: Parameters<typeof https.request>): Promise<string> => {
      const body = await https.request(baseUrl === undefined ? endpoint : endpoint.replace(versioned, baseUrl), ...rest)
      // The SDK would write it to the console and hand it on.
      if (!isJson(body)) throw new Error("an answer that is not JSON")
      return body
    }
  }
}

const isJson = (body: string): boolean => {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}
