/** A provider that pays once for an attempt's id, remembers it whoever dies, and keeps its own log of what it paid. */
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { type PaidRefund, secret } from "./wire.ts"

export class ProviderDouble {
  readonly #refunds = new Map<string, PaidRefund>()
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then((answer) => {
      if (answer === null) {
        response.destroy()
        return
      }
      response.statusCode = answer === "unknown" ? 404 : 200
      response.end(JSON.stringify(answer))
    })
  })
  /** Really paid, whatever anybody was told. */
  readonly payouts: Array<PaidRefund> = []
  url = ""
  /** Called once a refund is paid, before it is answered; `true`: there will be no answer. */
  onPaid: () => boolean = () => false
  /** Says `pending` first, and that it is settled by webhook, to this address, until that is acknowledged. */
  tellsAt: string | null = null

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1")
    await once(this.#server, "listening")
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, "close")
  }

  async #answer(request: IncomingMessage): Promise<PaidRefund | "unknown" | null> {
    if (request.method === "GET") return this.#refunds.get(request.url?.split("/").at(-1) ?? "") ?? "unknown"
    let body = ""
    for await (const chunk of request) body += chunk
    const asked = JSON.parse(body) as Omit<PaidRefund, "id" | "state">
    const known = this.#refunds.get(asked.attempt)
    if (known !== undefined) return known
    const paid: PaidRefund = { ...asked, id: `re_${this.#refunds.size + 1}`, state: "settled" }
    this.payouts.push(paid)
    this.#refunds.set(asked.attempt, paid)
    if (this.tellsAt !== null) {
      void this.#tell(paid)
      return { ...paid, state: "pending" }
    }
    return this.onPaid() ? null : paid
  }

  /** As providers do: again and again, until somebody says it has arrived. */
  async #tell(paid: PaidRefund): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      await sleep(tries === 0 ? 20 : 100)
      const answer = await fetch(`${this.tellsAt}/webhooks/double`, {
        method: "POST",
        headers: { "x-secret": secret, "content-type": "application/json" },
        body: JSON.stringify(paid)
      }).catch(() => null)
      if (answer?.ok) return
    }
  }
}
