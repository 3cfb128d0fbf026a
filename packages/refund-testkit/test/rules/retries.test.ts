/** A refund that failed is tried again: what it finds in its way, to the last minor unit, and what it takes along. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import {
  begin,
  caller,
  capture,
  charge,
  declined,
  dispute,
  line,
  noon,
  order,
  refundId,
  register,
  request,
  retry,
  told
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2, cost] = [refundId(1), refundId(2), refundId(3)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const asked = request({ amount: 40n, id: r1 })
const failed = [captured, asked, begin(r1), told(r1, declined)]
const returnCost = (amount: bigint) => request({ amount, type: "instance_cost", id: cost })

describe("a refund that is tried again", () => {
  it("goes to the worker at once, with why", () => {
    const then = given(...failed).when(retry(r1, { detail: "the card was renewed" }))
    then
      .thenHappened({ _tag: "RefundRetried", refundId: r1, detail: "the card was renewed" })
      .thenRefunds({ state: "approved", detail: "the card was renewed" })
      .thenAnswered([{ id: r1, state: "approved" }])
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: noon }])
    const shirts = register(order({ captures: [capture("c-1", 100n)], lines: [line("1", 25n, { tax: 5n })] }))
    deepStrictEqual(
      given(shirts, request({ amount: 15n, id: r1 }), begin(r1), told(r1, declined))
        .when(retry(r1))
        .decision().events,
      [{ _tag: "RefundRetried", refundId: r1, detail: null }]
    )
    given(...failed)
      .when(retry(r1))
      .thenRefunds({ state: "approved", detail: null })
  })

  it("is for who may ask for refunds, and of one that there is", () => {
    given(...failed)
      .when(retry(r1, { caller: caller({ permissions: ["refunds:approve"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:request" })
    given(...failed)
      .when(retry(r2))
      .thenRejected({ _tag: "RefundNotFound", refundId: r2 })
  })

  it("takes the return cost that waits since it failed: that much less is sent", () => {
    given(...failed, returnCost(15n))
      .when(retry(r1))
      .thenHappened(
        { _tag: "RefundRetried", refundId: r1 },
        { _tag: "DeductionNetted", refundId: cost, intoId: r1, amount: 15n }
      )
      .thenOrder({ held: 40n, waiting: [] })
    given(...failed, returnCost(15n), retry(r1))
      .when(begin(r1, refundId(9)))
      .thenAnswered({ _tag: "submit", attempt: { amount: 25n } })
  })

  it("is settled without a call where a return cost leaves nothing of it", () => {
    const then = given(...failed, returnCost(40n)).when(retry(r1))
    then.thenRefunds({ state: "settled", detail: "deducted in full" }, { id: cost, state: "settled" })
    deepStrictEqual(then.decision().due.at(-1), { refundId: r1, at: null })
  })
})

describe("the tax in it", () => {
  it("is what is left in each of its parts, also where one of them is as it was", () => {
    const rows = [line("1", 10n, { tax: 1n }), line("2", 25n, { tax: 5n })]
    const bought = register(order({ captures: [capture("c-1", 100n)], lines: rows }))
    given(bought, request({ amount: 26n, id: r1 }), begin(r1), told(r1, declined), request({ amount: 15n, line: "2" }))
      .when(retry(r1))
      .thenRefunds(
        {
          shares: [
            { component: "line:1", amount: 11n, tax: 1n },
            { component: "line:2", amount: 15n, tax: 2n }
          ]
        },
        { shares: [{ component: "line:2", amount: 15n, tax: 3n }] }
      )
      .thenOrder({
        components: [
          { id: "line:1", taxTaken: 1n },
          { id: "line:2", taxTaken: 5n }
        ]
      })
  })
})

describe("room for it", () => {
  it("is what is left, to the last minor unit", () => {
    given(...failed, request({ amount: 60n, capture: "c-1" }))
      .when(retry(r1))
      .thenOrder({ held: 100n, refundable: 0n })
  })

  it("is what is left of the order, where the capture would just have enough", () => {
    const both = register(order({ captures: [capture("c-1", 40n), capture("c-2", 10n)] }))
    const all = request({ amount: 40n, id: r1, capture: "c-1" })
    given(both, all, begin(r1), told(r1, declined), request({ amount: 11n, destination: "payout" }))
      .when(retry(r1))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 40n, refundable: 39n })
    given(both, all, begin(r1), told(r1, declined), request({ amount: 10n, destination: "payout" }))
      .when(retry(r1))
      .thenOrder({ held: 50n, refundable: 0n })
  })

  it("is what is left of the part it is drawn on, to the last minor unit", () => {
    const registered = register(order({ captures: [capture("c-1", 100n)], shipping: charge(10n) }))
    given(registered, request({ type: "shipping", amount: 10n, id: r1, capture: "c-1" }), begin(r1), told(r1, declined))
      .when(retry(r1))
      .thenRefunds({ state: "approved" })
      .thenOrder({ components: [{ id: "shipping", held: 10n }] })
  })
})

describe("a dispute", () => {
  const two = register(order({ captures: [capture("c-1", 100n), capture("c-2", 100n)] }))
  const second = [two, request({ amount: 40n, id: r1, capture: "c-2" }), begin(r1), told(r1, declined)]

  it("of another capture is not in its way", () => {
    given(...second, dispute("open", { id: "d-1", capture: "c-1", amount: 10n }))
      .when(retry(r1))
      .thenRefunds({ state: "approved" })
  })

  it("that was won is not in its way", () => {
    const won = [dispute("open", { capture: "c-2", amount: 10n }), dispute("won", { capture: "c-2", amount: 10n })]
    given(...second, ...won)
      .when(retry(r1))
      .thenRefunds({ state: "approved" })
  })

  it("that is in its way is told as that one, beside those of other captures and those that are over", () => {
    given(
      ...second,
      dispute("open", { id: "d-1", capture: "c-1", amount: 10n }),
      dispute("lost", { id: "d-2", capture: "c-2", amount: 20n }),
      dispute("open", { id: "d-3", capture: "c-2", amount: 30n })
    )
      .when(retry(r1))
      .thenRejected({ _tag: "DisputeOpen", captureId: "c-2", disputed: 30n, currency: "USD" })
  })

  it("is told beside the room that it takes", () => {
    given(...second, dispute("open", { id: "d-3", capture: "c-2", amount: 70n }))
      .when(retry(r1))
      .thenRejected(
        { _tag: "DisputeOpen", captureId: "c-2", disputed: 70n, currency: "USD" },
        { _tag: "ExceedsCaptured", captureId: "c-2", currency: "USD", requested: 40n, refundable: 30n }
      )
  })
})
