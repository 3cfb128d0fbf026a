import { assert, describe, it } from "@effect/vitest"
import { afterAll, afterEach, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { type Receiver, signedWith, startReceiver } from "./support/receiver.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
const receivers: Array<Receiver> = []
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
})
afterEach(async () => {
  for (const { id } of (await call("GET", "/v1/webhook-endpoints")).body.endpoints) {
    await call("DELETE", `/v1/webhook-endpoints/${id}`)
  }
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))
})
afterAll(async () => {
  assert.isTrue((await server.journal()).ok)
  await server.stop()
})

const receiver = async () => {
  const started = await startReceiver()
  receivers.push(started)
  return started
}

const refunded = async (capture: Record<string, unknown> = {}, body: Record<string, unknown> = {}) => {
  const order = fresh("o")
  await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100, capture) })
  const made = await call("POST", `/v1/orders/${order}/refunds`, {
    body: { amount: 40, ...body },
    headers: { "idempotency-key": order, prefer: "wait=30" }
  })
  assert.strictEqual(made.status, 201, JSON.stringify(made.body))
  return made.body
}

const typesFor = (all: Receiver["delivered"], refund: string) =>
  all.filter(({ body }) => body.data.refund?.id === refund).map(({ body }) => body.type)

const deliveriesOf = async (id: string, query = "") =>
  (await call("GET", `/v1/webhook-endpoints/${id}/deliveries${query}`)).body.deliveries

interface Listed {
  readonly id: number
  readonly state: string
  readonly tries: number
  readonly event: { readonly refund: { readonly id: string } }
}

/** A state that the notifier brings about in its own time. */
const eventually = async <A>(look: () => Promise<A>, isThere: (seen: A) => boolean): Promise<A> => {
  for (;;) {
    const seen = await look()
    if (isThere(seen)) return seen
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

describe("webhook endpoints over HTTP", () => {
  it("are made with a secret that is shown once, changed by their name, and removed", async () => {
    const body = { url: "https://shop.example/in?x=1", events: ["refund.*", "credit.spent"] }
    const made = await call("POST", "/v1/webhook-endpoints", { body })
    assert.strictEqual(made.status, 201)
    const { id, secret } = made.body
    assert.match(id, /^we_[0-9a-f]{32}$/)
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.strictEqual(made.headers.get("location"), `/v1/webhook-endpoints/${id}`)
    assert.deepStrictEqual(made.body, { id, ...body, form: "standard", enabled: true, secrets: 1, secret })

    const named = await call("PUT", "/v1/webhook-endpoints/erp.1", { body: { ...body, form: "geins", enabled: false } })
    assert.deepStrictEqual([named.status, typeof named.body.secret], [201, "string"])
    const changed = await call("PUT", "/v1/webhook-endpoints/erp.1", { body: { ...body, events: ["*"] } })
    assert.deepStrictEqual(
      [changed.status, changed.body],
      [200, { id: "erp.1", url: body.url, events: ["*"], form: "standard", enabled: true, secrets: 1 }]
    )
    const { endpoints } = (await call("GET", "/v1/webhook-endpoints")).body
    assert.deepStrictEqual(
      endpoints.map((each: Record<string, unknown>) => [each["id"], each["secret"]]),
      [
        [id, undefined],
        ["erp.1", undefined]
      ]
    )
    const { entries } = await server.journal()
    assert.strictEqual(
      (await call("PUT", "/v1/webhook-endpoints/erp.1", { body: { ...body, events: ["*"] } })).status,
      200
    )
    assert.strictEqual((await server.journal()).entries, entries)

    const removed = await call("DELETE", `/v1/webhook-endpoints/${id}`)
    assert.deepStrictEqual([removed.status, removed.body], [204, ""])
    const again = await call("DELETE", `/v1/webhook-endpoints/${id}`)
    assert.deepStrictEqual([again.status, again.body.code], [404, "EndpointNotFound"])
  })

  it("are refused where they have no form", async () => {
    const good = { url: "https://shop.example/in", events: ["*"] }
    for (const [path, value] of [
      ["url", "shop.example"],
      ["url", "ftp://shop.example/in"],
      ["url", "javascript:alert(1)"],
      ["url", "https://ada:secret@shop.example/in"],
      ["url", "https://ada@shop.example/in"],
      ["url", `https://shop.example/${"x".repeat(2048)}`],
      ["url", null],
      ["events", []],
      ["events", Array(51).fill("*")],
      ["events", "*"],
      ["events.0", ["refund"]],
      ["events.0", ["refund.paid"]],
      ["events.0", ["refund.settled*"]],
      ["events.0", ["re*"]],
      ["events.1", ["*", 7]],
      ["form", "stripe"],
      ["enabled", "yes"],
      ["secret", "whsec_mine"]
    ] as const) {
      const body = { ...good, [path.split(".")[0] ?? ""]: value }
      const refused = await call("POST", "/v1/webhook-endpoints", { body })
      assert.deepStrictEqual([refused.status, refused.body.violations[0].path], [400, path], JSON.stringify(value))
      assert.notInclude(JSON.stringify(refused.body), "ada:secret")
    }
    for (const id of ["%20", "a%2fb", "x".repeat(65), "a%00", "%F0%9F%92%B8", "-a"]) {
      const refused = await call("PUT", `/v1/webhook-endpoints/${id}`, { body: good })
      assert.include([400, 404], refused.status, id)
      assert.strictEqual((await call("GET", `/v1/webhook-endpoints/${id}/deliveries`)).status, 404, id)
      assert.strictEqual((await call("POST", `/v1/webhook-endpoints/${id}/rotate`)).status, 404, id)
    }
    for (const id of ["0", "-1", "1.5", "x", "9".repeat(16), "%00", "9007199254740993", "4711"]) {
      const refused = await call("POST", `/v1/deliveries/${id}/replay`)
      assert.deepStrictEqual([refused.status, refused.body.code], [404, "DeliveryNotFound"], id)
    }
  })

  it("are told what they listen to, signed over the raw body, in the order of the refund's life", async () => {
    const all = await receiver()
    const some = await receiver()
    const listening = await call("PUT", "/v1/webhook-endpoints/all", { body: { url: `${all.url}/in`, events: ["*"] } })
    await call("PUT", "/v1/webhook-endpoints/some", { body: { url: some.url, events: ["refund.settled"] } })
    const { id } = await refunded()
    await all.until((delivered) => typesFor(delivered, id).includes("refund.settled"))
    assert.deepStrictEqual(typesFor(all.delivered, id), ["refund.created", "refund.submitted", "refund.settled"])
    await some.until((delivered) => delivered.length > 0)
    assert.deepStrictEqual(typesFor(some.delivered, id), ["refund.settled"])

    for (const delivered of all.delivered) {
      assert.strictEqual(delivered.path, "/in")
      assert.deepStrictEqual(signedWith(delivered, [listening.body.secret]), [listening.body.secret])
      assert.strictEqual(delivered.headers["webhook-id"], delivered.body.data.id)
    }
    const [told] = some.delivered
    const { events } = (await call("GET", `/v1/events?types=refund.settled&limit=200`)).body
    const event = events.find((each: { refund: { id: string } }) => each.refund.id === id)
    const { at, cursor: _, type, ...data } = event
    assert.deepStrictEqual(told?.body, { type, timestamp: at, data })
    assert.deepStrictEqual(
      (
        await eventually(
          () => deliveriesOf("some", "?state=delivered"),
          (seen) => seen.length === 1
        )
      ).map(({ event: each, lastAnswer, tries }: Record<string, unknown>) => [
        (each as { id: string }).id,
        lastAnswer,
        tries
      ]),
      [[event.id, "204", 1]]
    )
  })

  it("a new secret signs beside the old one, until that is dropped", async () => {
    const inbox = await receiver()
    const body = { url: inbox.url, events: ["refund.settled"] }
    const { secret: old } = (await call("PUT", "/v1/webhook-endpoints/r", { body })).body
    const rotated = await call("POST", "/v1/webhook-endpoints/r/rotate")
    const { secret } = rotated.body
    assert.deepStrictEqual([rotated.status, rotated.body.secrets], [200, 2])
    assert.notStrictEqual(secret, old)
    await refunded()
    const [first] = await inbox.until((delivered) => delivered.length === 1)
    assert.deepStrictEqual(signedWith(first!, [secret, old]), [secret, old])

    const dropped = await call("DELETE", "/v1/webhook-endpoints/r/old-secret")
    assert.deepStrictEqual([dropped.status, dropped.body.secrets, dropped.body.secret], [200, 1, undefined])
    await refunded()
    const [, second] = await inbox.until((delivered) => delivered.length === 2)
    assert.deepStrictEqual(signedWith(second!, [secret, old]), [secret])

    const third = (await call("POST", "/v1/webhook-endpoints/r/rotate")).body
    const fourth = (await call("POST", "/v1/webhook-endpoints/r/rotate")).body
    assert.deepStrictEqual([third.secrets, fourth.secrets], [2, 2])
    await refunded()
    const [, , last] = await inbox.until((delivered) => delivered.length === 3)
    assert.deepStrictEqual(signedWith(last!, [fourth.secret, third.secret, secret, old]), [fourth.secret, third.secret])
  })

  it("what a receiver did not take is seen, and sent again when it is asked for: the same event", async () => {
    const inbox = await receiver()
    await call("PUT", "/v1/webhook-endpoints/down", { body: { url: inbox.url, events: ["refund.settled"] } })
    const stateOf = (refund: string, isThere: (seen: Listed) => boolean) =>
      eventually(
        async () => (await deliveriesOf("down")).find(({ event }: Listed) => event.refund.id === refund),
        (seen) => seen !== undefined && isThere(seen)
      )
    // What is not taken is sent again by itself after five seconds: where the machine stood still for so long, once more.
    let [sentAt, dueAt] = [Number.POSITIVE_INFINITY, 0]
    let id = 0
    while (sentAt >= dueAt) {
      inbox.answer(500)
      const refund = (await refunded()).id
      const failed = await stateOf(refund, ({ tries }) => tries > 0)
      assert.deepInclude(failed, { endpointId: "down", state: "waiting", lastAnswer: "500" })
      dueAt = Date.parse(failed.dueAt)
      assert.isAtLeast(dueAt, Date.parse(failed.event.at) + 5_000)
      assert.deepStrictEqual(await deliveriesOf("down", "?state=dead"), [])

      inbox.answer(200)
      id = failed.id
      const replayed = await call("POST", `/v1/deliveries/${id}/replay`)
      assert.deepStrictEqual([replayed.status, replayed.body], [200, { replayed: 1 }])
      const delivered = await stateOf(refund, ({ state }) => state === "delivered")
      assert.deepInclude(delivered, { id, lastAnswer: "200", dueAt: null })
      const told = inbox.delivered.filter(({ body }) => body.data.refund.id === refund)
      assert.isAtLeast(told.length, 2)
      assert.strictEqual(new Set(told.map(({ headers, text }) => headers["webhook-id"] + text)).size, 1)
      sentAt = (Number(told[failed.tries]?.headers["webhook-timestamp"]) + 1) * 1_000
    }
    assert.deepStrictEqual((await call("POST", "/v1/webhook-endpoints/down/replay")).body, { replayed: 0 })
    const before = inbox.delivered.length
    assert.strictEqual((await call("POST", `/v1/deliveries/${id}/replay`)).body.replayed, 1)
    await inbox.until((all) => all.length > before)
  })

  it("deliveries are listed page by page, newest first", async () => {
    const inbox = await receiver()
    await call("PUT", "/v1/webhook-endpoints/many", { body: { url: inbox.url, events: ["refund.*"] } })
    await refunded()
    await refunded()
    await inbox.until((delivered) => delivered.length === 6)
    const numbers: Array<number> = []
    for (let before = ""; ; ) {
      const page = (await call("GET", `/v1/webhook-endpoints/many/deliveries?limit=4${before}`)).body
      numbers.push(...page.deliveries.map(({ id }: { id: number }) => id))
      if (page.next === null) break
      before = `&before=${page.next}`
    }
    assert.strictEqual(numbers.length, 6)
    assert.deepStrictEqual(
      numbers,
      numbers.toSorted((a, b) => b - a)
    )
    for (const query of ["state=lost", "limit=0", "before=0", "before=x", "colour=red"]) {
      assert.strictEqual((await call("GET", `/v1/webhook-endpoints/many/deliveries?${query}`)).status, 400, query)
    }
  })

  it("one that is disabled is told nothing", async () => {
    const [off, on] = [await receiver(), await receiver()]
    const body = { events: ["refund.settled"] }
    await call("PUT", "/v1/webhook-endpoints/off", { body: { ...body, url: off.url, enabled: false } })
    await call("PUT", "/v1/webhook-endpoints/on", { body: { ...body, url: on.url } })
    await refunded()
    await on.until((delivered) => delivered.length === 1)
    assert.deepStrictEqual(off.delivered, [])
  })
})
