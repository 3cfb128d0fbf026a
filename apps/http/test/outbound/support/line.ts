/** The line between a caller and a ledger: requests for a refund, and their answers, get lost on it as they are told to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

/** What becomes of the next refund that is asked for; those after it go through. */
export type Mishap =
  | "none"
  /** It arrives, and is acted on or not; no answer comes, the connection is cut, or another answer comes in its place. */
  | { readonly arrives: boolean; readonly ends: "silence" | "cut" | Reply }
  /** It arrives, and the answer is another one. */
  | { readonly edit: (answer: Json) => Json }
  /** It arrives as another one. */
  | { readonly asks: (request: Json) => Json }
  /** Nobody listens. */
  | "unreachable"

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

// biome-ignore lint/suspicious/noExplicitAny: what is changed is the wire, whose form is not taken for granted.
export type Json = any

export interface Line {
  readonly url: () => string
  readonly meets: (mishap: Mishap) => void
  /** Requests for a refund that came by, oldest first. */
  readonly asked: ReadonlyArray<{ readonly path: string; readonly body: string }>
  /** Questions that came by. */
  readonly questions: () => number
  /** Resolves once an answer is held back for good. */
  readonly silence: Promise<void>
  readonly listen: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What a vendor keeps and answers by itself, that the ledger in its place does not. */
export interface Kept {
  readonly saw: (request: Json, answer: Json) => void
  /** Null: the ledger is asked. */
  readonly answers: (path: string, ask: (path: string) => Promise<Reply>) => Promise<Reply | null>
}

interface Options {
  readonly to: string
  /** Waits until the ledger has done what was asked on this path. */
  readonly quiet: (path: string) => Promise<unknown>
  /** The vendor knows no `Idempotency-Key`, so the ledger in its place is not told one. */
  readonly ignoresKey?: boolean
  readonly keeps?: Kept
  /** What is asked with a key is asked once more when the ledger has done it. */
  readonly asksAgain?: boolean
}

export const openLine = async ({ asksAgain = false, ignoresKey = false, keeps, quiet, to }: Options): Promise<Line> => {
  let next: Mishap = "none"
  let port = 0
  let questions = 0
  const { promise: silence, resolve: fallSilent } = Promise.withResolvers<void>()
  const asked: Array<Line["asked"][number]> = []

  const end = (response: ServerResponse, how: "silence" | "cut" | Reply): void => {
    if (how === "silence") fallSilent()
    else if (how === "cut") response.destroy()
    else write(response, how)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { headers, method = "GET", url: path = "/" } = request
    const sent = (await buffer(request)).toString()
    if (ignoresKey) delete headers["idempotency-key"]
    if (method !== "POST") {
      questions += 1
      const ask = (path: string) => forward(to, { method, path, headers, body: sent })
      return write(response, (await keeps?.answers(path, ask)) ?? (await ask(path)))
    }
    asked.push({ path, body: sent })
    const mishap = next
    next = "none"
    if (typeof mishap === "object" && "ends" in mishap && !mishap.arrives) return end(response, mishap.ends)
    const body = typeof mishap === "object" && "asks" in mishap ? changed(sent, mishap.asks) : sent
    const first = await forward(to, { method, path, headers, body })
    await quiet(path)
    keeps?.saw(parsed(body), parsed(first.body))
    const reply = asksAgain ? await forward(to, { method, path, headers, body }) : first
    if (typeof mishap === "object" && "ends" in mishap) return end(response, mishap.ends)
    const isEdited = typeof mishap === "object" && "edit" in mishap
    return write(response, isEdited ? { ...reply, body: changed(reply.body, mishap.edit) } : reply)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const listen = async () => {
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done))
    port = (server.address() as AddressInfo).port
  }
  await listen()
  return {
    url: () => `http://127.0.0.1:${port}`,
    meets: (mishap) => {
      next = mishap
    },
    asked,
    questions: () => questions,
    silence,
    listen,
    close: async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    }
  }
}

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const changed = (text: string, change: (json: Json) => Json): string => JSON.stringify(change(JSON.parse(text)))

const write = (response: ServerResponse, { body, headers = {}, status }: Reply): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body)
}

const forward = async (
  to: string,
  request: Pick<IncomingMessage, "headers"> & { readonly method: string; readonly path: string; readonly body: string }
): Promise<Reply> => {
  const kept = ["authorization", "x-apikey", "x-medusa-access-token", "idempotency-key", "content-type", "accept"]
  const headers = Object.fromEntries(
    kept.flatMap((name) => (typeof request.headers[name] === "string" ? [[name, request.headers[name]]] : []))
  )
  const answer = await fetch(to + request.path, {
    method: request.method,
    headers,
    ...(request.body === "" ? {} : { body: request.body })
  })
  const told = Object.fromEntries(
    ["content-type", "refund-id", "retry-after", "idempotent-replayed"].flatMap((name) => {
      const value = answer.headers.get(name)
      return value === null ? [] : [[name, value]]
    })
  )
  return { status: answer.status, headers: told, body: await answer.text() }
}
