import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll, vi } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
const managing = "managing-secret"
beforeAll(async () => {
  server = await startServer({ keys: `manager:keys:manage+orders:read:${managing}` })
  call = callerOf(server)
})
afterAll(() => server.stop())

const make = async (body: object) => {
  const made = await call("POST", "/v1/keys", { body })
  assert.strictEqual(made.status, 201, JSON.stringify(made.body))
  return made.body
}

/** A process remembers for a second who a secret is. */
const refusedAtLast = (key: string) =>
  vi.waitFor(async () => assert.strictEqual((await call("GET", "/v1/refunds", { key })).status, 401), {
    timeout: 50_000,
    interval: 100
  })

const aDay = 86_400_000
const later = () => new Date(Date.now() + aDay).toISOString()

describe("a key of the API", () => {
  it("has a name, what its roles allow, an end and a visible beginning; its secret is answered once", async () => {
    const expiresAt = later()
    const name = fresh("till")
    const made = await call("POST", "/v1/keys", {
      body: { name, roles: ["viewer"], permissions: ["refunds:over"], expiresAt }
    })
    const { createdAt, id, secret, ...rest } = made.body
    assert.deepStrictEqual(rest, {
      name,
      prefix: secret.slice(0, 7),
      roles: ["viewer"],
      permissions: ["orders:read", "refunds:read", "refunds:over"],
      state: "active",
      createdBy: "admin",
      expiresAt,
      lastUsedAt: null,
      oldSecret: null
    })
    assert.match(secret, /^rk_[A-Za-z0-9_-]{43}$/)
    assert.strictEqual(made.headers.get("cache-control"), "no-store")
    assert.strictEqual(made.headers.get("location"), `/v1/keys/${id}`)
    assert.strictEqual((await call("GET", "/v1/refunds", { key: secret })).status, 200)
    // Nobody waits for the use to be written down.
    const look = async () => {
      const { body } = await call("GET", "/v1/keys")
      const listed = body.keys.find((each: { readonly id: string }) => each.id === id)
      assert.isNotNull(listed.lastUsedAt)
      return { body, listed }
    }
    const { body, listed } = await vi.waitFor(look, { timeout: 50_000 })
    assert.deepStrictEqual({ ...listed, lastUsedAt: null }, { id, createdAt, ...rest })
    assert.isAtMost(Math.abs(Date.parse(listed.lastUsedAt) - Date.now()), 60_000)
    assert.notInclude(JSON.stringify(body), secret)
    const { entries } = (await call("GET", "/v1/journal?order=A-1001")).body
    assert.notInclude(JSON.stringify(entries), secret)
  })

  it("is refused without a permission, with one nobody knows, with an end that is past, and with a field of no name", async () => {
    for (const [body, path] of [
      [{ name: "x" }, "permissions"],
      [{ name: "x", permissions: ["refunds:all"] }, "permissions.0"],
      [{ name: "x", roles: ["owner"] }, "roles.0"],
      [{ name: "x", roles: ["viewer"], expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
      [{ name: "", roles: ["viewer"] }, "name"],
      [{ name: "x", roles: ["viewer"], secret: "mine" }, "secret"]
    ] as const) {
      const { body: problem, status } = await call("POST", "/v1/keys", { body })
      assert.deepStrictEqual([status, problem.violations[0].path], [400, path])
    }
  })

  it("grants no more than its maker may do, by making or by rotating", async () => {
    for (const permissions of [["refunds:request"], ["*"]]) {
      const made = await call("POST", "/v1/keys", { key: managing, body: { name: "x", permissions } })
      assert.deepStrictEqual([made.status, made.body.violations[0].permission], [403, permissions[0]])
    }
    const admin = await make({ name: "second admin", roles: ["admin"] })
    const rotated = await call("POST", `/v1/keys/${admin.id}/rotate`, { key: managing })
    assert.deepStrictEqual([rotated.status, rotated.body.code], [403, "NotPermitted"])
    assert.strictEqual((await call("GET", "/v1/keys", { key: admin.secret })).status, 200)
    const lesser = await call("POST", "/v1/keys", { key: managing, body: { name: "x", permissions: ["orders:read"] } })
    assert.strictEqual(lesser.status, 201)
  })

  it("revoked is a credential no more, within a second; again there is none (T52)", async () => {
    const { id, secret } = await make({ name: fresh("gone"), roles: ["viewer"] })
    assert.strictEqual((await call("GET", "/v1/refunds", { key: secret })).status, 200)
    assert.strictEqual((await call("DELETE", `/v1/keys/${id}`)).status, 204)
    await refusedAtLast(secret)
    const again = await call("DELETE", `/v1/keys/${id}`)
    assert.deepStrictEqual([again.status, again.body.code], [404, "KeyNotFound"])
  })

  it("of the API is no credential after its end, from that moment on (T52)", async () => {
    const { expiresAt, secret } = await make({ name: fresh("short"), roles: ["viewer"], expiresAt: later() })
    const status = async () => (await call("GET", "/v1/refunds", { key: secret })).status
    assert.strictEqual(await status(), 200)
    // The day passes on the clock alone: how fast the machine is does not matter.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(expiresAt) - 60_000 })
    try {
      assert.strictEqual(await status(), 200)
      vi.setSystemTime(Date.parse(expiresAt))
      assert.strictEqual(await status(), 401)
    } finally {
      vi.useRealTimers()
    }
  })

  it("rotated has two secrets for as long as was said, and is one principal with both (T46)", async () => {
    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100) })
    const { id, secret } = await make({ name: fresh("desk"), permissions: ["refunds:request", "refunds:approve"] })
    const asked = await call("POST", `/v1/orders/${order}/refunds`, {
      key: secret,
      headers: { "idempotency-key": order },
      body: { amount: 40, requiresApproval: true }
    })
    assert.strictEqual(asked.body.state, "pending_approval")
    const rotated = await call("POST", `/v1/keys/${id}/rotate`, { body: { overlapSeconds: 3600 } })
    assert.strictEqual(rotated.body.oldSecret.prefix, secret.slice(0, 7))
    for (const key of [secret, rotated.body.secret]) {
      const approved = await call("POST", `/v1/refunds/${asked.body.id}/approve`, { key })
      assert.deepStrictEqual([approved.status, approved.body.code], [403, "SelfApproval"])
    }
    const namesake = await make({ name: rotated.body.name, permissions: ["refunds:approve"] })
    const byNamesake = await call("POST", `/v1/refunds/${asked.body.id}/approve`, { key: namesake.secret })
    assert.deepStrictEqual([byNamesake.status, byNamesake.body.code], [403, "SelfApproval"])

    const ended = await call("POST", `/v1/keys/${id}/rotate`, { body: { overlapSeconds: 0 } })
    assert.isNull(ended.body.oldSecret)
    await refusedAtLast(rotated.body.secret)
    assert.strictEqual((await call("GET", "/v1/refunds", { key: ended.body.secret })).status, 403)
  })

  it("that nobody knows is neither rotated nor revoked", async () => {
    for (const [method, path] of [
      ["POST", "/v1/keys/key_none/rotate"],
      ["DELETE", "/v1/keys/key_none"]
    ] as const) {
      const { body, status } = await call(method, path)
      assert.deepStrictEqual([status, body.code], [404, "KeyNotFound"])
    }
  })
})

describe("the last key that manages keys", () => {
  it("is not revoked until there is another", async () => {
    const own = await startServer()
    try {
      const ask = callerOf(own)
      const [admin] = (await ask("GET", "/v1/keys")).body.keys
      const refused = await ask("DELETE", `/v1/keys/${admin.id}`)
      assert.deepStrictEqual([refused.status, refused.body.code], [409, "LastManagingKey"])
      const other = await ask("POST", "/v1/keys", { body: { name: "next", roles: ["admin"] } })
      assert.strictEqual((await ask("DELETE", `/v1/keys/${admin.id}`, { key: other.body.secret })).status, 204)
    } finally {
      await own.stop()
    }
  })
})
