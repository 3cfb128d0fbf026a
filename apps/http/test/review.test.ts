import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { loseOutcome } from "./support/elsewhere.ts"
import { startServer, type TestServer } from "./support/server.ts"

const bob = "bob-secret"
const eve = "eve-secret"
let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: `bob:*:${bob},eve:*:${eve}` })
  call = callerOf(server)
})
afterAll(() => server.stop())

/** A refund of 40 on an order of 100 that was asked for by the admin, in this state. */
const refundIn = async (
  state: string,
  { body = {}, capture = {} }: { readonly body?: object; readonly capture?: Readonly<Record<string, unknown>> } = {}
) => {
  const order = fresh("o")
  await call("PUT", `/v1/orders/${order}`, { body: { ...payment(order, 100, capture), customerId: "c-9" } })
  const made = await call("POST", `/v1/orders/${order}/refunds`, {
    body: { amount: 40, ...body },
    headers: { "idempotency-key": order }
  })
  const id = made.body.id as string
  await until(id, state)
  return { order, id }
}

const until = async (id: string, state: string) => {
  for (;;) {
    const { body } = await call("GET", `/v1/refunds/${id}`)
    if (body.state === state) return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Submitted, and then the line was cut. */
const lost = async () => {
  const refund = await refundIn("submitting", { capture: { reference: "sim_hang" } })
  await loseOutcome(server.database, refund.id)
  return refund
}

const decide = (id: string, verb: string, body?: object, key = bob) =>
  call("POST", `/v1/refunds/${id}/${verb}`, { key, ...(body === undefined ? {} : { body }) })
const figures = async (order: string) => {
  const { body } = await call("GET", `/v1/orders/${order}`)
  return [body.held, body.refunded, body.refundable]
}

describe("a refund that did not go as planned, over HTTP", () => {
  it("retry: after a definite no it is tried anew, and the rules are asked again", async () => {
    const { id, order } = await refundIn("failed", { capture: { reference: "sim_decline" } })
    assert.deepStrictEqual(await figures(order), [0, 0, 100])
    const retried = await decide(id, "retry")
    assert.deepStrictEqual([retried.status, retried.body.id, retried.body.state], [200, id, "approved"])
    const { attempts } = await until(id, "failed")
    assert.deepStrictEqual([attempts.length, attempts[0].id === attempts[1].id], [2, false])

    await call("POST", `/v1/orders/${order}/refunds`, {
      body: { amount: 80, requiresApproval: true },
      headers: { "idempotency-key": `${order}-2` }
    })
    const noRoom = await decide(id, "retry")
    assert.deepStrictEqual([noRoom.status, noRoom.body.code], [422, "ExceedsCaptured"])
    const worded = await decide(id, "retry", { note: "which the journal would not keep" })
    assert.deepStrictEqual([worded.status, worded.body.violations[0].path], [400, "note"])
  })

  it("resolve to settled: another person says that the money moved, when and how it is known", async () => {
    const { id, order } = await lost()
    assert.deepStrictEqual(await figures(order), [40, 0, 60])
    const said = { to: "settled", note: "on the bank statement", reference: "b-7", settledAt: "2026-03-01T12:00:00Z" }
    const own = await decide(id, "resolve", said, server.adminKey)
    assert.deepStrictEqual([own.status, own.body.code], [403, "SelfApproval"])
    const silent = await decide(id, "resolve", { to: "settled" })
    assert.deepStrictEqual([silent.status, silent.body.code], [422, "ReasonRequired"])
    const resolved = await decide(id, "resolve", said)
    assert.strictEqual(resolved.status, 200)
    assert.include(resolved.body, {
      state: "settled",
      settledBy: "bob",
      providerReference: "b-7",
      settledAt: "2026-03-01T12:00:00.000Z",
      detail: "on the bank statement"
    })
    assert.deepStrictEqual(await figures(order), [0, 40, 60])
  })

  it("resolve to failed: it takes two people to say that an unknown refund was not paid", async () => {
    const { id, order } = await lost()
    const said = { to: "failed", note: "the provider never had it" }
    const first = await decide(id, "resolve", said)
    assert.include(first.body, { state: "unknown", failureProposedBy: "bob" })
    const same = await decide(id, "resolve", said)
    assert.include(same.body, { state: "unknown", failureProposedBy: "bob" })
    assert.deepStrictEqual(await figures(order), [40, 0, 60])
    const second = await decide(id, "resolve", said, eve)
    assert.include(second.body, { state: "failed", failureProposedBy: "bob", detail: "the provider never had it" })
    assert.deepStrictEqual(await figures(order), [0, 0, 100])
  })

  it("resolve is refused where it says nothing, or says both", async () => {
    const { id } = await refundIn("pending_approval", { body: { requiresApproval: true } })
    for (const [body, path] of [
      [{}, "to"],
      [{ to: "pending", note: "n" }, "to"],
      [{ to: "failed", note: "n", settledAt: "2026-03-01T12:00:00Z" }, "settledAt"],
      [{ to: "settled", note: "n", settledAt: "soon" }, "settledAt"],
      [{ to: "settled", note: "n", amount: 5 }, "amount"],
      [{ to: "settled", note: "card 4111 1111 1111 1111" }, "note"]
    ] as const) {
      const refused = await decide(id, "resolve", body)
      assert.deepStrictEqual(
        [refused.status, refused.body.code, refused.body.violations.map((each: { path: string }) => each.path)],
        [400, "Malformed", [path]]
      )
    }
    const early = await decide(id, "resolve", { to: "settled", note: "n" })
    assert.deepStrictEqual([early.status, early.body.code], [409, "StateConflict"])
  })

  it("reverse: what a person recorded is undone by another, with a note, and shown", async () => {
    const { id, order } = await refundIn("settled", { body: { settled: true } })
    assert.deepStrictEqual(await figures(order), [0, 40, 60])
    const own = await decide(id, "reverse", { note: "mistaken" }, server.adminKey)
    assert.deepStrictEqual([own.status, own.body.code], [403, "SelfApproval"])
    const silent = await decide(id, "reverse")
    assert.deepStrictEqual([silent.status, silent.body.code], [422, "ReasonRequired"])
    const reversed = await decide(id, "reverse", { note: "the wrong order" })
    assert.deepStrictEqual(
      [reversed.status, reversed.body.state, reversed.body.detail],
      [200, "reversed", "the wrong order"]
    )
    assert.strictEqual(reversed.body.reversedAt, reversed.body.updatedAt)
    assert.isNotNull(reversed.body.settledAt)
    assert.deepStrictEqual(await figures(order), [0, 0, 100])
    assert.strictEqual((await decide(id, "reverse", { note: "again" })).body.code, "StateConflict")
  })

  it("reverse: a provider's own settlement stays, store credit that was not spent is taken back", async () => {
    const paid = await refundIn("settled")
    assert.strictEqual((await decide(paid.id, "reverse", { note: "n" })).body.code, "StateConflict")
    const credited = await refundIn("settled", { body: { destination: "store_credit" } })
    const before = await call("GET", "/v1/customers/c-9/credit")
    assert.deepInclude(before.body.balances[0], { currency: "USD", balance: 40 })
    assert.strictEqual((await decide(credited.id, "reverse", { note: "n" })).body.state, "reversed")
    const after = await call("GET", "/v1/customers/c-9/credit")
    assert.strictEqual(after.body.balances[0]?.balance ?? 0, 0)
  })

  it("says what was given beyond what was collected", async () => {
    await call("PUT", "/v1/policy", { body: { overrides: { native: { overRefund: "order_open" } } } })
    const { id } = await refundIn("approved", { body: { amount: 130, destination: "payout", reason: "other" } })
    assert.include((await call("GET", `/v1/refunds/${id}`)).body, { amount: 130, goodwill: 30 })
    await call("PUT", "/v1/policy", { body: { overrides: {} } })
  })
})

describe("the books over HTTP", () => {
  it("show what moved as double entry, by order and by refund, and its mirror once it was reversed", async () => {
    const { id, order } = await refundIn("settled", {
      body: { settled: true, settledAt: "2026-03-01T12:00:00Z" }
    })
    await decide(id, "reverse", { note: "the wrong order" })
    const { body, status } = await call("GET", `/v1/journal?order=${order}`)
    assert.strictEqual(status, 200)
    const events = body.entries.map((each: { entry: { events: ReadonlyArray<{ _tag: string }> } }) =>
      each.entry.events.map(({ _tag }) => _tag)
    )
    assert.deepStrictEqual(events[0], ["OrderRegistered"])
    assert.includeMembers(events.flat(), ["RefundRequested", "RefundReversed", "Posted"])
    assert.deepStrictEqual(
      body.entries.map(({ chain, seq }: { chain: string; seq: number }) => [chain, seq]),
      events.map((_: unknown, index: number) => [`order:${order}`, index + 1])
    )
    const [moved, mirror] = body.postings
    assert.include(moved, {
      source: `refund:${id}`,
      currency: "USD",
      effectiveAt: "2026-03-01T12:00:00.000Z",
      bookedAt: "2026-03-01T12:00:00.000Z"
    })
    assert.sameDeepMembers(moved.lines, [
      { account: "sales_returns", amount: 40 },
      { account: "provider_clearing", amount: -40 }
    ])
    assert.sameDeepMembers(mirror.lines, [
      { account: "sales_returns", amount: -40 },
      { account: "provider_clearing", amount: 40 }
    ])
    assert.isAbove(mirror.seq, moved.seq)
    assert.deepStrictEqual((await call("GET", `/v1/refunds/${id}`)).body.postings, body.postings)
  })

  it("are asked for by an order that is there, and by nothing else", async () => {
    for (const [query, status, code] of [
      ["", 400, "Malformed"],
      ["?order=", 400, "Malformed"],
      ["?order=A-1001&format=pdf", 400, "Malformed"],
      ["?order=none", 404, "OrderNotFound"],
      ["?order=%00", 404, "OrderNotFound"]
    ] as const) {
      const refused = await call("GET", `/v1/journal${query}`)
      assert.deepStrictEqual([refused.status, refused.body.code], [status, code], query)
    }
  })

  it("of a closed period take nothing more: it is booked today, with its own date beside", async () => {
    const before = await call("GET", "/v1/policy")
    assert.strictEqual(before.body.closedBefore, null)
    const closed = await call("PUT", "/v1/policy/closed-period", { body: { before: "2026-04-01T00:00:00Z" } })
    assert.deepStrictEqual(
      [closed.status, closed.body.closedBefore, closed.body.version, closed.headers.get("etag")],
      [200, "2026-04-01T00:00:00.000Z", before.body.version + 1, `"${before.body.version + 1}"`]
    )
    const again = await call("PUT", "/v1/policy/closed-period", { body: { before: "2026-04-01T00:00:00Z" } })
    assert.strictEqual(again.body.version, closed.body.version)
    for (const body of [
      { before: "2026-03-01T00:00:00Z" },
      { before: "2999-01-01T00:00:00Z" },
      {},
      { before: "now" }
    ]) {
      const refused = await call("PUT", "/v1/policy/closed-period", { body })
      assert.deepStrictEqual([refused.status, refused.body.violations[0].path], [400, "before"])
    }
    assert.deepStrictEqual((await call("GET", "/v1/policy")).body, closed.body)

    const { order } = await refundIn("settled", { body: { settled: true, settledAt: "2026-03-01T12:00:00Z" } })
    const [posting] = (await call("GET", `/v1/journal?order=${order}`)).body.postings
    assert.strictEqual(posting.effectiveAt, "2026-03-01T12:00:00.000Z")
    assert.strictEqual(posting.bookedAt, posting.recordedAt)
    assert.isTrue((await server.journal()).ok)
  })
})
