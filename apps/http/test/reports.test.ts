import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeClient } from "refund-api/Client"
import { afterAll, beforeAll } from "vitest"
import { callerOf, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
})
afterAll(() => server.stop())

const asked = async (order: string, amount: number, more: object = {}) => {
  const { body, status } = await call("POST", `/v1/orders/${order}/refunds`, {
    headers: { "idempotency-key": `${order} ${amount}` },
    body: { amount, ...more }
  })
  assert.strictEqual(status, 201)
  return body
}

describe("reports over HTTP", () => {
  it("say what refunds come to in each currency, and the client reads them", async () => {
    await call("PUT", "/v1/orders/r-1", { body: { ...payment("r-1", 1_000), customerId: "c-7" } })
    await call("PUT", "/v1/orders/r-2", { body: { ...payment("r-2", 1_000), currency: "JPY" } })
    const first = await asked("r-1", 100, { requiresApproval: true, reason: "broken" })
    const credited = [
      await asked("r-1", 40, { destination: "store_credit", reason: "broken" }),
      await asked("r-1", 60, { destination: "store_credit", reason: "=late" })
    ]
    await asked("r-2", 7, { requiresApproval: true })

    const { body } = await call("GET", "/v1/reports/reason?currency=USD")
    assert.deepInclude(body, { report: "reason", dated: "requested", from: null, to: null })
    const zeros = { refunded: 0, ended: 0, paidOut: 0, retained: 0, goodwill: 0, reconciled: 0 }
    assert.deepStrictEqual(body.currencies, [
      {
        currency: "USD",
        rows: [
          { key: "broken", count: 2, amount: 140, held: 100, ...zeros, refunded: 40, paidOut: 40 },
          { key: "=late", count: 1, amount: 60, held: 0, ...zeros, refunded: 60, paidOut: 60 }
        ],
        total: { count: 3, amount: 200, held: 100, ...zeros, refunded: 100, paidOut: 100 },
        others: null
      }
    ])

    const client = makeClient({ url: server.url, key: server.adminKey })
    // Two days, where midnight was between them.
    const paidOn = Map.groupBy(credited, ({ settledAt }) => settledAt.slice(0, 10))
    const [since] = paidOn.keys()
    const days = await Effect.runPromise(client.report("day", { from: `${since}T00:00:00Z`, dated: "settled" }))
    assert.deepStrictEqual(
      days.currencies.map(({ currency, rows }) => [currency, rows.map(({ key, paidOut }) => [key, paidOut])]),
      [["USD", [...paidOn].map(([day, all]) => [day, all.reduce((sum, { amount }) => sum + BigInt(amount), 0n)])]]
    )
    const ageing = await Effect.runPromise(client.ageing())
    assert.deepStrictEqual(
      ageing.currencies.map(({ currency, total }) => [currency, total.count, total.ages.under1h.amount]),
      [
        ["JPY", 1, 7n],
        ["USD", 1, 100n]
      ]
    )
    assert.strictEqual(ageing.currencies[1]?.rows[0]?.oldest.id, first.id)
  })

  it("are refused where the question has no form, and there are no others", async () => {
    const { body, status } = await call("GET", "/v1/reports/day?from=yesterday&currency=gold&dated=never&by=day")
    assert.strictEqual(status, 400)
    const paths = body.violations.map((violation: { readonly path: string }) => violation.path)
    assert.sameMembers(paths, ["from", "currency", "dated", "by"])
    assert.strictEqual((await call("GET", "/v1/reports/weather")).body.code, "NoRoute")
    assert.strictEqual((await call("GET", "/v1/reports/ageing?from=2026-11-01T00:00:00Z")).status, 400)
  })

  it("are not said inexactly: what is more than JSON keeps is refused", async () => {
    const most = Number.MAX_SAFE_INTEGER
    for (const order of ["m-1", "m-2"]) {
      await call("PUT", `/v1/orders/${order}`, { body: { ...payment(order, most), currency: "CLP" } })
      await asked(order, most, { requiresApproval: true })
    }
    for (const [path, at] of [
      ["day?currency=CLP", "from"],
      ["ageing?currency=CLP", "currency"]
    ]) {
      const { body, status } = await call("GET", `/v1/reports/${path}`)
      assert.deepStrictEqual([status, body.violations[0].path], [400, at])
    }
    assert.strictEqual((await call("GET", "/v1/reports/day?currency=USD")).status, 200)
  })
})
