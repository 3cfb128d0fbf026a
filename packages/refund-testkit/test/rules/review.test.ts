import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { RecordDispute } from "refund-core/Command"
import { CaptureId, OrderId } from "refund-core/Ids"
import {
  approve,
  approver,
  attemptId,
  begin,
  caller,
  cancel,
  capture,
  charge,
  declined,
  deny,
  hours,
  line,
  minutes,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  resolve,
  retry,
  returned,
  reverse,
  settle,
  told,
  undo,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, cost] = [refundId(1), refundId(3)]
const a1 = attemptId(1)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
const submitted = [captured, request({ amount: 40n, id: r1 }), begin(r1)]
const failed = [...submitted, told(r1, declined)]
const lost = [...submitted, told(r1, unknown)]
const days = (count: number) => hours(24 * count)
const none = { original: 0n, store_credit: 0n, payout: 0n }

describe("after a definite no", () => {
  it("the refund is tried again, with an attempt of its own (A40)", () => {
    given(...failed)
      .when(retry(r1))
      .thenRefunds({ state: "approved" })
      .thenOrder({ held: 40n, refundable: 60n })
    given(...failed, retry(r1))
      .when(begin(r1, attemptId(2)))
      .thenRefunds({
        state: "submitting",
        attempts: [
          { id: a1, outcome: "declined" },
          { id: attemptId(2), outcome: null }
        ]
      })
  })

  it("not where others have taken what it would need", () => {
    given(...failed, request({ amount: 61n, capture: "c-1" }))
      .when(retry(r1))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 40n, refundable: 39n })
    given(...failed, request({ amount: 61n, destination: "payout" }))
      .when(retry(r1))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 40n, refundable: 39n })
  })

  it("not where others have used up the part it was drawn on", () => {
    const registered = register(order({ captures: [capture("c-1", 100n)], shipping: charge(10n) }))
    const shipping = request({ type: "shipping", amount: 10n, id: r1, capture: "c-1" })
    given(registered, shipping, begin(r1), told(r1, declined), request({ type: "shipping", amount: 1n }))
      .when(retry(r1))
      .thenRejected({
        _tag: "ExceedsComponent",
        component: "shipping",
        currency: "USD",
        requested: 10n,
        refundable: 9n
      })
  })

  it("not while its capture is disputed", () => {
    const dispute: RecordDispute = {
      _tag: "RecordDispute",
      caller: caller(),
      orderId: OrderId.make("o-1"),
      dispute: { id: "d-1", captureId: CaptureId.make("c-1"), amount: 10n, state: "open", at: noon }
    }
    given(...failed, dispute)
      .when(retry(r1))
      .thenRejected({ _tag: "DisputeOpen", captureId: "c-1", disputed: 10n, currency: "USD" })
  })

  it("is for what failed and nothing else", () => {
    for (const [past, state] of [
      [submitted, "submitting"],
      [lost, "unknown"],
      [[...submitted, told(r1, paid(40n))], "settled"]
    ] as const) {
      given(...past)
        .when(retry(r1))
        .thenRejected({ _tag: "StateConflict", refundId: r1, state, action: "retry" })
    }
    given(...failed)
      .when(cancel(r1))
      .thenRefunds({ state: "canceled" })
  })

  it("a late yes is no matter of course: a person looks at it, and the amount is held again", () => {
    given(...failed)
      .when(told(r1, paid(40n)))
      .thenRefunds({ state: "in_review" })
      .thenOrder({ held: 40n })
    given(...failed)
      .when(told(r1, declined))
      .thenNothing()
  })

  it("its tax is what is left in its parts: together they give back what was charged, and no more", () => {
    const shirt = register(order({ captures: [capture("c-1", 100n)], lines: [line("1", 25n, { tax: 5n })] }))
    const half = [shirt, request({ amount: 15n, line: "1", id: r1 }), begin(r1), told(r1, declined)]
    given(...half)
      .when(retry(r1))
      .thenRefunds({ shares: [{ component: "line:1", amount: 15n, tax: 3n }] })
    given(...half, request({ amount: 15n, line: "1" }))
      .when(retry(r1))
      .thenRefunds({ state: "approved", shares: [{ component: "line:1", amount: 15n, tax: 2n }] }, { amount: 15n })
      .thenOrder({ components: [{ id: "line:1", held: 30n, taxTaken: 5n }] })
  })
})

describe("what a person finds out", () => {
  it("settles what was unknown or in review, as of when the money moved", () => {
    given(...lost)
      .when(resolve(r1, "settled", { reference: "bank 17", settledAt: noon - 1 }))
      .thenRefunds({ state: "settled", settledBy: "bob", settledAt: noon - 1, providerReference: "bank 17" })
      .thenOrder({ held: 0n, refunded: { ...none, original: 40n } })
    given(...submitted, told(r1, paid(41n)))
      .when(resolve(r1, "settled"))
      .thenRefunds({ state: "settled" })
  })

  it("takes two people to say that an unknown refund was not paid", () => {
    given(...lost)
      .when(resolve(r1, "failed"))
      .thenRefunds({ state: "unknown", failureProposedBy: "bob" })
      .thenOrder({ held: 40n })
    given(...lost, resolve(r1, "failed"))
      .when(resolve(r1, "failed"))
      .thenRefunds({ state: "unknown" })
    given(...lost, resolve(r1, "failed"))
      .when(resolve(r1, "failed", { caller: approver({ id: "cem" }) }))
      .thenRefunds({ state: "failed" })
      .thenOrder({ held: 0n, refundable: 100n })
  })

  it("takes one where the provider's answers disagree", () => {
    given(...submitted, told(r1, paid(41n)))
      .when(resolve(r1, "failed"))
      .thenRefunds({ state: "failed" })
      .thenOrder({ held: 0n })
  })

  it("is another than the requester, may do it, and says how it was found out", () => {
    given(...lost)
      .when(resolve(r1, "settled", { caller: caller() }))
      .thenRejected({ _tag: "SelfApproval", principal: "ada", refundId: r1 })
    given(...lost)
      .when(resolve(r1, "settled", { caller: approver({ permissions: ["refunds:record"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:resolve" })
    given(...lost)
      .when(resolve(r1, "settled", { detail: " " }))
      .thenRejected({ _tag: "ReasonRequired", field: "note" })
  })

  it("does not touch what is not in doubt", () => {
    given(...submitted)
      .when(resolve(r1, "failed"))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "submitting", action: "resolve" })
  })

  it("lets a return cost look for another refund when it failed", () => {
    given(
      captured,
      request({ amount: 40n, id: r1 }),
      request({ amount: 15n, type: "instance_cost", id: cost }),
      begin(r1),
      told(r1, paid(26n))
    )
      .when(resolve(r1, "failed"))
      .thenOrder({ waiting: [{ refundId: cost, amount: 15n }] })
  })
})

describe("a settled refund that came back", () => {
  const settled = [...submitted, told(r1, paid(40n))]

  it("is reversed by the provider's word, its cap freed, once however often it is told (T27, A39)", () => {
    given(...settled)
      .when(told(r1, returned))
      .thenRefunds({ state: "reversed", detail: "account closed" })
      .thenOrder({ refunded: none, refundable: 100n })
    given(...settled, told(r1, returned))
      .when(told(r1, returned))
      .thenNothing()
    given(...settled, told(r1, returned))
      .when(told(r1, paid(40n)))
      .thenNothing()
  })

  it("is reversed by a person only where a person recorded it, and another than that one", () => {
    given(...settled)
      .when(reverse(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "reverse" })
    const recorded = [byHand, request({ amount: 40n, id: r1 }), settle(r1)]
    given(...recorded)
      .when(reverse(r1))
      .thenRejected({ _tag: "SelfApproval", principal: "bob", refundId: r1 })
    given(...recorded)
      .when(reverse(r1, { caller: approver({ id: "cem" }) }))
      .thenRefunds({ state: "reversed", detail: "recorded by mistake" })
      .thenOrder({ refunded: none, refundable: 100n })
    given(...recorded)
      .when(reverse(r1, { caller: approver({ id: "cem", permissions: ["refunds:record"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:reverse" })
    given(...recorded)
      .when(reverse(r1, { caller: approver({ id: "cem" }), detail: "" }))
      .thenRejected({ _tag: "ReasonRequired", field: "note" })
  })

  it("was store credit that was not spent: the credit is taken back", () => {
    given(captured, request({ amount: 40n, id: r1, destination: "store_credit" }))
      .when(reverse(r1))
      .thenHappened(
        { _tag: "RefundReversed" },
        {
          _tag: "Posted",
          lines: [
            { account: "sales_returns", amount: -40n },
            { account: "store_credit_liability", amount: 40n }
          ]
        },
        { _tag: "CreditReversed", customerId: "c-7", amount: 40n }
      )
      .thenOrder({ refunded: none, refundable: 100n })
  })

  it("had a return cost deducted: that was kept in vain", () => {
    given(
      captured,
      request({ amount: 40n, id: r1 }),
      request({ amount: 15n, type: "instance_cost", id: cost }),
      begin(r1),
      told(r1, paid(25n))
    )
      .when(told(r1, returned))
      .thenRefunds({ state: "reversed" }, { id: cost, state: "reversed" })
      .thenOrder({ retained: 0n, refundable: 100n, waiting: [] })
  })

  it("is final", () => {
    for (const command of [retry(r1), reverse(r1), resolve(r1, "settled"), cancel(r1)]) {
      const then = given(...settled, told(r1, returned)).when(command)
      deepStrictEqual(
        then.violations().map((violation) => violation._tag),
        ["StateConflict"]
      )
    }
  })
})

describe("waiting too long", () => {
  const waiting = request({ amount: 40n, id: r1, requiresApproval: true })
  const at = (now: number) => ({ caller: worker({ now }) })

  it("ends consent that nobody gave after 30 days", () => {
    given(captured, waiting)
      .when(begin(r1, a1, at(noon + days(30) - 1)))
      .thenNothing()
    given(captured, waiting)
      .when(begin(r1, a1, at(noon + days(30))))
      .thenRefunds({ state: "canceled" })
      .thenOrder({ held: 0n })
    const due = (command = waiting) => given(captured).when(command).decision().due
    deepStrictEqual(due(), [{ refundId: r1, at: noon + days(30) }])
  })

  it("is over once somebody decided", () => {
    for (const end of [deny(r1), cancel(r1)])
      deepStrictEqual(given(captured, waiting).when(end).decision().due, [{ refundId: r1, at: null }])
    deepStrictEqual(given(captured, waiting, approve(r1)).when(undo(r1)).decision().due, [
      { refundId: r1, at: noon + days(30) }
    ])
    deepStrictEqual(given(byHand, waiting).when(approve(r1)).decision().due, [{ refundId: r1, at: null }])
  })

  it("ends a return cost that found no refund after 30 days, not one that did", () => {
    const alone = request({ amount: 15n, type: "instance_cost", id: cost })
    given(captured, alone)
      .when(begin(cost, a1, at(noon + days(30))))
      .thenRefunds({ state: "canceled" })
      .thenOrder({ waiting: [] })
    given(captured, request({ amount: 10n }), alone)
      .when(begin(cost, a1, at(noon + days(30))))
      .thenNothing()
  })

  it("of a provider's pending refund is asked about daily, and after 30 days looked at by a person; never failed", () => {
    const pending = (now: number) => told(r1, { _tag: "pending", reference: null }, at(now))
    const asked = Array.from({ length: 10 }, (_, index) => pending(noon + days(index)))
    const { due } = given(...submitted, ...asked)
      .when(pending(noon + days(11)))
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: noon + days(12) }])
    given(...submitted, ...asked)
      .when(pending(noon + days(30)))
      .thenRefunds({ state: "in_review" })
      .thenOrder({ held: 40n })
    given(...submitted)
      .when(pending(noon + minutes(1)))
      .thenRefunds({ state: "pending" })
  })
})

describe("tightening the policy", () => {
  it("does not stop a retry of what goes over under order_open", () => {
    given(...failed, policy({ overRefund: "order_open" }), request({ amount: 61n, destination: "payout" }))
      .when(retry(r1))
      .thenRefunds({ state: "approved" }, {})
  })
})
