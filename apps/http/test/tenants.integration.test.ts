/** Several tenants on one ledger: the credential decides which, and what is another's is nobody's. */
import { Effect, Layer, ManagedRuntime } from "effect"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { ownCaller, prepareKeys } from "refund-service/Access"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { geins } from "./dialects/hostile/geins.ts"
import { bearer } from "./dialects/hostile/HostileDoor.ts"
import { medusa } from "./dialects/hostile/medusa.ts"
import { callerOf } from "./support/call.ts"
import { doorCalls } from "./support/doorCalls.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { signature } from "./support/stripe.ts"

const globex = "globex" as TenantId
const theirs = "globex-secret-key"
const webhookSecret = "whsec_of_globex"

const order = (capture: string) => ({
  currency: "USD",
  captures: [
    {
      id: capture,
      amount: 10_000,
      provider: "external",
      reference: "ch_1",
      tender: "card",
      capturedAt: "2026-01-01T10:00:00Z",
      vendor: { maverick: { terminal: { id: 24 } } }
    }
  ]
})

let one: TestServer
let other: TestServer
let call: ReturnType<typeof callerOf>
let refund: string

beforeAll(async () => {
  const env = {
    REFUND_MORE_TENANTS: "globex",
    REFUND_PROVIDERS_STRIPE_SECRET_KEY: "sk_test_1",
    REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: webhookSecret,
    REFUND_PROVIDERS_STRIPE_URL: "http://127.0.0.1:9"
  }
  one = await startServer({ env })
  other = await startServer({ env: { REFUND_DATABASE_URL: one.database, REFUND_WORKER: "off" } })
  call = callerOf(one)
  const store = Refunds.layer.pipe(Layer.provideMerge(SqliteLedger.layer({ file: one.database, synchronous: "OFF" })))
  const runtime = ManagedRuntime.make(store)
  const key = { name: "globex admin" as PrincipalId, permissions: ["*"] as const, secret: theirs }
  await runtime.runPromise(prepareKeys(globex, [key]))
  await runtime.dispose()
  // Their order 9001 and capture 9101; ours are none of these.
  await call("PUT", "/v1/orders/9001", { key: theirs, body: order("9101") })
  const made = await call("POST", "/v1/orders/9001/refunds", {
    key: theirs,
    headers: { "idempotency-key": "k" },
    body: { amount: 100, requiresApproval: true }
  })
  refund = made.body.id
})
afterAll(async () => {
  await other.stop()
  await one.stop()
})

const credentials: Readonly<Record<string, (key: string) => Readonly<Record<string, string>>>> = {
  geins: geins.credentials,
  medusa: medusa.credentials
}

/** All that is told but what is drawn for each answer. */
const told = async (door: string, method: string, path: string, body: unknown, ids: ReadonlyArray<string>) => {
  const prefix = door === "native" ? "" : `/${door}`
  const response = await fetch(one.url + prefix + path, {
    method,
    headers: {
      ...(credentials[door] ?? bearer)(one.adminKey),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "idempotency-key": "probe",
      "x-request-id": "probe"
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = ids.reduce((said, id) => said.replaceAll(id, "{id}"), await response.text())
  const headers = [...response.headers].filter(
    ([name]) => !["date", "content-length", "x-vol-correlation"].includes(name)
  )
  return { status: response.status, headers, text: text.replaceAll(/[0-9a-f-]{36}/g, "{uuid}") }
}

const nobody = "0191f5a7-44d3-7430-8739-2d80821416ff"

describe("another tenant's ids", () => {
  const native = [
    ["GET", "/v1/orders/9001"],
    ["POST", "/v1/orders/9001/refunds", { amount: 1 }],
    ["POST", "/v1/orders/9001/refunds/preview", { amount: 1 }],
    ["POST", "/v1/orders/9001/captures", { ...order("x").captures[0], id: "9199" }],
    [
      "POST",
      "/v1/orders/9001/disputes",
      { id: "d", captureId: "9101", amount: 1, state: "open", at: "2026-11-02T00:00:00Z" }
    ],
    ["POST", "/v1/orders/9001/redact"],
    ["GET", "/v1/journal?order=9001"],
    ["GET", "/v1/refunds?orderId=9001"],
    ["GET", "/v1/refunds?captureId=9101"],
    ["GET", "/v1/refunds/{refund}"],
    ...["approve", "undo", "deny", "cancel", "settle", "retry", "redact"].map(
      (verb) => ["POST", `/v1/refunds/{refund}/${verb}`] as const
    )
  ] as const

  it.each(native)("look like ids that do not exist: %s %s", async (method, path, body?: unknown) => {
    const ours = path.replace("9001", "7001").replace("9101", "7101").replace("{refund}", nobody)
    const foreign = path.replace("{refund}", refund)
    const ids = ["9001", "7001", "9101", "7101", refund, nobody]
    const before = await one.journal()
    const probed = await told("native", method, foreign, body, ids)
    const unknown = JSON.parse(JSON.stringify(body ?? null).replaceAll("9101", "7101")) ?? undefined
    assert.deepStrictEqual(probed, await told("native", method, ours, unknown, ids))
    assert.deepStrictEqual(await one.journal(), before)
  })

  it.each(doorCalls.filter(({ path }) => /9001|9101/.test(path)))(
    "look like ids that do not exist: $door $route",
    async ({ body, door, path, route }) => {
      const [method = ""] = route.split(" ")
      const foreign = path.replace(nobody, refund)
      const ours = path.replace("9001", "7001").replace("9101", "7101")
      const ids = ["9001", "7001", "9101", "7101", refund, nobody]
      const before = await one.journal()
      assert.deepStrictEqual(await told(door, method, foreign, body, ids), await told(door, method, ours, body, ids))
      assert.deepStrictEqual(await one.journal(), before)
    }
  )
})

describe("a tenant", () => {
  it("has keys, orders and a policy of its own, by its credential", async () => {
    const mine = await call("PUT", "/v1/orders/9001", { body: order("8101") })
    assert.strictEqual(mine.status, 201)
    assert.strictEqual((await call("GET", "/v1/orders/9001")).body.held, 0)
    assert.strictEqual((await call("GET", "/v1/orders/9001", { key: theirs })).body.held, 100)
    const names = async (key: string) =>
      (await call("GET", "/v1/keys", { key })).body.keys.map((each: { readonly name: string }) => each.name)
    assert.deepStrictEqual(await names(theirs), ["globex admin"])
    assert.deepStrictEqual(await names(one.adminKey), ["admin"])
  })

  it("has its policy changed for every process at once, and for no other tenant", async () => {
    const elsewhere = callerOf(other)
    const overrides = { native: { approval: { rule: "always" } } }
    assert.strictEqual((await call("PUT", "/v1/policy", { key: theirs, body: { overrides } })).status, 200)
    const asked = (key: string, id: string) =>
      elsewhere("POST", "/v1/orders/9001/refunds", { key, headers: { "idempotency-key": id }, body: { amount: 1 } })
    assert.strictEqual((await asked(theirs, "after")).body.state, "pending_approval")
    assert.strictEqual((await asked(one.adminKey, "after")).body.state, "approved")
  })

  it("is told by its providers at a path of its own; at another's, and unsigned, nothing is kept", async () => {
    const body = JSON.stringify({
      id: "evt_1",
      object: "event",
      type: "ping",
      created: 1_793_620_800,
      data: { object: {} }
    })
    const tell = (path: string, secret: string) =>
      call("POST", path, { key: null, headers: { "stripe-signature": signature(body, secret) }, body })
    const kept = await tell("/webhooks/globex/stripe", webhookSecret)
    assert.strictEqual(kept.status, 200, JSON.stringify(kept.body))
    assert.strictEqual((await tell("/webhooks/globex/stripe", "whsec_wrong")).status, 401)
    assert.deepStrictEqual((await tell("/webhooks/nobody/stripe", webhookSecret)).body.code, "UnknownProvider")
    assert.strictEqual((await call("GET", "/webhooks/globex/stripe", { key: null })).status, 405)
  })
})

it("a caller of one tenant commands nothing of another's, also in the process itself", async () => {
  const store = Refunds.layer.pipe(Layer.provideMerge(SqliteLedger.layer({ file: one.database, synchronous: "OFF" })))
  const runtime = ManagedRuntime.make(store)
  const caller = ownCaller("default" as TenantId, "test", "*", Date.now())
  const failed = await runtime.runPromise(
    Effect.flip(Refunds.use((refunds) => refunds.execute({ _tag: "ApproveRefund", caller, refundId: refund as never })))
  )
  await runtime.dispose()
  assert.strictEqual(failed._tag === "Rejected" && failed.violations[0]._tag, "RefundNotFound")
})
