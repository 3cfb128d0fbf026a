import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Dialect } from "refund-dialects/Dialect"
import { callerOf } from "./support/call.ts"
import { adminKey, down, type Ledger, withLedger as withServer } from "./support/memoryLedger.ts"

const withLedger = (broken: Ledger, test: (call: ReturnType<typeof callerOf>) => Promise<void>) =>
  withServer(broken, (server) => test(callerOf(server)))

const unavailable = async (call: ReturnType<typeof callerOf>, method: string, path: string, body?: unknown) => {
  const headers = { "idempotency-key": "k" }
  const answer = await call(method, path, body === undefined ? { headers } : { headers, body })
  assert.deepStrictEqual(
    [answer.status, answer.body.code, answer.body.detail],
    [503, "Unavailable", "the disk is full"],
    path
  )
  assert.strictEqual(answer.headers.get("retry-after"), "7")
}

describe("when the ledger cannot be reached", () => {
  it("every command is answered 503 with when to come back", () =>
    withLedger({ store: { transact: () => down, read: () => down } }, async (call) => {
      const id = "0191f5a7-44d3-7430-8739-2d80821416ff"
      await unavailable(call, "PUT", "/v1/orders/o-1", { currency: "USD", captures: [] })
      await unavailable(call, "POST", "/v1/orders/o-1/refunds", { amount: 1 })
      await unavailable(call, "POST", "/v1/orders/o-1/refunds/preview", { amount: 1 })
      for (const verb of ["approve", "undo", "deny", "cancel", "settle"])
        await unavailable(call, "POST", `/v1/refunds/${id}/${verb}`)
      await unavailable(call, "GET", "/v1/policy")
      await unavailable(call, "PUT", "/v1/policy", { overrides: {} })
    }))

  it("every look-up is answered 503, and so is a credential that cannot be checked", async () => {
    const reader = { order: () => down, refunds: () => down, list: () => down, credit: () => down, verify: () => down }
    await withLedger({ reader }, async (call) => {
      const id = "0191f5a7-44d3-7430-8739-2d80821416ff"
      for (const path of ["orders/o-1", "refunds", `refunds/${id}`, "customers/c/credit", "journal/verify"]) {
        await unavailable(call, "GET", `/v1/${path}`)
      }
    })
    await withLedger({ reader: { keyByHash: () => down } }, async (call) => {
      await unavailable(call, "GET", "/v1/refunds")
      const dialect = await call("POST", "/medusa/admin/payments/c-1/refund", { body: { amount: 1, reason: "other" } })
      assert.deepStrictEqual([dialect.status, dialect.body.type], [503, "database_error"])
    })
  })

  it("a refund that was committed is answered as made, even if its outcome cannot be read", () =>
    withLedger({ reader: { refunds: () => down } }, async (call) => {
      const headers = { "idempotency-key": "k", prefer: "wait=5" }
      const made = await call("POST", "/v1/orders/o-1/refunds", { headers, body: { amount: 1 } })
      assert.deepStrictEqual([made.status, made.body.state], [202, "approved"])
    }))
})

describe("a defect", () => {
  const broken: Dialect = {
    door: "medusa",
    prefix: "/broken",
    numbers: "double",
    credential: () => adminKey,
    routes: [
      { method: "POST", path: "/dies", handle: () => Effect.die(new Error("secret detail")) },
      {
        method: "POST",
        path: "/throws",
        handle: () => {
          throw new Error("secret detail")
        }
      },
      {
        method: "POST",
        path: "/cannot-be-written",
        handle: () => Effect.succeed({ status: 200, body: { amount: 1n } })
      }
    ],
    fault: (fault) => ({ status: fault._tag === "Broken" ? 500 : 404, body: { said: fault } }),
    failure: () => ({ status: 503 })
  }

  it("is answered in the dialect's shape with an id for the log, and nothing of what broke", () =>
    withLedger({ dialects: [broken] }, async (call) => {
      for (const path of ["/broken/dies", "/broken/throws", "/broken/cannot-be-written"]) {
        const { body, status } = await call("POST", path, { body: {} })
        assert.deepStrictEqual([status, body.said._tag], [500, "Broken"], path)
        assert.match(body.said.requestId, /^[0-9a-f-]{36}$/)
        assert.notInclude(JSON.stringify(body), "secret detail")
      }
      assert.strictEqual((await call("GET", "/v1/refunds")).status, 200)
    }))
})
