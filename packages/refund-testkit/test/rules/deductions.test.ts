import { describe, it } from "@effect/vitest"
import {
  approve,
  begin,
  cancel,
  capture,
  declined,
  deny,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  resolve,
  told
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2, cost] = [refundId(1), refundId(2), refundId(3)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const returnCost = (amount: bigint) => request({ amount, type: "instance_cost", id: cost })

describe("a return cost", () => {
  it("is taken off the order's unsubmitted refunds, oldest first (T36)", () => {
    given(captured, request({ amount: 10n, id: r1 }), request({ amount: 50n, id: r2 }))
      .when(returnCost(15n))
      .thenRefunds(
        { id: r1, state: "settled", deductions: [{ refundId: cost, amount: 10n }] },
        { id: r2, state: "approved", deductions: [{ refundId: cost, amount: 5n }] },
        { id: cost, state: "approved", netted: 15n, realised: 10n }
      )
      .thenOrder({ held: 50n, retained: 10n, refundable: 40n, waiting: [] })
  })

  it("draws on nothing itself, and what it keeps is not refundable again", () => {
    given(captured, request({ amount: 100n, id: r1 }), returnCost(15n), begin(r1))
      .when(told(r1, paid(85n)))
      .thenRefunds({ id: r1, state: "settled" }, { id: cost, state: "settled", realised: 15n })
      .thenOrder({ refunded: { original: 100n, store_credit: 0n, payout: 0n }, retained: 15n, refundable: 0n })
  })

  it("alone waits for the next refund, whose payout it lowers", () => {
    given(captured)
      .when(returnCost(15n))
      .thenOrder({ held: 0n, refundable: 100n, waiting: [{ refundId: cost, amount: 15n }] })
    given(captured, returnCost(15n), request({ amount: 40n, id: r1 }))
      .when(begin(r1))
      .thenAnswered({ attempt: { amount: 25n } })
      .thenOrder({ held: 40n, waiting: [] })
  })

  it("never makes a payout negative: the rest waits on", () => {
    given(captured, returnCost(15n))
      .when(request({ amount: 10n, id: r1 }))
      .thenRefunds({ id: cost, state: "approved", netted: 10n }, { id: r1, state: "settled" })
      .thenOrder({ retained: 10n, waiting: [{ refundId: cost, amount: 5n }] })
  })

  it("lowers a store credit as it would a payout", () => {
    given(captured, returnCost(15n))
      .when(request({ amount: 40n, destination: "store_credit", id: r1 }))
      .thenHappened(
        { _tag: "RefundRequested" },
        { _tag: "DeductionNetted", refundId: cost, intoId: r1, amount: 15n },
        { _tag: "RefundSettled", refundId: r1 },
        {
          _tag: "Posted",
          lines: [
            { account: "sales_returns", amount: 40n },
            { account: "return_fee_income", amount: -15n },
            { account: "store_credit_liability", amount: -25n }
          ]
        },
        { _tag: "CreditPosted", amount: 25n },
        { _tag: "DeductionRealised", refundId: cost, amount: 15n },
        { _tag: "RefundSettled", refundId: cost }
      )
  })

  it("waits again when the refund it lowered ends without paying", () => {
    const again = [{ refundId: cost, amount: 15n }]
    const lowered = [captured, request({ amount: 40n, id: r1, requiresApproval: true }), returnCost(15n)]
    given(...lowered)
      .when(deny(r1))
      .thenOrder({ held: 0n, waiting: again })
    given(...lowered)
      .when(cancel(r1))
      .thenOrder({ held: 0n, waiting: again })
    given(...lowered, approve(r1), begin(r1))
      .when(told(r1, declined))
      .thenOrder({ held: 0n, waiting: again })
  })

  it("is taken off another open refund when the one it lowered ends without paying", () => {
    const both = [captured, request({ amount: 40n, id: r1, requiresApproval: true }), request({ amount: 30n, id: r2 })]
    for (const end of [deny(r1), cancel(r1)]) {
      given(...both, returnCost(15n))
        .when(end)
        .thenRefunds(
          { id: r1, deductions: [] },
          { id: r2, deductions: [{ refundId: cost, amount: 15n }] },
          { netted: 15n }
        )
        .thenOrder({ waiting: [] })
    }
  })

  it("moves on through a group that is denied as a whole, and waits in the end", () => {
    const both = register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
    given(both, request({ amount: 100n, id: r1, requiresApproval: true }), returnCost(15n))
      .when(deny(r1))
      .thenRefunds({ state: "denied", deductions: [] }, { state: "denied", deductions: [] }, { netted: 0n })
      .thenOrder({ waiting: [{ refundId: cost, amount: 15n }] })
  })

  it("that waits for consent takes nothing yet", () => {
    const asked = request({ amount: 15n, type: "instance_cost", id: cost, requiresApproval: true })
    given(captured, request({ amount: 40n, id: r1 }), asked)
      .when(deny(cost))
      .thenOrder({ waiting: [] })
    given(captured, request({ amount: 40n, id: r1 }), asked)
      .when(approve(cost))
      .thenRefunds({ id: r1, deductions: [{ refundId: cost, amount: 15n }] }, { id: cost, netted: 15n })
  })

  it("is refused where the tenant lets none wait and there is too little to take it from", () => {
    given(captured, policy({ unmatchedDeduction: "reject" }), request({ amount: 10n }))
      .when(returnCost(15n))
      .thenRejected({ _tag: "NothingToDeductFrom", orderId: "o-1", currency: "USD", requested: 15n, open: 10n })
  })

  it("that is covered to the last minor unit need not wait", () => {
    given(captured, policy({ unmatchedDeduction: "reject" }), request({ amount: 15n, destination: "payout" }))
      .when(returnCost(15n))
      .thenRefunds({ state: "settled" }, { id: cost, state: "settled" })
  })

  it("that takes all of a store credit leaves none to post", () => {
    given(captured, returnCost(40n))
      .when(request({ amount: 40n, destination: "store_credit", id: r1 }))
      .thenHappened(
        { _tag: "RefundRequested" },
        { _tag: "DeductionNetted" },
        { _tag: "RefundSettled", refundId: r1 },
        { _tag: "Posted" },
        { _tag: "DeductionRealised" },
        { _tag: "RefundSettled", refundId: cost }
      )
  })

  it("can be canceled while it waits, not once it lowered a payout", () => {
    given(captured, returnCost(15n)).when(cancel(cost)).thenOrder({ waiting: [] }).thenRefunds({ state: "canceled" })
    given(captured, request({ amount: 40n }), returnCost(15n))
      .when(cancel(cost))
      .thenRejected({ _tag: "StateConflict", refundId: cost, state: "approved", action: "cancel" })
  })

  it("is paid out like any refund where the tenant reads it that way", () => {
    given(captured, policy({ instanceCost: "pay" }))
      .when(returnCost(15n))
      .thenRefunds({ deducts: false, state: "approved" })
      .thenOrder({ held: 15n })
  })
})

describe("a return cost that was freed by a no which turned out to be a yes", () => {
  const lowered = [captured, request({ amount: 40n, id: r1 }), returnCost(10n), begin(r1), told(r1, declined)]
  const yes = told(r1, paid(30n))

  it("is kept of the refund after all: the books say what was paid", () => {
    given(...lowered)
      .when(yes)
      .thenHappened(
        { _tag: "DeductionNetted", refundId: cost, intoId: r1, amount: 10n },
        { _tag: "ReviewNeeded", detail: "the provider says settled after it had said no" }
      )
      .thenOrder({ held: 40n, waiting: [] })
    given(...lowered, yes)
      .when(resolve(r1, "settled"))
      .thenHappened(
        { _tag: "RefundSettled", refundId: r1 },
        {
          _tag: "Posted",
          lines: [
            { account: "sales_returns", amount: 40n },
            { account: "return_fee_income", amount: -10n },
            { account: "provider_clearing", amount: -30n }
          ]
        },
        { _tag: "DeductionRealised", refundId: cost, amount: 10n },
        { _tag: "RefundSettled", refundId: cost }
      )
      .thenOrder({ retained: 10n, waiting: [] })
  })

  it("waits again where a person finds that nothing was paid", () => {
    given(...lowered, yes)
      .when(resolve(r1, "failed"))
      .thenRefunds({ state: "failed", deductions: [] }, { state: "approved", netted: 0n })
      .thenOrder({ held: 0n, waiting: [{ refundId: cost, amount: 10n }] })
  })

  it("is taken for no more than was not paid", () => {
    given(...lowered)
      .when(told(r1, paid(40n)))
      .thenRefunds({ state: "in_review", deductions: [] }, { netted: 0n })
      .thenOrder({ waiting: [{ refundId: cost, amount: 10n }] })
    given(...lowered)
      .when(told(r1, paid(30n, { currency: "EUR" })))
      .thenRefunds(
        {
          state: "in_review",
          deductions: [],
          detail: "the provider says settled after it had said no; it says 30 EUR, 40 USD would be booked (minor units)"
        },
        { netted: 0n }
      )
    given(captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, declined))
      .when(told(r1, paid(40n, { currency: "EUR" })))
      .thenRefunds({
        detail: "the provider says settled after it had said no; it says 40 EUR, 40 USD would be booked (minor units)"
      })
  })

  it("stays with the refund that it was taken off meanwhile: the person who looks is told of the difference", () => {
    given(...lowered, request({ amount: 20n, id: r2 }))
      .when(yes)
      .thenRefunds(
        {
          state: "in_review",
          deductions: [],
          detail: "the provider says settled after it had said no; it says 30 USD, 40 USD would be booked (minor units)"
        },
        { id: cost },
        { id: r2, deductions: [{ refundId: cost, amount: 10n }] }
      )
  })
})

const other = refundId(4)

describe("of two return costs that wait", () => {
  const wait = (amount: bigint, id: typeof r1) => request({ amount, type: "instance_cost", id })

  it("the one that is canceled is gone, the other waits on", () => {
    given(captured, wait(10n, cost), wait(20n, other))
      .when(cancel(other))
      .thenOrder({ waiting: [{ refundId: cost, amount: 10n }] })
    given(captured, wait(10n, cost), wait(20n, other))
      .when(cancel(cost))
      .thenOrder({ waiting: [{ refundId: other, amount: 20n }] })
  })

  it("the older is taken first, and of the younger what there is room for", () => {
    given(captured, wait(10n, cost), wait(20n, other))
      .when(request({ amount: 25n, id: r1 }))
      .thenRefunds(
        { id: cost, state: "settled", netted: 10n },
        { id: other, state: "approved", netted: 15n },
        {
          id: r1,
          state: "settled",
          deductions: [
            { refundId: cost, amount: 10n },
            { refundId: other, amount: 15n }
          ]
        }
      )
      .thenOrder({ retained: 25n, waiting: [{ refundId: other, amount: 5n }] })
  })

  it("both wait again when what they were taken off fails", () => {
    given(captured, wait(10n, cost), wait(20n, other), request({ amount: 40n, id: r1 }), begin(r1))
      .when(told(r1, { _tag: "declined", code: "expired_card", reference: null }))
      .thenRefunds({ id: cost, netted: 0n }, { id: other, netted: 0n }, { id: r1, deductions: [] })
      .thenOrder({
        waiting: [
          { refundId: cost, amount: 10n },
          { refundId: other, amount: 20n }
        ]
      })
  })
})
