/** Who did it, with which credential, from where, in which request: in the journal for what was done, in the log for what was refused. */
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll, vi } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "viewer:@viewer:viewer-secret" })
  call = callerOf(server)
})
afterAll(() => server.stop())

describe("a journal entry", () => {
  it("says with which credential, from where and in which request it was asked for; the chain stays whole", async () => {
    const order = fresh("o")
    const made = await call("POST", "/v1/keys", { body: { name: "till", roles: ["admin"] } })
    const { body, headers } = await call("PUT", `/v1/orders/${order}`, {
      key: made.body.secret,
      headers: { "x-request-id": "trace-7" },
      body: payment(order, 100)
    })
    assert.strictEqual(headers.get("x-request-id"), "trace-7")
    assert.isTrue(body.created)
    const { entries } = (await call("GET", `/v1/journal?order=${order}`)).body
    const { by, from, requestId, with: credential } = entries[0].entry
    assert.deepStrictEqual([by, credential, from, requestId], ["till", made.body.id, "127.0.0.1", "trace-7"])
    assert.isTrue((await server.journal()).ok)
  })

  it("says so of keys, policy and webhooks too; who reads it may manage keys: it has their hashes", async () => {
    await call("POST", "/v1/keys", { body: { name: "desk", roles: ["viewer"] } })
    await call("PUT", "/v1/policy", { body: { overrides: { native: { fourEyes: true } } } })
    await call("PUT", "/v1/webhook-endpoints/erp", {
      body: { url: "https://erp.example/in", events: ["*"], enabled: false }
    })
    const { body, status } = await call("GET", "/v1/journal?settings=true")
    assert.strictEqual(status, 200)
    const last = body.entries.slice(-3).map((each: { readonly entry: Record<string, unknown> }) => each.entry)
    assert.deepStrictEqual(
      last.map(({ events }: { events: ReadonlyArray<{ readonly _tag: string }> }) => events.map(({ _tag }) => _tag)),
      [["KeyCreated"], ["PolicySet"], ["EndpointSet"]]
    )
    for (const entry of last) {
      assert.deepStrictEqual([entry.by, entry.from], ["admin", "127.0.0.1"])
      assert.match(entry.with, /^key_/)
      assert.match(entry.requestId, /^[0-9a-f-]{36}$/)
    }
    const reports = await call("POST", "/v1/keys", { body: { name: "auditor", permissions: ["reports:read"] } })
    const refused = await call("GET", "/v1/journal?settings=true", { key: reports.body.secret })
    assert.deepStrictEqual([refused.status, refused.body.violations[0].permission], [403, "keys:manage"])
  })

  it("of the settings is left out of all entries for who may not manage keys, and of nothing else", async () => {
    const reports = await call("POST", "/v1/keys", { body: { name: "books", permissions: ["reports:read"] } })
    const chains = async (key: string): Promise<ReadonlyArray<string>> => {
      const { body } = await call("GET", "/v1/journal/entries?limit=200", { key })
      return body.entries.map((each: { readonly chain: string }) => each.chain)
    }
    const all = await chains(server.adminKey)
    assert.include(all, "settings")
    assert.deepStrictEqual(
      await chains(reports.body.secret),
      all.filter((chain) => chain !== "settings")
    )
  })

  it("says no address where the server is told to keep none", async () => {
    const other = await startServer({ env: { REFUND_JOURNAL_ADDRESSES: "off" } })
    try {
      const ask = callerOf(other)
      await ask("PUT", "/v1/orders/o-1", { body: payment("o-1", 100) })
      const { entries } = (await ask("GET", "/v1/journal?order=o-1")).body
      assert.doesNotHaveAnyKeys(entries[0].entry, ["from"])
      assert.property(entries[0].entry, "requestId")
    } finally {
      await other.stop()
    }
  })
})

describe("the security log", () => {
  it("has a line for each refusal, with what is known of the caller and never a secret; the journal has none", async () => {
    const lines: Array<string> = []
    const spy = vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)))
    const other = await startServer({
      keys: "viewer:@viewer:viewer-secret",
      env: { LOG_LEVEL: "warn", LOG_FORMAT: "json" }
    })
    try {
      const ask = callerOf(other)
      await ask("PUT", "/v1/orders/9001", { body: payment("9001", 100) })
      const before = await other.journal()
      const unknown = `rk_${"x".repeat(43)}`
      await ask("GET", "/v1/refunds", { key: unknown, headers: { "x-request-id": "unknown-key" } })
      await ask("GET", "/v1/refunds", { key: null, headers: { "x-request-id": "no-key" } })
      await ask("GET", "/v1/keys", { key: "viewer-secret", headers: { "x-request-id": "no-permission" } })
      const basic = Buffer.from("user:viewer-secret").toString("base64")
      await ask("POST", "/geins/API/Order/9001/Refund", {
        key: null,
        headers: { authorization: `Basic ${basic}`, "x-apikey": "viewer-secret", "x-request-id": "geins" },
        body: { RefundAmount: 1 }
      })
      const told = (requestId: string) =>
        JSON.parse(lines.find((line) => line.includes(`"${requestId}"`)) ?? "{}").annotations
      const from = "127.0.0.1"
      assert.deepInclude(told("unknown-key"), {
        channel: "security",
        what: "credential",
        status: 401,
        with: "rk_xxxx…",
        from
      })
      assert.deepInclude(told("no-key"), { what: "credential", route: "/v1/refunds", status: 401 })
      const viewer = { what: "permission", tenant: "default", by: "viewer", from }
      assert.deepInclude(told("no-permission"), { ...viewer, route: "/v1/keys", status: 403 })
      assert.deepInclude(told("geins"), { ...viewer, door: "geins", status: 400 })
      for (const secret of [unknown, "viewer-secret", "admin-secret", basic]) assert.notInclude(lines.join(), secret)
      assert.deepStrictEqual(await other.journal(), before)
    } finally {
      spy.mockRestore()
      await other.stop()
    }
  })

  it("is each server's own: what one in the process leaves out, another tells", async () => {
    const lines: Array<string> = []
    const spy = vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)))
    const [busy, other] = await Promise.all([startServer(), startServer({ env: { LOG_LEVEL: "warn" } })])
    try {
      const refused = (server: TestServer) => callerOf(server)("GET", "/v1/refunds", { key: "wrong" })
      for (let turn = 0; turn < 101; turn++) await refused(busy)
      assert.strictEqual((await refused(other)).status, 401)
      assert.strictEqual(lines.filter((line) => line.includes("channel=security")).length, 1, lines.join("\n"))
    } finally {
      spy.mockRestore()
      await Promise.all([busy.stop(), other.stop()])
    }
  })
})
