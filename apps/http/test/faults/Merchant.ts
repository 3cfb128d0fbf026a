/** Who listens to the ledger's events: keeps what it was told, and says that it has arrived. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export class Merchant {
  /** Types by event id; the same event told again is the same id. */
  readonly told = new Map<string, string>()
  readonly #server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      this.told.set(String(request.headers["webhook-id"]), (JSON.parse(body) as { readonly type: string }).type)
      response.end()
    })
  })
  url = ""

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
}
