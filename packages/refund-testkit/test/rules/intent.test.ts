import { describe, it } from "@effect/vitest"
import {
  approve,
  caller,
  capture,
  minutes,
  noon,
  order,
  policy,
  refundId,
  register,
  request
} from "refund-testkit/build"
import { apiKey, createKey, revokeKey } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const captured = register(order({ captures: [capture("c-1", 100n)] }))

describe("one intent, one refund", () => {
  const first = request({ amount: 40n, id: r1, key: "k-1", reason: "broken" })

  it("the same key and content gives the same refund, as it is now", () => {
    given(captured, request({ amount: 40n, id: r1, key: "k-1", requiresApproval: true }), approve(r1))
      .when(request({ amount: 40n, id: r2, key: "k-1", requiresApproval: true }))
      .thenNothing()
      .thenAnswered({ replayed: true, groupId: r1, refunds: [{ id: r1, state: "approved" }] })
  })

  it("is replayed although nothing would be left", () => {
    given(captured, request({ amount: 100n, id: r1, key: "k-1" }))
      .when(request({ amount: 100n, id: r2, key: "k-1" }))
      .thenNothing()
  })

  for (const [what, other] of [
    ["amount", { amount: 41n }],
    ["reason", { reason: "late" }],
    ["type", { type: "shipping" }],
    ["destination", { destination: "payout" }],
    ["capture", { capture: "c-1" }],
    ["reference", { reference: "RMA-2" }],
    ["settled", { settled: true }],
    ["approval", { requiresApproval: true }],
    ["events", { skipEvents: true }],
    ["order", { order: "o-2" }],
    ["path", { operation: "another" }],
    ["door", { caller: caller({ door: "geins" }) }]
  ] as const) {
    it(`the same key with another ${what} is refused (T15)`, () => {
      given(captured, register(order({ captures: [capture("c-9", 100n)] }), { id: "o-2" }), first)
        .when(request({ amount: 40n, key: "k-1", reason: "broken", ...other }))
        .thenRejected({ _tag: "IdempotencyKeyReused", key: "k-1" })
    })
  }

  it("a chosen id is a key", () => {
    given(captured, request({ amount: 40n, id: r1, chosen: true }))
      .when(request({ amount: 40n, id: r1, chosen: true }))
      .thenNothing()
    given(captured, request({ amount: 40n, id: r1, chosen: true }))
      .when(request({ amount: 41n, id: r1, chosen: true }))
      .thenRejected({ _tag: "IdempotencyKeyReused", key: r1 })
  })

  it("the same key with another chosen id is refused", () => {
    given(captured, request({ amount: 40n, id: r1, chosen: true, key: "k-1" }))
      .when(request({ amount: 40n, id: r2, chosen: true, key: "k-1" }))
      .thenRejected({ _tag: "IdempotencyKeyReused", key: "k-1" })
  })

  it("another key is another intent, also for the same amount (A11, A12)", () => {
    given(captured, first)
      .when(request({ amount: 40n, id: r2, key: "k-2", reason: "broken" }))
      .thenRefunds({ id: r1 }, { id: r2, possibleDuplicateOf: null })
  })

  it("a rejected request is not remembered (T17)", () => {
    given(captured)
      .when(request({ amount: 101n, key: "k-1" }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 101n, refundable: 100n })
  })

  it("without a key a like refund within 10 minutes is marked, never blocked", () => {
    const again = (after: number) => request({ amount: 40n, id: r2, caller: caller({ now: noon + after }) })
    given(captured, request({ amount: 40n, id: r1 }))
      .when(again(minutes(10)))
      .thenRefunds({}, { possibleDuplicateOf: r1 })
    given(captured, request({ amount: 40n, id: r1 }))
      .when(again(minutes(10) + 1))
      .thenRefunds({}, { possibleDuplicateOf: null })
  })
})

describe("what a request may say", () => {
  it("an amount, above 0", () => {
    given(captured).when(request({})).thenRejected({ _tag: "AmountMissing", field: "amount" })
    given(captured)
      .when(request({ amount: 0n }))
      .thenRejected({ _tag: "AmountNotPositive", field: "amount", amount: "0" })
    given(captured)
      .when(request({ amount: -1n }))
      .thenRejected({ _tag: "AmountNotPositive", field: "amount", amount: "-1" })
    given(captured)
      .when(request({ amount: 2n ** 53n }))
      .thenRejected({ _tag: "Malformed", path: "amount", expected: "at most 9007199254740991 minor units" })
  })

  it("all that is left only of a capture it names", () => {
    given(captured)
      .when(request({ amount: "all" }))
      .thenRejected({ _tag: "Malformed", path: "amount", expected: 'a captureId beside "all"' })
  })

  it("the order's currency and no other (T08)", () => {
    given(captured)
      .when(request({ amount: 1n, currency: "EUR" }))
      .thenRejected({ _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" })
  })

  it("an order and a capture that are known", () => {
    given()
      .when(request({ amount: 1n }))
      .thenRejected({ _tag: "OrderNotFound", orderId: "o-1" })
    given(captured)
      .when(request({ amount: 1n, at: "c-9" }))
      .thenRejected({ _tag: "CaptureNotFound", captureId: "c-9" })
    given(captured)
      .when(request({ amount: 1n, capture: "c-9" }))
      .thenRejected({ _tag: "CaptureNotFound", captureId: "c-9" })
  })

  it("all that is wrong with it is told, in the documented order; a missing right alone", () => {
    const wrong = { amount: 101n, capture: "c-1", currency: "EUR", line: "9", destination: "store_credit" } as const
    given(captured)
      .when(request(wrong))
      .thenRejected(
        { _tag: "ComponentNotFound", component: "line:9" },
        { _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" },
        { _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 101n, refundable: 100n },
        { _tag: "CustomerRequired", orderId: "o-1" }
      )
    given(captured)
      .when(request({ ...wrong, caller: caller({ permissions: [] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:request" })
  })
})

describe("what a tenant sets", () => {
  it("a policy is changed by who read its last version", () => {
    given(captured, policy({ overRefund: "order_open" }, { expected: 0 }))
      .when(policy({ overRefund: "order_total" }, { expected: 0 }))
      .thenRejected({ _tag: "VersionConflict", expected: 0, actual: 1 })
  })

  it("the first key is made once; a key is made and revoked by who may", () => {
    given(createKey(apiKey("admin"), { onlyFirst: true }))
      .when(createKey(apiKey("other"), { onlyFirst: true }))
      .thenNothing()
    given(createKey(apiKey("admin")), createKey(apiKey("other")))
      .when(revokeKey("hash of admin"))
      .thenHappened({ _tag: "KeyRevoked", hash: "hash of admin" })
    given()
      .when(createKey(apiKey("admin"), { caller: caller({ permissions: ["refunds:approve"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "keys:manage" })
  })
})
