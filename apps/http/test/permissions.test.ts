import { assert, describe, it } from "@effect/vitest"
import { type Permission, permissions } from "refund-core/Permission"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

/** A key for each permission alone, and one for each with all but it. */
const secretOf = (permission: Permission, form: "only" | "without") => `${form}-${permission.replace(":", "-")}-secret`
const keys = permissions.flatMap((permission) => [
  `${form(permission, "only")}:${permission}:${secretOf(permission, "only")}`,
  `${form(permission, "without")}:${permissions.filter((each) => each !== permission).join("+")}:${secretOf(permission, "without")}`
])
function form(permission: Permission, which: string) {
  return `${which}-${permission.replace(":", "-")}`
}

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: keys.join(",") })
  call = callerOf(server)
})
afterAll(() => server.stop())

/** Its refunds are another system's to pay: nothing is recorded but what is asked for here. */
const paidElsewhere = (order: string, amount: number) => payment(order, amount, { provider: "external" })

interface Row {
  readonly method: string
  readonly path: (order: string) => string
  readonly body?: (order: string) => unknown
  /** Absent: JSON. */
  readonly type?: string
  readonly needs: Permission
}

const nobody = "0191f5a7-44d3-7430-8739-2d80821416ff"
const refundBody = { amount: 1 }
const endpointBody = { url: "https://shop.example/in", events: ["*"], enabled: false }

const rows: ReadonlyArray<Row> = [
  {
    method: "PUT",
    path: (order) => `/v1/orders/${order}`,
    body: (order) => paidElsewhere(order, 100),
    needs: "orders:write"
  },
  { method: "GET", path: (order) => `/v1/orders/${order}`, needs: "orders:read" },
  {
    method: "POST",
    path: (order) => `/v1/orders/${order}/captures`,
    body: (order) => ({ ...paidElsewhere(order, 5).captures[0], id: fresh("c") }),
    needs: "orders:write"
  },
  {
    method: "POST",
    path: (order) => `/v1/orders/${order}/disputes`,
    body: (order) => ({ id: "d", captureId: `${order}-c`, amount: 1, state: "won", at: "2026-11-02T00:00:00Z" }),
    needs: "disputes:write"
  },
  { method: "POST", path: (order) => `/v1/orders/${order}/refunds`, body: () => refundBody, needs: "refunds:request" },
  {
    method: "POST",
    path: (order) => `/v1/orders/${order}/refunds/preview`,
    body: () => refundBody,
    needs: "refunds:request"
  },
  {
    method: "POST",
    path: () => "/v1/imports",
    type: "text/csv",
    body: (order) => `orderId,currency,customerId\n${order},USD,c-9\n`,
    needs: "orders:write"
  },
  {
    method: "POST",
    path: () => "/v1/imports",
    type: "application/x-ndjson",
    body: (order) => JSON.stringify({ refund: { orderId: order, amount: 1 } }),
    needs: "refunds:request"
  },
  {
    method: "POST",
    path: () => "/v1/reconciliations",
    body: () => ({
      provider: "simulator",
      report: "october",
      rows: [{ row: 1, kind: "refund", amount: 1, currency: "USD" }]
    }),
    needs: "refunds:read"
  },
  { method: "GET", path: () => "/v1/refunds", needs: "refunds:read" },
  { method: "GET", path: () => `/v1/refunds/${nobody}`, needs: "refunds:read" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/approve`, needs: "refunds:approve" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/undo`, needs: "refunds:approve" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/deny`, needs: "refunds:approve" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/cancel`, needs: "refunds:request" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/settle`, needs: "refunds:record" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/retry`, needs: "refunds:request" },
  {
    method: "POST",
    path: () => `/v1/refunds/${nobody}/resolve`,
    body: () => ({ to: "failed", note: "the bank says so" }),
    needs: "refunds:resolve"
  },
  { method: "POST", path: () => `/v1/refunds/${nobody}/reverse`, needs: "refunds:reverse" },
  { method: "POST", path: () => `/v1/refunds/${nobody}/redact`, needs: "texts:redact" },
  { method: "POST", path: (order) => `/v1/orders/${order}/redact`, needs: "texts:redact" },
  { method: "GET", path: () => "/v1/customers/c-7/credit", needs: "refunds:read" },
  {
    method: "POST",
    path: () => "/v1/customers/c-7/credit/spend",
    body: (order) => ({ id: fresh("c"), orderId: order, amount: 1, currency: "USD" }),
    needs: "credit:write"
  },
  { method: "GET", path: () => "/v1/events", needs: "refunds:read" },
  { method: "GET", path: () => "/v1/webhook-endpoints", needs: "webhooks:manage" },
  { method: "POST", path: () => "/v1/webhook-endpoints", body: () => endpointBody, needs: "webhooks:manage" },
  { method: "PUT", path: () => "/v1/webhook-endpoints/erp", body: () => endpointBody, needs: "webhooks:manage" },
  { method: "POST", path: () => "/v1/webhook-endpoints/erp/rotate", needs: "webhooks:manage" },
  { method: "DELETE", path: () => "/v1/webhook-endpoints/erp/old-secret", needs: "webhooks:manage" },
  { method: "GET", path: () => "/v1/webhook-endpoints/erp/deliveries", needs: "webhooks:manage" },
  { method: "POST", path: () => "/v1/webhook-endpoints/erp/replay", needs: "webhooks:manage" },
  { method: "DELETE", path: () => "/v1/webhook-endpoints/erp", needs: "webhooks:manage" },
  { method: "POST", path: () => "/v1/deliveries/1/replay", needs: "webhooks:manage" },
  { method: "GET", path: () => "/v1/inbox", needs: "refunds:read" },
  { method: "POST", path: () => "/v1/inbox/1/retry", needs: "refunds:resolve" },
  { method: "GET", path: () => "/v1/policy", needs: "policy:manage" },
  { method: "PUT", path: () => "/v1/policy", body: () => ({ overrides: {} }), needs: "policy:manage" },
  {
    method: "PUT",
    path: () => "/v1/policy/closed-period",
    body: () => ({ before: "2026-01-01T00:00:00Z" }),
    needs: "policy:manage"
  },
  { method: "GET", path: () => "/v1/providers", needs: "providers:manage" },
  { method: "PUT", path: () => "/v1/providers", body: () => ({ providers: {} }), needs: "providers:manage" },
  { method: "GET", path: () => "/v1/keys", needs: "keys:manage" },
  {
    method: "POST",
    path: () => "/v1/keys",
    body: () => ({ name: fresh("key"), permissions: ["keys:manage"] }),
    needs: "keys:manage"
  },
  { method: "POST", path: () => "/v1/keys/key_none/rotate", needs: "keys:manage" },
  { method: "DELETE", path: () => "/v1/keys/key_none", needs: "keys:manage" },
  { method: "GET", path: (order) => `/v1/journal?order=${order}`, needs: "reports:read" },
  { method: "GET", path: () => "/v1/journal?customer=c-7&currency=USD", needs: "reports:read" },
  { method: "GET", path: () => "/v1/journal/entries", needs: "reports:read" },
  { method: "GET", path: () => "/v1/audit", needs: "audit:read" },
  { method: "GET", path: () => "/v1/journal/verify", needs: "reports:read" },
  ...["day", "reason", "state", "provider", "ageing"].map(
    (name): Row => ({ method: "GET", path: () => `/v1/reports/${name}`, needs: "reports:read" })
  )
]

describe("a key may do what its permissions say and nothing else", () => {
  for (const { body, method, needs, path, type = "application/json" } of rows) {
    it(`${method} ${path("{order}")} needs ${needs}`, async () => {
      const order = fresh("o")
      await call("PUT", `/v1/orders/${order}`, { body: paidElsewhere(order, 100) })
      const asked = (key: string) =>
        call(method, path(order), {
          key,
          headers: { "idempotency-key": fresh("k"), ...(body === undefined ? {} : { "content-type": type }) },
          ...(body === undefined ? {} : { body: body(order) })
        })

      const entries = (await server.journal()).entries
      const refused = await asked(secretOf(needs, "without"))
      assert.deepStrictEqual(
        [refused.status, refused.body.code, refused.body.violations],
        [403, "NotPermitted", [{ code: "NotPermitted", permission: needs, message: refused.body.detail }]]
      )
      assert.strictEqual((await server.journal()).entries, entries)
      const allowed = await asked(secretOf(needs, "only"))
      assert.notInclude([401, 403], allowed.status)
    })
  }

  it("an unentitled caller learns no figures: not whether the order, or the amount, is there", async () => {
    for (const path of ["/v1/orders/A-1001/refunds", "/v1/orders/none/refunds", "/v1/orders/A-1001/refunds/preview"]) {
      const { body } = await call("POST", path, {
        key: secretOf("refunds:request", "without"),
        headers: { "idempotency-key": fresh("k") },
        body: { amount: 1_000_000, captureId: "882" }
      })
      assert.strictEqual(body.code, "NotPermitted", path)
      assert.notInclude(JSON.stringify(body), "4920")
    }
  })

  it("recording a payment needs a permission beside requesting it", async () => {
    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: paidElsewhere(order, 100) })
    const refused = await call("POST", `/v1/orders/${order}/refunds`, {
      key: secretOf("refunds:record", "without"),
      headers: { "idempotency-key": fresh("k") },
      body: { amount: 1, settled: true }
    })
    assert.deepStrictEqual([refused.status, refused.body.violations[0].permission], [403, "refunds:record"])
  })

  it("shows the journal of a refund only to who may read reports", async () => {
    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: paidElsewhere(order, 100) })
    const made = await call("POST", `/v1/orders/${order}/refunds`, {
      headers: { "idempotency-key": order },
      body: { amount: 1 }
    })
    const path = `/v1/refunds/${made.body.id}`
    const whole = await call("GET", path)
    assert.isArray(whole.body.journal)
    assert.isArray(whole.body.postings)
    assert.isArray(whole.body.notifications)
    const plain = await call("GET", path, { key: secretOf("reports:read", "without") })
    assert.strictEqual(plain.status, 200)
    assert.doesNotHaveAnyKeys(plain.body, ["journal", "postings", "notifications"])
  })
})
