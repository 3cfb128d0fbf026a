import { afterAll, beforeAll, describe, expect, it } from "vitest"
import seed from "../../../../packages/refund-dialects/test/fixtures/maverick.json" with { type: "json" }
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

const refund = (id: string, body: string, headers: Record<string, string> = {}) =>
  post(`/maverick/payment/${id}/refund`, body, headers)

let drawn = 0
/** A payment of its own for every test, of 10.00 unless told otherwise, with a subtotal of 9.00. */
const paid = async ({ id = String(++drawn), amount = 1000, reference = "ch_1", vendor = {} } = {}) => {
  const capture = { id, amount, provider: "simulator", reference, tender: "card", vendor: { maverick: vendor } }
  const answer = await fetch(`${server.url}/v1/orders/order-${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      currency: "USD",
      subtotal: 900,
      captures: [{ ...capture, capturedAt: "2023-05-09T15:51:36Z" }]
    })
  })
  expect(answer.status).toBe(201)
  return id
}

describe("Maverick's refund over HTTP", () => {
  it("takes the page's own example as it is printed, and gives it back once the provider has paid", async () => {
    const { card, level, terminal, threeds } = seed
    // 882 is a payment of the example order that every new ledger has.
    await paid({ id: "1882", amount: 199, vendor: { card, level, terminal, threeds } })

    const answer = await refund("1882", JSON.stringify(seed))

    expect(answer.status).toBe(200)
    expect(answer.headers.get("refund-id")).toMatch(/^[0-9a-f-]{36}$/)
    const aMoment = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    expect(await answer.json()).toEqual({
      ...seed,
      id: expect.any(Number),
      parent: { id: 1882 },
      ip: null,
      updatedOn: aMoment,
      createdOn: aMoment
    })
  })

  it("tells a decline as 422 and what is still open as InProgress, both with the refund's id", async () => {
    const declined = await refund(await paid({ reference: "sim_decline" }), '{"terminal":{"id":24}}')
    expect(await declined.json()).toEqual({
      name: "Unprocessable entity",
      message: "The refund was declined: declined_by_simulator",
      code: 0,
      status: 422
    })
    expect([declined.status, declined.headers.has("refund-id")]).toEqual([422, true])
    const open = await refund(await paid({ reference: "sim_pending" }), '{"terminal":{"id":24}}')
    expect(await open.json()).toMatchObject({ status: { status: "InProgress" } })
    expect([open.status, open.headers.has("refund-id")]).toEqual([200, true])
  })

  it("finds the refund and its payment under their ids", async () => {
    const id = await paid()
    const made = (await (await refund(id, '{"terminal":{"id":24}}')).json()) as { readonly id: number }
    const get = (of: string | number, key = server.adminKey) =>
      fetch(`${server.url}/maverick/payment/${of}`, { headers: { authorization: `Bearer ${key}` } })
    expect(await (await get(made.id)).json()).toEqual(made)
    expect(await (await get(id)).json()).toMatchObject({ amount: "10.00", refunded: true, history: [made] })
    expect([(await get("no-such-payment")).status, (await get(id, "till-secret")).status]).toEqual([404, 403])
  })

  it("gives all that is left once, however many ask for it at once", async () => {
    const id = await paid()
    const answers = await Promise.all(Array.from({ length: 8 }, () => refund(id, '{"terminal":{"id":24}}')))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(7).fill(422)])
  })

  it("says every failure in Maverick's envelope, and records none", async () => {
    const id = await paid()
    const path = `/maverick/payment/${id}/refund`
    await quiet(server)
    const before = await server.journal()
    const said = async (answer: Response, message: unknown = expect.any(String)) => {
      const { status } = answer
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/)
      expect(answer.headers.get("refund-id")).toBeNull()
      expect(await answer.json()).toEqual({ name: expect.any(String), message, code: 0, status })
      return status
    }
    const one = '{"terminal":{"id":24},"amount":1}'

    expect(await said(await fetch(`${server.url}${path}`, { method: "POST" }))).toBe(401)
    expect(await said(await refund(id, one, { authorization: "Bearer nobody" }))).toBe(401)
    expect(await said(await refund(id, one, { authorization: "Bearer auditor-secret" }))).toBe(403)
    expect(await said(await refund("no-such-payment", one))).toBe(404)
    expect(await said(await refund("a%00b", one))).toBe(404)
    expect(await said(await refund(id, '{"amount":1}'))).toBe(422)
    expect(await said(await refund(id, '{"terminal":{"id":24},"amount":1.999}'))).toBe(422)
    expect(await said(await refund(id, '{"terminal":{"id":24},"amount":1e400000000}'))).toBe(422)
    expect(await said(await refund(id, '{"terminal":{"id":24},"amount":10.01}'))).toBe(422)
    expect(
      await said(
        await refund(id, '{"terminal":{"id":24},"amount":9.01}'),
        "Without tax and discounts restated, at most the subtotal 9.00 USD can be refunded; requested 9.01 USD"
      )
    ).toBe(422)
    expect(await said(await post(path, "{"))).toBe(400)
    expect(await said(await post(path, "x".repeat(1_000_000)))).toBe(413)
    expect(await said(await post(path, one, { "content-type": "text/xml" }))).toBe(415)
    expect(await said(await post("/maverick/nothing", "{}"))).toBe(404)
    expect(await said(await fetch(`${server.url}${path}`, { method: "PUT", body: one }))).toBe(405)

    expect(await server.journal()).toEqual(before)
  })
})
