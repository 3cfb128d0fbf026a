/** `GET /v1/audit`: who changed what, with what credential, from where, when and why; on both databases. */
import { randomUUID } from "node:crypto"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { callerOf, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

interface Entry {
  readonly chain: string
  readonly seq: number
  readonly at: string
  readonly by: string
  readonly with: string | null
  readonly from: string | null
  readonly requestId: string | null
  readonly why: string | null
  readonly events: ReadonlyArray<{ readonly _tag: string } & Readonly<Record<string, unknown>>>
}

const onPostgres = async () => ({
  REFUND_DATABASE_URL: await sharedPostgres(),
  REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`
})

const stores: ReadonlyArray<readonly [string, () => Promise<Readonly<Record<string, string>>>]> = [
  ["SQLite", async () => ({})],
  ...(noPostgres === null ? [["PostgreSQL", onPostgres] as const] : [])
]

describe.each(stores)("the audit on %s", (_, place) => {
  let server: TestServer
  let call: ReturnType<typeof callerOf>
  let began = ""
  let till = { id: "", secret: "" }
  beforeAll(async () => {
    const keys = "eve:@auditor:eve-secret,books:reports:read+keys:manage:books-secret"
    server = await startServer({ keys, env: { REFUND_WORKER: "off", ...(await place()) } })
    call = callerOf(server)
    till = (await call("POST", "/v1/keys", { body: { name: "till", roles: ["admin"] } })).body
    began = new Date().toISOString()
    for (const order of ["o-1", "o-2", "o-3"]) {
      await call("PUT", `/v1/orders/${order}`, { key: till.secret, body: payment(order, 100) })
    }
    const headers = { "idempotency-key": "k", "x-request-id": "trace-9" }
    const body = { amount: 10, requiresApproval: true }
    const made = await call("POST", "/v1/orders/o-1/refunds", { key: till.secret, headers, body })
    await call("POST", `/v1/refunds/${made.body.id}/deny`, { body: { note: "not by our terms" } })
    await call("PUT", "/v1/policy", { body: { overrides: { native: { fourEyes: true } } } })
    await call("PUT", "/v1/providers", { body: { providers: {} } })
    await call("PUT", "/v1/webhook-endpoints/erp", {
      body: { url: "https://erp.example/in", events: ["*"], enabled: false }
    })
    await call("POST", `/v1/keys/${till.id}/rotate`)
    await call("DELETE", `/v1/keys/${till.id}`)
  })
  afterAll(() => server.stop())

  const audit = async (query = ""): Promise<ReadonlyArray<Entry>> =>
    (await call("GET", `/v1/audit${query}`, { key: "eve-secret" })).body.entries
  const tagsOf = (entries: ReadonlyArray<Entry>) => entries.flatMap(({ events }) => events.map(({ _tag }) => _tag))

  it("says of every change who, with what, from where, in which request, and why", async () => {
    const entries = await audit("?about=order")
    const requested = entries.find(({ events }) => events.some(({ _tag }) => _tag === "RefundRequested"))
    assert.deepInclude(requested, { by: "till", with: till.id, from: "127.0.0.1", requestId: "trace-9", why: null })
    const denied = entries.find(({ events }) => events.some(({ _tag }) => _tag === "RefundDenied"))
    assert.deepInclude(denied, { by: "admin", why: "not by our terms", chain: "order:o-1" })
  })

  it("has keys, policy and webhooks with no more of a secret's hash than its beginning", async () => {
    const entries = await audit("?about=settings")
    const tags = tagsOf(entries)
    for (const tag of ["KeyCreated", "PolicySet", "EndpointSet", "KeyRotated", "KeyRevoked"]) assert.include(tags, tag)
    assert.notMatch(JSON.stringify(entries.map(({ events }) => events)), /[0-9a-f]{64}|"[0-9a-f]{13,}"/)
    const created = entries.find(({ events }) => JSON.stringify(events).includes(till.id))
    assert.deepInclude(created?.events[0]?.["key"] as object, { name: "till", id: till.id })
    const revoked = entries.at(-1)?.events.at(-1)
    assert.match(String(revoked?.["hash"]), /^[0-9a-f]{12}$/)
  })

  it("is asked for by who did it, with what, when, and what it was", async () => {
    const ofTill = await audit("?by=till")
    assert.isNotEmpty(ofTill)
    for (const { by } of ofTill) assert.strictEqual(by, "till")
    assert.deepStrictEqual(await audit(`?with=${till.id}`), ofTill)
    assert.deepStrictEqual(await audit(`?by=till&with=key_other`), [])
    const registered = await audit(`?kind=OrderRegistered,RefundDenied&from=${began}`)
    assert.deepStrictEqual(tagsOf(registered), [
      "OrderRegistered",
      "OrderRegistered",
      "OrderRegistered",
      "RefundDenied"
    ])
    const all = await audit("?limit=200")
    const before = await audit(`?to=${began}&limit=200`)
    const since = await audit(`?from=${began}&limit=200`)
    assert.deepStrictEqual([...before, ...since], all)
    assert.isTrue(before.every(({ at }) => at < began) && since.every(({ at }) => at >= began))
  })

  it.each(["", "&about=settings", "&kind=PolicySet", "&by=till"])(
    "is the same in pages of one entry: limit=1%s",
    async (filter) => {
      const whole = await audit(`?limit=200${filter}`)
      const paged: Array<Entry> = []
      let next: string | null = ""
      while (next !== null) {
        const at: string = next === "" ? "" : `&cursor=${encodeURIComponent(next)}`
        const { body } = await call("GET", `/v1/audit?limit=1${filter}${at}`, { key: "eve-secret" })
        paged.push(...body.entries)
        next = body.next
      }
      assert.deepStrictEqual(paged, whole)
    }
  )

  it("is for who has audit:read, which reading reports and managing keys are not; nothing else is known of it", async () => {
    const refused = await call("GET", "/v1/audit", { key: "books-secret" })
    assert.deepStrictEqual([refused.status, refused.body.violations[0].permission], [403, "audit:read"])
    for (const query of ["kind=KeyMade", "about=keys", "from=yesterday", "who=eve"]) {
      assert.strictEqual((await call("GET", `/v1/audit?${query}`, { key: "eve-secret" })).status, 400, query)
    }
    assert.strictEqual((await call("PUT", "/v1/policy", { key: "eve-secret", body: { overrides: {} } })).status, 403)
  })
})
