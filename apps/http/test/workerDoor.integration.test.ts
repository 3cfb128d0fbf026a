/** A worker that answers no requests says how it is, where it is told an address for that. */
import { Effect } from "effect"
import { configuration } from "refund-service/Configuration"
import { afterEach, assert, describe, it } from "vitest"
import { startWorker } from "../src/server.ts"
import { callerOf, payment } from "./support/call.ts"
import { adminKey, startServer } from "./support/server.ts"

const open: Array<{ readonly stop: () => Promise<void> }> = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

const started = async (env: Readonly<Record<string, string>>) => {
  const server = await startServer({ keys: "clerk:refunds:read:clerk-secret", env: { REFUND_WORKER: "off" } })
  open.push(server)
  const settings = { REFUND_DATABASE_URL: server.database, LOG_LEVEL: "none", ...env }
  const worker = await startWorker(await Effect.runPromise(configuration(settings)))
  open.push(worker)
  return { server, worker }
}

describe("a worker alone", () => {
  it("says that it lives, that it works, and what it has asked of providers, to who may read reports", async () => {
    const { server, worker } = await started({ REFUND_WORKER_ADDRESS: "127.0.0.1:0" })
    const url = worker.url ?? ""
    assert.strictEqual((await fetch(`${url}/healthz`)).status, 200)
    const ready = await fetch(`${url}/readyz`)
    assert.deepInclude(await ready.json(), { status: "ready", worker: "on", ledger: "readable" })

    const call = callerOf(server)
    await call("PUT", "/v1/orders/o-1", { body: payment("o-1", 100) })
    const headers = { "idempotency-key": "k", prefer: "wait=30" }
    const { body } = await call("POST", "/v1/orders/o-1/refunds", { headers, body: { amount: 40 } })
    assert.strictEqual(body.state, "settled")
    const figures = async (of: string, key: string | null) => {
      const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` }
      const response = await fetch(`${of}/metrics`, { headers })
      return { status: response.status, text: await response.text() }
    }
    const settled = /^refund_provider_call\w*_count\{[^}]*outcome="settled"[^}]*\} 1$/m
    assert.match((await figures(url, adminKey)).text, settled)
    assert.notMatch((await figures(server.url, adminKey)).text, settled)
    assert.strictEqual((await figures(url, null)).status, 401)
    assert.strictEqual((await figures(url, "clerk-secret")).status, 403)
  })

  it("answers nothing else, and nothing at all where no address is configured", async () => {
    const { worker } = await started({ REFUND_WORKER_ADDRESS: "[::1]:0" }).catch(() =>
      started({ REFUND_WORKER_ADDRESS: "localhost:0" })
    )
    const headers = { authorization: `Bearer ${adminKey}` }
    assert.strictEqual((await fetch(`${worker.url}/v1/refunds`, { headers })).status, 404)
    const { worker: silent } = await started({})
    assert.isNull(silent.url)
  })

  it("does not start where the address is taken, and says which variable says so", async () => {
    const { worker } = await started({ REFUND_WORKER_ADDRESS: "127.0.0.1:0" })
    const taken = await started({ REFUND_WORKER_ADDRESS: new URL(worker.url ?? "").host }).catch(
      (error: Error) => error
    )
    assert.match(String(taken), /REFUND_WORKER_ADDRESS/)
  })
})
