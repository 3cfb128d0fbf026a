/** Store credit: spent as a tender, given back to where it came from, never below zero; and whose it is. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { maxMinor } from "refund-core/Money"
import { approve, caller, capture, deny, noon, order, refundId, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { credited, customer, first, next, pays, whose } from "../support/credited.ts"

const [r1, r2, r3] = [refundId(1), refundId(2), refundId(3)]

describe("credit that is spent", () => {
  it("becomes a capture of the order it pays for, in one decision, and both are booked", () => {
    given(...credited)
      .when(pays(25n))
      .thenHappened(
        { _tag: "CreditSpent", ...whose, amount: 25n, orderId: "o-2", captureId: "k-1" },
        {
          _tag: "Posted",
          source: "credit:k-1",
          effectiveAt: noon,
          lines: [
            { account: "store_credit_liability", amount: 25n },
            { account: "collected", amount: -25n }
          ]
        },
        { _tag: "OrderRegistered", orderId: "o-2" }
      )
      .thenAnswered({ changed: true })
      .thenCredit([null, 35n])
      .thenOrder({
        collected: 125n,
        refundable: 125n,
        captures: [{ id: "c-2" }, { id: "k-1", collected: 25n, provider: "store_credit", tender: "store_credit" }]
      })
  })

  it("is answered with both heads as they are kept: their entries are counted", () => {
    given(...credited)
      .when(pays(25n))
      .thenAnswered({ order: { entries: 2 }, credit: { entries: 2 } })
      .thenOrder({ entries: 2 })
  })

  it("may pay for the order that it came from, and all of it may be spent", () => {
    given(...credited)
      .when(pays(60n, { order: "o-1" }))
      .thenCredit()
      .thenOrder({ collected: 160n, refunded: { store_credit: 60n }, refundable: 100n })
  })

  it("is never more than is left: the account does not go below zero", () => {
    given(...credited)
      .when(pays(61n))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 61n, refundable: 60n })
    given(...credited, pays(60n))
      .when(pays(1n, { order: "o-1", id: "k-2" }))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 1n, refundable: 0n })
    given(first, next)
      .when(pays(1n))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 1n, refundable: 0n })
  })

  it("is spent once under a capture's name: the same again changes nothing, also where nothing is left", () => {
    given(...credited, pays(60n))
      .when(pays(60n))
      .thenNothing()
      .thenAnswered({ changed: false })
      .thenCredit()
  })

  it("is not spent under a name that stands for another payment", () => {
    const conflict = { _tag: "CaptureConflict" } as const
    given(...credited, pays(20n))
      .when(pays(21n))
      .thenRejected({ ...conflict, captureId: "k-1", field: "amount", registered: "20", requested: "21" })
    const byCard = {
      ...conflict,
      captureId: "c-2",
      field: "provider",
      registered: "simulator",
      requested: "store_credit"
    } as const
    for (const amount of [20n, 100n])
      given(...credited)
        .when(pays(amount, { id: "c-2" }))
        .thenRejected(byCard)
    given(...credited)
      .when(pays(20n, { id: "c-1" }))
      .thenRejected({ ...conflict, captureId: "c-1", field: "order", registered: "o-1", requested: "o-2" })
  })

  it("pays only for an order of that customer, in its currency", () => {
    given(...credited)
      .when(pays(20n, { customer: "c-8" }))
      .thenRejected({
        _tag: "OrderConflict",
        orderId: "o-2",
        field: "customerId",
        registered: customer,
        requested: "c-8"
      })
    given(...credited)
      .when(pays(20n, { currency: "EUR" }))
      .thenRejected({ _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" })
    given(...credited, register(order({ captures: [capture("c-3")] }), { id: "o-3" }))
      .when(pays(20n, { order: "o-3" }))
      .thenRejected({ _tag: "CustomerRequired", orderId: "o-3" })
    given(...credited)
      .when(pays(20n, { order: "o-9" }))
      .thenRejected({ _tag: "OrderNotFound", orderId: "o-9" })
  })

  it("is an account of its own in each currency", () => {
    const euros = register(order({ customer, currency: "EUR", captures: [capture("c-3")] }), { id: "o-3" })
    given(...credited, euros)
      .when(pays(20n, { order: "o-3", currency: "EUR" }))
      .thenRejected({ _tag: "ExceedsCredit", customerId: customer, currency: "EUR", requested: 20n, refundable: 0n })
  })

  it("is an amount above nothing, that a figure can hold, asked for by who may", () => {
    given(...credited)
      .when(pays(0n))
      .thenRejected({ _tag: "AmountNotPositive", field: "amount", amount: "0" })
    deepStrictEqual(
      given(...credited)
        .when(pays(maxMinor + 1n))
        .violations()
        .map((each) => each._tag),
      ["Malformed", "Malformed", "ExceedsCredit"]
    )
    given(...credited)
      .when(pays(20n, { caller: caller({ permissions: ["orders:write"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "credit:write" })
  })

  it("cannot be told of as a capture: it is one by being spent", () => {
    const claimed = capture("k-1", 20n, { provider: "store_credit", tender: "store_credit" })
    given(...credited)
      .when(register(order({ customer, captures: [claimed] }), { id: "o-2" }))
      .thenRejected({
        _tag: "Malformed",
        path: "captures.0.provider",
        expected: "another provider; store credit pays by being spent from the customer's account"
      })
  })
})

describe("a refund of what was paid with credit", () => {
  const paid = [...credited, pays(50n)]

  it("goes back to credit at once, without a call, and counts against its capture (A84)", () => {
    given(...paid)
      .when(request({ order: "o-2", capture: "k-1", amount: 30n, id: r2 }))
      .thenHappened(
        { _tag: "RefundRequested", refund: { destination: "original", provider: "store_credit", state: "approved" } },
        { _tag: "RefundSettled", refundId: r2, attemptId: null, recorded: false },
        {
          _tag: "Posted",
          source: `refund:${r2}`,
          lines: [
            { account: "sales_returns", amount: 30n },
            { account: "store_credit_liability", amount: -30n }
          ]
        },
        { _tag: "CreditPosted", refundId: r2, ...whose, amount: 30n, expiresAt: null }
      )
      .thenCredit([null, 40n])
      .thenOrder({
        refunded: { original: 30n, store_credit: 0n },
        refundable: 120n,
        captures: [
          { id: "c-2", refunded: 0n },
          { id: "k-1", refunded: 30n }
        ]
      })
  })

  it("is within the capture, and a refund of the whole order takes its part of it", () => {
    given(...paid)
      .when(request({ order: "o-2", capture: "k-1", amount: 51n }))
      .thenRejected({
        _tag: "ExceedsCaptured",
        captureId: "k-1",
        currency: "USD",
        requested: 51n,
        refundable: 50n
      })
    given(...paid)
      .when(request({ order: "o-2", amount: 120n, seed: r3 }))
      .thenRefunds(
        { captureId: "c-2", amount: 100n, state: "approved" },
        { captureId: "k-1", amount: 20n, state: "settled" }
      )
      .thenCredit([null, 30n])
  })

  it("waits for consent where that is asked for, and posts then", () => {
    const waiting = request({ order: "o-2", capture: "k-1", amount: 30n, id: r2, requiresApproval: true })
    given(...paid, waiting)
      .when(approve(r2))
      .thenRefunds({ state: "settled" })
      .thenCredit([null, 40n])
    given(...paid, waiting)
      .when(deny(r2))
      .thenCredit([null, 10n])
      .thenOrder({ held: 0n })
  })

  it("keeps what a return cost takes from it, and posts the rest", () => {
    const cost = request({ order: "o-2", amount: 10n, type: "instance_cost", id: r3 })
    given(...paid, cost)
      .when(request({ order: "o-2", capture: "k-1", amount: 30n, id: r2 }))
      .thenCredit([null, 30n])
      .thenOrder({ retained: 10n, refunded: { original: 30n } })
  })

  it("is held to nothing that providers cannot do: nobody is asked", () => {
    given(...paid)
      .with(() => ({
        partial: false,
        windowDays: 0,
        steps: { USD: 7n },
        lookup: "none",
        honoursKeyFor: 0,
        pendingDays: 1
      }))
      .when(request({ order: "o-2", capture: "k-1", amount: 30n, id: r2 }))
      .thenRefunds({ state: "settled" })
  })
})

describe("whose credit it is", () => {
  const another = register(order({ customer: "c-8", captures: [capture("c-1", 100n)] }))
  const conflict = {
    _tag: "OrderConflict",
    orderId: "o-1",
    field: "customerId",
    registered: customer,
    requested: "c-8"
  } as const

  it("is fixed once it was promised, whatever became of that", () => {
    const promised = request({ amount: 60n, destination: "store_credit", id: r1, requiresApproval: true })
    given(first, promised).when(another).thenRejected(conflict)
    given(first, promised, deny(r1)).when(another).thenRejected(conflict)
    given(first, request({ amount: 60n, destination: "store_credit", id: r1 }))
      .when(another)
      .thenRejected(conflict)
  })

  it("is fixed once it has paid for the order", () => {
    given(...credited, pays(20n))
      .when(register(order({ customer: "c-8", captures: [capture("c-2", 100n)] }), { id: "o-2" }))
      .thenRejected({ ...conflict, orderId: "o-2" })
  })

  it("is not fixed by a refund to a card: the customer may still be named otherwise", () => {
    given(first, request({ amount: 60n, id: r1 }))
      .when(another)
      .thenOrder({ customerId: "c-8", customerFixed: false })
  })

  it("is the order's customer's, who keeps it where the order is told of again without one", () => {
    given(...credited)
      .when(register(order({ captures: [capture("c-1", 100n)] })))
      .thenNothing()
      .thenCredit([null, 60n])
  })
})

describe("credit beside what it is not", () => {
  it("is spent in no amount that a figure could not hold", () => {
    const both = given(...credited).when(pays(maxMinor))
    deepStrictEqual(
      both.violations().map((each) => each._tag),
      ["Malformed", "ExceedsCredit"]
    )
    given(...credited)
      .when(pays(maxMinor + 1n))
      .thenRejected(
        { _tag: "Malformed", path: "amount", expected: `at most ${maxMinor} minor units` },
        ...given(...credited)
          .when(pays(maxMinor + 1n))
          .violations()
          .slice(1)
      )
  })

  it("that has paid may be told of again with its order, which changes nothing", () => {
    const paid = {
      ...capture("k-1", 25n, {
        provider: "store_credit",
        tender: "store_credit",
        reference: null,
        authorizedAmount: null
      }),
      capturedAt: noon
    }
    given(...credited, pays(25n))
      .when(register(order({ customer, captures: [capture("c-2", 100n), paid] }), { id: "o-2" }))
      .thenNothing()
      .thenAnswered({ changed: false })
  })

  it("stays with the customer of the order, who may no longer be another", () => {
    given(...credited)
      .when(register(order({ customer: "c-8", captures: [capture("c-1", 100n)] })))
      .thenRejected({
        _tag: "OrderConflict",
        orderId: "o-1",
        field: "customerId",
        registered: whose.customerId,
        requested: "c-8"
      })
  })
})
