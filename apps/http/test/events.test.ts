import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { revokeKey } from "./support/elsewhere.ts"
import { openStream } from "./support/eventStream.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "reader:refunds:read:reader-secret", env: { REFUND_WORKER: "off" } })
  call = callerOf(server)
})
afterAll(() => server.stop())

type Json = Awaited<ReturnType<typeof call>>["body"]

const order = async (customerId?: string) => {
  const id = fresh("o")
  await call("PUT", `/v1/orders/${id}`, {
    body: { ...payment(id, 1_000), ...(customerId === undefined ? {} : { customerId }) }
  })
  return id
}
const refundOf = async (id: string, body: Record<string, unknown> = {}) =>
  (
    await call("POST", `/v1/orders/${id}/refunds`, {
      body: { amount: 1, ...body },
      headers: { "idempotency-key": fresh("k") }
    })
  ).body

const now = async (): Promise<string> => (await call("GET", "/v1/events?after=now")).body.next
const told = async (query: string): Promise<Json> => (await call("GET", `/v1/events?${query}`)).body

describe("the feed over HTTP", () => {
  it("tells a refund's life in the order it happened, page by page, and the same whenever it is read", async () => {
    const after = await now()
    const id = await order("c-7")
    const refund = await refundOf(id, { requiresApproval: true, reference: "RMA-1" })
    await call("POST", `/v1/refunds/${refund.id}/cancel`)
    await refundOf(id, { amount: 2, destination: "store_credit" })
    const { events, next } = await told(`after=${after}`)
    assert.deepStrictEqual(
      events.map(({ type, state, orderId }: Json) => [type, state, orderId]),
      [
        ["approval.requested", "pending_approval", id],
        ["approval.canceled", "canceled", id],
        ["refund.created", "approved", id],
        ["refund.settled", "settled", id],
        ["credit.posted", null, id]
      ]
    )
    const [first] = events
    assert.deepStrictEqual(first, {
      ...{ id: first.id, cursor: first.cursor, chain: `order:${id}`, sequence: 2, type: "approval.requested" },
      ...{ at: refund.createdAt, orderId: id, customerId: "c-7", state: "pending_approval", muted: false },
      refund: {
        ...{ id: refund.id, groupId: refund.id, number: refund.number, orderId: id, captureId: `${id}-c` },
        ...{ customerId: "c-7", type: "default", destination: "original", amount: 1, currency: "USD" },
        ...{ provider: "simulator", origin: "requested", reference: "RMA-1", requiresApproval: true },
        ...{ requestedBy: "admin", door: "native", createdAt: refund.createdAt }
      },
      details: {}
    })
    assert.deepInclude(events[4], { chain: "credit:USD:c-7", customerId: "c-7" })
    assert.deepInclude(events[4].details, { amount: 2, currency: "USD", expiresAt: null })

    const paged: Array<Json> = []
    for (let cursor = after; ; ) {
      const page = await told(`after=${cursor}&limit=2`)
      if (page.events.length === 0) break
      assert.isAtMost(page.events.length, 2)
      paged.push(...page.events)
      cursor = page.next
    }
    assert.deepStrictEqual(paged, events)
    assert.deepStrictEqual(await told(`after=${events[1].cursor}`), { events: events.slice(2), next })
    assert.deepStrictEqual(await told(`after=${next}`), { events: [], next })
  })

  it("tells only what is asked for", async () => {
    const after = await now()
    const id = await order("c-8")
    await refundOf(id, { requiresApproval: true })
    await refundOf(id, { destination: "store_credit" })
    const types = async (filter: string) =>
      (await told(`after=${after}&types=${filter}`)).events.map(({ type }: Json) => type)
    assert.deepStrictEqual(await types("approval.*"), ["approval.requested"])
    assert.deepStrictEqual(await types("credit.posted,refund.settled"), ["refund.settled", "credit.posted"])
    assert.strictEqual((await types("*")).length, 4)
    assert.deepStrictEqual(await types("dispute.*"), [])
  })

  it("keeps quiet of what was asked to be muted, but for approvals, and shows it to who may read reports", async () => {
    const after = await now()
    const id = await order()
    await refundOf(id, { requiresApproval: true, skipEvents: true })
    await refundOf(id, { skipEvents: true })
    const types = (page: Json) => page.events.map(({ muted, type }: Json) => [type, muted])
    assert.deepStrictEqual(types(await told(`after=${after}`)), [["approval.requested", false]])
    assert.deepStrictEqual(types(await told(`after=${after}&muted=true`)), [
      ["approval.requested", false],
      ["refund.created", true]
    ])
    const reader = { key: "reader-secret" }
    assert.strictEqual((await call("GET", `/v1/events?after=${after}`, reader)).status, 200)
    const refused = await call("GET", `/v1/events?after=${after}&muted=true`, reader)
    assert.deepStrictEqual([refused.status, refused.body.violations[0].permission], [403, "reports:read"])
  })

  it("says where to begin anew with a cursor that is not of this ledger: 410", async () => {
    const first = (await told("limit=1")).events[0]
    for (const cursor of ["nonsense", "x".repeat(255), "AAAA", "%00", "../..", "now%20"]) {
      for (const accept of ["application/json", "text/event-stream"]) {
        const gone = await call("GET", `/v1/events?after=${cursor}`, { headers: { accept } })
        assert.deepStrictEqual([gone.status, gone.body.code], [410, "CursorGone"], cursor)
        assert.strictEqual(gone.headers.get("content-type"), "application/problem+json; charset=utf-8")
        assert.deepStrictEqual((await told(`after=${gone.body.start}&limit=1`)).events[0], first)
      }
    }
  })

  it("refuses what has no form", async () => {
    for (const query of [
      "limit=0",
      "limit=201",
      "types=",
      "types=refunds.*",
      "types=refund.*,",
      "types=Refund.settled",
      "types=refund",
      "types=*.*",
      "muted=yes",
      "colour=red",
      `after=${"x".repeat(256)}`
    ]) {
      const refused = await call("GET", `/v1/events?${query}`)
      assert.deepStrictEqual([refused.status, refused.body.code], [400, "Malformed"], query)
    }
  })
})

describe("the feed as server-sent events", () => {
  const follow = async (path = "/v1/events", lastEventId?: string) =>
    openStream({
      url: server.url,
      key: server.adminKey,
      path,
      ...(lastEventId === undefined ? {} : { lastEventId })
    })

  it("tells what was, then what happens, each with the cursor that goes on after it", async () => {
    const after = await now()
    const id = await order()
    const before = await refundOf(id)
    const stream = await follow(`/v1/events?after=${after}`)
    assert.strictEqual(stream.status, 200)
    assert.strictEqual(stream.headers.get("content-type"), "text/event-stream; charset=utf-8")
    assert.strictEqual(stream.headers.get("cache-control"), "no-store")
    const first = await stream.next()
    assert.strictEqual(first?.data.refund.id, before.id)
    assert.strictEqual(first?.id, first?.data.cursor)
    const later = await refundOf(id)
    const second = await stream.next()
    assert.strictEqual(second?.data.refund.id, later.id)
    stream.close()
    assert.deepStrictEqual(second?.data, (await told(`after=${first?.id}`)).events[0])

    const resumed = await follow(`/v1/events?after=${after}`, first?.id)
    assert.deepStrictEqual(await resumed.next(), second)
    resumed.close()
  })

  it("is only for who asks for it so, and may", async () => {
    const json = await call("GET", "/v1/events?limit=1", { headers: { accept: "application/json, */*" } })
    assert.include(json.headers.get("content-type") ?? "", "application/json")
    for (const accept of ["text/event-stream", "TEXT/EVENT-STREAM;q=1", "application/json;q=0.5, text/event-stream"]) {
      const refused = await call("GET", "/v1/events", { key: null, headers: { accept } })
      assert.strictEqual(refused.status, 401)
      const asked = new AbortController()
      const response = await fetch(`${server.url}/v1/events`, {
        signal: asked.signal,
        headers: { accept, authorization: `Bearer ${server.adminKey}` }
      })
      assert.include(response.headers.get("content-type") ?? "", "text/event-stream", accept)
      asked.abort()
    }
    const head = await call("HEAD", "/v1/events", { headers: { accept: "text/event-stream" } })
    assert.strictEqual(head.status, 200)
  })

  it("ends when the server stops, at once", async () => {
    const other = await startServer({ env: { REFUND_DATABASE_URL: server.database, REFUND_WORKER: "off" } })
    const stream = await openStream({ url: other.url, key: other.adminKey, path: "/v1/events?after=now" })
    const ended = stream.next()
    await other.stop()
    assert.isNull(await ended)
    // Else it would wait for the stream's next comment line.
    assert.strictEqual(stream.comments(), 0)
  })

  it("ends when the key is revoked", { timeout: 60_000 }, async () => {
    const stream = await openStream({ url: server.url, key: "reader-secret", path: "/v1/events?after=now" })
    await revokeKey(server.database, "reader-secret")
    assert.isNull(await stream.next())
  })
})
