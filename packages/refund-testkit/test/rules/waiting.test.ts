/** What the worker says and when it looks again, where it neither sends nor asks: what waits, what is given up, what is in doubt. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import {
  approve,
  attemptId,
  begin,
  capture,
  declined,
  dispute,
  hours,
  minutes,
  noon,
  order,
  refundId,
  register,
  request,
  retry,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { after, step } from "refund-testkit/oneOrder"

const [r1, r2, cost] = [refundId(1), refundId(2), refundId(3)]
const [a1, a2] = [attemptId(1), attemptId(2)]
const days = (count: number) => hours(24 * count)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const asked = request({ amount: 40n, id: r1 })
const returnCost = (amount: bigint) => request({ amount, type: "instance_cost", id: cost })
const submitted = [captured, asked, begin(r1)]
const at = (now: number) => ({ caller: worker({ now }) })
const can = (what: Partial<Capabilities>) => () => ({ ...assumed, ...what })

const waiting = request({ amount: 40n, id: r1, requiresApproval: true })

describe("consent that nobody gave", () => {
  it("is given up after 30 days, and the refund says so", () => {
    const then = given(captured, waiting).when(begin(r1, a1, at(noon + days(30))))
    then
      .thenHappened({ _tag: "RefundCanceled", refundId: r1, detail: "nobody approved it within 30 days" })
      .thenAnswered({ _tag: "nothing", refund: { id: r1, state: "canceled" } })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: null }])
  })

  it("is waited for until then", () => {
    const then = given(captured, waiting).when(begin(r1, a1, at(noon + days(29))))
    then.thenNothing().thenAnswered({ _tag: "nothing", refund: { id: r1, state: "pending_approval" } })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: noon + days(30) }])
  })

  it("frees the return costs that were to be taken off it", () => {
    given(captured, waiting, returnCost(15n))
      .when(begin(r1, a1, at(noon + days(30))))
      .thenRefunds({ state: "canceled", deductions: [] }, { id: cost, netted: 0n })
      .thenOrder({ held: 0n, waiting: [{ refundId: cost, amount: 15n }] })
  })
})

describe("consent that nobody gave, where another refund is not submitted yet,", () => {
  const byHand = request({ amount: 30n, id: r2, destination: "payout" })
  const past = [captured, waiting, byHand, returnCost(15n)]
  const over = noon + days(30)

  it("frees a return cost for that one: it does not wait for a next one", () => {
    given(...past)
      .when(begin(r1, a1, at(over)))
      .thenHappened({ _tag: "RefundCanceled" }, { _tag: "DeductionReleased" }, { _tag: "DeductionNetted", amount: 15n })
      .thenRefunds({ state: "canceled" }, { deductions: [{ refundId: cost, amount: 15n }] }, { id: cost, netted: 15n })
      .thenOrder({ waiting: [] })
  })

  it("is looked at again at once where a call was expected: others were not looked at", () => {
    const { due } = given(...past)
      .when(begin(r1, a1, { ...at(over), calls: true }))
      .thenNothing()
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: over }])
  })
})

describe("a return cost that waits for a refund", () => {
  it("is given up after 30 days, and says so", () => {
    const then = given(captured, returnCost(15n)).when(begin(cost, a1, at(noon + days(30))))
    then
      .thenHappened({
        _tag: "RefundCanceled",
        refundId: cost,
        detail: "there was no refund to deduct it from within 30 days"
      })
      .thenAnswered({ _tag: "nothing", refund: { id: cost, state: "canceled" } })
    deepStrictEqual(then.decision().due, [{ refundId: cost, at: null }])
  })

  it("is looked at again only then", () => {
    const { due } = given(captured, returnCost(15n))
      .when(begin(cost, a1, at(noon + hours(1))))
      .thenNothing()
      .decision()
    deepStrictEqual(due, [{ refundId: cost, at: noon + days(30) }])
  })

  it("is not looked at any more once part of it was taken off a refund: the rest waits for the next one", () => {
    for (const now of [noon + hours(1), noon + days(31)]) {
      const then = given(captured, request({ amount: 10n, id: r1 }), returnCost(15n)).when(begin(cost, a1, at(now)))
      then.thenNothing().thenOrder({ waiting: [{ refundId: cost, amount: 5n }] })
      deepStrictEqual(then.decision().due, [{ refundId: cost, at: null }])
    }
  })
})

describe("a refund of a capture that is disputed", () => {
  it("is left as it is, and looked at again every hour", () => {
    const then = given(captured, asked, dispute("open", { amount: 10n })).when(begin(r1, a1, at(noon + hours(3))))
    then.thenNothing().thenAnswered({ _tag: "nothing", refund: { id: r1, state: "approved" } })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: noon + hours(4) }])
  })
})

describe("an outcome in doubt, of a provider that cannot be asked", () => {
  const mute = can({ lookup: "none", honoursKeyFor: hours(1) })

  it("is for a person once the id is honoured no more, and the worker is done with it", () => {
    const then = given(...submitted, told(r1, unknown))
      .with(mute)
      .when(begin(r1, a2, at(noon + minutes(50))))
    then
      .thenHappened({
        _tag: "ReviewNeeded",
        refundId: r1,
        attemptId: a1,
        detail: "simulator cannot be asked about it"
      })
      .thenAnswered({ _tag: "nothing", refund: { id: r1, state: "in_review" } })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: null }])
  })

  it("is for a person at once where the process stopped and the id is honoured no more", () => {
    const then = given(...submitted)
      .with(can({ lookup: "none", honoursKeyFor: 0 }))
      .when(begin(r1, a2))
    then.thenHappened({ _tag: "OutcomeLost", attemptId: a1 }, { _tag: "ReviewNeeded", attemptId: a1 })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: null }])
  })

  it("stays in doubt where the same id, sent again, did not arrive: the first call may have", () => {
    const inDoubt = after(...submitted, told(r1, unknown))
    const again = step(inDoubt, begin(r1, a2), mute).after
    const { decided } = step(again, told(r1, { _tag: "notSent", detail: "connection refused" }), mute)
    if (decided._tag === "Failure") throw new Error("it is rejected")
    deepStrictEqual(decided.success.events, [
      { _tag: "OutcomeLost", refundId: r1, attemptId: a1, detail: "connection refused" }
    ])
    deepStrictEqual(
      decided.success.answer.map(({ attempts, state }) => [state, attempts.length]),
      [["unknown", 1]]
    )
    deepStrictEqual(decided.success.due, [{ refundId: r1, at: noon + 2_000 }])
  })
})

describe("what a provider leaves open and cannot be asked about", () => {
  const mute = can({ lookup: "none", pendingDays: 7 })
  const pending = { _tag: "pending", reference: "re_1" } as const
  const waits = { _tag: "requiresAction", reference: null } as const

  it("is for a person in the end, who reads what was waited for", () => {
    for (const [outcome, until, detail] of [
      [pending, days(7), "still pending, long after it was sent"],
      [waits, days(60), "still waits for the customer, long after it was sent"]
    ] as const) {
      const left = given(...submitted, told(r1, outcome)).with(mute)
      const before = left.when(begin(r1, a2, at(noon + until - 1)))
      before.thenNothing().thenAnswered({ _tag: "nothing", refund: { id: r1 } })
      deepStrictEqual(before.decision().due, [{ refundId: r1, at: noon + until }])
      const over = left.when(begin(r1, a2, at(noon + until)))
      over
        .thenHappened({ _tag: "ReviewNeeded", refundId: r1, attemptId: a1, detail })
        .thenAnswered({ _tag: "nothing", refund: { id: r1, state: "in_review" } })
      deepStrictEqual(over.decision().due, [{ refundId: r1, at: null }])
    }
  })
})

describe("a refund that is tried for the second time", () => {
  const again = [...submitted, told(r1, declined), retry(r1), begin(r1, a2, at(noon + hours(2)))]

  it("is sent and asked about as its second attempt, from when that was sent", () => {
    given(...again.slice(0, -1))
      .when(begin(r1, a2, at(noon + hours(2))))
      .thenAnswered({ _tag: "submit", attempt: { id: a2, reference: null, startedAt: noon + hours(2) } })
    given(...again, told(r1, { _tag: "pending", reference: "re_2" }, { attempt: a2 }))
      .when(begin(r1, attemptId(3), at(noon + hours(3))))
      .thenAnswered({ _tag: "lookup", attempt: { id: a2, reference: "re_2", startedAt: noon + hours(2) } })
  })
})

describe("the worker", () => {
  it("is told where there is no such refund", () => {
    given(captured).when(begin(r2)).thenRejected({ _tag: "RefundNotFound", refundId: r2 })
    given(captured).when(told(r2, unknown)).thenRejected({ _tag: "RefundNotFound", refundId: r2 })
  })

  it("pays nothing for a return cost, approved or not", () => {
    given(captured, request({ amount: 15n, type: "instance_cost", id: cost, requiresApproval: true }), approve(cost))
      .when(begin(cost))
      .thenNothing()
      .thenAnswered({ _tag: "nothing", refund: { id: cost, state: "approved" } })
  })
})
