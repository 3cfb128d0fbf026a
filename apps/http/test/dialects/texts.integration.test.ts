/** What people write is kept as they wrote it, however odd it looks (T59). */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callerOf, fresh, payment } from "../support/call.ts"
import { startServer, type TestServer } from "../support/server.ts"
import { geins } from "./hostile/geins.ts"
import { kibo } from "./hostile/kibo.ts"
import { medusa } from "./hostile/medusa.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
})
afterAll(() => server.stop())

const odd = [
  "=cmd|' /C calc'!A0",
  "+1+1",
  "@SUM(A1)",
  "\u202eשלום עולם\u202c",
  "مرحبا بالعالم",
  "e\u0301 is é in two",
  "👩‍👩‍👧‍👦",
  "two\nlines\tand a tab",
  "<script>alert(1)</script>",
  "'; DROP TABLE refunds; --",
  "ü".repeat(2_000),
  "　blank　"
]

const doors = [
  {
    ...kibo,
    path: (order: string) => `/api/commerce/orders/${order}/refunds`,
    body: { amount: 1 },
    text: "reason",
    kept: "reason"
  },
  {
    ...geins,
    path: (order: string) => `/API/Order/${order}/Refund`,
    body: { RefundAmount: 1 },
    text: "Description",
    kept: "note"
  },
  {
    ...medusa,
    path: (order: string) => `/admin/payments/${order}-c/refund`,
    body: { amount: 1, reason: "other" },
    text: "note",
    kept: "note"
  }
] as const

let drawn = 70_000

describe.each(doors)("$door", ({ body, credentials, door, kept, path, text }) => {
  it.each(odd)("keeps %j", async (written) => {
    const order = door === "geins" ? String(++drawn) : fresh("order")
    expect((await call("PUT", `/v1/orders/${order}`, { body: payment(order, 10_000) })).status).toBe(201)
    const answer = await call("POST", `/${door}${path(order)}`, {
      key: null,
      headers: credentials(server.adminKey),
      body: { ...body, [text]: written }
    })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const refund = await call("GET", `/v1/refunds/${answer.headers.get("refund-id")}`)
    expect(refund.body[kept]).toBe(written)
  })
})
