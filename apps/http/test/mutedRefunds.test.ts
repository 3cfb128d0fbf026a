import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, payment } from "./support/call.ts"
import { type Receiver, startReceiver } from "./support/receiver.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { startStripe } from "./support/stripe.ts"

let stripe: Awaited<ReturnType<typeof startStripe>>
let server: TestServer
let call: ReturnType<typeof callerOf>
let shop: Receiver
let integration: Receiver
beforeAll(async () => {
  stripe = await startStripe()
  server = await startServer({
    keys: "bob:*:bob-secret",
    env: { REFUND_PROVIDERS_STRIPE_SECRET_KEY: "sk_test_1", REFUND_PROVIDERS_STRIPE_URL: stripe.url }
  })
  call = callerOf(server)
  shop = await startReceiver()
  integration = await startReceiver()
  await call("PUT", "/v1/webhook-endpoints/shop", { body: { url: shop.url, events: ["*"] } })
  await call("PUT", "/v1/webhook-endpoints/integration", {
    body: { url: `${integration.url}/{{id}}`, events: ["*"], form: "geins" }
  })
})
afterAll(async () => {
  assert.isTrue((await server.journal()).ok)
  await server.stop()
  await Promise.all([stripe, shop, integration].map((each) => each.close()))
})

/** Both listeners of the one event: our own form, and Geins'. */
interface Heard {
  readonly shop: ReadonlyArray<string>
  readonly geins: number
  readonly feed: ReadonlyArray<string>
  readonly muted: ReadonlyArray<string>
}

const typesOf = (events: ReadonlyArray<{ type: string; refund: { id: string } | null }>, id: string) =>
  events.flatMap(({ refund, type }) => (refund?.id === id ? [type] : []))

/** What was heard of a refund by the time that a later one of its order was heard of: for one order all is told in order. */
const heardOf = async (order: string, id: string, provider: string): Promise<Heard> => {
  const marker = (await request(order, { amount: 1 })).body.id
  const last = provider === "external" ? "refund.created" : "refund.settled"
  await shop.until((all) => all.some(({ body }) => body.type === last && body.data.refund?.id === marker))
  await integration.until((all) => all.some(({ body }) => body.id === marker))
  const events = async (query: string) =>
    (await call("GET", `/v1/events?limit=200&after=${started}${query}`)).body.events
  return {
    shop: shop.delivered.flatMap(({ body }) => (body.data.refund?.id === id ? [body.type] : [])),
    geins: integration.delivered.filter(({ body }) => body.id === id).length,
    feed: typesOf(await events(""), id),
    muted: typesOf(
      (await events("&muted=true")).filter((event: { muted: boolean }) => event.muted),
      id
    )
  }
}

let started = ""
let drawn = 500
const order = async (provider: string) => {
  const id = String(++drawn)
  started = (await call("GET", "/v1/events?after=now")).body.next
  await call("PUT", `/v1/orders/${id}`, { body: payment(id, 1_000, { provider }) })
  return id
}

const request = (id: string, body: Record<string, unknown>) =>
  call("POST", `/v1/orders/${id}/refunds`, {
    body,
    headers: { "idempotency-key": `${id}-${Math.random()}`, prefer: "wait=5" }
  })

const throughGeins = async (id: string, body: Record<string, unknown>) => {
  const answer = await call("POST", `/geins/API/Order/${id}/Refund`, {
    key: null,
    body,
    headers: {
      authorization: `Basic ${Buffer.from(`user:${server.adminKey}`).toString("base64")}`,
      "x-apikey": server.adminKey
    }
  })
  assert.strictEqual(answer.status, 200, JSON.stringify(answer.body))
  return answer.body.Resource as string
}

const settled = async (id: string) => {
  for (;;) {
    const { body } = await call("GET", `/v1/refunds/${id}`)
    if (body.state === "settled") return body
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

const paid = () => stripe.asked.filter(({ method }) => method === "POST").length

const story = async (id: string) => {
  const { notifications } = (await call("GET", `/v1/refunds/${id}`)).body
  return notifications.map(({ muted, type }: { muted: boolean; type: string }) => [type, muted])
}

describe("T44: a refund that nobody is to hear of", () => {
  for (const [door, ask] of [
    [
      "the native API's skipEvents",
      async (id: string) => (await request(id, { amount: 40, skipEvents: true })).body.id
    ],
    ["Geins' SkipRefundEvents", (id: string) => throughGeins(id, { RefundAmount: 0.4, SkipRefundEvents: true })]
  ] as const) {
    it(`${door}: the provider is called, the journal has it all, nothing of it is sent or fed`, async () => {
      const id = await order("stripe")
      const before = paid()
      const refund = await ask(id)
      await settled(refund)
      assert.strictEqual(paid() - before, 1)
      const life = ["refund.created", "refund.submitted", "refund.settled"]
      assert.deepStrictEqual(
        await story(refund),
        life.map((type) => [type, true])
      )
      assert.deepStrictEqual(await heardOf(id, refund, "stripe"), { shop: [], geins: 0, feed: [], muted: life })
    })
  }

  it("approvals are told all the same, so that somebody can give them", async () => {
    const id = await order("stripe")
    const refund = (await request(id, { amount: 40, skipEvents: true, requiresApproval: true })).body.id
    await call("POST", `/v1/refunds/${refund}/approve`, { key: "bob-secret" })
    await settled(refund)
    const approval = ["approval.requested", "approval.given"]
    const { feed, geins, muted, shop: heard } = await heardOf(id, refund, "stripe")
    assert.deepStrictEqual([heard, feed, geins], [approval, approval, 0])
    assert.deepStrictEqual(muted, ["refund.created", "refund.submitted", "refund.settled"])
  })

  it("what another system pays and must not hear of waits until somebody says that it was paid", async () => {
    const id = await order("external")
    const refund = await throughGeins(id, { RefundAmount: 0.4, SkipRefundEvents: true })
    assert.deepStrictEqual(await heardOf(id, refund, "external"), {
      ...{ shop: [], geins: 0, feed: [], muted: ["refund.created"] }
    })
    assert.strictEqual((await call("GET", `/v1/refunds/${refund}`)).body.state, "approved")
  })

  it("one that may be heard of is: once in Geins' form, which is the instruction to pay", async () => {
    const id = await order("external")
    const refund = await throughGeins(id, { RefundAmount: 0.4 })
    assert.deepStrictEqual(await heardOf(id, refund, "external"), {
      ...{ shop: ["refund.created"], geins: 1, feed: ["refund.created"], muted: [] }
    })
    const [told] = integration.delivered.filter(({ body }) => body.id === refund)
    assert.deepStrictEqual([told?.path, told?.headers["x-idempotency-key"]], [`/${refund}`, refund])
    assert.deepInclude(told?.body, { entity: "Refund", action: "create", paymentName: "external" })
  })
})

describe("T45: a refund that was paid elsewhere", () => {
  for (const [door, ask] of [
    ["the native API's settled", async (id: string) => (await request(id, { amount: 40, settled: true })).body.id],
    ["Geins' Settled", (id: string) => throughGeins(id, { RefundAmount: 0.4, Settled: true })]
  ] as const) {
    it(`${door}: no provider is called, no event is told, the figures and the books have it; its reversal is told`, async () => {
      const id = await order("stripe")
      const before = paid()
      const refund = await ask(id)
      const shown = (await call("GET", `/v1/refunds/${refund}`)).body
      assert.deepInclude(shown, { state: "settled", origin: "recorded", attempts: [] })
      assert.strictEqual(shown.postings.length, 1)
      assert.deepInclude((await call("GET", `/v1/orders/${id}`)).body, { refunded: 40, held: 0 })
      assert.deepStrictEqual(await heardOf(id, refund, "stripe"), { shop: [], geins: 0, feed: [], muted: [] })
      // The later refund of the order, by which it is known that all before it was told, is the only call.
      assert.strictEqual(paid() - before, 1)

      const reversed = await call("POST", `/v1/refunds/${refund}/reverse`, {
        key: "bob-secret",
        body: { note: "not ours" }
      })
      assert.strictEqual(reversed.status, 200, JSON.stringify(reversed.body))
      const after = await heardOf(id, refund, "stripe")
      assert.deepStrictEqual([after.shop, after.feed], [["refund.reversed"], ["refund.reversed"]])
    })
  }
})
