/** Medusa's own client, `@medusajs/medusa-js` 6.1.10 with its retries on, against a running server. */
import MedusaClient from "@medusajs/medusa-js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callerOf, fresh, payment } from "../support/call.ts"
import { startServer, type TestServer } from "../support/server.ts"
import { type LosingLine, losingLine } from "./losing.ts"

// Its types are those of Medusa's whole server, which is not here.
// biome-ignore lint/suspicious/noExplicitAny: what comes back is the wire, whose form a test does not take for granted.
type Client = any
const Medusa = (MedusaClient as unknown as { readonly default?: unknown }).default ?? MedusaClient

let server: TestServer
let line: LosingLine
let client: Client
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  // The outcome is waited for, however slow the machine is.
  server = await startServer({ env: { REFUND_WAIT_MILLISECONDS: "60000" } })
  line = await losingLine(server.url)
  client = new (Medusa as new (options: object) => Client)({
    baseUrl: `${line.url}/medusa`,
    maxRetries: 3,
    apiKey: server.adminKey
  })
  call = callerOf(server)
})
afterAll(async () => {
  await line.close()
  await server.stop()
})

/** An order of its own for every test, with one payment of 1,000. */
const registered = async (capture: Readonly<Record<string, unknown>> = {}) => {
  const order = fresh("order")
  expect((await call("PUT", `/v1/orders/${order}`, { body: payment(order, 1_000, capture) })).status).toBe(201)
  return { order, pay: `${order}-c` }
}

const refusal = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    () => null,
    (error: Client) => error
  )
  return error === null ? null : [error.name, error.message, error.response?.status, error.response?.data]
}

const refunded = async (order: string) => {
  const { body } = await call("GET", `/v1/orders/${order}`)
  return [body.refunded + body.held, body.refunds.length]
}

describe("@medusajs/medusa-js", () => {
  it("refunds a payment, and is told the refund", async () => {
    const { order, pay } = await registered()
    const { refund, response } = await client.admin.payments.refundPayment(pay, {
      amount: 400,
      reason: "return",
      note: "x"
    })
    expect(response.status).toBe(200)
    expect(refund).toMatchObject({ payment_id: pay, order_id: order, amount: 400, note: "x", metadata: null })
    // It draws a key for every POST, since its retries are on.
    expect(refund.idempotency_key).toMatch(/^[0-9a-f-]{36}$/)
  })

  it("surfaces more than is left as an axios error with Medusa's own words", async () => {
    const { pay } = await registered()
    await client.admin.payments.refundPayment(pay, { amount: 400, reason: "return" })
    const before = line.asked()
    expect(await refusal(client.admin.payments.refundPayment(pay, { amount: 601, reason: "return" }))).toEqual([
      "Error",
      "Request failed with status code 400",
      400,
      { type: "not_allowed", message: `Only 600 can be refunded from Payment ${pay}` }
    ])
    expect(line.asked() - before).toBe(1)
    expect(await refusal(client.admin.payments.refundPayment("pay_zz", { amount: 1, reason: "return" }))).toEqual([
      "Error",
      "Request failed with status code 404",
      404,
      { type: "not_found", message: "Payment with id pay_zz was not found" }
    ])
  })

  it("refunds once where the answer is lost twice: it sends the same key again", async () => {
    const { order, pay } = await registered()
    const before = line.asked()
    line.lose(2)
    const { refund } = await client.admin.payments.refundPayment(pay, { amount: 300, reason: "claim" })
    expect(line.asked() - before).toBe(3)
    expect(refund).toMatchObject({ amount: 300, payment_id: pay, metadata: null })
    expect(await refunded(order)).toEqual([300, 1])
  })

  it("does not send a decline again, which Medusa tells as its plugin's error", async () => {
    const { order, pay } = await registered({ reference: "sim_decline" })
    const before = line.asked()
    expect(await refusal(client.admin.payments.refundPayment(pay, { amount: 1, reason: "return" }))).toMatchObject([
      "Error",
      "Request failed with status code 500",
      500,
      { type: "unexpected_state", message: `Failed to refund Payment ${pay}` }
    ])
    expect(line.asked() - before).toBe(1)
    expect(await refunded(order)).toEqual([0, 1])
  })

  it("refunds an order, also where the answer is lost, and lists its refunds and payments", async () => {
    const { order, pay } = await registered()
    await client.admin.payments.refundPayment(pay, { amount: 100, reason: "discount" })
    line.lose(1)
    const made = await client.admin.orders.refundPayment(order, { amount: 200, reason: "Do not like it" })
    expect(made.order).toMatchObject({ id: order, payment_status: "partially_refunded", refunded_total: 300 })
    const shown = await client.admin.orders.retrieve(order)
    expect(shown.order.refunds).toMatchObject([
      { amount: 100, reason: "discount", payment_id: pay },
      { amount: 200, reason: "other", payment_id: null }
    ])
    expect((await client.admin.payments.retrieve(pay)).payment).toMatchObject({ amount: 1_000, amount_refunded: 300 })
    expect(await refusal(client.admin.orders.refundPayment(order, { amount: 701, reason: "x" }))).toMatchObject([
      "Error",
      "Request failed with status code 400",
      400,
      { type: "not_allowed", message: "Cannot refund more than the original order amount" }
    ])
    expect(await refunded(order)).toEqual([300, 2])
  })

  it("is told 401 in Medusa's bare word where its token is none", async () => {
    const { pay } = await registered()
    const stranger = new (Medusa as new (options: object) => Client)({
      baseUrl: `${line.url}/medusa`,
      maxRetries: 3,
      apiKey: "nobody"
    })
    expect(await refusal(stranger.admin.payments.refundPayment(pay, { amount: 1, reason: "return" }))).toEqual([
      "Error",
      "Request failed with status code 401",
      401,
      "Unauthorized"
    ])
  })
})
