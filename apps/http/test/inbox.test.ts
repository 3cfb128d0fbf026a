import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { eventOf, refundObject, signature, startStripe } from "./support/stripe.ts"

const secrets = { old: "whsec_old_secret", new: "whsec_new_secret" }

let stripe: Awaited<ReturnType<typeof startStripe>>
let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  stripe = await startStripe()
  server = await startServer({
    env: {
      REFUND_PROVIDERS_STRIPE_SECRET_KEY: "sk_test_1",
      REFUND_PROVIDERS_STRIPE_URL: stripe.url,
      REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: `${secrets.new},${secrets.old}`,
      REFUND_PROVIDERS_ADYEN_API_KEY: "adyen-key",
      REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: "Shop",
      REFUND_PROVIDERS_PAYPAL_CLIENT_ID: "paypal-id",
      REFUND_PROVIDERS_PAYPAL_CLIENT_SECRET: "paypal-secret"
    }
  })
  call = callerOf(server)
})
afterAll(async () => {
  assert.isTrue((await server.journal()).ok)
  await server.stop()
  await stripe.close()
})

const order = async (reference: string) => {
  const id = fresh("o")
  await call("PUT", `/v1/orders/${id}`, { body: payment(id, 100, { provider: "stripe", reference }) })
  return id
}

/** No credential of ours: the signature is the provider's. */
const tell = (body: string, header: string | null = signature(body, secrets.new), provider = "stripe") =>
  call("POST", `/webhooks/${provider}`, {
    key: null,
    body,
    headers: header === null ? {} : { "stripe-signature": header }
  })

const inbox = async (query: string) => (await call("GET", `/v1/inbox?${query}`)).body.events
const outside = (reference: string, amount = 30) =>
  refundObject({ form: new URLSearchParams({ amount: String(amount), charge: reference }), id: fresh("re_outside") })

describe("a server with a provider's credentials", () => {
  it("calls it for captures of its name, and knows what it tells by its signature", async () => {
    const id = await order("ch_called")
    const made = await call("POST", `/v1/orders/${id}/refunds`, {
      body: { amount: 40, captureId: `${id}-c` },
      headers: { "idempotency-key": id, prefer: "wait=30" }
    })
    assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
    const paid = stripe.asked.filter(({ method }) => method === "POST")
    assert.strictEqual(paid.length, 1)
    assert.deepInclude(paid[0], { path: "/v1/refunds", key: made.body.attempts[0].id })
    assert.strictEqual(paid[0]?.form.get("amount"), "40")

    const same = { ...refundObject({ form: paid[0]!.form, id: made.body.providerReference }) }
    const told = await tell(eventOf("refund.updated", same))
    assert.deepStrictEqual([told.status, told.body], [200, { new: 1 }])
    assert.deepInclude((await call("GET", `/v1/orders/${id}`)).body, { refunded: 40, held: 0 })
  })
})

describe("the simulator, whose news needs no wire", () => {
  it("tells twice under one event's id, which is one event and one settlement", async () => {
    const id = fresh("o")
    await call("PUT", `/v1/orders/${id}`, { body: payment(id, 100, { reference: "sim_twice" }) })
    const made = await call("POST", `/v1/orders/${id}/refunds`, {
      body: { amount: 40 },
      headers: { "idempotency-key": id, prefer: "wait=30" }
    })
    for (;;) {
      const events = await inbox("provider=simulator")
      if (events.length > 0 && events.every(({ state }: { state: string }) => state === "applied")) break
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    assert.strictEqual((await inbox("provider=simulator")).length, 1)
    assert.deepInclude((await call("GET", `/v1/refunds/${made.body.id}`)).body, { state: "settled" })
    assert.deepInclude((await call("GET", `/v1/orders/${id}`)).body, { refunded: 40, held: 0 })
  })
})

describe("POST /webhooks/{provider}", () => {
  it("records a refund that was made at the provider's, once however often it is told", async () => {
    const id = await order("ch_outside")
    const body = eventOf("refund.created", outside("ch_outside"))
    assert.deepStrictEqual((await tell(body)).body, { new: 1 })
    assert.deepStrictEqual([(await tell(body)).body, (await tell(body)).status], [{ new: 0 }, 200])
    const shown = (await call("GET", `/v1/orders/${id}`)).body
    assert.deepInclude(shown, { refunded: 30, refundable: 70 })
    assert.deepInclude(shown.refunds[0], { origin: "external", state: "settled", amount: 30 })
    const [event] = await inbox("limit=1")
    assert.deepInclude(event, { provider: "stripe", state: "applied", kind: "refund", dueAt: null })
    assert.deepInclude(event.about, { amount: 30, currency: "USD", captureReference: "ch_outside" })
    assert.strictEqual(event.about.outcome.kind, "settled")
  })

  it("T42: without its signature, with a wrong, an old or another's, and over other bytes: 401, and nothing is kept", async () => {
    const id = await order("ch_forged")
    const body = eventOf("refund.created", outside("ch_forged"))
    const { entries } = await server.journal()
    const kept = await inbox("limit=200")
    const now = Date.now()
    for (const [what, text, header] of [
      ["no signature", body, null],
      ["an empty one", body, ""],
      ["not one", body, "t=1,v1=00"],
      ["another secret's", body, signature(body, "whsec_mine")],
      ["an empty secret's", body, signature(body, "")],
      ["six minutes old", body, signature(body, secrets.new, now - 360_000)],
      ["the same JSON, written anew", JSON.stringify(JSON.parse(body)), signature(body, secrets.new)],
      ["one byte more", `${body} `, signature(body, secrets.new)],
      ["one byte less", body.slice(0, -1), signature(body, secrets.new)]
    ] as const) {
      const refused = await tell(text, header)
      assert.deepStrictEqual([refused.status, refused.body.code], [401, "WebhookRefused"], what)
      assert.notInclude(JSON.stringify(refused.body), secrets.new)
    }
    assert.deepStrictEqual(await inbox("limit=200"), kept)
    assert.strictEqual((await server.journal()).entries, entries)
    assert.strictEqual((await tell(body, signature(body, secrets.old))).status, 200)
    assert.deepInclude((await call("GET", `/v1/orders/${id}`)).body, { refunded: 30 })
  })

  it("is nothing for providers that are not there, or of which nothing can be checked: 404", async () => {
    for (const provider of [
      "nobody",
      "simulator",
      "adyen",
      "paypal",
      "__proto__",
      "constructor",
      "Stripe",
      "%00",
      "x".repeat(300)
    ]) {
      const unknown = await tell("{}", null, provider)
      assert.deepStrictEqual([unknown.status, unknown.body.code], [404, "UnknownProvider"], provider)
    }
    assert.strictEqual((await call("GET", "/webhooks/stripe")).status, 405)
    assert.strictEqual((await call("POST", "/webhooks")).status, 404)
  })

  it("reads bytes and not types, and not more than it must", async () => {
    const body = eventOf("charge.succeeded", {})
    const plain = await call("POST", "/webhooks/stripe", {
      key: null,
      body,
      headers: { "stripe-signature": signature(body, secrets.new), "content-type": "text/plain" }
    })
    assert.strictEqual(plain.status, 200)
    const huge = await tell("x".repeat(1_000_000), null)
    assert.deepStrictEqual([huge.status, huge.body.code], [413, "TooLarge"])
  })
})

describe("the inbox", () => {
  it("shows what could not be made sense of, and has it tried again", async () => {
    const reference = fresh("ch_late")
    await tell(eventOf("refund.created", outside(reference), "evt_early"))
    const [parked] = await inbox("state=parked&provider=stripe&limit=1")
    assert.deepInclude(parked, { eventId: "evt_early", state: "parked", kind: "refund" })
    assert.isNotEmpty(parked.detail)

    const id = await order(reference)
    const retried = await call("POST", `/v1/inbox/${parked.id}/retry`)
    assert.deepStrictEqual([retried.status, retried.body], [200, { id: parked.id }])
    for (;;) {
      const [event] = (await inbox("limit=200")).filter((each: { id: number }) => each.id === parked.id)
      if (event.state === "applied") break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.deepInclude((await call("GET", `/v1/orders/${id}`)).body, { refunded: 30 })
    const again = await call("POST", `/v1/inbox/${parked.id}/retry`)
    assert.deepStrictEqual([again.status, again.body.code], [404, "InboxEventNotFound"])
  })

  it("is listed page by page, newest first", async () => {
    const numbers: Array<number> = []
    for (let before = ""; ; ) {
      const page = (await call("GET", `/v1/inbox?limit=2${before}`)).body
      numbers.push(...page.events.map(({ id }: { id: number }) => id))
      if (page.next === null) break
      before = `&before=${page.next}`
    }
    assert.isAbove(numbers.length, 3)
    assert.deepStrictEqual(
      numbers,
      numbers.toSorted((a, b) => b - a)
    )
    for (const query of ["state=lost", "limit=0", "before=x", "provider=", "colour=red"]) {
      assert.strictEqual((await call("GET", `/v1/inbox?${query}`)).status, 400, query)
    }
    for (const id of ["0", "x", "-1", "%00", "9".repeat(16), "4711"]) {
      assert.strictEqual((await call("POST", `/v1/inbox/${id}/retry`)).status, 404, id)
    }
  })
})
