import { request } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
  // Paid by another system: nothing is recorded but what is asked for here.
  const order = payment("7001", 5000, { provider: "external" })
  await call("PUT", "/v1/orders/7001", { body: { ...order, total: 5000, subtotal: 5000 } })
})
afterAll(() => server.stop())

/** `key` as it goes over the line, one character a byte: fetch would not send all of them. */
const post = (path: string, key: string, headers: Readonly<Record<string, string>>, body: object) =>
  new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const sent = { ...headers, "content-type": "application/json", "idempotency-key": key }
    const asked = request(server.url + path, { method: "POST", headers: sent }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    asked.on("error", reject).end(Buffer.from(JSON.stringify(body)))
  })

const bearer = () => ({ authorization: `Bearer ${server.adminKey}` })
const basic = () => ({
  authorization: `Basic ${Buffer.from(`api:${server.adminKey}`).toString("base64")}`,
  "x-apikey": server.adminKey
})

const doors = [
  ["native", 400, "/v1/orders/7001/refunds", bearer, { amount: 100 }],
  ["kibo", 400, "/kibo/api/commerce/orders/7001/refunds", bearer, { amount: 1, reason: "late" }],
  ["geins", 400, "/geins/API/Order/7001/Refund", basic, { RefundAmount: 1, RefundType: 0 }],
  ["moyasar", 422, "/moyasar/v1/orders/7001/refund", bearer, { amount: 100 }],
  ["maverick", 422, "/maverick/payment/7001-c/refund", bearer, { amount: "1", terminal: { id: 24 } }],
  [
    "medusa",
    400,
    "/medusa/admin/payments/7001-c/refund",
    () => ({ "x-medusa-access-token": server.adminKey }),
    { amount: 100, reason: "return" }
  ]
] as const

const overTheLine = (text: string) => Buffer.from(text).toString("latin1")

/** What is not UTF-8, has a control character, or is empty or too long. */
const noKeys = ["a\tb", "\u0085", overTheLine("a\u0085b"), "caf\u00e9", "\u00ff\u00fe", "", "k".repeat(256)]

describe("an Idempotency-Key", () => {
  for (const [door, status, path, credentials, body] of doors) {
    it(`that is none is refused in the ${door} shape, and that is any Unicode text names one refund`, async () => {
      const { entries } = await server.journal()
      for (const key of noKeys) {
        const refused = await post(path, key, credentials(), body)
        assert.strictEqual(refused.status, status, JSON.stringify(key))
        assert.include(refused.text, "Idempotency-Key")
      }
      assert.strictEqual((await server.journal()).entries, entries)

      const key = `Łódź-${door} 💸`
      const first = await post(path, overTheLine(key), credentials(), body)
      assert.include([200, 201], first.status, first.text)
      await post(path, overTheLine(key), credentials(), body)
      const { body: journal } = await call("GET", "/v1/journal?order=7001")
      const named = journal.entries
        .flatMap((each: { readonly entry: { readonly events: ReadonlyArray<object> } }) => each.entry.events)
        .filter((event: { readonly key?: string }) => event.key === key)
      assert.strictEqual(named.length, 1)
    })
  }
})
