import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Fetch, judgedFetch } from "../support/judged.ts"
import { quiet } from "../support/quiet.ts"
import { startServer, type TestServer } from "../support/server.ts"

let server: TestServer
/** Every answer is held against the descriptions, ours and the vendor's (T67). */
let fetch: Fetch
beforeAll(async () => {
  server = await startServer({
    keys: "shop:refunds:request:shop-secret,auditor:orders:read:auditor-secret",
    // The outcome is waited for, however slow the machine is.
    env: { REFUND_WAIT_MILLISECONDS: "60000" }
  })
  fetch = await judgedFetch(server.url)
})
afterAll(() => server.stop())

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/medusa${path}`, {
    method: "POST",
    headers: { "x-medusa-access-token": "shop-secret", "content-type": "application/json", ...headers },
    body
  })

const refund = (payment: string, body: unknown, headers: Record<string, string> = {}) =>
  post(`/admin/payments/${payment}/refund`, JSON.stringify(body), headers)

const register = async (order: string, payment: string, capture: Record<string, unknown> = {}) => {
  const answer = await fetch(`${server.url}/v1/orders/${order}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      currency: "USD",
      captures: [
        {
          id: payment,
          amount: 1000,
          provider: "simulator",
          reference: "ch_1",
          tender: "card",
          capturedAt: "2019-08-24T14:15:22Z",
          ...capture
        }
      ]
    })
  })
  expect(answer.status).toBe(201)
}

let drawn = 0
/** An order of its own for every test, with one payment of 1,000. */
const registered = async (capture: Record<string, unknown> = {}) => {
  const payment = `pay_${++drawn}`
  await register(`order_${drawn}`, payment, capture)
  return payment
}

describe("Medusa's refund of a payment over HTTP", () => {
  it("answers the page's own example once the simulator has paid", async () => {
    const payment = "pay_01G8ZCC5W42ZNY842124G7P5R9"
    const order = "order_01G8TJSYT9M6AVS5N4EMNFS1EK"
    await register(order, payment)

    const answer = await refund(
      payment,
      { amount: 1000, reason: "discount", note: "I didn't like it" },
      { "idempotency-key": "string" }
    )

    expect(answer.status).toBe(200)
    expect(answer.headers.get("refund-id")).toMatch(/^[0-9a-f-]{36}$/)
    const aMoment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(await answer.json()).toEqual({
      refund: {
        id: expect.stringMatching(/^ref_[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
        order_id: order,
        payment_id: payment,
        amount: 1000,
        note: "I didn't like it",
        created_at: aMoment,
        updated_at: aMoment,
        reason: "discount",
        idempotency_key: "string",
        metadata: null
      }
    })
  })

  it("takes Medusa's bearer form too, and counts what the native API refunded", async () => {
    const payment = await registered()
    const native = await fetch(`${server.url}/v1/orders/order_${drawn}/refunds`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${server.adminKey}`,
        "content-type": "application/json",
        "idempotency-key": "n"
      },
      body: JSON.stringify({ amount: 400, captureId: payment })
    })
    expect(native.status).toBe(201)
    const answer = await fetch(`${server.url}/medusa/admin/payments/${payment}/refund`, {
      method: "POST",
      headers: { authorization: "Bearer shop-secret", "content-type": "application/json" },
      body: JSON.stringify({ amount: 601, reason: "return" })
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({
      type: "not_allowed",
      message: `Only 600 can be refunded from Payment ${payment}`
    })
  })

  it("makes one refund of a key that is sent many times at once", async () => {
    const payment = await registered()
    const body = { amount: 300, reason: "return" }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => refund(payment, body, { "idempotency-key": payment }))
    )
    const made = (await Promise.all(answers.map((answer) => answer.json()))) as ReadonlyArray<{
      refund: { id: string }
    }>
    expect(new Set(made.map((each) => each.refund.id)).size).toBe(1)
    const left = await refund(payment, { amount: 701, reason: "return" })
    expect(await left.json()).toMatchObject({ message: `Only 700 can be refunded from Payment ${payment}` })
  })

  it("answers a decline with Medusa's 500, and an open outcome with its state", async () => {
    const declining = await registered({ reference: "sim_decline" })
    const declined = await refund(declining, { amount: 1, reason: "return" })
    expect(declined.status).toBe(500)
    expect(declined.headers.get("refund-id")).toMatch(/^[0-9a-f-]{36}$/)
    expect(await declined.json()).toEqual({
      type: "unexpected_state",
      message: `Failed to refund Payment ${declining}`
    })
    const pending = await refund(await registered({ reference: "sim_pending" }), { amount: 1, reason: "return" })
    expect(pending.status).toBe(200)
    expect(await pending.json()).toMatchObject({ refund: { metadata: { state: "pending" } } })
  })

  it("says every failure in Medusa's form, and records none", async () => {
    const payment = await registered()
    const authorized = await registered({ capturedAt: null })
    const path = `/admin/payments/${payment}/refund`
    await quiet(server)
    const before = await server.journal()
    const good = { amount: 1, reason: "return" }
    const said = async (answer: Response) => {
      expect(answer.headers.get("refund-id")).toBeNull()
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/)
      return [answer.status, await answer.json()]
    }
    const unauthorized = async (answer: Response) => {
      expect(answer.headers.get("content-type")).toMatch(/^text\/plain/)
      expect([answer.status, await answer.text()]).toEqual([401, "Unauthorized"])
    }
    const invalid = [expect.any(Number), { type: "invalid_data", message: expect.any(String) }]

    await unauthorized(await fetch(`${server.url}/medusa${path}`, { method: "POST" }))
    await unauthorized(await refund(payment, good, { "x-medusa-access-token": "nobody" }))
    await unauthorized(await refund(payment, good, { "x-medusa-access-token": "auditor-secret" }))
    await unauthorized(await refund("pay_zz", {}, { "x-medusa-access-token": "auditor-secret" }))
    expect(await said(await refund("pay_zz", good))).toEqual([
      404,
      { type: "not_found", message: "Payment with id pay_zz was not found" }
    ])
    expect(await said(await refund("a%00b", good))).toMatchObject([404, { type: "not_found" }])
    expect(await said(await refund("x".repeat(5_000), good))).toMatchObject([404, { type: "not_found" }])
    expect(await said(await refund(authorized, good))).toEqual([
      400,
      { type: "not_allowed", message: `Payment ${authorized} is not captured` }
    ])
    expect(await said(await refund(payment, { ...good, foo: 1 }))).toEqual([
      400,
      { type: "invalid_data", message: "property foo should not exist" }
    ])
    for (const amount of ["0", "-1", "1.999", '"1e2"', "1e400000000", "9007199254740992", "null", "[]", "true"]) {
      const answer = await post(path, `{"amount":${amount},"reason":"return"}`)
      expect([amount, ...(await said(answer))]).toEqual([amount, 400, invalid[1]])
    }
    expect(await said(await post(path, "{"))).toEqual([400, invalid[1]])
    expect(await said(await post(path, `${"[".repeat(10_000)}${"]".repeat(10_000)}`))).toEqual([400, invalid[1]])
    expect(await said(await post(path, '{"amount":1,"amount":2,"reason":"return"}'))).toEqual([400, invalid[1]])
    expect(await said(await post(path, "x".repeat(1_000_000)))).toEqual([413, invalid[1]])
    expect(await said(await post(path, "{}", { "content-type": "text/xml" }))).toEqual([415, invalid[1]])
    expect(await said(await post("/admin/payments", "{}"))).toMatchObject([404, { type: "not_found" }])
    const method = await fetch(`${server.url}/medusa${path}`, { headers: { "x-medusa-access-token": "shop-secret" } })
    expect(method.headers.get("allow")).toBe("POST")
    expect(await said(method)).toMatchObject([405, { type: "not_allowed" }])

    expect(await server.journal()).toEqual(before)
  })
})
