/** Kibo's own clients against a running server: `@kibocommerce/rest-sdk`, and the older `mozu-node-sdk`. */
import { createRequire } from "node:module"
import { Configuration } from "@kibocommerce/rest-sdk"
import { OrderApi } from "@kibocommerce/rest-sdk/clients/Commerce/index.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callerOf, fresh, payment } from "../support/call.ts"
import { startServer, type TestServer } from "../support/server.ts"
import { type LosingLine, losingLine } from "./losing.ts"

// biome-ignore lint/suspicious/noExplicitAny: what comes back is the wire, whose form a test does not take for granted.
type Wire = any

let server: TestServer
let line: LosingLine
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer()
  line = await losingLine(server.url)
  call = callerOf(server)
})
afterAll(async () => {
  await line.close()
  await server.stop()
})

const registered = async () => {
  const order = fresh("order")
  const body = { ...payment(order, 10_700), customerId: `c-${order}` }
  expect((await call("PUT", `/v1/orders/${order}`, { body })).status).toBe(201)
  return order
}

const refusal = (asked: Promise<unknown>): Promise<Wire> =>
  asked.then(
    () => null,
    (error: unknown) => error
  )

const refundsOf = async (order: string): Promise<number> =>
  (await call("GET", `/v1/orders/${order}`)).body.refunds.length

describe("@kibocommerce/rest-sdk", () => {
  const api = (key = server.adminKey): OrderApi =>
    new OrderApi(
      new Configuration({ apiHost: `${line.url}/kibo`, tenantId: 1, siteId: 2, accessToken: async () => key } as Wire)
    )

  it("refunds an order, with all that it documents and only the fields that are asked for", async () => {
    const orderId = await registered()
    const refund = { amount: 19.9, reason: "broken", reasonCode: "Damaged", payment: { id: `${orderId}-c` } } as Wire
    expect(await api().createRefund({ orderId, refund })).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      orderId,
      amount: 19.9,
      reasonCode: "Damaged",
      payment: { id: `${orderId}-c`, amountCollected: 107, interactions: [{ interactionType: "Credit" }] }
    })
    const few = await api().createRefund({ orderId, refund, responseFields: "amount,payment(id,nothing)" })
    expect(few).toEqual({ amount: 19.9, payment: { id: `${orderId}-c` } })
  })

  it("surfaces every no as its ResponseError, with the correlation id of the answer", async () => {
    const orderId = await registered()
    const error = await refusal(api().createRefund({ orderId, refund: { amount: 107.01 } as Wire }))
    expect(error).toMatchObject({
      name: "ResponseError",
      response: { status: 400, correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      apiError: { errorCode: "MISSING_OR_INVALID_PARAMETER", applicationName: "Refunds" }
    })
    expect(error.message).toBe("reason is required here: say why")
    expect(error.apiError.correlationId).toBe(error.response.correlationId)
    expect(JSON.parse(error.apiError.additionalErrorData)[0]).toEqual({ name: "violation", value: "ReasonRequired" })
    expect(await refusal(api().createRefund({ orderId: "none", refund: { amount: 1 } as Wire }))).toMatchObject({
      name: "ResponseError",
      response: { status: 404 },
      apiError: { errorCode: "ITEM_NOT_FOUND" }
    })
    expect(await refusal(api("nobody").createRefund({ orderId, refund: { amount: 1 } as Wire }))).toMatchObject({
      name: "ResponseError",
      response: { status: 401 },
      apiError: { errorCode: "UNAUTHORIZED" }
    })
    expect(await refundsOf(orderId)).toBe(0)
  })

  it("exceeds the order with a reason: the excess becomes the customer's credit", async () => {
    const orderId = await registered()
    const refund = { amount: 110, reason: "goodwill" } as Wire
    expect(await api().createRefund({ orderId, refund })).toMatchObject({ amount: 110 })
    const { body } = await call("GET", `/v1/customers/c-${orderId}/credit`)
    expect(body.balances[0]).toMatchObject({ balance: 300 })
  })

  it("refunds once where the answer is lost and it asks again with the same Idempotency-Key", async () => {
    const orderId = await registered()
    const asked = { orderId, refund: { amount: 5 } as Wire }
    const keyed = async ({ init }: Wire) => ({ headers: { ...init.headers, "Idempotency-Key": "kibo-lost" } })
    line.lose(1)
    expect(await refusal(api().createRefund(asked, keyed))).not.toBeNull()
    expect(await api().createRefund(asked, keyed)).toMatchObject({ amount: 5 })
    expect(await refundsOf(orderId)).toBe(1)
  })

  it("lists the order's refunds and the reasons there are, and has a mail resent", async () => {
    const orderId = await registered()
    const made = [1, 2.5].map((amount) => api().createRefund({ orderId, refund: { amount } as Wire }))
    const ids = (await Promise.all(made)).map(({ id }) => id)
    const order = await api().getOrder({ orderId })
    expect(order).toMatchObject({ id: orderId, currencyCode: "USD", totalCollected: 107 })
    expect((order.refunds ?? []).map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect((await api().getRefundReasons()).items?.length).toBeGreaterThan(3)
    expect(await api().resendRefundEmail({ orderId, refundId: ids[0]! })).toBeUndefined()
    expect(await refusal(api().resendRefundEmail({ orderId, refundId: "0".repeat(32) }))).toMatchObject({
      response: { status: 404 }
    })
  })
})

describe("mozu-node-sdk", () => {
  const refunds = (): Wire => {
    const client = createRequire(import.meta.url)("mozu-node-sdk/clients/commerce/orders/refund")
    return client({
      context: {
        baseUrl: line.url,
        tenantPod: `${line.url}/kibo/`,
        tenant: 1,
        site: 2,
        "app-claims": server.adminKey,
        "user-claims": "none"
      },
      // It would fetch claims from Kibo's own home: these are given.
      plugins: [(client: Wire) => Object.assign(client, { prerequisiteTasks: [] })]
    })
  }

  it("refunds with the app's claims and an empty responseFields, and reads dates", async () => {
    const orderId = await registered()
    const refund = await refunds().createRefund({ orderId }, { body: { amount: 1.5, reason: "y" } })
    expect(refund).toMatchObject({ orderId, amount: 1.5 })
    expect(refund.auditInfo.createDate).toBeInstanceOf(Date)
    expect(await refunds().resendRefundEmail({ orderId, refundId: refund.id })).toBeFalsy()
  })

  it("surfaces a no with the error's own code and message", async () => {
    const orderId = await registered()
    const error = await refusal(refunds().createRefund({ orderId }, { body: { amount: 0 } }))
    expect(error.message).toContain("amount must be more than 0")
    expect(error.originalError).toMatchObject({ statusCode: 400, errorCode: "MISSING_OR_INVALID_PARAMETER" })
  })
})
