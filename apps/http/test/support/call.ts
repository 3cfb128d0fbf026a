/** Calls the API as any client does, and shows the answer whole. */
import { nativeJudge } from "./judged.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what a test asserts on is the wire, whose form it does not take for granted.
  readonly body: any
}

export interface Sent {
  /** JSON; a string or bytes are sent as they are. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Null: no credential. */
  readonly key?: string | null
}

export const callerOf =
  (
    { adminKey, url }: { readonly url: string; readonly adminKey: string },
    /** False: an app around the ledger answers some paths itself. */
    { isOurs = true }: { readonly isOurs?: boolean } = {}
  ) =>
  async (method: string, path: string, { body, headers, key = adminKey }: Sent = {}): Promise<Answer> => {
    const isRaw = typeof body === "string" || body instanceof Uint8Array
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) })
    })
    const text = await response.text()
    const answer = { status: response.status, headers: response.headers, body: parsed(text) }
    if (isOurs && ofNative.test(path)) judged({ method, path, body: isRaw ? undefined : body }, answer)
    return answer
  }

/** What Express cannot decode is at no path; what stands elsewhere is a dialect's, or of an app around the ledger. */
const ofNative = /^(?!.*%(?![0-9a-f]{2}))\/(?:v1|problems|openapi|openapi\.json|docs|metrics|webhooks)(?:[/?]|$)/i

/** Every answer of the native API is as it describes itself (T67). */
const judged = (call: { readonly method: string; readonly path: string; readonly body: unknown }, answer: Answer) => {
  if (!["GET", "POST", "PUT", "DELETE"].includes(call.method)) return
  const { body, headers, status } = answer
  const complaints = nativeJudge()(call, { status, body, mediaType: headers.get("content-type") })
  if (complaints.length > 0)
    throw new Error(`${complaints.join("\n")}\n${JSON.stringify([call, body]).slice(0, 2_000)}`)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

let named = 0
/** A name that no other test of this file uses. */
export const fresh = (prefix: string): string => `${prefix}-${++named}`

/** A bare payment of `amount` on the simulator; its one capture has the order's name and `-c`. */
export const payment = (id: string, amount: number, capture: Readonly<Record<string, unknown>> = {}) => ({
  currency: "USD",
  captures: [
    {
      id: `${id}-c`,
      amount,
      provider: "simulator",
      reference: "ch_1",
      tender: "card",
      capturedAt: "2026-01-01T00:00:00Z",
      ...capture
    }
  ]
})
