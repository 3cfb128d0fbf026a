import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { makeMetrics } from "../src/metrics.ts"
import { Registry } from "../src/prometheus.ts"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "clerk:orders:read:clerk-secret,watcher:reports:read:watcher-secret" })
  call = callerOf(server)
})
afterAll(() => server.stop())

/** By name and labels, as they are written. */
const figures = async (): Promise<ReadonlyMap<string, number>> => {
  const { body, status } = await call("GET", "/metrics", { key: "watcher-secret" })
  assert.strictEqual(status, 200)
  const lines = String(body)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))])
  )
}

const requested = async (order: string, more: Readonly<Record<string, unknown>> = {}) =>
  call("POST", `/v1/orders/${order}/refunds`, {
    headers: { "idempotency-key": fresh("k"), prefer: "wait=30" },
    body: { amount: 10, captureId: `${order}-c`, ...more }
  })

describe("the figures", () => {
  it("are for a key of the server's tenant that may read reports, and for nobody else", async () => {
    assert.strictEqual((await call("GET", "/metrics", { key: null })).status, 401)
    assert.strictEqual((await call("GET", "/metrics", { key: "no-such-secret" })).status, 401)
    const refused = await call("GET", "/metrics", { key: "clerk-secret" })
    assert.deepStrictEqual([refused.status, refused.body.violations[0].permission], [403, "reports:read"])
  })

  it("count requests by route, decisions by what refused them, commits, and what providers answered", async () => {
    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100) })
    const before = await figures()
    assert.strictEqual((await requested(order)).body.state, "settled")
    assert.strictEqual((await requested(order, { amount: 1_000 })).status, 422)
    const after = await figures()
    const grew = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    const route = 'door="native",method="POST",route="/v1/orders/:orderId/refunds"'
    assert.strictEqual(grew(`refund_http_request_duration_seconds_count{${route},status="201"}`), 1)
    assert.strictEqual(grew(`refund_http_request_duration_seconds_count{${route},status="422"}`), 1)
    assert.strictEqual(grew('refund_decisions_total{command="RequestRefund",refusal=""}'), 1)
    assert.strictEqual(grew('refund_decisions_total{command="RequestRefund",refusal="ExceedsCaptured"}'), 1)
    assert.isAtLeast(grew("refund_commit_decisions_count"), 2)
    const answered = 'provider="simulator",what="submit",outcome="settled"'
    assert.strictEqual(grew(`refund_provider_call_duration_seconds_count{${answered}}`), 1)
    assert.strictEqual(after.get('refund_provider_paused{provider="simulator"}'), 0)
  })

  it("say by dialect what was asked of it", async () => {
    await call("POST", "/medusa/admin/payments/none/refund", { body: { amount: 1 } })
    const ofMedusa = [...(await figures())].filter(([name]) => /_count\{door="medusa"/.test(name))
    assert.deepStrictEqual(ofMedusa, [
      [
        'refund_http_request_duration_seconds_count{door="medusa",method="POST",route="/admin/payments/:id/refund",status="400"}',
        1
      ]
    ])
  })

  it("say what is open, by state and age, and whether the books were in order when they were looked at", async () => {
    const order = fresh("o")
    const own = await startServer({ keys: "watcher:reports:read:watcher-secret" })
    try {
      const ask = callerOf(own)
      await ask("PUT", `/v1/orders/${order}`, { body: payment(order, 100) })
      await ask("POST", `/v1/orders/${order}/refunds`, {
        headers: { "idempotency-key": "waits" },
        body: { amount: 1, requiresApproval: true }
      })
      await own.journal()
      const { body } = await ask("GET", "/metrics", { key: "watcher-secret" })
      assert.include(body, '\nrefund_refunds_open{state="pending_approval"} 1\n')
      assert.match(body, /\nrefund_refunds_open_oldest_seconds\{state="pending_approval"\} \d/)
      assert.include(body, "\nrefund_outbox_overdue 0\n")
      assert.include(body, '\nrefund_inbox_open{state="parked"} 0\n')
      assert.include(body, "\nrefund_ledger_readable 1\n")
      assert.include(body, "\nrefund_books_ok 1\n")
    } finally {
      await own.stop()
    }
  })

  it("have no name, text or secret of anybody's in them", async () => {
    const order = "order-of-Lovelace"
    const provider = "Lovelace-pays"
    await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100, { provider }) })
    await call("POST", `/v1/orders/${order}/refunds`, {
      headers: { "idempotency-key": fresh("k") },
      body: { amount: 10, note: "Lovelace called", reason: "Lovelace", metadata: { who: "Lovelace" } }
    })
    await call("GET", `/v1/orders/Lovelace?text=Lovelace`)
    await call("GET", `/Lovelace`, { key: null })
    const written = async () => (await call("GET", "/metrics", { key: "watcher-secret" })).body
    while (!(await written()).includes('provider="other"')) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.notMatch(await written(), /lovelace|secret|bearer/i)
  })
})

describe("a request's name", () => {
  it("is the one it came with, where that is fit for a log line, else ours", async () => {
    const named = (name: string) =>
      call("GET", "/healthz", { key: null, headers: { "x-request-id": name } }).then(({ headers }) =>
        headers.get("x-request-id")
      )
    assert.strictEqual(await named("proxy-1:a.b_c"), "proxy-1:a.b_c")
    for (const unfit of ["x".repeat(65), "a b", "4111111111111111", "<b>", '"', "a\tb"])
      assert.match((await named(unfit)) ?? "", /^[0-9a-f]{8}-[0-9a-f-]{27}$/, unfit)
    const { headers } = await call("GET", "/v1/refunds")
    assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/)
  })
})

describe("the text form", () => {
  it("counts into the first bound that a value is not above, and adds the bounds up", () => {
    const registry = new Registry()
    const histogram = registry.histogram("size", "How large.", [1, 4], ["of"])
    for (const value of [0, 1, 2, 4, 5]) histogram.observe(["a"], value)
    assert.deepStrictEqual(registry.text().split("\n"), [
      "# HELP size How large.",
      "# TYPE size histogram",
      'size_bucket{of="a",le="1"} 2',
      'size_bucket{of="a",le="4"} 4',
      'size_bucket{of="a",le="+Inf"} 5',
      'size_sum{of="a"} 12',
      'size_count{of="a"} 5',
      ""
    ])
  })

  it("keeps what stands in a label from ending it", () => {
    const registry = new Registry()
    registry.counter("asked", "How often.", ["by"]).add(['a"b\\c\nd'])
    assert.include(registry.text(), '\nasked{by="a\\"b\\\\c\\nd"} 1\n')
  })

  it("knows providers that are called here by their names, and no others", () => {
    const metrics = makeMetrics(["stripe"])
    metrics.watch.paused("stripe", true)
    metrics.watch.paused("somebody", true)
    metrics.watch.paused(null, false)
    assert.deepStrictEqual(metrics.paused(), ["stripe", "other"])
  })
})
