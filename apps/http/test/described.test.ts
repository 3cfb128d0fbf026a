/** The native API's description and its routes are the same calls, and its examples work (T67). */
import { assert, describe, it } from "@effect/vitest"
import type { Router } from "express"
import { calls } from "refund-api/calls"
import { codes, kindOfCode } from "refund-api/Problem"
import type { TenantId } from "refund-core/Ids"
import { afterAll, beforeAll } from "vitest"
import { healthRouter } from "../src/health.ts"
import { makeMetrics } from "../src/metrics.ts"
import { metricsRouter } from "../src/metricsRoute.ts"
import { native } from "../src/native.ts"
import { refundRouter } from "../src/router.ts"
import { callerOf, fresh } from "./support/call.ts"
import { nativeJudge } from "./support/judged.ts"
import { startServer, type TestServer } from "./support/server.ts"

interface Layer {
  readonly route?: { readonly path: string; readonly stack: ReadonlyArray<{ readonly method?: string }> }
  /** It is mounted where its router is. */
  readonly slash: boolean
  readonly handle: { readonly stack?: ReadonlyArray<Layer> }
}

const routesOf = (stack: ReadonlyArray<Layer>): ReadonlyArray<string> =>
  stack.flatMap(({ handle, route, slash }) => {
    if (route !== undefined)
      return route.stack.flatMap(({ method }) =>
        method === undefined ? [] : [`${method.toUpperCase()} ${route.path}`]
      )
    return slash && handle.stack !== undefined ? routesOf(handle.stack) : []
  })

/** The door's own routes, and what Express finds. */
const mounted = (): ReadonlyArray<string> => {
  const runtime = { runPromise: () => Promise.reject(new Error("not asked")) } as never
  const tenant = "acme" as TenantId
  const signs = { isStopping: () => false, workerSilentFor: null, paused: () => [] }
  const routers: ReadonlyArray<Router> = [
    refundRouter({ runtime, tenant }),
    healthRouter(runtime, tenant, signs),
    metricsRouter(runtime, tenant, makeMetrics([]))
  ]
  const found = routers.flatMap((router) => routesOf(router.stack as unknown as ReadonlyArray<Layer>))
  return [...native.routes.map(({ method, path }) => `${method} ${path}`), ...found]
}

/** One path stands for the dialects', as one description does. */
const plain = (route: string): string =>
  route.replace(/\/docs\/\w+$/, "/docs/:dialect").replace(/\/openapi\/\w+\.json$/, "/openapi/:dialect.json")

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "clerk:*:clerk-secret,third:*:third-secret" })
  call = callerOf(server)
})
afterAll(() => server.stop())

describe("what is described", () => {
  it("is what is mounted: every call, and no other", () => {
    assert.deepStrictEqual([...new Set(mounted().map(plain))].toSorted(), Object.keys(calls).toSorted())
  })

  it("is published where the ledger is, to anybody", async () => {
    const { body, status } = await call("GET", "/openapi.json", { key: null })
    assert.strictEqual(status, 200)
    assert.deepStrictEqual([body.openapi, body.servers], ["3.1.1", [{ url: "/" }]])
  })
})

type Prepared = Readonly<Record<string, string>>

const without: ReadonlySet<string> = new Set(["B-2002-2", "B-2002-4"])

const refund = async (
  more: Readonly<Record<string, unknown>> = {},
  capture: string = "B-2002-1"
): Promise<Prepared> => {
  const { body } = await call("POST", "/v1/orders/B-2002/refunds", {
    key: "clerk-secret",
    // What a person pays has no outcome to wait for, and what is lost comes to none.
    headers: { "idempotency-key": fresh("example"), ...(without.has(capture) ? {} : { prefer: "wait=30" }) },
    body: { amount: 7, captureId: capture, ...more }
  })
  return { id: body.id }
}

const endpoint = (): Promise<Prepared> =>
  call("PUT", "/v1/webhook-endpoints/erp", {
    body: { url: "https://erp.example/in", events: ["*"], enabled: false }
  }).then(() => ({}))

const key = async (): Promise<Prepared> => {
  const { body } = await call("POST", "/v1/keys", { body: { name: fresh("till"), roles: ["viewer"] } })
  return { id: body.id }
}

const credited = async (): Promise<Prepared> => {
  await refund({ destination: "store_credit", amount: 60 })
  return {}
}

/** What must be there before an example can work; what it names instead of the example's own. Null: it names what a fresh ledger has not. */
const before: Readonly<Record<string, (() => Promise<Prepared>) | null>> = {
  "POST /v1/customers/:customerId/credit/spend": credited,
  "GET /v1/refunds/:id": () => refund(),
  "POST /v1/refunds/:id/approve": () => refund({ requiresApproval: true }),
  "POST /v1/refunds/:id/deny": () => refund({ requiresApproval: true }),
  "POST /v1/refunds/:id/undo": async () => {
    const made = await refund({ requiresApproval: true }, "B-2002-2")
    await call("POST", `/v1/refunds/${made["id"]}/approve`, { body: {} })
    return made
  },
  "POST /v1/refunds/:id/redact": () => refund(),
  "POST /v1/refunds/:id/cancel": () => refund({ requiresApproval: true }),
  "POST /v1/refunds/:id/retry": async () => {
    await call("PUT", "/v1/orders/B-2002", {
      body: {
        currency: "USD",
        captures: [
          {
            id: "B-2002-3",
            amount: 100,
            provider: "simulator",
            reference: "sim_decline",
            tender: "card",
            capturedAt: "2026-11-01T10:00:00Z"
          }
        ]
      }
    })
    return refund({}, "B-2002-3")
  },
  "POST /v1/refunds/:id/settle": () => refund({}, "B-2002-2"),
  "POST /v1/refunds/:id/resolve": async () => {
    await call("POST", "/v1/orders/B-2002/captures", {
      body: {
        id: "B-2002-4",
        amount: 100,
        provider: "simulator",
        reference: "sim_lost",
        tender: "card",
        capturedAt: "2026-11-01T10:00:00Z"
      }
    })
    const made = await refund({}, "B-2002-4")
    while ((await call("GET", `/v1/refunds/${made["id"]}`)).body.state !== "unknown");
    return made
  },
  "POST /v1/refunds/:id/reverse": async () => {
    const made = await refund({}, "B-2002-2")
    await call("POST", `/v1/refunds/${made["id"]}/settle`, { key: "third-secret", body: {} })
    return made
  },
  "PUT /v1/webhook-endpoints/:id": endpoint,
  "DELETE /v1/webhook-endpoints/:id": endpoint,
  "POST /v1/webhook-endpoints/:id/rotate": endpoint,
  "DELETE /v1/webhook-endpoints/:id/old-secret": endpoint,
  "GET /v1/webhook-endpoints/:id/deliveries": endpoint,
  "POST /v1/webhook-endpoints/:id/replay": endpoint,
  "POST /v1/keys/:id/rotate": key,
  "DELETE /v1/keys/:id": key,
  "POST /v1/deliveries/:id/replay": null,
  "POST /v1/inbox/:id/retry": null,
  "POST /webhooks/:provider": null,
  "POST /webhooks/:tenant/:provider": null
}

describe("the examples", () => {
  it("work, and their answers are as described", async () => {
    for (const [name, { answers, example }] of Object.entries(calls)) {
      const [method = "", path = ""] = name.split(" ")
      const prepare = before[name]
      const prepared = prepare === undefined || prepare === null ? {} : await prepare()
      const params: Readonly<Record<string, string>> = { ...example.params, ...prepared }
      const query = new URLSearchParams(example.query).toString()
      const at = path.replaceAll(/:(\w+)/g, (_, param: string) => encodeURIComponent(params[param] ?? ""))
      const { body, headers, status } = await call(method, query === "" ? at : `${at}?${query}`, {
        ...(example.headers === undefined ? {} : { headers: example.headers }),
        ...(example.body === undefined ? {} : { body: example.body })
      })
      const expected = prepare === null ? [404] : Object.keys(answers).map(Number)
      assert.include(expected, status, `${name}: ${JSON.stringify(body).slice(0, 500)}`)
      const told = { status, body, mediaType: headers.get("content-type") }
      assert.deepStrictEqual(nativeJudge()({ method, path: at, body: example.body }, told), [], name)
    }
  }, 180_000)
})

describe("each kind of problem", () => {
  it("has a page at its type: for a browser HTML, for a program JSON", async () => {
    for (const code of codes) {
      const { slug, status, title } = kindOfCode(code)
      const asJson = await call("GET", `/problems/${slug}`, { key: null, headers: { accept: "application/json" } })
      assert.deepStrictEqual(
        [asJson.status, asJson.body.code, asJson.body.status, asJson.body.title],
        [200, code, status, title]
      )
      assert.strictEqual(asJson.body.example.type, `/problems/${slug}`)
      const page = await call("GET", `/problems/${slug}`, { key: null, headers: { accept: "text/html,*/*;q=0.8" } })
      assert.strictEqual(page.headers.get("content-type"), "text/html; charset=utf-8", code)
      assert.include(page.body, `<h1>${title.replaceAll("'", "&#39;")}</h1>`)
      assert.include(page.body, "What to do next")
    }
    const all = await call("GET", "/problems", { key: null })
    assert.strictEqual(all.body.problems.length, codes.length)
  })
})

describe("the pages", () => {
  it("load nothing from anywhere: no script, no address of another host, a policy that forbids both", async () => {
    for (const path of ["/docs", "/docs/kibo", "/docs/medusa", "/problems/malformed", "/problems"]) {
      const { body, headers, status } = await call("GET", path, { key: null, headers: { accept: "text/html" } })
      assert.strictEqual(status, 200, path)
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'unsafe-inline';/)
      assert.notMatch(body, /<(?:script|link|img|iframe|object|embed|form)\b|\bon\w+\s*=|url\(|@import/i)
      assert.notMatch(body, /(?:src|href)="(?!\/|#)/i)
    }
  })

  it("the one of the native API shows every call", async () => {
    const { body } = await call("GET", "/docs", { key: null })
    for (const name of Object.keys(calls))
      assert.include(body, `<code>${(name.split(" ")[1] ?? "").replaceAll(/:(\w+)/g, "{$1}")}</code>`)
  })
})
