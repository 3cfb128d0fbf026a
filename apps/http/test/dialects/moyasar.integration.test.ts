import { afterAll, beforeAll, describe, expect, it } from "vitest"
import seed from "../../../../packages/refund-dialects/test/fixtures/moyasar.json" with { type: "json" }
import { type Fetch, judgedFetch } from "../support/judged.ts"
import { quiet } from "../support/quiet.ts"
import { startServer, type TestServer } from "../support/server.ts"

let server: TestServer
/** Every answer is held against the descriptions, ours and the vendor's (T67). */
let fetch: Fetch
beforeAll(async () => {
  server = await startServer({
    keys: "till:refunds:request:till-secret,auditor:orders:read:auditor-secret",
    // The outcome is waited for, however slow the machine is.
    env: { REFUND_WAIT_MILLISECONDS: "60000" }
  })
  fetch = await judgedFetch(server.url)
})
afterAll(() => server.stop())

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { authorization: "Bearer till-secret", "content-type": "application/json", ...headers },
    body
  })

const refund = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  post(`/moyasar/v1/orders/${id}/refund`, JSON.stringify(body), headers)

const register = async (id: string, order: Record<string, unknown>) => {
  const answer = await fetch(`${server.url}/v1/orders/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ currency: "SAR", ...order })
  })
  expect(answer.status).toBe(201)
}

let drawn = 0
/** An order of its own for every test, with one capture of 1,000. */
const registered = async (reference = "ch_1") => {
  const id = `order-${++drawn}`
  const capture = { id: `capture-${drawn}`, amount: 1000, provider: "simulator", reference, tender: "card" }
  await register(id, { captures: [{ ...capture, capturedAt: "2024-09-15T12:00:00Z" }] })
  return id
}

describe("Moyasar's refund over HTTP", () => {
  it("gives back the page's own order, once the provider has paid", async () => {
    const [taken, made] = seed.transactions
    const { id, amount, created_at: capturedAt, ...kept } = taken!
    const { currency, transactions: _, ...vendor } = seed
    await register(seed.id, {
      currency,
      captures: [{ id, amount, provider: "simulator", tender: "card", capturedAt, vendor: { moyasar: kept } }],
      vendor: { moyasar: vendor }
    })

    const answer = await refund(seed.id, { amount: 262_346, transaction_id: made?.id })

    expect([answer.status, answer.headers.get("refund-id")]).toEqual([200, made?.id])
    const aMoment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(await answer.json()).toEqual({
      ...seed,
      updated_at: aMoment,
      transactions: [
        taken,
        {
          ...made,
          retrieval_reference: expect.stringMatching(/^sim_re_/),
          stan: expect.stringMatching(/^\d{6}$/),
          created_at: aMoment
        }
      ]
    })
  })

  it("answers a decline, and an outcome that takes too long, as transactions that do not count", async () => {
    const declined = await refund(await registered("sim_decline"), { amount: 400 })
    expect(declined.status).toBe(200)
    expect(await declined.json()).toMatchObject({ refunded_amount: 0, transactions: [{}, { status: "declined" }] })
    const pending = await refund(await registered("sim_pending"), { amount: 400 })
    expect(await pending.json()).toMatchObject({ refunded_amount: 0, transactions: [{}, { status: "pending" }] })
  })

  it("makes one refund of a transaction_id that is sent many times at once", async () => {
    const id = await registered()
    const body = { amount: 300, transaction_id: "f351a2a3-97c4-4f12-add3-80c1044091f6" }
    const answers = await Promise.all(Array.from({ length: 8 }, () => refund(id, body)))
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200))
    for (const answer of answers) expect(await answer.json()).toMatchObject({ refunded_amount: 300 })
  })

  it("says every failure in Moyasar's form, and records none", async () => {
    const id = await registered()
    const path = `/moyasar/v1/orders/${id}/refund`
    await quiet(server)
    const before = await server.journal()
    const said = async (answer: Response) => {
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/)
      expect(answer.headers.get("refund-id")).toBeNull()
      return [answer.status, await answer.json()]
    }
    const text = expect.any(String)

    const missing = [401, { message: "Missing authentication information" }]
    expect(await said(await fetch(`${server.url}${path}`, { method: "POST" }))).toEqual(missing)
    expect(await said(await refund(id, { amount: 1 }, { authorization: "Bearer nobody" }))).toEqual(missing)
    expect(await said(await refund(id, { amount: 1 }, { authorization: "Basic dGlsbA==" }))).toEqual(missing)
    expect(await said(await refund(id, { amount: 1 }, { authorization: "Bearer auditor-secret" }))).toEqual([
      403,
      { message: "Unauthorized" }
    ])
    expect(await said(await refund("no-such-order", { amount: 1 }))).toEqual([404, { message: text }])
    expect(await said(await refund("a%00b", { amount: 1 }))).toEqual([404, { message: text }])
    expect(await said(await refund(id, { amount: 0 }))).toEqual([
      422,
      { message: "Data validation failed", errors: { amount: ["The value must be greater than or equal to 1."] } }
    ])
    expect(await said(await refund(id, { amount: 1001 }))).toEqual([
      422,
      { message: "Data validation failed", errors: { amount: [text] } }
    ])
    expect(await said(await post(path, "{"))).toEqual([400, { message: text }])
    expect(await said(await post(path, "x".repeat(1_000_000)))).toEqual([413, { message: text }])
    expect(await said(await post(path, "{}", { "content-type": "text/xml" }))).toEqual([415, { message: text }])
    expect(await said(await post("/moyasar/v1/orders", "{}"))).toEqual([404, { message: text }])
    const method = await fetch(`${server.url}${path}`, { headers: { authorization: "Bearer till-secret" } })
    expect(method.headers.get("allow")).toBe("POST")
    expect(await said(method)).toEqual([405, { message: text }])

    expect(await server.journal()).toEqual(before)
  })
})

describe("a transaction_id that is sent again while the first request is open", () => {
  it("waits for a bounded time, and is then told the page's 400; nothing more is made", async () => {
    const quick = await startServer({ env: { REFUND_WAIT_MILLISECONDS: "300" } })
    try {
      const headers = { authorization: `Bearer ${quick.adminKey}`, "content-type": "application/json" }
      const capture = { id: "c-1", amount: 1000, provider: "simulator", reference: "sim_hang", tender: "card" }
      await fetch(`${quick.url}/v1/orders/open`, {
        method: "PUT",
        headers,
        body: JSON.stringify({ currency: "SAR", captures: [{ ...capture, capturedAt: "2024-09-15T12:00:00Z" }] })
      })
      const body = JSON.stringify({ amount: 300, transaction_id: "f351a2a3-97c4-4f12-add3-80c1044091f7" })
      const ask = () => fetch(`${quick.url}/moyasar/v1/orders/open/refund`, { method: "POST", headers, body })
      const answers = await Promise.all(Array.from({ length: 5 }, ask))
      const told = await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))
      const stillOpen = [400, { message: "Initial request is still processing." }]
      expect(told.filter(([status]) => status === 400)).toEqual(Array(4).fill(stillOpen))
      expect(told.find(([status]) => status === 200)?.[1]).toMatchObject({
        refunded_amount: 0,
        transactions: [{}, { status: "pending", amount: 300 }]
      })
      expect(new Set(answers.map((answer) => answer.headers.get("refund-id"))).size).toBe(1)
      const order = (await (await fetch(`${quick.url}/v1/orders/open`, { headers })).json()) as { refunds: [] }
      expect(order.refunds.length).toBe(1)
    } finally {
      await quick.stop()
    }
  })
})
