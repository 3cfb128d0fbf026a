import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
})
afterAll(() => server.stop())

describe("the tenant's policy over HTTP", () => {
  it("is shown with its version, and changed by who read that version", async () => {
    const before = await call("GET", "/v1/policy")
    const { overrides, policies, version } = before.body
    assert.deepStrictEqual(overrides, {})
    assert.strictEqual(before.headers.get("etag"), `"${version}"`)
    assert.strictEqual(policies.kibo.overRefund, "order_open")

    const change = { version, overrides: { native: { approval: { rule: "above", amount: 50 } } } }
    const changed = await call("PUT", "/v1/policy", { body: change })
    assert.deepStrictEqual([changed.status, changed.body.version], [200, version + 1])
    assert.deepStrictEqual(changed.body.policies.native.approval, { rule: "above", amount: 50 })
    assert.strictEqual(changed.headers.get("etag"), `"${version + 1}"`)

    const late = await call("PUT", "/v1/policy", { body: change })
    assert.deepStrictEqual([late.status, late.body.code], [409, "VersionConflict"])
    const header = { "if-match": `"${version}"` }
    assert.strictEqual((await call("PUT", "/v1/policy", { body: { overrides: {} }, headers: header })).status, 409)
    const odd = await call("PUT", "/v1/policy", { body: { overrides: {} }, headers: { "if-match": "yesterday" } })
    assert.deepStrictEqual([odd.status, odd.body.violations[0].path], [400, "If-Match"])

    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100) })
    const made = await call("POST", `/v1/orders/${order}/refunds`, {
      body: { amount: 51 },
      headers: { "idempotency-key": order }
    })
    assert.strictEqual(made.body.state, "pending_approval")

    const reset = await call("PUT", "/v1/policy", {
      body: { overrides: {} },
      headers: { "if-match": `"${version + 1}"` }
    })
    assert.deepStrictEqual([reset.status, reset.body.overrides], [200, {}])
  })

  it("is refused with every fault where it has no form", async () => {
    const { body, status } = await call("PUT", "/v1/policy", {
      body: { overrides: { native: { overRefund: "yes", approval: { rule: "above", amount: 0.5 } }, shopify: {} } }
    })
    assert.strictEqual(status, 400)
    const paths = body.violations.map((violation: { readonly path: string }) => violation.path)
    assert.includeMembers(paths, [
      "overrides.shopify",
      "overrides.native.overRefund",
      "overrides.native.approval.amount"
    ])
  })
})

describe("the server", () => {
  it("verifies its journal", async () => {
    const { body, status } = await call("GET", "/v1/journal/verify")
    assert.strictEqual(status, 200)
    assert.deepInclude(body, { ok: true, problem: null })
    assert.isAtLeast(body.entries, 2)
  })

  it("is alive and ready without a credential", async () => {
    assert.deepStrictEqual((await call("GET", "/healthz", { key: null })).body, { status: "ok" })
    assert.deepStrictEqual((await call("GET", "/readyz", { key: null })).body, {
      status: "ready",
      ledger: "readable",
      worker: "on",
      pausedProviders: []
    })
  })

  it("asks for a credential, and says how: 401", async () => {
    const none = await call("GET", "/v1/orders/A-1001", { key: null })
    assert.deepStrictEqual([none.status, none.body.code], [401, "Unauthorized"])
    assert.strictEqual(none.headers.get("www-authenticate"), 'Bearer realm="refunds"')
    for (const authorization of ["Bearer wrong-secret", "Bearer"]) {
      const wrong = await call("GET", "/v1/orders/A-1001", { key: null, headers: { authorization } })
      assert.deepStrictEqual([wrong.status, wrong.body.code], [401, "Unauthorized"], authorization)
    }
    const basic = await call("GET", "/v1/orders/A-1001", { key: null, headers: { authorization: "Basic YTpi" } })
    assert.strictEqual(basic.status, 401)
    const shouted = await call("GET", "/v1/orders/A-1001", {
      key: null,
      headers: { authorization: `bearer ${server.adminKey}` }
    })
    assert.strictEqual(shouted.status, 200)
  })

  it("knows nothing at other paths, and no other methods: 404 and 405 problems", async () => {
    for (const path of [
      "/v1/nothing",
      "/v1/orders/A-1001/nothing",
      "/nothing",
      "/v1",
      "/V1/orders/A-1001",
      "/v1/orders/%zz",
      "/v1/orders/%c3%28"
    ]) {
      const { body, headers, status } = await call("GET", path)
      assert.deepStrictEqual([status, body.code], [404, "NoRoute"], path)
      assert.strictEqual(body.detail, `There is nothing at ${path}`)
      assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/)
    }
    const wrong = await call("DELETE", "/v1/orders/A-1001")
    assert.deepStrictEqual([wrong.status, wrong.body.code], [405, "WrongMethod"])
    assert.strictEqual(wrong.headers.get("allow"), "PUT, GET")
    assert.strictEqual((await call("GET", "/v1/orders/A-1001/refunds")).status, 405)
  })

  it("tells browsers to be careful, and nothing about itself", async () => {
    const { headers } = await call("GET", "/v1/orders/A-1001")
    assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
    assert.include(headers.get("content-security-policy") ?? "", "default-src 'self'")
    for (const name of ["x-powered-by", "etag", "access-control-allow-origin", "server"])
      assert.isNull(headers.get(name), name)
  })

  it("answers in the shape of the dialect that was called, also for what is not there", async () => {
    const { body, status } = await call("GET", "/medusa/nothing")
    assert.deepStrictEqual([status, body], [404, { type: "not_found", message: "Cannot find /medusa/nothing" }])
    const none = await call("POST", "/medusa/admin/payments/882/refund", { key: null, body: {} })
    assert.deepStrictEqual([none.status, none.body], [401, "Unauthorized"])
  })
})
