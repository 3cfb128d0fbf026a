import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Fetch, judgedFetch } from "../support/judged.ts"
import { quiet } from "../support/quiet.ts"
import { startServer, type TestServer } from "../support/server.ts"

let server: TestServer
/** Every answer is held against the descriptions, ours and the vendor's (T67). */
let fetch: Fetch
beforeAll(async () => {
  server = await startServer({ keys: "till:refunds:request:till-secret,auditor:orders:read:auditor-secret" })
  fetch = await judgedFetch(server.url)
})
afterAll(() => server.stop())

const pathOf = (id: string) => `${server.url}/geins/API/Order/${id}/Refund`

/** Both of the credentials that Geins asks for. */
const credentials = (key: string) => ({
  authorization: `Basic ${Buffer.from(`user:${key}`).toString("base64")}`,
  "x-apikey": key
})

const send = (url: string, body: string, headers: Record<string, string> = credentials("till-secret")) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body })

const create = (id: string, body: unknown, headers?: Record<string, string>) =>
  send(pathOf(id), JSON.stringify(body), headers)

const native = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" }
  })

let drawn = 100
/** An order of its own for every test: one row of 80.00 with 20.00 tax, and 5.00 shipping. */
const registered = async (provider = "simulator") => {
  const id = String(++drawn)
  const capture = { id: `capture-${id}`, amount: 10_500, provider, reference: "ch_1", tender: "card" }
  const answer = await native(`/v1/orders/${id}`, {
    method: "PUT",
    body: JSON.stringify({
      currency: "SEK",
      customerId: `c-${id}`,
      lines: [{ id: "7", description: "Mug", quantity: 1, amount: 8_000, tax: 2_000 }],
      shipping: { amount: 500 },
      captures: [{ ...capture, capturedAt: "2026-01-01T10:00:00Z" }]
    })
  })
  expect(answer.status).toBe(201)
  return id
}

const created = async (answer: Response): Promise<string> => {
  const body = (await answer.json()) as { readonly Resource: string }
  expect([answer.status, body]).toEqual([200, { Resource: expect.any(String), Message: "Refund created", Details: [] }])
  expect(answer.headers.get("refund-id")).toBe(body.Resource)
  return body.Resource
}

/** The envelope, whatever failed. */
const refused = async (answer: Response) => {
  expect(answer.headers.get("content-type")).toContain("application/json")
  expect(answer.headers.get("refund-id")).toBeNull()
  expect(await answer.json()).toEqual({
    Resource: null,
    Message: expect.any(String),
    Details: expect.arrayContaining([expect.any(String)])
  })
  return answer.status
}

describe("Geins' creation of a refund over HTTP", () => {
  it("answers at once, and the simulator settles it", async () => {
    const asked = { OrderRowId: 7, RefundAmount: 49.5, Reference: "RMA-1", Description: "broken", Author: "Ada" }
    const id = await created(await create(await registered(), asked))
    await expect
      .poll(async () => ((await (await native(`/v1/refunds/${id}`)).json()) as { readonly state: string }).state, {
        timeout: 60_000
      })
      .toBe("settled")
  })

  it("leaves a refund to another system where that one pays", async () => {
    const id = await created(await create(await registered("external"), { RefundAmount: 10 }))
    expect(await (await native(`/v1/refunds/${id}`)).json()).toMatchObject({ state: "approved", amount: 1_000 })
  })

  it("lists it, shows it, and lets the system that pays say that it did", async () => {
    const order = await registered("external")
    const id = await created(await create(order, { RefundAmount: 10 }))
    const headers = credentials(server.adminKey)
    const shown = async (what: string) => {
      const answer = await fetch(`${pathOf(order)}/${what}`, { headers })
      expect(answer.status).toBe(200)
      return ((await answer.json()) as { readonly Resource: unknown }).Resource
    }
    expect(await shown("List")).toMatchObject([{ RefundId: id, Processed: false }])
    const processed = await send(`${pathOf(order)}/${id}/SetAsProcessed`, '{"ExternalId":"klarna-1"}', headers)
    expect([processed.status, await processed.json()]).toEqual([200, { Message: "Refund processed", Details: [] }])
    const refund = (await shown(id)) as { readonly RefundRows: ReadonlyArray<{ readonly RefundRowId: number }> }
    expect(refund).toMatchObject({ RefundId: id, Processed: true, RefundRows: [{ Settled: true }] })

    const row = `${pathOf(order)}/${id}/RefundRow/${refund.RefundRows[0]?.RefundRowId}`
    expect((await fetch(row, { method: "DELETE", headers })).status).toBe(400)
    const query = await send(`${server.url}/geins/API/Refund/Query`, '{"IncludeStatuses":[4]}', headers)
    expect(await query.json()).toMatchObject({ Resource: [{ RefundId: id }] })
    expect((await fetch(`${pathOf(order)}/List`, { headers: credentials("till-secret") })).status).toBe(400)
    expect((await fetch(`${pathOf(order)}/${id}`, { method: "DELETE", headers })).status).toBe(405)
  })

  it("makes one refund of one Idempotency-Key, also when it is sent many times at once", async () => {
    const order = await registered()
    const headers = { ...credentials("till-secret"), "idempotency-key": "geins-1" }
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(order, { RefundAmount: 60 }, headers)))
    expect(new Set(await Promise.all(answers.map(created))).size).toBe(1)
    expect(await refused(await create(order, { RefundAmount: 61 }, headers))).toBe(400)
  })

  it("says every failure in the envelope, and records nothing", async () => {
    const id = await registered()
    await quiet(server)
    const before = await server.journal()
    const till = credentials("till-secret")

    for (const headers of [
      {},
      { "x-apikey": "till-secret" },
      { authorization: till.authorization },
      { ...till, "x-apikey": "other" },
      { authorization: "Bearer till-secret" },
      credentials("wrong")
    ] as ReadonlyArray<Record<string, string>>) {
      const answer = await create(id, { RefundAmount: 1 }, headers)
      expect(answer.headers.get("www-authenticate")).toBe("Basic")
      expect(await refused(answer)).toBe(401)
    }
    expect(await refused(await create(id, { RefundAmount: 1 }, credentials("auditor-secret")))).toBe(400)
    expect(await refused(await create(id, { RefundAmount: 1, Settled: true }))).toBe(400)
    expect(await refused(await create("999999", { RefundAmount: 1 }))).toBe(404)
    expect(await refused(await create("99999999999", { RefundAmount: 1 }))).toBe(404)
    expect(await refused(await create("abc", { RefundAmount: 1 }))).toBe(404)
    expect(await refused(await create(id, { RefundAmount: 105.01 }))).toBe(400)
    expect(await refused(await send(pathOf(id), '{"RefundAmount":1'))).toBe(400)
    expect(await refused(await send(pathOf(id), '{"RefundAmount":1,"RefundAmount":2}'))).toBe(400)
    expect(await refused(await send(pathOf(id), ""))).toBe(400)
    expect(await refused(await send(pathOf(id), `{"Author":"${"x".repeat(1_000_000)}"}`))).toBe(413)
    expect(await refused(await create(id, { RefundAmount: 1 }, { ...till, "content-type": "text/xml" }))).toBe(415)
    expect(await refused(await fetch(pathOf(id), { method: "PUT", headers: till }))).toBe(405)
    expect(await refused(await fetch(`${server.url}/geins/API/Nothing`, { headers: till }))).toBe(404)
    for (const amount of ["0", "-1", "1.999", '"1"', "1e400000000", "9007199254740993", "null", "[]", "NaN"]) {
      expect(await refused(await send(pathOf(id), `{"RefundAmount":${amount}}`)), amount).toBe(400)
    }
    for (const type of ["4", "-1", '"2"', "2.0"]) {
      expect(await refused(await send(pathOf(id), `{"RefundAmount":1,"RefundType":${type}}`)), type).toBe(400)
    }
    expect(await server.journal()).toEqual(before)
  })
})
