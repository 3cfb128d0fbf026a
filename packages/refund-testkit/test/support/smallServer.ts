/** Enough of the native API over `node:http` for the laws to be tried on, with one bug or none. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { HttpOptions } from "refund-testkit/httpLaws"
import { type Bug, Refused, SmallLedger } from "./smallLedger.ts"

export interface SmallServer {
  readonly url: string
  readonly keys: readonly [string, string]
  readonly late: { readonly arrives: () => Promise<void>; readonly within: number }
  /** What a provider gave back of itself; it tells over `POST /outside`. */
  readonly outside: NonNullable<HttpOptions["outside"]>
  readonly stop: () => Promise<void>
}

export const startSmallServer = async (bug: Bug | null): Promise<SmallServer> => {
  const ledger = new SmallLedger(bug)
  const server = createServer((request, response) => void handle(ledger, request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    outside: {
      payer: () => ({ provider: "simulator", reference: "ch_outside" }),
      tells: async (refund) =>
        void (await fetch(`${url}/v1/outside`, { method: "POST", body: JSON.stringify(refund) })),
      within: 50
    },
    keys: ["ada", "bob"],
    late: { arrives: async () => ledger.arrive(), within: 50 },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly replayed?: boolean
}

const handle = async (ledger: SmallLedger, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const { body, replayed = false, status } = await replyTo(ledger, request, text === "" ? {} : JSON.parse(text))
  response.writeHead(status, {
    "content-type": status < 400 ? "application/json" : "application/problem+json",
    ...(replayed ? { "idempotent-replayed": "true" } : {})
  })
  response.end(JSON.stringify(body))
}

// biome-ignore lint/suspicious/noExplicitAny: what is sent here is what the laws send.
const replyTo = async (ledger: SmallLedger, { headers, method, url = "" }: IncomingMessage, body: any) => {
  const by = headers.authorization?.replace("Bearer ", "") ?? ""
  const key = headers["idempotency-key"] as string | undefined
  const [, , of = "", id = "", what = "", how = ""] = url.split("/")
  try {
    return await route(ledger, `${method} ${of} ${what} ${how}`.trim(), { by, key, id, what, body })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, message: detail, status } = error
    return { status, body: { code, detail, violations: [{ code }] } }
  }
}

interface Call {
  readonly by: string
  readonly key: string | undefined
  readonly id: string
  readonly what: string
  // biome-ignore lint/suspicious/noExplicitAny: what is sent here is what the laws send.
  readonly body: any
}

const route = async (ledger: SmallLedger, name: string, { body, by, id, key, what }: Call): Promise<Reply> => {
  switch (name) {
    case "PUT orders":
      ledger.register(id, body)
      return { status: 201, body: { id, created: true, changed: true } }
    case "GET orders":
      return { status: 200, body: ledger.show(id) }
    case "GET customers credit":
      return { status: 200, body: ledger.credit.show(id) }
    case "POST customers credit spend": {
      const spent = await ledger.spend(id, body)
      return { status: spent.changed ? 201 : 200, body: spent }
    }
    case "POST outside":
      ledger.tell(body)
      return { status: 200, body: {} }
    case "GET journal":
      return { status: 200, body: { ok: true, entries: ledger.entries } }
    case "POST orders refunds": {
      const { replayed, ...made } = await ledger.request(by, id, body, key)
      return { status: replayed ? 200 : 201, replayed, ...made }
    }
    case "POST orders refunds preview":
      return { status: 200, body: { accepted: isAccepted(() => ledger.preview(id, body)) } }
    default:
      return { status: 200, body: ledger.decide(by, what, id).body }
  }
}

const isAccepted = (preview: () => void): boolean => {
  try {
    preview()
    return true
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}
