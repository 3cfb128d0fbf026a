import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "till:credit:write+orders:read+refunds:read:till-secret" })
  call = callerOf(server)
})
afterAll(async () => {
  assert.isTrue((await server.journal()).ok)
  await server.stop()
})

const creditOf = async (customer: string) => (await call("GET", `/v1/customers/${customer}/credit`)).body

/** A customer who is owed `amount`, from an order of theirs; and another order that they have not paid for yet. */
const customerWith = async (amount: number) => {
  const customer = fresh("customer")
  const bought = fresh("o")
  await call("PUT", `/v1/orders/${bought}`, { body: { ...payment(bought, 1_000), customerId: customer } })
  const made = await call("POST", `/v1/orders/${bought}/refunds`, {
    body: { amount, destination: "store_credit" },
    headers: { "idempotency-key": bought }
  })
  assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
  const buying = fresh("o")
  await call("PUT", `/v1/orders/${buying}`, { body: { currency: "USD", customerId: customer, captures: [] } })
  return { customer, bought, buying, refund: made.body.id as string }
}

const spend = (customer: string, body: Record<string, unknown>, key?: string) =>
  call("POST", `/v1/customers/${customer}/credit/spend`, { body, ...(key === undefined ? {} : { key }) })

describe("a customer's store credit over HTTP", () => {
  it("is nothing before there is any, and then an account with its lots and its journal", async () => {
    assert.deepStrictEqual(await creditOf("nobody"), { customerId: "nobody", balances: [] })
    const { customer, refund } = await customerWith(40)
    const { balances } = await creditOf(customer)
    assert.deepStrictEqual(balances, [
      {
        currency: "USD",
        balance: 40,
        spendable: 40,
        lots: [{ amount: 40, expiresAt: null }],
        entries: [
          {
            ...{ seq: 1, at: balances[0].entries[0].at, by: "admin", what: "posted", amount: 40, balance: 40 },
            ...{ refundId: refund, orderId: null, captureId: null, expiresAt: null }
          }
        ]
      }
    ])
  })

  it("pays for an order: 201, then 200 for the same again, with the order's figures and what is left", async () => {
    const { buying, customer } = await customerWith(40)
    const body = { id: `${buying}-credit`, orderId: buying, amount: 25, currency: "USD" }
    const spent = await spend(customer, body, "till-secret")
    assert.strictEqual(spent.status, 201)
    assert.deepInclude(spent.body, { id: `${buying}-credit`, customerId: customer, changed: true })
    assert.deepInclude(spent.body.order, { id: buying, collected: 25, refundable: 25 })
    assert.deepInclude(spent.body.order.captures[0], {
      id: `${buying}-credit`,
      provider: "store_credit",
      collected: 25
    })
    assert.deepStrictEqual(spent.body.credit, {
      currency: "USD",
      balance: 15,
      spendable: 15,
      lots: [{ amount: 15, expiresAt: null }]
    })
    const again = await spend(customer, body)
    assert.deepStrictEqual([again.status, again.body.changed], [200, false])
    assert.deepStrictEqual(again.body.credit, spent.body.credit)

    const [, entry] = (await creditOf(customer)).balances[0].entries
    assert.deepInclude(entry, { what: "spent", amount: -25, balance: 15, orderId: buying, by: "till" })
    const shown = await call("GET", `/v1/journal?customer=${customer}&currency=USD`)
    assert.deepStrictEqual(
      shown.body.postings.map(({ source, lines }: { source: string; lines: unknown }) => [source, lines]),
      [
        [
          `credit:${buying}-credit`,
          [
            { account: "store_credit_liability", amount: 25 },
            { account: "collected", amount: -25 }
          ]
        ]
      ]
    )
  })

  it("becomes a capture only by being spent; the order may be registered again with it", async () => {
    const { buying, customer } = await customerWith(40)
    const capture = { id: `${buying}-credit`, amount: 25, provider: "store_credit", tender: "store_credit" }
    const registered = (capturedAt: string) =>
      call("PUT", `/v1/orders/${buying}`, {
        body: { currency: "USD", customerId: customer, captures: [{ ...capture, capturedAt }] }
      })
    const told = await registered("2026-01-01T00:00:00Z")
    assert.deepStrictEqual([told.status, told.body.violations[0].path], [400, "captures.0.provider"])
    const spent = await spend(customer, { id: capture.id, orderId: buying, amount: 25, currency: "USD" })
    const again = await registered(spent.body.order.captures[0].capturedAt)
    assert.deepStrictEqual([again.status, again.body.changed], [200, false])
    const stranger = await call("PUT", `/v1/orders/${buying}`, {
      body: { currency: "USD", customerId: "somebody else", captures: [] }
    })
    assert.deepStrictEqual([stranger.status, stranger.body.code], [409, "OrderConflict"])
  })

  it("goes back to the account when what it paid for is refunded", async () => {
    const { buying, customer } = await customerWith(40)
    const captureId = `${buying}-credit`
    await spend(customer, { id: captureId, orderId: buying, amount: 40, currency: "USD" })
    const back = await call("POST", `/v1/orders/${buying}/refunds`, {
      body: { amount: 30, captureId },
      headers: { "idempotency-key": buying }
    })
    assert.deepStrictEqual([back.status, back.body.state], [201, "settled"])
    const { balances } = await creditOf(customer)
    assert.deepInclude(balances[0], { balance: 30, spendable: 30 })
    assert.deepStrictEqual(
      balances[0].entries.map(({ amount, balance, what }: Record<string, unknown>) => [what, amount, balance]),
      [
        ["posted", 40, 40],
        ["spent", -40, 0],
        ["posted", 30, 30]
      ]
    )
  })

  it("a refund to it tells its whole story: the order's journal and the account's, what was booked and what was told", async () => {
    const { customer, refund } = await customerWith(40)
    const story = (await call("GET", `/v1/refunds/${refund}`)).body
    const seen = story.journal.flatMap(
      ({ chain, entry }: { chain: string; entry: { by: string; events: Array<{ _tag: string }> } }) =>
        entry.events.map((event) => [chain.split(":")[0], entry.by, event._tag])
    )
    assert.deepStrictEqual(seen, [
      ["order", "admin", "RefundRequested"],
      ["order", "admin", "RefundSettled"],
      ["order", "admin", "Posted"],
      ["credit", "admin", "CreditPosted"]
    ])
    assert.deepStrictEqual(
      story.notifications.map(({ chain, muted, type }: Record<string, unknown>) => [chain, type, muted]).slice(-1),
      [[`credit:USD:${customer}`, "credit.posted", false]]
    )
    assert.deepStrictEqual(story.postings[0].lines.at(-1), { account: "store_credit_liability", amount: -40 })
  })

  it("is good for as many days as the policy says", async () => {
    const policy = await call("PUT", "/v1/policy", { body: { overrides: { native: { creditDays: 30 } } } })
    assert.strictEqual(policy.body.policies.native.creditDays, 30)
    try {
      const { customer } = await customerWith(40)
      const [account] = (await creditOf(customer)).balances
      const { expiresAt } = account.lots[0]
      assert.match(expiresAt, /T00:00:00\.000Z$/)
      const days = (Date.parse(expiresAt) - Date.parse(account.entries[0].at)) / 86_400_000
      assert.isTrue(days > 30 && days <= 31, expiresAt)
      assert.strictEqual(account.entries[0].expiresAt, expiresAt)
    } finally {
      await call("PUT", "/v1/policy", { body: { overrides: {} } })
    }
    for (const creditDays of [0, -1, 1.5, "30", 1e9]) {
      const refused = await call("PUT", "/v1/policy", { body: { overrides: { native: { creditDays } } } })
      assert.deepStrictEqual(
        [refused.status, refused.body.violations[0].path],
        [400, "overrides.native.creditDays"],
        String(creditDays)
      )
    }
  })

  it("is not spent beyond what there is, nor by another, nor in another currency", async () => {
    const { bought, buying, customer } = await customerWith(40)
    const other = await customerWith(40)
    const body = { id: `${buying}-credit`, orderId: buying, amount: 40, currency: "USD" }
    const { entries } = await server.journal()
    for (const [of, asked, status, code] of [
      [customer, { ...body, amount: 41 }, 422, "ExceedsCredit"],
      [customer, { ...body, amount: 0 }, 400, "AmountNotPositive"],
      [customer, { ...body, amount: -40 }, 400, "AmountNotPositive"],
      [customer, { ...body, amount: 1.5 }, 400, "Malformed"],
      [customer, { ...body, amount: "40" }, 400, "Malformed"],
      [customer, { ...body, amount: 2 ** 53 }, 400, "Malformed"],
      [customer, { ...body, currency: "EUR" }, 422, "CurrencyMismatch"],
      [customer, { ...body, currency: "usd" }, 400, "Malformed"],
      [customer, { ...body, orderId: "none" }, 404, "OrderNotFound"],
      [customer, { ...body, orderId: other.buying }, 409, "OrderConflict"],
      [other.customer, body, 409, "OrderConflict"],
      [customer, { ...body, id: `${bought}-c` }, 409, "CaptureConflict"],
      [customer, { ...body, note: "please" }, 400, "Malformed"],
      [customer, { orderId: buying, amount: 40, currency: "USD" }, 400, "Malformed"],
      ["nobody", body, 409, "OrderConflict"]
    ] as const) {
      const refused = await spend(of, asked)
      assert.deepStrictEqual([refused.status, refused.body.code], [status, code], JSON.stringify(asked))
    }
    const guest = fresh("o")
    await call("PUT", `/v1/orders/${guest}`, { body: payment(guest, 10) })
    assert.strictEqual((await spend(customer, { ...body, orderId: guest })).body.code, "CustomerRequired")
    assert.strictEqual((await server.journal()).entries, entries + 1)
    assert.strictEqual((await creditOf(customer)).balances[0].balance, 40)

    assert.strictEqual((await spend(customer, body)).status, 201)
    const repriced = await spend(customer, { ...body, amount: 39 })
    assert.deepStrictEqual([repriced.status, repriced.body.code], [409, "CaptureConflict"])
  })

  it("hostile names are the names of nobody, and leave nothing behind", async () => {
    const { buying } = await customerWith(40)
    const { entries } = await server.journal()
    for (const name of [
      "%00",
      "%0a",
      "a%1fb",
      "x".repeat(256),
      "%F0%9F%92%B8",
      "..%2f..%2fetc",
      "'%20OR%201=1",
      "__proto__"
    ]) {
      const shown = await call("GET", `/v1/customers/${name}/credit`)
      assert.deepStrictEqual([shown.status, shown.body.balances], [200, []], name)
      const asked = await call("POST", `/v1/customers/${name}/credit/spend`, {
        body: { id: "c", orderId: buying, amount: 1, currency: "USD" }
      })
      assert.include([400, 409], asked.status, name)
    }
    for (const id of ["", "a\u0001b", "x".repeat(256), 7, null, ["a"], {}]) {
      const asked = await spend("someone", { id, orderId: buying, amount: 1, currency: "USD" })
      assert.strictEqual(asked.status, 400, JSON.stringify(id))
    }
    assert.strictEqual((await call("GET", "/v1/customers/%zz/credit")).status, 404)
    assert.strictEqual((await server.journal()).entries, entries)
  })

  it("its journal is for who may read reports; what is owed for who may read refunds", async () => {
    const { customer } = await customerWith(40)
    const { body, status } = await call("GET", `/v1/customers/${customer}/credit`, { key: "till-secret" })
    assert.deepStrictEqual([status, body.balances[0].balance, body.balances[0].entries], [200, 40, undefined])
    const path = `/v1/journal?customer=${customer}&currency=USD`
    assert.strictEqual((await call("GET", path, { key: "till-secret" })).status, 403)
    for (const query of [`customer=${customer}`, "currency=USD", `order=o&customer=${customer}&currency=USD`, ""]) {
      const refused = await call("GET", `/v1/journal?${query}`)
      assert.deepStrictEqual([refused.status, refused.body.code], [400, "Malformed"], query)
    }
  })
})
