/** A line to a server on which the next so many answers get lost: the server acts, and the caller never hears of it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

export interface LosingLine {
  readonly url: string
  readonly lose: (answers: number) => void
  /** How many requests came by. */
  readonly asked: () => number
  readonly close: () => Promise<void>
}

/** Said of one connection, not of what goes over it. */
const ofTheLine = ["connection", "keep-alive", "content-length", "transfer-encoding", "host"]

const without = (names: ReadonlyArray<string>, headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))

export const losingLine = async (to: string): Promise<LosingLine> => {
  let left = 0
  let asked = 0
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    asked += 1
    const headers = without(ofTheLine, request.headers as Record<string, string>)
    const body = await buffer(request)
    const answer = await fetch(to + request.url, {
      method: request.method ?? "GET",
      headers,
      ...(body.length === 0 ? {} : { body })
    })
    const text = await answer.text()
    if (left > 0) {
      left -= 1
      return void response.destroy()
    }
    response.writeHead(answer.status, without(ofTheLine, Object.fromEntries(answer.headers))).end(text)
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (answers) => {
      left = answers
    },
    asked: () => asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  }
}
