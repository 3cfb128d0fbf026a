import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import { Result } from "effect"
import type { Caller } from "refund-core/Command"
import type { OrderId, PrincipalId, RefundId, TenantId } from "refund-core/Ids"
import { type Rejected, rejected } from "refund-core/Violation"
import { type RequestContext, toRequestRefund } from "../src/RefundRequest.ts"

const caller: Caller = {
  tenant: "t" as TenantId,
  by: { id: "ada" as PrincipalId, permissions: new Set(["*"]) },
  door: "native",
  now: 1_790_000_000_000
}
const fresh = "0191f5a7-44d3-7430-8739-2d80821416bf" as RefundId
const chosen = "0191f5a7-44d3-7430-8739-2d80821416b0"

const context = (changed: Partial<RequestContext> = {}): RequestContext => ({
  caller,
  orderId: "A-1" as OrderId,
  idempotencyKey: "k-1",
  needsKey: true,
  freshId: () => fresh,
  freshSalt: () => "salt",
  ...changed
})

const faults = (body: unknown, changed: Partial<RequestContext> = {}): ReadonlyArray<string> => {
  const read = toRequestRefund(body, context(changed))
  if (Result.isSuccess(read)) return []
  return read.failure.violations.map((each) =>
    each._tag === "Malformed" ? `${each.path}: ${each.expected}` : each._tag
  )
}

const minimal = {
  _tag: "RequestRefund",
  caller,
  at: { order: "A-1" },
  amount: 1999n,
  type: "default",
  destination: "original",
  restated: { tax: false, discounts: false },
  settled: false,
  requiresApproval: false,
  skipEvents: false,
  ids: { group: fresh, seed: fresh },
  once: { chosen: false, operation: "POST /v1/orders/A-1/refunds", key: "k-1" }
}

describe("a refund request", () => {
  it("is an amount and nothing else where nothing else is said", () => {
    assertSuccess(toRequestRefund({ amount: 1999 }, context()) as Result.Result<unknown, Rejected>, minimal)
  })

  it("takes null for absent, but for amount, tax and discounts, which are then not stated", () => {
    const body = {
      amount: null,
      type: null,
      captureId: null,
      note: null,
      tax: null,
      discounts: null,
      settledAt: null,
      id: null
    }
    assertSuccess(toRequestRefund(body, context()) as Result.Result<unknown, Rejected>, { ...minimal, amount: null })
  })

  it("says everything it can say", () => {
    const body = {
      amount: "all",
      type: "shipping",
      captureId: "882",
      lineId: "1",
      destination: "store_credit",
      currency: "USD",
      reason: "return",
      note: "broken handle",
      reference: "RMA-1",
      author: "ada",
      metadata: { ticket: 7, tags: ["a"], nested: { ok: true } },
      tax: 0,
      discounts: 10,
      settled: true,
      settledAt: "2026-11-01T10:00:00+01:00",
      requiresApproval: true,
      skipEvents: true,
      id: chosen.toUpperCase()
    }
    assertSuccess(toRequestRefund(body, context({ idempotencyKey: null })) as Result.Result<unknown, Rejected>, {
      ...minimal,
      amount: "all",
      type: "shipping",
      destination: "store_credit",
      restated: { tax: true, discounts: true },
      settled: true,
      requiresApproval: true,
      skipEvents: true,
      ids: { group: chosen, seed: fresh },
      once: { chosen: true, operation: "POST /v1/orders/A-1/refunds" },
      captureId: "882",
      lineId: "1",
      currency: "USD",
      reference: "RMA-1",
      settledAt: Date.parse("2026-11-01T09:00:00Z"),
      texts: {
        salt: "salt",
        reason: "return",
        note: "broken handle",
        author: "ada",
        metadata: { ticket: 7, tags: ["a"], nested: { ok: true } }
      }
    })
  })

  it("leaves it to the rules whether an amount is positive, and whether there is one", () => {
    for (const [written, amount] of [
      [0, 0n],
      [-0, 0n],
      [-1, -1n],
      [undefined, null],
      [2 ** 53 - 1, 2n ** 53n - 1n]
    ] as const) {
      const read = toRequestRefund(written === undefined ? {} : { amount: written }, context())
      assert(Result.isSuccess(read))
      assert.strictEqual(read.success.amount, amount)
    }
  })

  it("refuses every amount that is no whole number of minor units", () => {
    const hostile = [
      1.999,
      0.1 + 0.2,
      "1e2",
      "1,00",
      "١",
      "0x10",
      " 1 ",
      "19.99",
      "ALL",
      "",
      NaN,
      Infinity,
      2 ** 53,
      2 ** 63,
      [],
      {},
      [1],
      true
    ]
    for (const amount of hostile)
      assert.deepStrictEqual(faults({ amount }), ['amount: a whole number of minor units, or "all"'])
  })

  it("lists every fault of the form at once, each with its path", () => {
    const body = {
      amount: "x",
      type: "goodwill",
      destination: 3,
      currency: "usd",
      reason: "r".repeat(256),
      tax: -1,
      discounts: "0.00",
      settled: 1,
      settledAt: "2026-11-01",
      id: "1",
      metadata: [],
      amout: 5
    }
    assert.deepStrictEqual(faults(body, { idempotencyKey: "k".repeat(256) }), [
      "amout: no property of this name",
      'amount: a whole number of minor units, or "all"',
      'type: "default" or "instance_cost" or "shipping" or "invoice_fee"',
      'destination: "original" or "store_credit" or "payout"',
      "currency: an ISO 4217 currency code in capitals",
      "reason: a text of at most 255 characters, without a card number",
      "metadata: a JSON object of at most 16384 characters, its numbers no finer than 15 digits, without a card number",
      "tax: a whole number of minor units, zero or more, at most 2^53 - 1",
      "discounts: a whole number of minor units, zero or more, at most 2^53 - 1",
      "settled: true or false",
      "settledAt: a time since 1970 with its zone, e.g. 2026-11-01T10:00:00Z",
      "id: a UUID",
      "Idempotency-Key: 1 to 255 characters, none of them a control character"
    ])
  })

  it("needs a key or a chosen id, so that a repeat is told from a second refund", () => {
    assertFailure(
      toRequestRefund({ amount: 1 }, context({ idempotencyKey: null })),
      rejected([
        {
          _tag: "Malformed",
          path: "Idempotency-Key",
          expected: "this header, or an id in the body, so that a repeat is not paid twice"
        }
      ])
    )
    assert.deepStrictEqual(faults({ amount: 1, id: chosen }, { idempotencyKey: null }), [])
    assert.deepStrictEqual(faults({ amount: 1 }, { idempotencyKey: null, needsKey: false }), [])
    for (const idempotencyKey of ["", "k".repeat(256), "a\nb", "a\u0085b", "a\u007f", "half \ud800", "\udc80"]) {
      assert.deepStrictEqual(faults({ amount: 1 }, { idempotencyKey }), [
        "Idempotency-Key: 1 to 255 characters, none of them a control character"
      ])
    }
    for (const idempotencyKey of ["Łódź 7", "\u{1f4b8}".repeat(255), "a/b?c=d,e", " "]) {
      assert.deepStrictEqual(faults({ amount: 1 }, { idempotencyKey }), [])
    }
  })

  it("is a JSON object", () => {
    for (const body of [undefined, null, [], "x", 5, true]) assert.deepStrictEqual(faults(body), [": a JSON object"])
  })

  it("keeps no metadata that JSON would not give back", () => {
    class NotJson {
      readonly text = "1e400"
    }
    for (const metadata of [{ a: new NotJson() }, { a: [new NotJson()] }, { big: "x".repeat(16_384) }, "text"]) {
      assert.strictEqual(faults({ amount: 1, metadata }).length, 1)
    }
  })

  it("keeps nothing that is like a card number, wherever people write", () => {
    const card = "4242-4242 4242 4242"
    for (const [field, written] of Object.entries({
      reason: card,
      note: `paid with ${card}, thanks`,
      author: card,
      reference: card,
      metadata: { payment: [{ card }] }
    })) {
      const said = faults({ amount: 1, [field]: written })
      assert.strictEqual(said.length, 1, field)
      assert.match(said[0] ?? "", /without a card number$/)
      assert.notInclude(said[0] ?? "", "4242")
    }
    assert.deepStrictEqual(faults({ amount: 1, note: "order 4242 4242 4242 4243" }), [])
  })

  it("takes only times that exist, with their zone", () => {
    const settledAt = (time: unknown) => faults({ amount: 1, settledAt: time }).length === 0
    for (const time of [
      "2026-11-01T10:00Z",
      "2024-02-29T23:59:59.123456Z",
      "9999-12-31T00:00:00+14:00",
      "1970-01-01T00:00:00Z"
    ])
      assert.isTrue(settledAt(time), time)
    for (const time of [
      "2026-11-01T10:00:00",
      "2026-02-30T10:00:00Z",
      "2026-13-01T10:00:00Z",
      "2026-11-01T25:00:00Z",
      "0000-01-01T00:00:00Z",
      "1969-12-31T23:59:59Z",
      "10000-01-01T00:00:00Z",
      "yesterday",
      1_790_000_000_000,
      {}
    ]) {
      assert.isFalse(settledAt(time), String(time))
    }
  })
})
