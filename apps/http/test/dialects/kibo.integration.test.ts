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

const pathOf = (id: string) => `${server.url}/kibo/api/commerce/orders/${id}/refunds`

const send = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { authorization: "Bearer till-secret", "content-type": "application/json", ...headers },
    body
  })

const refund = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  send(pathOf(id), JSON.stringify(body), headers)

let drawn = 0
/** An order of its own for every test, with one capture of 107.00. */
const registered = async (reference = "ch_1") => {
  const id = `kibo-${++drawn}`
  const capture = { id: `pay-${drawn}`, amount: 10_700, provider: "simulator", reference, tender: "card" }
  const answer = await fetch(`${server.url}/v1/orders/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      currency: "USD",
      customerId: `c-${drawn}`,
      captures: [{ ...capture, capturedAt: "2026-01-01T10:00:00Z", vendor: { kibo: { paymentType: "CreditCard" } } }]
    })
  })
  expect(answer.status).toBe(201)
  return { id, payment: capture.id }
}

/** What every client of Kibo's reads of a failure, whatever failed. */
const error = async (answer: Response) => {
  expect(answer.headers.get("content-type")).toContain("application/json")
  expect(answer.headers.get("refund-id")).toBeNull()
  const body = (await answer.json()) as Record<string, unknown>
  expect(body["correlationId"]).toMatch(/^[0-9a-f-]{36}$/)
  expect(answer.headers.get("x-vol-correlation")).toBe(body["correlationId"])
  expect(body).toMatchObject({
    message: expect.any(String),
    errorCode: expect.any(String),
    applicationName: expect.any(String),
    items: expect.any(Array),
    additionalErrorData: expect.any(Array)
  })
  return [answer.status, body["errorCode"]]
}

describe("Kibo's creation of a refund over HTTP", () => {
  it("answers at once, and the simulator settles it", async () => {
    const { id, payment } = await registered()
    const asked = { amount: 19.9, reason: "broken handle", reasonCode: "DAMAGED", payment: { id: payment } }
    const headers = { "idempotency-key": "kibo-1" }
    const answer = await refund(id, asked, headers)
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(text).toContain('"amount":19.90')
    const body = JSON.parse(text)
    expect(body).toMatchObject({
      id: answer.headers.get("refund-id")?.replaceAll("-", ""),
      orderId: id,
      reason: "broken handle",
      reasonCode: "DAMAGED",
      refundMethod: null,
      payment: { id: payment, paymentType: "CreditCard", amountCollected: 107 }
    })

    await expect
      .poll(
        async () => {
          const again = await refund(id, asked, headers)
          expect(again.headers.get("idempotent-replayed")).toBe("true")
          const { id: same, payment } = (await again.json()) as typeof body
          expect(same).toBe(body.id)
          return [payment.amountCredited, payment.interactions[0].status]
        },
        { timeout: 60_000 }
      )
      .toEqual([19.9, "Success"])
  })

  it("returns only the fields that are asked for", async () => {
    const { id, payment } = await registered()
    const answer = await send(`${pathOf(id)}?responseFields=amount,payment(id)`, '{"amount":1}')
    expect(await answer.json()).toEqual({ amount: 1, payment: { id: payment } })
  })

  it("tells 50 who ask at once for more than half of it yes only once, where the tenant allows no more", async () => {
    const { id, payment } = await registered()
    const policy = await fetch(`${server.url}/v1/policy`, {
      headers: { authorization: `Bearer ${server.adminKey}` }
    }).then((answer) => answer.json() as Promise<{ readonly version: number }>)
    const changed = await fetch(`${server.url}/v1/policy`, {
      method: "PUT",
      headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ version: policy.version, overrides: { kibo: { overRefund: "capture_strict" } } })
    })
    expect(changed.status, await changed.text()).toBe(200)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refund(id, { amount: 60, payment: { id: payment } }))
    )
    expect(answers.filter((answer) => answer.status === 200).length).toBe(1)
    expect(answers.filter((answer) => answer.status === 400).length).toBe(49)
  })

  it("says every failure in the JSON that Kibo's clients read, and records nothing", async () => {
    const { id, payment } = await registered()
    await quiet(server)
    const before = await server.journal()
    const invalid = [400, "MISSING_OR_INVALID_PARAMETER"]

    const anonymous = await fetch(pathOf(id), { method: "POST", body: "{}" })
    expect(anonymous.headers.get("www-authenticate")).toBe("Bearer")
    expect(await error(anonymous)).toEqual([401, "UNAUTHORIZED"])
    expect(await error(await refund(id, { amount: 1 }, { authorization: "Bearer wrong" }))).toEqual([
      401,
      "UNAUTHORIZED"
    ])
    expect(await error(await refund(id, { amount: 1 }, { authorization: "Bearer auditor-secret" }))).toEqual([
      403,
      "FORBIDDEN"
    ])
    expect(await error(await refund("none", { amount: 1 }))).toEqual([404, "ITEM_NOT_FOUND"])
    expect(await error(await refund(id, { amount: 1, payment: { id: "none" } }))).toEqual([404, "ITEM_NOT_FOUND"])
    expect(await error(await send(pathOf(id), '{"amount":1'))).toEqual(invalid)
    expect(await error(await send(pathOf(id), '{"amount":1,"amount":2}'))).toEqual(invalid)
    expect(await error(await send(pathOf(id), ""))).toEqual(invalid)
    expect(await error(await send(pathOf(id), `{"reason":"${"x".repeat(1_000_000)}"}`))).toEqual([
      413,
      "REQUEST_TOO_LARGE"
    ])
    expect(await error(await refund(id, { amount: 1 }, { "content-type": "text/plain" }))).toEqual([
      415,
      "UNSUPPORTED_MEDIA_TYPE"
    ])
    expect(await error(await fetch(pathOf(id)))).toEqual([405, "METHOD_NOT_ALLOWED"])
    expect(await error(await fetch(`${server.url}/kibo/api/nothing`))).toEqual([404, "ITEM_NOT_FOUND"])
    for (const amount of ["0", "-1", "1.999", '"1"', "1e400000000", "9007199254740993", "null", "[]", "NaN"]) {
      expect(await error(await send(pathOf(id), `{"amount":${amount},"payment":{"id":"${payment}"}}`))).toEqual(invalid)
    }
    for (const path of ["%2e%2e", "a%00b", "%E0%A4%A", "x".repeat(5_000)]) {
      expect((await error(await send(pathOf(path), '{"amount":1}')))[0]).toBe(404)
    }
    expect(await server.journal()).toEqual(before)
  })

  it("takes the older header for the credential", async () => {
    const { id } = await registered()
    const answer = await fetch(pathOf(id), {
      method: "POST",
      headers: { "x-vol-app-claims": "till-secret", "content-type": "application/json" },
      body: '{"amount":1}'
    })
    expect(answer.status).toBe(200)
  })
})
