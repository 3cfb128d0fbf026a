/** What people decide of a refund in doubt or of one that has settled: what is kept of their word, and what follows from it. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import {
  approve,
  approver,
  begin,
  capture,
  hours,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  resolve,
  returned,
  reverse,
  setPolicy,
  settle,
  told,
  unknown
} from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { credited, first, next, pays } from "../support/credited.ts"

const [r1, r2, cost] = [refundId(1), refundId(2), refundId(3)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
const submitted = [captured, request({ amount: 40n, id: r1 }), begin(r1)]
const lost = [...submitted, told(r1, unknown)]
const returnCost = (amount: bigint) => request({ amount, type: "instance_cost", id: cost })
const carla = approver({ id: "carla" })

/** The same decision, without a word why. */
const unsaid = <C extends Command & { readonly detail?: string }>(command: C): C => {
  const { detail: _, ...rest } = command
  return rest as C
}

describe("who resolves a refund in doubt", () => {
  it("says how it was found out, or is refused", () => {
    for (const command of [unsaid(resolve(r1, "settled")), unsaid(resolve(r1, "failed"))]) {
      given(...lost)
        .when(command)
        .thenRejected({ _tag: "ReasonRequired", field: "note" })
    }
  })

  it("ends it with that word and its reference, and the worker is done with it", () => {
    const differs = [...submitted, told(r1, paid(41n))]
    const then = given(...differs).when(resolve(r1, "failed", { detail: "not on the statement", reference: "bank 17" }))
    then
      .thenHappened({
        _tag: "RefundResolved",
        refundId: r1,
        to: "failed",
        reference: "bank 17",
        detail: "not on the statement"
      })
      .thenRefunds({ state: "failed", detail: "not on the statement" })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: null }])
    given(...differs)
      .when(resolve(r1, "failed"))
      .thenHappened({ _tag: "RefundResolved", reference: null })
    const { due } = given(...lost)
      .when(resolve(r1, "settled"))
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: null }])
  })

  it("leaves it with the worker while only one person says that it was not paid", () => {
    const then = given(...lost).when(resolve(r1, "failed", { detail: "not on the statement" }))
    then
      .thenHappened({ _tag: "FailureProposed", refundId: r1, detail: "not on the statement" })
      .thenRefunds({ state: "unknown", detail: "not on the statement" })
    deepStrictEqual(then.decision().due, [])
  })

  it("says when it was paid, not in the future nor before it was taken; of what was not paid that says nothing", () => {
    const malformed = { _tag: "Malformed", path: "settledAt" } as const
    given(...lost)
      .when(resolve(r1, "settled", { settledAt: noon + 1 }))
      .thenRejected({ ...malformed, expected: "a time that is not in the future" })
    given(...lost)
      .when(resolve(r1, "settled", { settledAt: noon - hours(1) - 1 }))
      .thenRejected({ ...malformed, expected: "a time after capture c-1 was taken" })
    given(...lost)
      .when(resolve(r1, "settled", { settledAt: noon - hours(1) }))
      .thenRefunds({ settledAt: noon - hours(1) })
    given(...lost)
      .when(resolve(r1, "failed", { settledAt: noon + 1 }))
      .thenRefunds({ failureProposedBy: "bob" })
  })

  it("names a refund that there is", () => {
    given(...lost)
      .when(resolve(r2, "failed"))
      .thenRejected({ _tag: "RefundNotFound", refundId: r2 })
    given(...lost)
      .when(reverse(r2))
      .thenRejected({ _tag: "RefundNotFound", refundId: r2 })
  })

  it("lets credit stand as of when it was given, however late that is decided", () => {
    const late = approver({ now: noon + hours(48) })
    given(...credited, pays(50n), reverse(r1, { detail: "wrong order" }))
      .when(resolve(r1, "settled", { caller: late }))
      .thenHappened({ _tag: "RefundSettled", refundId: r1, effectiveAt: noon, reference: null, recorded: true })
      .thenRefunds({ settledAt: noon })
    given(...credited, pays(50n), reverse(r1, { detail: "wrong order" }))
      .when(resolve(r1, "settled", { reference: "letter 3" }))
      .thenHappened({ _tag: "RefundSettled", reference: "letter 3" })
  })
})

describe("who undoes a settled refund", () => {
  it("says why, or is refused", () => {
    given(byHand, request({ amount: 40n, id: r1 }), settle(r1))
      .when(unsaid(reverse(r1, { caller: carla })))
      .thenRejected({ _tag: "ReasonRequired", field: "note" })
  })

  it("is another than who recorded it, unless both doors let one person do both", () => {
    const recorded = [byHand, request({ amount: 40n, id: r1 }), settle(r1)]
    const geins = approver({ door: "geins" })
    given(...recorded, setPolicy({ geins: { fourEyes: false } }))
      .when(reverse(r1, { caller: geins }))
      .thenRejected({ _tag: "SelfApproval", principal: "bob", refundId: r1 })
    given(...recorded, setPolicy({ geins: { fourEyes: false }, native: { fourEyes: false } }))
      .when(reverse(r1, { caller: geins }))
      .thenRefunds({ state: "reversed" })
  })

  it("undoes no return cost: what it was taken from is undone", () => {
    const kept = [captured, request({ amount: 40n, id: r1 }), returnCost(15n), begin(r1), told(r1, paid(25n))]
    given(...kept)
      .when(reverse(cost))
      .thenRejected({ _tag: "StateConflict", refundId: cost, state: "settled", action: "reverse" })
  })

  it("books nothing back where all of what was given freely is spent: it is given for good", () => {
    const freely = request({ amount: 60n, destination: "store_credit", id: r1, reason: "sorry" })
    const spent = [policy({ overRefund: "order_open" }), register(order({ customer: "c-7", captures: [] })), next]
    given(...spent, freely, pays(60n), reverse(r1, { caller: carla }))
      .when(resolve(r1, "failed"))
      .thenHappened({ _tag: "RefundResolved", refundId: r1 })
      .thenRefunds({ state: "failed", goodwill: 60n })
  })
})

describe("a return cost that was kept", () => {
  const kept = [captured, request({ amount: 40n, id: r1 }), returnCost(15n), begin(r1)]

  it("of one refund alone was kept in vain when that comes back, and says so", () => {
    given(...kept, told(r1, paid(25n)))
      .when(told(r1, returned))
      .thenHappened(
        { _tag: "RefundReversed", refundId: r1 },
        { _tag: "Posted" },
        {
          _tag: "RefundReversed",
          refundId: cost,
          attemptId: null,
          reference: null,
          detail: "the refund it was deducted from was reversed"
        }
      )
  })

  it("of several stays kept of the others when one comes back", () => {
    given(
      captured,
      request({ amount: 10n, id: r2 }),
      request({ amount: 50n, id: r1 }),
      returnCost(15n),
      begin(r1),
      told(r1, paid(45n))
    )
      .when(told(r1, returned))
      .thenHappened({ _tag: "RefundReversed", refundId: r1 }, { _tag: "Posted" })
      .thenRefunds({ id: r2, state: "settled" }, { id: r1, state: "reversed" }, { id: cost, state: "settled" })
      .thenOrder({ retained: 10n })
  })

  it("is settled by what it was taken from, as that says", () => {
    given(...kept)
      .when(told(r1, paid(25n)))
      .thenHappened(
        { _tag: "RefundSettled", refundId: r1, detail: null },
        { _tag: "Posted" },
        { _tag: "DeductionRealised", refundId: cost, intoId: r1, amount: 15n },
        { _tag: "RefundSettled", refundId: cost, attemptId: null, reference: null, detail: "deducted", recorded: false }
      )
      .thenRefunds({ settledBy: null }, { id: cost, settledBy: null, detail: "deducted" })
  })

  it("of all of a refund settles that without a call, which says so", () => {
    given(captured, request({ amount: 15n, id: r1 }))
      .when(returnCost(15n))
      .thenRefunds({ id: r1, state: "settled", detail: "deducted in full", attempts: [] }, { id: cost })
  })
})

describe("a return cost takes nothing", () => {
  it("off what waits for consent but that, and pays nothing without it", () => {
    given(captured, request({ amount: 15n, id: r1, requiresApproval: true }))
      .when(returnCost(15n))
      .thenRefunds({ id: r1, state: "pending_approval", deductions: [{ amount: 15n }] }, { id: cost, realised: 0n })
      .thenOrder({ held: 15n, retained: 0n })
    given(captured, request({ amount: 15n, id: r1, requiresApproval: true }), returnCost(15n))
      .when(approve(r1))
      .thenRefunds({ id: r1, state: "settled" }, { id: cost, state: "settled" })
  })

  it("off what a person has paid already, though that waits for consent", () => {
    given(
      captured,
      policy({ approval: { rule: "always" } }),
      request({ amount: 40n, settled: true, id: r1 }),
      returnCost(15n)
    )
      .when(approve(cost))
      .thenRefunds({ id: r1, state: "pending_approval", deductions: [] }, { id: cost, netted: 0n })
      .thenOrder({ waiting: [{ refundId: cost, amount: 15n }] })
  })
})

describe("what a person recorded and another has to consent to", () => {
  it("has not settled before that, and then as of when it was paid, by who recorded it", () => {
    const recorded = request({ amount: 40n, settled: true, settledAt: noon - 5, id: r1, reference: "bank 1" })
    given(captured, policy({ approval: { rule: "always" } }))
      .when(recorded)
      .thenRefunds({
        state: "pending_approval",
        origin: "recorded",
        settledAt: null,
        settledBy: null,
        reference: "bank 1",
        providerReference: null
      })
    given(captured, policy({ approval: { rule: "always" } }), recorded)
      .when(approve(r1))
      .thenHappened(
        { _tag: "RefundApproved" },
        { _tag: "RefundSettled", effectiveAt: noon - 5, reference: "bank 1", detail: "recorded", recorded: true },
        { _tag: "Posted", effectiveAt: noon - 5 }
      )
      .thenRefunds({ state: "settled", settledAt: noon - 5, settledBy: "ada", approvedBy: "bob" })
  })
})

describe("an attempt", () => {
  it("keeps what became of it: paid, and returned by the provider", () => {
    given(...submitted)
      .when(told(r1, paid(40n, { reference: "re_7" })))
      .thenRefunds({ attempts: [{ outcome: "settled", reference: "re_7", at: noon }] })
    given(...submitted, told(r1, paid(40n)))
      .when(told(r1, returned))
      .thenRefunds({ attempts: [{ outcome: "reversed", reference: "re_1", asked: 2 }] })
  })

  it("keeps what the provider said of it when a person undoes or settles the refund", () => {
    given(...lost)
      .when(resolve(r1, "settled"))
      .thenRefunds({ state: "settled", attempts: [{ outcome: "unknown" }] })
    given(...lost, resolve(r1, "settled"))
      .when(reverse(r1, { caller: carla }))
      .thenRefunds({ state: "reversed", attempts: [{ outcome: "unknown" }] })
  })
})

describe("credit that is given back", () => {
  it("is taken from its account under the order that gave it", () => {
    given(first, request({ amount: 60n, destination: "store_credit", id: r1 }))
      .when(reverse(r1, { caller: carla }))
      .thenHappened(
        { _tag: "RefundReversed", refundId: r1, attemptId: null, reference: null, effectiveAt: noon },
        { _tag: "Posted" },
        { _tag: "CreditReversed", refundId: r1, customerId: "c-7", amount: 60n }
      )
      .thenCredit()
  })
})
