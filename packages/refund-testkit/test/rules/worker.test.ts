import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Outcome } from "refund-core/ports/RefundProvider"
import {
  attemptId,
  begin,
  caller,
  cancel,
  capture,
  declined,
  minutes,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const captured = register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
const refund = request({ amount: 40n, id: r1 })
const submitted = [captured, refund, begin(r1)] as const
const pending: Outcome = { _tag: "pending", reference: null }
const action: Outcome = { _tag: "requiresAction", reference: null }
const later = (count: number) => worker({ now: noon + minutes(count) })

describe("the worker", () => {
  it("sends what leaves, to the capture that it goes back to", () => {
    given(captured, request({ amount: 5n, type: "instance_cost" }), refund)
      .when(begin(r1))
      .thenAnswered({
        _tag: "submit",
        attempt: {
          id: attemptId(1),
          tenant: "acme",
          refundId: r1,
          orderId: "o-1",
          captureId: "c-1",
          captureReference: "ch_c-1",
          provider: "simulator",
          amount: 35n,
          currency: "USD"
        }
      })
  })

  it("looks up what was lost, pending or waits for the customer, as the attempt that it was", () => {
    const lookup = { _tag: "lookup", attempt: { id: attemptId(1), amount: 40n } } as const
    given(...submitted)
      .when(begin(r1, attemptId(2), { caller: later(3) }))
      .thenHappened({ _tag: "OutcomeLost", attemptId: attemptId(1) })
      .thenAnswered(lookup)
    for (const outcome of [unknown, pending, action]) {
      given(...submitted, told(r1, outcome))
        .when(begin(r1, attemptId(2)))
        .thenNothing()
        .thenAnswered(lookup)
    }
  })

  it("asks again five minutes after a crash", () => {
    const { due } = given(...submitted)
      .when(begin(r1, attemptId(2), { caller: later(3) }))
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: noon + minutes(8) }])
  })

  it("does nothing about what is over, and forgets it", () => {
    const ended = [told(r1, paid(40n)), told(r1, declined), told(r1, paid(41n))]
    for (const outcome of ended) {
      const then = given(...submitted, outcome).when(begin(r1, attemptId(2)))
      then.thenNothing().thenAnswered({ _tag: "nothing", refund: { id: r1 } })
      deepStrictEqual(then.decision().due, [{ refundId: r1, at: null }])
    }
    given(captured, refund, cancel(r1))
      .when(begin(r1))
      .thenNothing()
      .thenAnswered({ _tag: "nothing", refund: { state: "canceled" } })
  })

  it("does nothing about what a person pays", () => {
    given(captured, request({ amount: 40n, id: r1, destination: "payout" }))
      .when(begin(r1))
      .thenNothing()
      .thenAnswered({ _tag: "nothing", refund: { id: r1, state: "approved" } })
  })

  it("alone tells what the provider said", () => {
    given(...submitted)
      .when(told(r1, paid(40n), { caller: caller({ permissions: ["refunds:record"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "worker" })
  })
})

describe("what the provider says", () => {
  it("is answered with the whole group as it is then", () => {
    const group = request({ amount: 70n, id: r1 })
    const [first = r1] = given(captured)
      .when(group)
      .decision()
      .answer.refunds.map(({ id }) => id)
    given(captured, request({ amount: 70n, id: r1, seed: first }), request({ amount: 1n, id: r2 }), begin(first))
      .when(told(first, paid(60n)))
      .thenAnswered([
        { captureId: "c-1", state: "settled" },
        { captureId: "c-2", state: "approved" }
      ])
  })

  it("is taken from whatever was waited for", () => {
    for (const outcome of [unknown, pending, action]) {
      given(...submitted, told(r1, outcome))
        .when(told(r1, paid(40n)))
        .thenHappened({ _tag: "RefundSettled", attemptId: attemptId(1), recorded: false }, { _tag: "Posted" })
    }
  })

  it("as of when the money moved, where it says so", () => {
    given(...submitted)
      .when(told(r1, { ...paid(40n), at: noon - 7 } as Outcome))
      .thenRefunds({ settledAt: noon - 7 })
    given(...submitted)
      .when(told(r1, paid(40n), { caller: later(1) }))
      .thenRefunds({ settledAt: noon + minutes(1) })
  })

  it("of a refund that nobody is called for is not believed", () => {
    given(register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] })), refund)
      .when(told(r1, paid(40n)))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "approved", action: "outcome settled" })
  })
})
