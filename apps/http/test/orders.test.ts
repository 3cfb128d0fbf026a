import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
})
afterAll(() => server.stop())

const figures = { collected: 4920, refunded: 0, held: 0, disputed: 0, refundable: 4920, excess: 0 }

describe("orders over HTTP", () => {
  it("has an example order at the first start", async () => {
    const { body, headers, status } = await call("GET", "/v1/orders/A-1001")
    assert.strictEqual(status, 200)
    assert.strictEqual(headers.get("content-type"), "application/json; charset=utf-8")
    assert.include(body, { id: "A-1001", currency: "USD", customerId: "c-7", subtotal: 4000, total: 4920, ...figures })
    assert.deepStrictEqual(body.captures, [
      {
        id: "882",
        provider: "simulator",
        reference: "ch_1",
        tender: "card",
        authorizedAmount: 4920,
        capturedAt: "2026-11-01T10:00:00.000Z",
        ...figures
      }
    ])
    assert.deepStrictEqual(body.components, [
      { id: "line:1", charged: 4320, tax: 320, refunded: 0, held: 0, refundable: 4320 },
      { id: "shipping", charged: 500, tax: 0, refunded: 0, held: 0, refundable: 500 },
      { id: "invoice_fee", charged: 100, tax: 0, refunded: 0, held: 0, refundable: 100 }
    ])
    assert.deepStrictEqual(body.refunds, [])
  })

  it("registers an order once: 201, then 200 while nothing changes", async () => {
    const id = fresh("o")
    const first = await call("PUT", `/v1/orders/${id}`, { body: payment(id, 100) })
    assert.deepStrictEqual([first.status, first.body], [201, { id, created: true, changed: true }])
    const again = await call("PUT", `/v1/orders/${id}`, { body: payment(id, 100) })
    assert.deepStrictEqual([again.status, again.body], [200, { id, created: false, changed: false }])
    const more = await call("PUT", `/v1/orders/${id}`, { body: { ...payment(id, 100), customerId: "c-1" } })
    assert.deepStrictEqual([more.status, more.body], [200, { id, created: false, changed: true }])
  })

  it("takes any name that a path can carry", async () => {
    for (const id of ["A/1", "%2e%2e", "ä 𝄞", "a?b#c", "'; drop table orders; --", "x".repeat(255)]) {
      const body = { currency: "USD", captures: [] }
      const path = `/v1/orders/${encodeURIComponent(id)}`
      assert.strictEqual((await call("PUT", path, { body })).status, 201, id)
      assert.strictEqual((await call("GET", path)).body.id, id)
    }
  })

  it("adds captures: 201 for new money, 200 for what is known, 409 for another price", async () => {
    const id = fresh("o")
    await call("PUT", `/v1/orders/${id}`, { body: payment(id, 100) })
    const capture = { ...payment(id, 50).captures[0], id: `${id}-d` }
    assert.strictEqual((await call("POST", `/v1/orders/${id}/captures`, { body: capture })).status, 201)
    assert.strictEqual((await call("POST", `/v1/orders/${id}/captures`, { body: capture })).status, 200)
    assert.strictEqual((await call("GET", `/v1/orders/${id}`)).body.collected, 150)
    const conflict = await call("POST", `/v1/orders/${id}/captures`, { body: { ...capture, amount: 51 } })
    assert.deepStrictEqual([conflict.status, conflict.body.code], [409, "CaptureConflict"])
    const nowhere = await call("POST", `/v1/orders/none/captures`, { body: { ...capture, id: "e" } })
    assert.deepStrictEqual([nowhere.status, nowhere.body.code], [404, "OrderNotFound"])
  })

  it("records a chargeback, which stops refunds of its capture: 409", async () => {
    const id = fresh("o")
    await call("PUT", `/v1/orders/${id}`, { body: payment(id, 100) })
    const dispute = { id: "d-1", captureId: `${id}-c`, amount: 30, state: "open", at: "2026-11-02T00:00:00Z" }
    assert.strictEqual((await call("POST", `/v1/orders/${id}/disputes`, { body: dispute })).status, 201)
    assert.strictEqual((await call("POST", `/v1/orders/${id}/disputes`, { body: dispute })).status, 200)
    const shown = (await call("GET", `/v1/orders/${id}`)).body
    assert.include(shown, { collected: 100, disputed: 30, refundable: 70 })
    const refund = { body: { amount: 10, captureId: `${id}-c` }, headers: { "idempotency-key": id } }
    const refused = await call("POST", `/v1/orders/${id}/refunds`, refund)
    assert.deepStrictEqual([refused.status, refused.body.code], [409, "DisputeOpen"])
    await call("POST", `/v1/orders/${id}/disputes`, { body: { ...dispute, state: "won" } })
    assert.strictEqual((await call("POST", `/v1/orders/${id}/refunds`, refund)).status, 201)
  })

  it("refuses what does not add up, what has no form, and an order that is not there", async () => {
    const odd = await call("PUT", `/v1/orders/${fresh("o")}`, {
      body: { currency: "USD", total: 5, lines: [{ id: "1", amount: 4 }], captures: [] }
    })
    assert.deepStrictEqual([odd.status, odd.body.code], [422, "OrderDoesNotAdd"])
    const formless = await call("PUT", `/v1/orders/${fresh("o")}`, { body: { currency: "usd", capture: [] } })
    assert.strictEqual(formless.status, 400)
    assert.deepStrictEqual(
      formless.body.violations.map((violation: { readonly path: string }) => violation.path),
      ["capture", "currency"]
    )
    const bodiless = await call("PUT", `/v1/orders/${fresh("o")}`)
    assert.deepStrictEqual([bodiless.status, bodiless.body.detail], [400, "a JSON object"])
    for (const id of ["none", "x".repeat(256), "x".repeat(8_000)]) {
      const missing = await call("GET", `/v1/orders/${id}`)
      assert.deepStrictEqual([missing.status, missing.body.code], [404, "OrderNotFound"])
    }
  })

  it("credits a customer, and nobody where there is none", async () => {
    const guest = fresh("o")
    await call("PUT", `/v1/orders/${guest}`, { body: payment(guest, 100) })
    const refused = await call("POST", `/v1/orders/${guest}/refunds`, {
      body: { amount: 40, destination: "store_credit" },
      headers: { "idempotency-key": guest }
    })
    assert.deepStrictEqual([refused.status, refused.body.code], [422, "CustomerRequired"])
  })
})
