import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { batchLimit, batchLimitBytes } from "refund-api/BatchBody"
import { makeClient } from "refund-api/Client"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  // Without a worker, which would write of refunds made before while it is looked whether anything was written.
  server = await startServer({
    keys: "till:refunds:request:till-secret,desk:orders:write:desk-secret",
    env: { REFUND_WORKER: "off" }
  })
  call = callerOf(server)
})
afterAll(() => server.stop())

const batch = (items: ReadonlyArray<unknown>, more: object = {}, key = server.adminKey) =>
  call("POST", "/v1/refunds/batch", { body: { items, ...more }, key })
const ordered = async (amount = 100) => {
  const id = fresh("o")
  await call("PUT", `/v1/orders/${id}`, { body: payment(id, amount) })
  return id
}
const refund = (orderId: string, amount: number, more: object = {}) => ({
  refund: { orderId, amount, idempotencyKey: fresh("k"), ...more }
})

type Told = { readonly status: number; readonly replayed?: boolean; readonly problem?: { readonly code: string } }
const told = (answer: { readonly body: { readonly results: ReadonlyArray<Told> } }) =>
  answer.body.results.map(({ problem, replayed, status }) => [status, problem?.code ?? replayed ?? false])

describe("a batch", () => {
  it("gives each item its own answer, in their order: none shares another's fate", async () => {
    const order = await ordered()
    const other = fresh("o")
    const answer = await batch([
      refund(order, 40),
      refund(order, 61),
      refund("nowhere", 1),
      { order: { id: other, ...payment(other, 50) } },
      { capture: { orderId: order, ...payment(order, 5).captures[0], id: `${order}-more`, currency: "USD" } },
      { capture: { orderId: order, ...payment(order, 5).captures[0], id: `${order}-yen`, currency: "JPY" } },
      refund(order, 1, { amount: "1.00" }),
      refund(order, 65),
      refund(other, 50),
      { refund: { orderId: order, amount: 1 } },
      { refund: { orderId: order, amount: 1 }, order: {} },
      7
    ])
    assert.strictEqual(answer.status, 200)
    assert.deepStrictEqual(told(answer), [
      [201, false],
      [422, "ExceedsCollected"],
      [404, "OrderNotFound"],
      [201, false],
      [201, false],
      [422, "CurrencyMismatch"],
      [400, "Malformed"],
      [201, false],
      [201, false],
      [400, "Malformed"],
      [400, "Malformed"],
      [400, "Malformed"]
    ])
    assert.deepInclude(answer.body.results[0].body, { orderId: order, amount: 40, state: "approved" })
    assert.deepStrictEqual(answer.body.results[3].body, { id: other, created: true, changed: true })
    assert.strictEqual((await call("GET", `/v1/orders/${order}`)).body.refundable, 0)
  })

  it("is safe to send again: same keys, same refunds (T13), also beside the single call and within one batch", async () => {
    const order = await ordered()
    const key = fresh("k")
    const one = { refund: { orderId: order, amount: 10, idempotencyKey: key } }
    const made = await batch([one, one, { refund: { ...one.refund, amount: 11 } }])
    assert.deepStrictEqual(told(made), [
      [201, false],
      [200, true],
      [422, "IdempotencyKeyReused"]
    ])
    const single = await call("POST", `/v1/orders/${order}/refunds`, {
      headers: { "idempotency-key": key },
      body: { amount: 10 }
    })
    assert.deepStrictEqual([single.status, single.body.id], [200, made.body.results[0].body.id])
    assert.deepStrictEqual(told(await batch([one])), [[200, true]])
    assert.strictEqual((await call("GET", `/v1/orders/${order}`)).body.refunds.length, 1)
  })

  it("sent many times at once makes each refund once (T14)", async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => ordered()))
    const items = orders.map((order) => refund(order, 10))
    const answers = await Promise.all(Array.from({ length: 10 }, () => batch(items)))
    const made = answers.flatMap(({ body }) => body.results as ReadonlyArray<Told>).filter((each) => !each.replayed)
    assert.strictEqual(made.length, 10)
    for (const order of orders) {
      assert.strictEqual((await call("GET", `/v1/orders/${order}`)).body.refunds.length, 1)
    }
  })

  it("asks each item's own permission", async () => {
    const order = await ordered()
    const other = fresh("o")
    const items = [refund(order, 1), { order: { id: other, ...payment(other, 1) } }]
    assert.deepStrictEqual(told(await batch(items, {}, "till-secret")), [
      [201, false],
      [403, "NotPermitted"]
    ])
    assert.deepStrictEqual(told(await batch([refund(order, 1), items[1]], {}, "desk-secret")), [
      [403, "NotPermitted"],
      [201, false]
    ])
  })

  it("decides without writing where it is only tried", async () => {
    const order = await ordered()
    const { entries } = await server.journal()
    const items = [refund(order, 40), refund(order, 101), { order: { id: fresh("o"), ...payment(order, 1) } }]
    assert.deepStrictEqual(told(await batch(items, { dryRun: true })), [
      [201, false],
      [422, "ExceedsCollected"],
      [409, "CaptureConflict"]
    ])
    assert.strictEqual((await server.journal()).entries, entries)
    assert.deepStrictEqual(told(await batch([items[0]])), [[201, false]])
  })

  it("takes a thousand requests of the usual size in one call, and the client reads their answers", async () => {
    const orders = await Promise.all(Array.from({ length: 20 }, () => ordered(1_000_000)))
    const note = "n".repeat(1_000)
    const items = Array.from({ length: batchLimit }, (_, at) => ({
      refund: { orderId: orders[at % 20]!, amount: at + 1, note, idempotencyKey: fresh("k") }
    }))
    const client = makeClient({ url: server.url, key: server.adminKey })
    const { results } = await Effect.runPromise(client.batch({ items }))
    assert.deepStrictEqual(
      results.map((result) => ("body" in result && "amount" in result.body ? result.body.amount : result)),
      items.map(({ refund }) => BigInt(refund.amount))
    )
    const last = (await call("GET", `/v1/orders/${orders[3]}`)).body.refunds.map(
      (each: { amount: number }) => each.amount
    )
    assert.deepStrictEqual(
      last,
      Array.from({ length: 50 }, (_, at) => at * 20 + 4)
    )
  })

  it("is refused as a whole where it is none, has nothing in it, or too much", async () => {
    const many = Array.from({ length: batchLimit + 1 }, () => 0)
    for (const body of [{}, { items: [] }, { items: many }, { items: "x" }, { items: [1], more: 1 }, []]) {
      const { body: problem, status } = await call("POST", "/v1/refunds/batch", { body })
      assert.deepStrictEqual([status, problem.code], [400, "Malformed"])
    }
    const large = await call("POST", "/v1/refunds/batch", { body: { items: ["x".repeat(batchLimitBytes)] } })
    assert.deepStrictEqual([large.status, large.body.code], [413, "TooLarge"])
    const elsewhere = await call("PUT", "/v1/orders/o", { body: { x: "x".repeat(300_000) } })
    assert.deepStrictEqual([elsewhere.status, elsewhere.body.code], [413, "TooLarge"])
    assert.strictEqual((await call("POST", "/v1/refunds/batch", { body: {}, key: null })).status, 401)
  })
})
