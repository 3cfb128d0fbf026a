/** A server that takes Stripe's deliveries as they come over the wire, and hands them to the webhook. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { Effect, Result } from "effect"
import type { ProviderNews, ProviderWebhook } from "refund-core/ports/ProviderNews"

export interface Receiver {
  readonly url: string
  /** What was told since this was last asked. */
  readonly take: () => ReadonlyArray<ProviderNews>
  readonly refused: Array<string>
  readonly close: () => Promise<void>
}

export const startReceiver = async (webhook: ProviderWebhook, now: () => number): Promise<Receiver> => {
  const heard: Array<ProviderNews> = []
  const refused: Array<string> = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : value])
    )
    const received = Effect.runSync(Effect.result(webhook.receive({ body, headers, now: now() })))
    if (Result.isSuccess(received)) heard.push(...received.success)
    else refused.push(received.failure.detail)
    response.writeHead(Result.isSuccess(received) ? 200 : 401).end()
  })
  // A connection that is kept is closed by who keeps it, never while it is used again.
  server.keepAliveTimeout = 0
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`,
    take: () => heard.splice(0),
    refused,
    close: async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    }
  }
}
