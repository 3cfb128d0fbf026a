/**
 * One call to a vendor's API over HTTP. It is sent once: nothing is repeated, no redirect is followed, and what comes back
 * is bounded in time and size. It tells apart what never left, what came back, and what nobody knows.
 */
import { Data, Effect, Result } from "effect"
import { decodeUtf8, type Numbers, parseJson } from "../Json.ts"

export interface Api {
  /** As sentences name it: `Kibo`. */
  readonly vendor: string
  /** Where its paths begin; checked by `baseOf`. */
  readonly base: string
  /** The credential. A function is asked before each call: a token that runs out. */
  readonly credential: Credential | (() => Promise<Credential>)
  /** How its numbers are read: amounts that are JSON numbers are kept as their text. */
  readonly numbers: Numbers
  readonly timeoutMilliseconds: number
}
type Credential = Readonly<Record<string, string>>

export interface Call {
  readonly method: "GET" | "POST"
  /** With its query, encoded; begins with a slash. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Answer {
  readonly _tag: "answer"
  readonly status: number
  /** JSON; undefined where it is none, or none that can be read in one way only. */
  readonly body: unknown
  /** What `Retry-After` says, in milliseconds. */
  readonly retryAfter: number | null
  /** `Refund-Id`: a ledger like this one answers, and this answer is about a refund that it made. */
  readonly refundId: string | null
}

/** `notSent`: not a byte of it can have arrived. `lost`: it may have arrived, and may have been acted on. */
export type Reply =
  | Answer
  | { readonly _tag: "notSent"; readonly detail: string }
  | { readonly _tag: "lost"; readonly detail: string }

/** Below the worker's 10 s. */
export const defaultTimeoutMilliseconds = 9_000

/** An order with ten thousand refunds fits. */
const maxBytes = 8 * 1024 * 1024

/** The address without a slash at its end. Fails at once where it is none: nothing could ever be sent there. */
export const baseOf = (baseUrl: string): string => {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  const isPlain = url !== null && url.username === "" && url.search === "" && url.hash === ""
  if (!isPlain || !/^https?:$/.test(url.protocol)) throw new Error("baseUrl must be an http or https address")
  return url.href.replace(/\/+$/, "")
}

export const send = (api: Api, call: Call): Effect.Effect<Reply> => {
  const { credential, timeoutMilliseconds } = api
  if (typeof credential !== "function") return sendAs(api, call, credential, timeoutMilliseconds)
  return Effect.tryPromise({ try: credential, catch: (cause) => new CallFailed({ cause }) }).pipe(
    Effect.timeoutOrElse({ duration: timeoutMilliseconds / 3, orElse: () => new CallFailed({ cause: null }) }),
    Effect.matchEffect({
      onFailure: ({ message }) => Effect.succeed(notSent(`there is no credential for ${api.vendor}: ${message}`)),
      onSuccess: (known) => sendAs(api, call, known, (timeoutMilliseconds * 2) / 3)
    })
  )
}

const sendAs = (api: Api, call: Call, credential: Credential, limit: number): Effect.Effect<Reply> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(`${api.base}${call.path}`, { ...requestOf(call, credential), signal })
      return { response, bytes: await bytesOf(response) }
    },
    catch: (cause) => new CallFailed({ cause })
  }).pipe(
    Effect.match({
      onFailure: ({ cause, message }): Reply =>
        isBeforeConnected(cause)
          ? notSent(`no connection to ${api.vendor}: ${message}`)
          : lost(`the connection to ${api.vendor} broke off: ${message}`),
      onSuccess: ({ bytes, response }): Reply =>
        bytes === null
          ? lost(`${api.vendor} answered with more than ${maxBytes} bytes`)
          : answerOf(response, bytes, api.numbers)
    }),
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => Effect.succeed(lost(`${api.vendor} did not answer within ${limit / 1_000} s`))
    })
  )

const notSent = (detail: string): Reply => ({ _tag: "notSent", detail })
const lost = (detail: string): Reply => ({ _tag: "lost", detail })

const utf8 = new TextEncoder()

const requestOf = ({ body, headers, method }: Call, credential: Credential): RequestInit => {
  const common = { method, redirect: "manual", credentials: "omit" } as const
  const accept = { accept: "application/json", ...credential, ...headers }
  if (body === undefined) return { ...common, headers: accept }
  const bytes = utf8.encode(JSON.stringify(body))
  return {
    ...common,
    headers: { ...accept, "content-type": "application/json", "content-length": String(bytes.length) },
    // A body that could be read again is sent again after a 421, whatever the first call had done; a stream is not.
    body: new Blob([bytes]).stream(),
    duplex: "half"
  } as RequestInit
}

/** Null: more than anybody needs. */
const bytesOf = async ({ body }: Response): Promise<Uint8Array | null> => {
  const chunks: Array<Uint8Array> = []
  let length = 0
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    // Leaving the loop closes the connection.
    if (length > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const answerOf = ({ headers, status }: Response, bytes: Uint8Array, numbers: Numbers): Answer => {
  const parsed = Result.flatMap(decodeUtf8(bytes), (text) => parseJson(text, numbers))
  const seconds = headers.get("retry-after") ?? ""
  return {
    _tag: "answer",
    status,
    body: Result.getOrElse(parsed, () => undefined),
    retryAfter: /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : null,
    refundId: headers.get("refund-id")
  }
}

/** `cause`: what `fetch` threw; null where nothing came in time. */
class CallFailed extends Data.TaggedError("CallFailed")<{ readonly cause: unknown }> {
  override get message(): string {
    const { cause } = this
    if (!(cause instanceof Error)) return "nothing in time"
    const deeper = cause.cause instanceof Error ? cause.cause : cause
    return deeper.message || ("code" in deeper ? String(deeper.code) : deeper.name)
  }
}

const whileConnecting: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

/** `fetch` wraps what the socket said. Where several addresses were tried, each of them has to have failed so. */
const isBeforeConnected = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error)) return false
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.every(isBeforeConnected)
  if ("code" in thrown && thrown.code === "UND_ERR_CONNECT_TIMEOUT") return true
  return ("syscall" in thrown && whileConnecting.has(thrown.syscall)) || isBeforeConnected(thrown.cause)
}
