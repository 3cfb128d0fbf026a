/** What a hostile request leaves in the log: lines that are ours, whole, without secrets, card numbers or people's words. */
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll, vi } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

const lines: Array<string> = []
let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation((line: unknown) => {
    lines.push(String(line))
  })
  server = await startServer({ env: { LOG_LEVEL: "trace", LOG_FORMAT: "logfmt" } })
  call = callerOf(server)
})
afterAll(async () => {
  await server.stop()
  vi.restoreAllMocks()
})

describe("the log of a server that is asked for anything", () => {
  it("has a line for each request, by the name that its answer carries", async () => {
    const { headers } = await call("GET", "/v1/refunds", { headers: { "x-request-id": "proxy-7" } })
    assert.strictEqual(headers.get("x-request-id"), "proxy-7")
    const [line = ""] = lines.filter((each) => each.includes("proxy-7"))
    assert.match(line, /GET \/v1\/refunds was answered 200/)
    assert.match(line, /door=native/)
  })

  it("has no line that a request forged, and nothing of what people wrote, a secret or a card number", async () => {
    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100) })
    const said = { note: "Lovelace called", reason: "Lovelace", author: "Lovelace", metadata: { who: "Lovelace" } }
    await call("POST", `/v1/orders/${order}/refunds`, {
      headers: { "idempotency-key": "Lovelace", prefer: "wait=5" },
      body: { amount: 1, captureId: `${order}-c`, ...said }
    })
    const hostile = [
      "%0d%0alevel=FATAL%20message=forged",
      "%1b%5b2Jforged",
      "4242424242424242",
      "forged%22%20level=FATAL"
    ]
    for (const path of hostile) {
      await call("GET", `/v1/orders/${path}?text=Lovelace`)
      await call("GET", `/v1/customers/${path}/credit`)
      await call("GET", `/${path}`, { key: null })
      await call("POST", `/v1/refunds/${path}/approve`, {
        body: { note: "Lovelace" },
        headers: { "x-request-id": "forged id" }
      })
      await call("GET", "/v1/refunds", { key: `sk_live_${path.replaceAll("%", "")}` })
    }
    await call("POST", `/v1/orders/${order}/refunds`, { body: '{"amount":1,"note":"4242 4242 4242 4242"' })
    assert.isAbove(lines.length, 20)
    for (const line of lines) {
      assert.notMatch(line, /lovelace|4242 ?4242|admin-secret|sk_live|forged/i)
      // A control character would be a line, or a colour, of somebody else's.
      assert.isFalse(
        [...line].some((character) => character < " " && character !== "\n"),
        JSON.stringify(line)
      )
    }
  })
})
