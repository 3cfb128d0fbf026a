/** What the native API may not take as a name, a moment, a text or a key (T55, T58, T59): refused, and nothing of it is recorded. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { badDates, badIds, badKeys, badTexts } from "./support/badInputs.ts"
import { callerOf, fresh, payment } from "./support/call.ts"
import { rawClient } from "./support/raw.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
let raw: ReturnType<typeof rawClient>

beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
  raw = rawClient(server.url)
})
afterAll(async () => {
  raw.close()
  await server.stop()
})

/** Nothing is recorded, and what is there can still be read. */
const refusing = async (ask: () => Promise<void>) => {
  const before = await server.journal()
  await ask()
  expect(await server.journal()).toEqual({ ...before, ok: true })
  expect((await call("GET", "/v1/orders/A-1001")).status).toBe(200)
}

/** As JSON source: what no order, capture, customer, line or key is called. */
const badNames = [
  '""',
  '"a\\tb"',
  '"a\\r\\nset-cookie: x"',
  '"\\u001b[31m"',
  '"\\u007f"',
  '"\\u0085"',
  '"\\u0000"',
  '"\\ud800"',
  "5",
  "true",
  "[]",
  "{}",
  `"${"x".repeat(256)}"`
]

const capture = (fields: string) =>
  `{"id":"c","amount":1,"provider":"simulator","tender":"card","capturedAt":null,${fields}}`.replace(
    /"(\w+)":[^,]+,(?=.*"\1":)/,
    ""
  )

describe("names that are none (T55)", () => {
  it.each(["id", "provider", "reference", "tender"])("as a capture's %s", (field) =>
    refusing(async () => {
      for (const name of badNames) {
        const body = capture(`"${field}":${name}`)
        const answer = await call("POST", "/v1/orders/A-1001/captures", { body })
        expect([answer.status, body], JSON.stringify(answer.body)).toEqual([400, body])
        const order = await call("PUT", `/v1/orders/${fresh("o")}`, { body: `{"currency":"USD","captures":[${body}]}` })
        expect([order.status, body]).toEqual([400, body])
      }
    })
  )

  it("as a customer, a line, a fee, a dispute, or somebody excepted from four eyes", () =>
    refusing(async () => {
      for (const name of badNames) {
        const bodies: ReadonlyArray<readonly [string, string, string]> = [
          ["PUT", `/v1/orders/${fresh("o")}`, `{"currency":"USD","customerId":${name}}`],
          ["PUT", `/v1/orders/${fresh("o")}`, `{"currency":"USD","lines":[{"id":${name},"amount":1}]}`],
          ["PUT", `/v1/orders/${fresh("o")}`, `{"currency":"USD","fees":[{"code":${name},"amount":1}]}`],
          [
            "POST",
            "/v1/orders/A-1001/disputes",
            `{"id":${name},"captureId":"882","amount":1,"state":"won","at":"2026-11-02T00:00:00Z"}`
          ],
          ["POST", "/v1/customers/c-7/credit/spend", `{"id":${name},"orderId":"A-1001","amount":1,"currency":"USD"}`],
          ["PUT", "/v1/policy", `{"overrides":{"native":{"fourEyesExcept":[${name}]}}}`]
        ]
        for (const [method, path, body] of bodies) {
          const { status } = await call(method, path, { body })
          expect([status, body]).toEqual([400, body])
        }
      }
    }))

  it("in a path: nothing is there, wherever it stands", () =>
    refusing(async () => {
      for (const id of [...badIds, "x".repeat(10_240), "%61".repeat(3_000)]) {
        for (const [method, path] of [
          ["GET", `/v1/orders/${id}`],
          ["POST", `/v1/orders/${id}/refunds`],
          ["POST", `/v1/orders/${id}/captures`],
          ["GET", `/v1/refunds/${id}`],
          ["POST", `/v1/refunds/${id}/approve`],
          ["POST", `/v1/inbox/${id}/retry`],
          ["DELETE", `/v1/webhook-endpoints/${id}`]
        ] as const) {
          const { headers, milliseconds, status } = await raw.ask({
            method,
            path,
            headers: {
              authorization: `Bearer ${server.adminKey}`,
              "content-type": "application/json",
              "idempotency-key": "k"
            },
            ...(method === "POST"
              ? { body: path.endsWith("captures") ? capture('"reference":"r"') : '{"amount":1}' }
              : {})
          })
          expect([400, 404, 405, 414], `${method} ${path.slice(0, 80)}: ${status}`).toContain(status)
          expect(headers["set-cookie"]).toBeUndefined()
          expect(milliseconds).toBeLessThan(20_000)
        }
      }
    }))

  it("as an idempotency key", () =>
    refusing(async () => {
      for (const key of badKeys) {
        const { status } = await raw.ask({
          method: "POST",
          path: "/v1/orders/A-1001/refunds",
          headers: {
            authorization: `Bearer ${server.adminKey}`,
            "content-type": "application/json",
            "idempotency-key": key
          },
          body: '{"amount":1}'
        })
        expect(status, JSON.stringify(key.slice(0, 20))).toBe(400)
      }
    }))
})

describe("figures that JSON does not keep", () => {
  it("of captures together, taken or authorized", () =>
    refusing(async () => {
      const most = 2 ** 53 - 1
      for (const fields of [{ amount: most }, { amount: 1, authorizedAmount: most }]) {
        const captures = ["a", "b"].map((id) => ({
          id,
          provider: "manual",
          tender: "card",
          capturedAt: null,
          ...fields
        }))
        const { body, status } = await call("PUT", `/v1/orders/${fresh("o")}`, { body: { currency: "USD", captures } })
        expect([status, body.code]).toEqual([400, "Malformed"])
      }
    }))
})

describe("bodies that are none", () => {
  it("of a decision: only an object, or nothing at all", () =>
    refusing(async () => {
      for (const body of ["null", "[]", "5", '"x"', "true"]) {
        const { status } = await call("POST", "/v1/refunds/0191f5a7-44d3-7430-8739-2d80821416bf/cancel", { body })
        expect([status, body]).toEqual([400, body])
      }
    }))
})

describe("moments and texts that are none", () => {
  it("moments without a zone, on days that are not, of another type (T58)", () =>
    refusing(async () => {
      for (const date of badDates) {
        const at = `"amount":1,"captureId":"882"`
        for (const [method, path, body] of [
          ["POST", "/v1/orders/A-1001/captures", capture(`"capturedAt":${date}`)],
          ["POST", "/v1/orders/A-1001/disputes", `{"id":"d",${at},"state":"won","at":${date}}`],
          ["POST", "/v1/orders/A-1001/refunds", `{${at},"settled":true,"settledAt":${date}}`],
          ["PUT", "/v1/policy/closed-period", `{"before":${date}}`]
        ] as const) {
          const { status } = await call(method, path, { body, headers: { "idempotency-key": fresh("k") } })
          expect([status, body]).toEqual([400, body])
        }
      }
    }))

  it("a payment before its capture, or tomorrow (T58)", () =>
    refusing(async () => {
      for (const settledAt of ["1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]) {
        const { status } = await call("POST", "/v1/orders/A-1001/refunds", {
          headers: { "idempotency-key": fresh("k") },
          body: { amount: 1, captureId: "882", settled: true, settledAt }
        })
        expect(status, settledAt).toBe(400)
      }
    }))

  it("texts that are too long, or have what is never kept (T59)", () =>
    refusing(async () => {
      const fields = { reason: 255, author: 255, reference: 255, note: 10_000 }
      for (const [field, longest] of Object.entries(fields)) {
        for (const text of badTexts(longest)) {
          const isShort = JSON.stringify(text).length < longest && /[ü]/.test(text)
          if (isShort) continue
          const { status } = await call("POST", "/v1/orders/A-1001/refunds", {
            headers: { "idempotency-key": fresh("k") },
            body: `{"amount":1,"captureId":"882","${field}":${text}}`
          })
          expect([400], `${field} ${text.slice(0, 40)}`).toContain(status)
        }
      }
    }))
})

describe("what is meant for a statement, a log, a page or a sheet", () => {
  it("is a text like any other: kept as it is written, and nothing else happens", async () => {
    const order = fresh("o")
    await call("PUT", `/v1/orders/${order}`, { body: payment(order, 1_000) })
    const texts = [
      "'; DROP TABLE refunds; --",
      "' OR '1'='1",
      "${jndi:ldap://x/a}",
      "{{7*7}}",
      "<script>alert(1)</script>",
      "=cmd|'/C calc'!A0",
      "%s%n",
      "__proto__"
    ]
    for (const text of texts) {
      const { body, status } = await call("POST", `/v1/orders/${order}/refunds`, {
        headers: { "idempotency-key": text },
        body: {
          amount: 1,
          note: text,
          reason: text,
          reference: text,
          metadata: { [text === "__proto__" ? "p" : text]: text }
        }
      })
      expect([status, body.note, body.reason, body.reference]).toEqual([201, text, text, text])
      expect((await call("GET", `/v1/refunds?captureId=${encodeURIComponent(text)}`)).body.refunds).toEqual([])
    }
    expect(({} as Record<string, unknown>)["p"]).toBeUndefined()
    expect((await server.journal()).ok).toBe(true)
    expect((await call("GET", "/v1/refunds?limit=200")).body.refunds.length).toBeGreaterThanOrEqual(texts.length)
  })
})
