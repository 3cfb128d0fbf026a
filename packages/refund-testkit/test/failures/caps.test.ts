/** FAILURES, groups 5 and 7: the wrong base, the wrong cap; shipping and fees. */
import { deepStrictEqual, strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import {
  addCaptures,
  attemptId,
  begin,
  cancel,
  capture,
  charge,
  declined,
  line,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  told
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const usd = { currency: "USD" } as const
const captured = register(order({ captures: [capture("c-1", 100n)] }))
const split = register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
const nothing = { original: 0n, store_credit: 0n, payout: 0n }
const settled = (id: typeof r1, amount: bigint, attempt = attemptId(1)) => [
  begin(id, attempt),
  told(id, paid(amount, { reference: `re_${attempt}` }), { attempt })
]

describe("measured against what was collected (G5)", () => {
  it("A46 hyperswitch PR#3120: the cap is what was captured, not what was authorized", () => {
    given(register(order({ captures: [capture("c-1", 60n, { authorizedAmount: 100n })] })))
      .when(request({ amount: 61n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 61n, refundable: 60n })
  })

  it("A47 medusa PR#8437: all requests count together, and what is sent is what was recorded", () => {
    given(captured, request({ amount: 60n }))
      .when(request({ amount: 41n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 41n, refundable: 40n })
    given(captured, request({ amount: 60n, id: r1 }))
      .when(begin(r1))
      .thenAnswered({ _tag: "submit", attempt: { amount: 60n, currency: "USD" } })
  })

  it("A48 medusa PR#16036: 0 is not everything, and nothing is below it", () => {
    for (const amount of [0n, -1n, -100n]) {
      given(captured)
        .when(request({ amount, capture: "c-1" }))
        .thenRejected({ _tag: "AmountNotPositive", field: "amount", amount: String(amount) })
    }
    given(captured)
      .when(request({ amount: null, capture: "c-1" }))
      .thenRejected({ _tag: "AmountMissing", field: "amount" })
  })

  it("A49 saleor#19645: what is held counts, not only what is refunded", () => {
    given(captured, request({ amount: 50n, requiresApproval: true }), request({ amount: 40n }))
      .when(request({ amount: 11n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 11n, refundable: 10n })
  })

  it("A50 killbill#334: the cap is ours, whatever the provider would accept", () => {
    const twice = [captured, request({ amount: 100n, id: r1 }), begin(r1), told(r1, declined)]
    given(...twice, request({ amount: 100n, id: r2 }))
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 1n, refundable: 0n })
  })

  it("A51 killbill#1007: a group is made whole or not at all", () => {
    const parts = given(split).when(request({ amount: 101n }))
    parts.thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", ...usd, requested: 101n, refundable: 100n })
    parts.thenRefunds()
  })

  it("A52 lago-api PR#4805: what was not paid is not given back", () => {
    given(register(order({ total: 100n, captures: [capture("c-1", 30n)] })))
      .when(request({ amount: 31n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 31n, refundable: 30n })
  })

  it("A53 hyperswitch-control-center#3799: exactly what is left is accepted", () => {
    given(captured, request({ amount: 33n }))
      .when(request({ amount: 67n, capture: "c-1" }))
      .thenOrder({ held: 100n, refundable: 0n })
  })

  it("A54 saleor-dashboard#4493: what is left is never below zero, and what is pending is taken off once", () => {
    given(captured, request({ amount: 60n, id: r1 }), begin(r1), told(r1, { _tag: "pending", reference: null }))
      .when(request({ amount: "all", capture: "c-1" }))
      .thenRefunds({ amount: 60n }, { amount: 40n })
      .thenOrder({ refundable: 0n })
  })

  it("A55 medusa#9261: no return, and no balance of the order, is needed to give money back", () => {
    given(register(order({ total: 50n, captures: [capture("c-1", 100n)] })), request({ amount: 70n }))
      .when(request({ amount: 30n }))
      .thenOrder({ held: 100n, refundable: 0n })
  })

  it("A56 medusa PR#15153: all that is left is what earlier refunds leave", () => {
    given(captured, request({ amount: 30n, id: r1 }), ...settled(r1, 30n))
      .when(request({ amount: "all", capture: "c-1", id: r2 }))
      .thenRefunds({ amount: 30n }, { amount: 70n })
  })

  it("A57 vendure#4135: one request over two captures is two refunds that sum to it; its parts are drawn on once", () => {
    const lines = [line("1", 60n), line("2", 40n)]
    const then = given(register(order({ lines, captures: [capture("c-1", 60n), capture("c-2", 40n)] }))).when(
      request({ amount: 70n })
    )
    then.thenRefunds({ captureId: "c-1", amount: 60n }, { captureId: "c-2", amount: 10n })
    then.thenOrder({
      components: [
        { id: "line:1", held: 60n },
        { id: "line:2", held: 10n }
      ]
    })
  })

  it("A58 solidus#512: a row gives back its price less its discount", () => {
    given(register(order({ lines: [line("1", 100n, { discount: 20n })], captures: [capture("c-1", 100n)] })))
      .when(request({ amount: 81n, line: "1" }))
      .thenRejected({ _tag: "ExceedsComponent", component: "line:1", ...usd, requested: 81n, refundable: 80n })
  })

  it("A59 adyen-magento#651: each part of a split goes back where it came from, the second time too", () => {
    given(split, request({ amount: 60n, id: r1 }))
      .when(request({ amount: 40n, id: r2 }))
      .thenRefunds({ captureId: "c-1" }, { captureId: "c-2" })
    given(split)
      .when(request({ amount: 10n, capture: "c-9" }))
      .thenRejected({ _tag: "CaptureNotFound", captureId: "c-9" })
  })

  it("A60 medusa#10760: tax of a row is part of what the row gives back, and no more than it", () => {
    const taxed = register(order({ lines: [line("1", 80n, { tax: 20n })], captures: [capture("c-1", 200n)] }))
    given(taxed)
      .when(request({ amount: 100n, line: "1" }))
      .thenRefunds({ shares: [{ component: "line:1", amount: 100n, tax: 20n }] })
    given(taxed)
      .when(request({ amount: 101n, line: "1" }))
      .thenRejected({ _tag: "ExceedsComponent", component: "line:1", ...usd, requested: 101n, refundable: 100n })
  })
})

describe("shipping and fees (G7)", () => {
  const shipped = (shipping: ReturnType<typeof charge>) =>
    register(order({ lines: [line("1", 50n)], shipping, captures: [capture("c-1", 100n)] }))

  it("A67 magento2#38556: what shipping has left is what was paid for it, never below zero", () => {
    const half = [shipped(charge(10n, { discount: 4n })), request({ type: "shipping", amount: 3n })]
    given(...half)
      .when(request({ type: "shipping", amount: 3n }))
      .thenOrder({ components: [{}, { id: "shipping", charged: 6n, held: 6n }] })
    given(...half, request({ type: "shipping", amount: 3n }))
      .when(request({ type: "shipping", amount: 1n }))
      .thenRejected({ _tag: "ExceedsComponent", component: "shipping", ...usd, requested: 1n, refundable: 0n })
  })

  it("A68 magento2#2385: shipping is given back once; a canceled refund of it leaves it to be given back", () => {
    const once = [shipped(charge(10n, { tax: 2n })), request({ type: "shipping", amount: 12n, id: r1 })]
    given(...once)
      .when(request({ type: "shipping", amount: 1n }))
      .thenRejected({ _tag: "ExceedsComponent", component: "shipping", ...usd, requested: 1n, refundable: 0n })
    given(...once, cancel(r1))
      .when(request({ type: "shipping", amount: 12n }))
      .thenOrder({ held: 12n })
  })

  it("A69 magento2#11336: where none was charged, shipping is a component of 0", () => {
    given(register(order({ lines: [line("1", 100n)], captures: [capture("c-1", 100n)] })))
      .when(request({ type: "shipping", amount: 1n }))
      .thenRejected({ _tag: "ExceedsComponent", component: "shipping", ...usd, requested: 1n, refundable: 0n })
  })

  it("A70 magento2#19899: an order of 0 gives nothing back, and no figure goes below it", () => {
    given(register(order({ lines: [line("1", 0n)], captures: [capture("c-1", 0n)] })))
      .when(request({ amount: 5n, capture: "c-1" }))
      .violations()
      .some(({ _tag }) => _tag === "ExceedsCaptured") || strictEqual("accepted", "ExceedsCaptured")
  })

  it("A71 RefundPlugin#252: shipping that was free is not given back; goods alone leave shipping to be given back", () => {
    given(shipped(charge(10n, { discount: 10n })))
      .when(request({ type: "shipping", amount: 1n }))
      .thenRejected({ _tag: "ExceedsComponent", component: "shipping", ...usd, requested: 1n, refundable: 0n })
    given(shipped(charge(10n)), request({ amount: 50n, line: "1" }))
      .when(request({ type: "shipping", amount: 10n }))
      .thenOrder({ held: 60n })
  })

  it("A72 RefundPlugin#400: a fee of any name is a part of its own", () => {
    const fees = [{ code: "platform", amount: 7n }]
    given(register(order({ lines: [line("1", 50n)], fees, captures: [capture("c-1", 57n)] })))
      .when(request({ amount: 57n }))
      .thenOrder({
        components: [
          { id: "line:1", held: 50n },
          { id: "fee:platform", held: 7n }
        ]
      })
  })

  it("A73 spree#10099: shipping alone is given back", () => {
    given(shipped(charge(10n)))
      .when(request({ type: "shipping", amount: 10n }))
      .thenRefunds({ type: "shipping", shares: [{ component: "shipping", amount: 10n, tax: 0n }] })
  })
})

describe("facts from outside that come later", () => {
  it("a second payment makes room, and the first refund of a double payment leaves the order as it was (A29)", () => {
    given(captured, addCaptures([capture("c-2", 100n)]))
      .when(request({ amount: 100n, capture: "c-2", id: r1 }))
      .thenOrder({ collected: 200n, refundable: 100n })
    deepStrictEqual(nothing, { original: 0n, store_credit: 0n, payout: 0n })
  })

  it("over the order's total is refused where the policy is order_total", () => {
    given(policy({ overRefund: "order_total" }), register(order({ total: 80n, captures: [capture("c-1", 100n)] })))
      .when(request({ amount: 81n }))
      .thenRejected({ _tag: "ExceedsOrderTotal", orderId: "o-1", ...usd, requested: 81n, refundable: 80n })
  })
})
