/** A collector's double: what it is sent is one trace of a whole refund, from the route to the webhook. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>
}

const spans: Array<Span> = []
const sentHeaders: Array<string | undefined> = []
let received = ""
let collector: Server
let receiver: Server
let server: TestServer
let call: ReturnType<typeof callerOf>

const listening = (answer: (path: string, body: string, headers: NodeJS.Dict<string | string[]>) => void) =>
  new Promise<Server>((resolve) => {
    const made = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        answer(request.url ?? "", Buffer.concat(chunks).toString(), request.headers)
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    made.listen(0, "127.0.0.1", () => resolve(made))
  })
const urlOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`

beforeAll(async () => {
  collector = await listening((path, body, headers) => {
    assert.strictEqual(path, "/v1/traces")
    sentHeaders.push(headers["x-tenant-token"] as string | undefined)
    received += body
    for (const resource of JSON.parse(body).resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...(scope.spans as Array<Span>))
  })
  receiver = await listening(() => {})
  server = await startServer({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(collector),
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant-token=collector-token"
    }
  })
  call = callerOf(server)
})
afterAll(async () => {
  await server.stop()
  collector.close()
  receiver.close()
})

const seen = async (traceId: string, names: ReadonlyArray<string>): Promise<ReadonlyArray<Span>> => {
  for (let tries = 0; tries < 500; tries++) {
    const found = spans.filter((span) => span.traceId === traceId)
    if (names.every((name) => found.some((span) => span.name === name))) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const found = spans.filter((span) => span.traceId === traceId).map(({ name }) => name)
  throw new Error(`of trace ${traceId} only ${found.join(", ")} came`)
}

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const parent = "00f067aa0ba902b7"
const route = "POST /v1/orders/:orderId/refunds"

const requested = async (order: string, headers: Readonly<Record<string, string>>, more = {}) => {
  await call("PUT", `/v1/orders/${order}`, {
    body: payment(order, 100),
    headers: { traceparent: `00-${traceId}-${parent}-00` }
  })
  return call("POST", `/v1/orders/${order}/refunds`, {
    headers: { "idempotency-key": fresh("k"), prefer: "wait=30", ...headers },
    body: { amount: 10, captureId: `${order}-c`, ...more }
  })
}

describe("the trace of a refund", () => {
  it("continues its caller's, and goes through the decision, the commit, the provider and the webhook", async () => {
    await call("PUT", "/v1/webhook-endpoints/erp", { body: { url: `${urlOf(receiver)}/in`, events: ["*"] } })
    const { body } = await requested("traced", { traceparent: `00-${traceId}-${parent}-01` })
    assert.strictEqual(body.state, "settled")
    const names = [
      route,
      "RequestRefund",
      "commit",
      "worker",
      "BeginAttempt",
      "provider submit",
      "RecordOutcome",
      "webhook"
    ]
    const found = await seen(traceId, names)
    const [first] = found.filter(({ name }) => name === route)
    assert.strictEqual(first?.parentSpanId, parent)
    const ids = new Set([parent, ...found.map(({ spanId }) => spanId)])
    for (const { name, parentSpanId } of found) assert.isTrue(ids.has(parentSpanId ?? ""), name)
    const [submit] = found.filter(({ name }) => name === "provider submit")
    const attributes = Object.fromEntries(
      submit?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []
    )
    assert.deepStrictEqual([attributes["refund.id"], attributes["refund.outcome"]], [body.id, "settled"])
    assert.isTrue(sentHeaders.every((header) => header === "collector-token"))
  })

  it("says a rejection by its code", async () => {
    const trace = traceId.replace("4bf9", "5555")
    const answer = await requested(fresh("o"), { traceparent: `00-${trace}-${parent}-01` }, { amount: 1_000 })
    assert.strictEqual(answer.status, 422)
    const found = await seen(trace, [route, "RequestRefund"])
    const [span] = found.filter(({ name }) => name === "RequestRefund")
    assert.deepInclude([...(span?.attributes ?? [])], {
      key: "refund.failure",
      value: { stringValue: "ExceedsCaptured" }
    })
  })

  it("is none where its caller does not want one", async () => {
    const trace = traceId.replace("4bf9", "6666")
    await requested(fresh("o"), { traceparent: `00-${trace}-${parent}-00` })
    await requested(fresh("o"), { traceparent: `00-${trace.replace("6666", "7777")}-${parent}-01` })
    await seen(trace.replace("6666", "7777"), [route, "provider submit"])
    assert.deepStrictEqual(
      spans.filter((span) => span.traceId === trace),
      []
    )
  })

  it("has nobody's words, secrets or card numbers in it", async () => {
    const trace = traceId.replace("4bf9", "8888")
    const texts = { note: "Lovelace called", reason: "Lovelace", metadata: { who: "Lovelace" }, author: "Lovelace" }
    await requested(fresh("o"), { traceparent: `00-${trace}-${parent}-01` }, texts)
    await call("GET", "/v1/refunds?customerId=Lovelace", { headers: { traceparent: `00-${trace}-${parent}-01` } })
    await call("POST", "/v1/orders/A-1001/refunds", {
      headers: { "idempotency-key": "x", traceparent: `00-${trace}-${parent}-01` },
      body: { amount: 1, note: "card 4242 4242 4242 4242", Lovelace: 1 }
    })
    await seen(trace, [route, "provider submit", "GET /v1/refunds"])
    assert.notMatch(received, /lovelace|4242 ?4242|admin-secret|bearer|erp\.example|whsec/i)
  })
})
