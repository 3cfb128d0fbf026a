import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

const bob = "bob-secret"
let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: `bob:*:${bob}` })
  call = callerOf(server)
})
afterAll(() => server.stop())

/** A refund of 40 on an order of 100 that was asked for by the admin. */
const asked = async (body: object = { requiresApproval: true }, capture: Readonly<Record<string, unknown>> = {}) => {
  const order = fresh("o")
  await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100, capture) })
  const made = await call("POST", `/v1/orders/${order}/refunds`, {
    body: { amount: 40, ...body },
    headers: { "idempotency-key": order }
  })
  return { order, id: made.body.id as string, state: made.body.state as string }
}
const decide = (id: string, verb: string, body?: object, key = bob) =>
  call("POST", `/v1/refunds/${id}/${verb}`, { key, ...(body === undefined ? {} : { body }) })

const until = async (id: string, state: string) => {
  for (;;) {
    const { body } = await call("GET", `/v1/refunds/${id}`)
    if (body.state === state) return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe("what people decide about a refund, over HTTP", () => {
  it("approve: another person's yes sends it to the provider", async () => {
    const { id, state } = await asked()
    assert.strictEqual(state, "pending_approval")
    const own = await decide(id, "approve", undefined, server.adminKey)
    assert.deepStrictEqual([own.status, own.body.code], [403, "SelfApproval"])
    const approved = await decide(id, "approve")
    assert.strictEqual(approved.status, 200)
    assert.include(approved.body, { id, state: "approved", approvedBy: "bob" })
    assert.include(await until(id, "settled"), { approvedBy: "bob" })
    const again = await decide(id, "approve")
    assert.deepStrictEqual([again.status, again.body.code], [409, "StateConflict"])
  })

  it("undo: an approval is taken back while nothing was sent", async () => {
    const { id } = await asked({ requiresApproval: true }, { provider: "external" })
    assert.strictEqual((await decide(id, "undo")).status, 409)
    await decide(id, "approve")
    const undone = await decide(id, "undo", {})
    assert.deepStrictEqual([undone.status, undone.body.state, undone.body.approvedBy], [200, "pending_approval", null])
  })

  it("deny: with a note, and the money is free again", async () => {
    const { id, order } = await asked()
    const denied = await decide(id, "deny", { note: "no receipt" })
    assert.deepStrictEqual([denied.status, denied.body.state, denied.body.detail], [200, "denied", "no receipt"])
    assert.include((await call("GET", `/v1/orders/${order}`)).body, { held: 0, refundable: 100 })
  })

  it("cancel: before anything was sent, or after a definite no", async () => {
    const { id } = await asked()
    const canceled = await decide(id, "cancel", { note: "asked twice" })
    assert.deepStrictEqual([canceled.status, canceled.body.state], [200, "canceled"])
    const declined = await asked({}, { reference: "sim_decline" })
    await until(declined.id, "failed")
    assert.strictEqual((await decide(declined.id, "cancel")).body.state, "canceled")
    const settled = await asked({})
    await until(settled.id, "settled")
    assert.deepStrictEqual((await decide(settled.id, "cancel")).body.code, "StateConflict")
  })

  it("settle: a person records what they paid by hand", async () => {
    const { id } = await asked({}, { provider: "manual" })
    const settled = await decide(id, "settle", { note: "cash", reference: "till 3", settledAt: "2026-03-01T12:00:00Z" })
    assert.strictEqual(settled.status, 200)
    assert.include(settled.body, {
      state: "settled",
      settledBy: "bob",
      providerReference: "till 3",
      settledAt: "2026-03-01T12:00:00.000Z",
      detail: "cash"
    })
    const machine = await asked({}, { reference: "sim_pending" })
    assert.deepStrictEqual((await decide(machine.id, "settle")).body.code, "StateConflict")
  })

  it("each refuses a body with anything else in it", async () => {
    const { id } = await asked()
    for (const verb of ["approve", "undo", "deny", "cancel", "retry", "settle", "resolve", "reverse"]) {
      const refused = await decide(id, verb, { amount: 5 })
      assert.deepStrictEqual([refused.status, refused.body.code], [400, "Malformed"], verb)
    }
    assert.strictEqual((await decide(id, "settle", { settledAt: "today" })).status, 400)
    assert.strictEqual((await decide(id, "refuse")).status, 404)
    assert.include((await call("GET", `/v1/refunds/${id}`)).body, { state: "pending_approval" })
  })

  it("records a refund that was already paid: settled, without a provider", async () => {
    const { id } = await asked({ settled: true, settledAt: "2026-03-01T12:00:00Z" })
    const { body } = await call("GET", `/v1/refunds/${id}`)
    assert.include(body, { state: "settled", origin: "recorded", settledAt: "2026-03-01T12:00:00.000Z" })
    assert.deepStrictEqual(body.attempts, [])
  })
})
