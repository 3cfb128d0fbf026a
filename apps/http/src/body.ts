/** The bytes of a request's body, read once and bounded. */
import type { IncomingMessage } from "node:http"
import type { WireFault } from "refund-dialects/Dialect"

/** 256 KiB: an order of a thousand lines fits, and parsing it is a matter of milliseconds. */
export const limitBytes = 256 * 1024

export type BodyRead =
  | { readonly _tag: "bytes"; readonly bytes: Uint8Array }
  | { readonly _tag: "tooLarge" }
  /** Something before us parsed the body: its text, and with it the exact amounts, are gone. */
  | { readonly _tag: "consumed" }
  | { readonly _tag: "aborted" }

export const none = new Uint8Array(0)

export type Read = IncomingMessage & { readonly rawBody?: unknown; readonly body?: unknown }

export const readBody = (request: Read, limitBytes: number, done: (read: BodyRead) => void): void => {
  const kept = keptBytes(request)
  if (kept !== null) return done(kept.length > limitBytes ? { _tag: "tooLarge" } : { _tag: "bytes", bytes: kept })
  const stated = Number(request.headers["content-length"] ?? Number.NaN)
  if (stated === 0 || (Number.isNaN(stated) && request.headers["transfer-encoding"] === undefined)) {
    return done({ _tag: "bytes", bytes: none })
  }
  if (request.readableEnded || request.body !== undefined) return done({ _tag: "consumed" })
  if (stated > limitBytes) {
    request.resume()
    return done({ _tag: "tooLarge" })
  }
  collect(request, limitBytes, done)
}

/** Middleware that keeps the bytes calls them `rawBody`; `express.raw` and `express.text` put them in `body`. */
export const keptBytes = ({ body, rawBody }: Read): Uint8Array | null => {
  for (const kept of [rawBody, body]) {
    if (kept instanceof Uint8Array) return kept
    if (typeof kept === "string") return Buffer.from(kept)
  }
  return null
}

const collect = (request: IncomingMessage, limitBytes: number, done: (read: BodyRead) => void): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  let answered = false
  const answer = (read: BodyRead) => {
    if (answered) return
    answered = true
    done(read)
  }
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    // The rest still flows, and is dropped: a client that is cut off while it sends never reads the answer.
    if (size > limitBytes) return answer({ _tag: "tooLarge" })
    chunks.push(chunk)
  })
  request.on("end", () => answer({ _tag: "bytes", bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) }))
  request.on("error", () => answer({ _tag: "aborted" }))
  request.on("close", () => answer({ _tag: "aborted" }))
}

type Readable = Extract<BodyRead, { readonly _tag: "bytes" | "tooLarge" }>

/** What is not JSON in UTF-8 is no body of ours. */
export const bytesOf = (
  read: Readable,
  limitBytes: number,
  headers: Readonly<Record<string, string>>
): Uint8Array | WireFault => {
  if (read._tag === "tooLarge") return { _tag: "TooLarge", limitBytes }
  if (read.bytes.length === 0 || isJson(headers["content-type"])) return read.bytes
  return { _tag: "WrongMediaType", got: headers["content-type"] ?? "" }
}

/** JSON is UTF-8; a type that says otherwise is not JSON to us. */
const isJson = (type: string | undefined): boolean =>
  type === "application/json" ||
  (type !== undefined && /^(?:application|text)\/(?:[\w.+-]*\+)?json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(type))
