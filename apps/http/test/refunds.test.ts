import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { quiet } from "./support/quiet.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
})
afterAll(() => server.stop())

const ordered = async (amount = 100, capture: Readonly<Record<string, unknown>> = {}) => {
  const id = fresh("o")
  await call("PUT", `/v1/orders/${id}`, { body: payment(id, amount, capture) })
  return id
}
const refund = (
  order: string,
  body: object,
  headers: Readonly<Record<string, string>> = { "idempotency-key": fresh("k") }
) => call("POST", `/v1/orders/${order}/refunds`, { body, headers })
const uuid = (count: number) => `0191f5a7-44d3-7430-8739-${count.toString(16).padStart(12, "0")}`

describe("refunds over HTTP", () => {
  it("answers 201 with the refund and where it is", async () => {
    const order = await ordered()
    const made = await refund(order, { amount: 40, captureId: `${order}-c`, reason: "return", metadata: { a: [1] } })
    assert.strictEqual(made.status, 201)
    assert.strictEqual(made.headers.get("location"), `/v1/refunds/${made.body.id}`)
    assert.isNull(made.headers.get("idempotent-replayed"))
    assert.include(made.body, {
      orderId: order,
      captureId: `${order}-c`,
      type: "default",
      destination: "original",
      amount: 40,
      currency: "USD",
      state: "approved",
      requestedBy: "admin",
      reason: "return",
      groupId: made.body.id
    })
    assert.deepStrictEqual([made.body.violations, made.body.metadata], [[], { a: [1] }])
    assert.match(made.body.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it("settles it on the simulator without being asked again, and shows its attempts and its journal", async () => {
    const order = await ordered()
    const { body } = await refund(order, { amount: 40, captureId: `${order}-c` })
    let shown = (await call("GET", `/v1/refunds/${body.id}`)).body
    while (shown.state !== "settled") {
      await new Promise((resolve) => setTimeout(resolve, 20))
      shown = (await call("GET", `/v1/refunds/${body.id}`)).body
    }
    assert.strictEqual(shown.attempts.length, 1)
    assert.include(shown.attempts[0], { outcome: "settled", reference: shown.providerReference })
    assert.deepStrictEqual(
      shown.journal.flatMap((each: { readonly entry: { readonly events: ReadonlyArray<{ readonly _tag: string }> } }) =>
        each.entry.events.map((event) => event._tag)
      ),
      ["RefundRequested", "AttemptStarted", "RefundSettled", "Posted"]
    )
    assert.include((await call("GET", `/v1/orders/${order}`)).body, {
      collected: 100,
      refunded: 40,
      held: 0,
      refundable: 60
    })
  })

  it("waits for the outcome where it is asked to: 201 with it", async () => {
    const order = await ordered()
    const made = await refund(
      order,
      { amount: 40 },
      { "idempotency-key": fresh("k"), prefer: "respond-async, wait=30" }
    )
    assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
    assert.strictEqual(made.headers.get("preference-applied"), "wait=30")
    const declined = await ordered(100, { reference: "sim_decline" })
    const failed = await refund(declined, { amount: 40 }, { "idempotency-key": fresh("k"), prefer: "wait=30" })
    assert.deepStrictEqual([failed.status, failed.body.state], [201, "failed"])
    assert.strictEqual(failed.body.detail, "declined_by_simulator")
    assert.include((await call("GET", `/v1/orders/${declined}`)).body, { refunded: 0, held: 0, refundable: 100 })
    const pending = await ordered(100, { reference: "sim_pending" })
    const later = await refund(pending, { amount: 40 }, { "idempotency-key": fresh("k"), prefer: "wait=30" })
    assert.deepStrictEqual([later.status, later.body.state], [201, "pending"])
  })

  it("answers the same key with the same refund as it now is: 200, replayed", async () => {
    const order = await ordered()
    const key = fresh("k")
    const first = await refund(order, { amount: 40, note: "a" }, { "idempotency-key": key, prefer: "wait=30" })
    await quiet(server)
    const entries = (await server.journal()).entries
    const again = await refund(order, { note: "a", amount: 40 }, { "idempotency-key": key })
    assert.strictEqual(again.status, 200)
    assert.strictEqual(again.headers.get("idempotent-replayed"), "true")
    assert.deepStrictEqual(again.body, first.body)
    assert.strictEqual((await server.journal()).entries, entries)
  })

  it("refuses a key or a chosen id for anything else than what it named: 422", async () => {
    const order = await ordered()
    const other = await ordered()
    const key = fresh("k")
    await refund(order, { amount: 40 }, { "idempotency-key": key })
    const attempts = [
      await refund(order, { amount: 41 }, { "idempotency-key": key }),
      await refund(order, { amount: 40, note: "x" }, { "idempotency-key": key }),
      await refund(other, { amount: 40 }, { "idempotency-key": key })
    ]
    await refund(order, { amount: 1, id: uuid(1) }, {})
    attempts.push(await refund(order, { amount: 2, id: uuid(1) }, {}))
    for (const { body, status } of attempts) assert.deepStrictEqual([status, body.code], [422, "IdempotencyKeyReused"])
    const chosen = await refund(order, { amount: 1, id: uuid(1).toUpperCase() }, {})
    assert.deepStrictEqual([chosen.status, chosen.body.id], [200, uuid(1)])
  })

  it("requires a key or an id: 400", async () => {
    const order = await ordered()
    for (const headers of [{}, { "idempotency-key": "k".repeat(256) }] as ReadonlyArray<Record<string, string>>) {
      const refused = await refund(order, { amount: 1 }, headers)
      assert.deepStrictEqual([refused.status, refused.body.violations[0].path], [400, "Idempotency-Key"])
    }
  })

  it("rejects more than there is with every violation and its numbers: 422 problem details", async () => {
    const order = await ordered()
    const refused = await refund(order, { amount: 101, captureId: `${order}-c` })
    assert.strictEqual(refused.status, 422)
    assert.strictEqual(refused.headers.get("content-type"), "application/problem+json; charset=utf-8")
    const { violations, ...problem } = refused.body
    assert.deepStrictEqual(problem, {
      type: "/problems/exceeds-captured",
      title: "More than is left on the capture",
      status: 422,
      detail: `Requested 1.01 USD of 1.00 USD refundable on capture ${order}-c`,
      code: "ExceedsCaptured"
    })
    assert.include(violations[0], { code: "ExceedsCaptured", captureId: `${order}-c`, requested: 101, refundable: 100 })
    const type = await call("GET", problem.type, { key: null })
    assert.deepStrictEqual([type.status, type.body.code], [200, "ExceedsCaptured"])
    assert.strictEqual((await call("GET", "/problems/none", { key: null })).status, 404)
  })

  it("names what is not there: 404", async () => {
    const order = await ordered()
    const unknown = await refund("none", { amount: 1 })
    assert.deepStrictEqual([unknown.status, unknown.body.code], [404, "OrderNotFound"])
    const capture = await refund(order, { amount: 1, captureId: "none" })
    assert.deepStrictEqual([capture.status, capture.body.code], [404, "CaptureNotFound"])
    for (const id of [uuid(99), "7", "not-a-uuid", "x".repeat(5_000)]) {
      const missing = await call("GET", `/v1/refunds/${id}`)
      assert.deepStrictEqual([missing.status, missing.body.code], [404, "RefundNotFound"])
      const verb = await call("POST", `/v1/refunds/${id}/approve`)
      assert.deepStrictEqual([verb.status, verb.body.code], [404, "RefundNotFound"])
    }
  })

  it("previews the same decision and changes nothing", async () => {
    const order = await ordered()
    await quiet(server)
    const entries = (await server.journal()).entries
    const path = `/v1/orders/${order}/refunds/preview`
    const good = await call("POST", path, { body: { amount: 40 } })
    assert.strictEqual(good.status, 200)
    assert.strictEqual(good.body.accepted, true)
    assert.strictEqual(good.body.refunds[0].amount, 40)
    assert.deepStrictEqual([good.body.before.refundable, good.body.after.refundable], [100, 60])
    const bad = await call("POST", path, { body: { amount: 400, captureId: `${order}-c` } })
    assert.strictEqual(bad.status, 200)
    assert.strictEqual(bad.body.accepted, false)
    assert.strictEqual(bad.body.violations[0].code, "ExceedsCaptured")
    assert.deepStrictEqual([bad.body.refunds, bad.body.before.refundable, bad.body.after.refundable], [[], 100, 100])
    assert.strictEqual((await call("POST", path, { body: { amount: "x" } })).status, 400)
    assert.strictEqual((await call("POST", "/v1/orders/none/refunds/preview", { body: { amount: 1 } })).status, 404)
    assert.strictEqual((await server.journal()).entries, entries)
    assert.include((await call("GET", `/v1/orders/${order}`)).body, { held: 0, refundable: 100 })
  })

  it("answers a group of several with its sum, and each refund by its own id", async () => {
    const order = await ordered(30)
    await call("POST", `/v1/orders/${order}/captures`, {
      body: { ...payment(order, 70).captures[0], id: `${order}-d` }
    })
    const made = await refund(order, { amount: 100 }, { "idempotency-key": fresh("k"), prefer: "wait=30" })
    assert.strictEqual(made.status, 201)
    assert.include(made.body, { amount: 100, currency: "USD", state: "settled", orderId: order })
    assert.deepStrictEqual(made.body.refunds.map((each: { readonly amount: number }) => each.amount).sort(), [30, 70])
    const group = await call("GET", `/v1/refunds/${made.body.groupId}`)
    assert.strictEqual(group.body.refunds.length, 2)
    const one = await call("GET", `/v1/refunds/${made.body.refunds[1].id}`)
    assert.include(one.body, { id: made.body.refunds[1].id, groupId: made.body.groupId })
  })

  it("lists refunds, newest first, by page and by filter", async () => {
    const order = await ordered()
    const since = new Date(Date.now() - 1).toISOString()
    const ids: Array<string> = []
    for (let count = 0; count < 5; count++) ids.unshift((await refund(order, { amount: 1 })).body.id)
    const first = await call("GET", `/v1/refunds?orderId=${order}&limit=2`)
    assert.strictEqual(first.status, 200)
    const seen: Array<string> = []
    let next: string | null = null
    do {
      const cursor: string = next === null ? "" : `&cursor=${encodeURIComponent(next)}`
      const page = (await call("GET", `/v1/refunds?orderId=${order}&limit=2${cursor}`)).body
      seen.push(...page.refunds.map((each: { readonly id: string }) => each.id))
      next = page.next
    } while (next !== null)
    assert.deepStrictEqual(seen, ids)
    const count = async (query: string) =>
      (await call("GET", `/v1/refunds?orderId=${order}&${query}`)).body.refunds.length
    assert.strictEqual(await count(`captureId=${order}-c`), 5)
    assert.strictEqual(await count("type=shipping"), 0)
    assert.strictEqual(await count(`createdAfter=${since}`), 5)
    assert.strictEqual(await count(`createdBefore=${since}`), 0)
    assert.strictEqual(await count("destination=payout"), 0)
    for (const query of ["state=paid", "limit=0", "limit=201", "colour=red", "createdAfter=today"]) {
      assert.strictEqual((await call("GET", `/v1/refunds?${query}`)).status, 400, query)
    }
    const bad = await call("GET", "/v1/refunds?cursor=%00nonsense")
    assert.include([200, 400], bad.status)
  })

  it("answers 202 when the wait runs out before the outcome is known", async () => {
    const order = await ordered(100, { reference: "sim_hang" })
    const key = fresh("k")
    const open = await refund(order, { amount: 40 }, { "idempotency-key": key, prefer: "wait=1" })
    assert.strictEqual(open.status, 202)
    assert.include(["approved", "submitting"], open.body.state)
    assert.include((await call("GET", `/v1/orders/${order}`)).body, { held: 40, refundable: 60 })
    const again = await refund(order, { amount: 40 }, { "idempotency-key": key })
    assert.deepStrictEqual([again.status, again.body.id], [200, open.body.id])
  })
})
