/** A server that answers as it is told to, and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { Effect } from "effect"

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Responds = (response: ServerResponse, sent: Sent) => void

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Responds =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

/** Closed with the scope; by then nobody is connected any more. */
export const vendorServer = Effect.acquireRelease(
  Effect.promise(async () => {
    const sent: Array<Sent> = []
    let responds: Responds = json(500, {})
    const server = createServer(async (request, response) => {
      const { headers, method = "", url: path = "" } = request
      const arrived = { method, path, headers, body: (await buffer(request)).toString() }
      sent.push(arrived)
      responds(response, arrived)
    })
    // A connection that is kept is closed by who keeps it, never while it is used again.
    server.keepAliveTimeout = 0
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const close = async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    }
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      sent,
      responding: (next: Responds) => {
        responds = next
      },
      connections: () => new Promise<number>((done) => server.getConnections((_, count) => done(count))),
      close
    }
  }),
  ({ close }) => Effect.promise(close)
)
