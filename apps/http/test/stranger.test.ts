import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Layer, ManagedRuntime, References } from "effect"
import express, { type Express } from "express"
import type { PrincipalId, TenantId } from "refund-core/Ids"
import type { Door } from "refund-core/Policy"
import { prepareKeys } from "refund-service/Access"
import * as Service from "refund-service/Service"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { refundRouter } from "../src/router.ts"
import { callerOf, payment } from "./support/call.ts"
import { ledgerFile } from "./support/process.ts"

const adminKey = "stranger-secret"

/** Somebody's own Express app, with the ledger's router mounted as `mount` says. */
const withApp = async (
  mount: (app: Express, router: express.Router) => void,
  test: (call: ReturnType<typeof callerOf>) => Promise<void>,
  dialectAtRoot: Door | null = null
) => {
  const { database, remove } = await ledgerFile()
  const store = SqliteLedger.layer({ file: database, synchronous: "OFF" })
  const ledger = Service.layer({ waitMilliseconds: 100 }).pipe(Layer.provideMerge(store))
  const runtime = ManagedRuntime.make(Layer.merge(ledger, Layer.succeed(References.MinimumLogLevel, "None")))
  const key = { name: "admin" as PrincipalId, permissions: ["*"] as const, secret: adminKey }
  await runtime.runPromise(prepareKeys("theirs" as TenantId, [key]))
  const app = express()
  mount(app, refundRouter({ runtime, dialectAtRoot }))
  app.use((request, response) => void response.status(418).json({ theirs: request.originalUrl }))
  const server = app.listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await test(callerOf({ url, adminKey }, { isOurs: false }))
  } finally {
    await new Promise((resolve) => server.close(resolve))
    await runtime.dispose()
    await remove()
  }
}

const refunds = async (call: ReturnType<typeof callerOf>, prefix: string) => {
  const order = await call("PUT", `${prefix}/v1/orders/o-1`, { body: payment("o-1", 100) })
  assert.strictEqual(order.status, 201)
  const body = { amount: 40, captureId: "o-1-c" }
  const made = await call("POST", `${prefix}/v1/orders/o-1/refunds`, { body, headers: { "idempotency-key": "k" } })
  assert.strictEqual(made.status, 201)
  assert.strictEqual((await call("GET", `${prefix}/v1/refunds/${made.body.id}`)).status, 200)
  assert.include((await call("GET", `${prefix}/v1/orders/o-1`)).body, { held: 40, refundable: 60 })
}

describe("the router in a stranger's app", () => {
  it("works at the root, and leaves every other path to the app", () =>
    withApp(
      (app, router) => app.use(router),
      async (call) => {
        await refunds(call, "")
        for (const path of ["/", "/orders/7", "/healthz", "/problems/none"]) {
          assert.deepStrictEqual((await call("GET", path)).body, { theirs: path })
        }
        assert.strictEqual((await call("GET", "/v1/nothing")).body.code, "NoRoute")
      }
    ))

  it("works under a path, beside the app's own routes", () =>
    withApp(
      (app, router) => {
        app.get("/v1/orders/:id", (request, response) => void response.json({ own: request.params.id }))
        app.use("/money/refunds", router)
      },
      async (call) => {
        await refunds(call, "/money/refunds")
        assert.deepStrictEqual((await call("GET", "/v1/orders/7")).body, { own: "7" })
        assert.deepStrictEqual((await call("GET", "/money/refunds/else")).body, { theirs: "/money/refunds/else" })
        const missing = await call("POST", "/money/refunds/medusa/admin/payments/none/refund", {
          body: { amount: 1, reason: "other" }
        })
        assert.deepStrictEqual([missing.status, missing.body.type], [404, "not_found"])
      }
    ))

  it("reads the bytes that a parser before it has kept", async () => {
    await withApp(
      (app, router) => app.use(express.raw({ type: "*/*" }), router),
      (call) => refunds(call, "")
    )
    await withApp(
      (app, router) => app.use(express.text({ type: "*/*" }), router),
      (call) => refunds(call, "")
    )
    const keep = express.json({ verify: (request, _, bytes) => void Object.assign(request, { rawBody: bytes }) })
    await withApp(
      (app, router) => app.use(keep, router),
      (call) => refunds(call, "")
    )
  })

  it("refuses to guess amounts from a body that was parsed before it: 500, and nothing is recorded", () =>
    withApp(
      (app, router) => app.use(express.json(), router),
      async (call) => {
        const { body, status } = await call("PUT", "/v1/orders/o-1", { body: payment("o-1", 100) })
        assert.deepStrictEqual([status, body.code], [500, "Broken"])
        assert.strictEqual((await call("GET", "/v1/orders/o-1")).status, 404)
      }
    ))

  it("is not confused by a query parser that makes objects of names", () =>
    withApp(
      (app, router) => app.set("query parser", "extended").use(router),
      async (call) => {
        assert.strictEqual((await call("GET", "/v1/refunds?state=settled&state=failed&limit=5")).status, 200)
        const odd = await call("GET", "/v1/refunds?state[$ne]=settled&__proto__[a]=1")
        assert.strictEqual(odd.status, 400)
      }
    ))
})

describe("one dialect at the root", () => {
  it("answers there and no longer under its prefix; the native API stays beside it", () =>
    withApp(
      (app, router) => app.use(router),
      async (call) => {
        await refunds(call, "")
        const made = await call("POST", "/admin/payments/o-1-c/refund", { body: { amount: 10, reason: "other" } })
        assert.strictEqual(made.status, 200)
        const gone = await call("POST", "/medusa/admin/payments/o-1-c/refund", {
          body: { amount: 10, reason: "other" }
        })
        assert.deepStrictEqual([gone.status, gone.body.type], [404, "not_found"])
        const wrong = await call("GET", "/admin/payments/o-1-c/refund")
        assert.deepStrictEqual([wrong.status, wrong.body.type], [405, "not_allowed"])
        const nothing = await call("GET", "/nothing")
        assert.deepStrictEqual([nothing.status, nothing.body.type], [404, "not_found"])
      },
      "medusa"
    ))
})
