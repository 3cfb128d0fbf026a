import { strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command, RecordDispute } from "refund-core/Command"
import { CaptureId, OrderId } from "refund-core/Ids"
import { lookupAfter } from "refund-core/lookups"
import type { Dispute } from "refund-core/Order"
import {
  attemptId,
  begin,
  caller,
  capture,
  declined,
  hours,
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

const r1 = refundId(1)
const a1 = attemptId(1)
const captured = register(order({ captures: [capture("c-1", 100n)] }))
const approved = [captured, request({ amount: 40n, id: r1 })]
const submitted = [...approved, begin(r1)]

describe("an approved refund", () => {
  it("is submitted with an attempt of its own, committed first", () => {
    given(...approved)
      .when(begin(r1))
      .thenHappened({ _tag: "AttemptStarted", refundId: r1, attemptId: a1 })
      .thenAnswered({
        _tag: "submit",
        attempt: { id: a1, amount: 40n, currency: "USD", captureReference: "ch_c-1" }
      })
      .thenRefunds({ state: "submitting" })
      .thenOrder({ held: 40n })
  })

  it("is taken by the worker only", () => {
    given(...approved)
      .when(begin(r1, a1, { caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "worker" })
  })

  it("is left alone where a person pays it, or where it takes instead of paying", () => {
    const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
    given(byHand, request({ amount: 40n, id: r1 }))
      .when(begin(r1))
      .thenNothing()
      .thenAnswered({ _tag: "nothing" })
    given(captured, request({ amount: 40n, id: r1, destination: "payout" }))
      .when(begin(r1))
      .thenNothing()
    given(captured, request({ amount: 40n, id: r1, type: "instance_cost" }))
      .when(begin(r1))
      .thenNothing()
  })
})

describe("a chargeback that comes between", () => {
  const dispute = (state: Dispute["state"]): RecordDispute => ({
    _tag: "RecordDispute",
    caller: caller(),
    orderId: OrderId.make("o-1"),
    dispute: { id: "d-1", captureId: CaptureId.make("c-1"), amount: 100n, state, at: noon }
  })

  it("stops what was approved from being submitted; won, it goes on (T10)", () => {
    for (const state of ["open", "lost"] as const) {
      const { due } = given(...approved, dispute(state))
        .when(begin(r1))
        .thenNothing()
        .thenRefunds({ state: "approved" })
        .decision()
      strictEqual(due[0]?.at, noon + hours(1))
    }
    const knowing = caller({ permissions: ["refunds:request", "disputes:override"] })
    const small = { ...dispute("open"), dispute: { ...dispute("open").dispute, amount: 10n } }
    given(captured, small, request({ amount: 40n, id: r1, capture: "c-1", caller: knowing }))
      .when(begin(r1))
      .thenRefunds({ state: "submitting", notes: ["DisputeOverridden"] })
    given(...approved, dispute("open"), dispute("won"))
      .when(begin(r1))
      .thenRefunds({ state: "submitting" })
  })
})

describe("what the provider says", () => {
  it("settled: the hold becomes a refund", () => {
    given(...submitted)
      .when(told(r1, paid(40n)))
      .thenRefunds({ state: "settled", providerReference: "re_1", settledAt: noon })
      .thenOrder({ held: 0n, refunded: { original: 40n, store_credit: 0n, payout: 0n }, refundable: 60n })
  })

  it("declined: a definite no frees the amount (T19)", () => {
    given(...submitted)
      .when(told(r1, declined))
      .thenRefunds({ state: "failed", detail: "expired_card" })
      .thenOrder({ held: 0n, refundable: 100n })
  })

  it("pending, action required, nothing: still held (A34, A36)", () => {
    for (const [outcome, state] of [
      [{ _tag: "pending", reference: "re_1" }, "pending"],
      [{ _tag: "requiresAction", reference: null }, "requires_action"],
      [unknown, "unknown"]
    ] as const) {
      given(...submitted)
        .when(told(r1, outcome))
        .thenRefunds({ state })
        .thenOrder({ held: 40n, refundable: 60n })
    }
  })

  it("not sent: the same attempt is tried again (T29)", () => {
    given(...submitted, told(r1, { _tag: "notSent", detail: "429" }))
      .when(begin(r1, attemptId(2)))
      .thenHappened({ _tag: "AttemptStarted", attemptId: a1 })
      .thenRefunds({ attempts: [{ id: a1 }] })
  })

  it("another amount or currency than was sent: a person looks at it, nothing is guessed (T25)", () => {
    for (const outcome of [paid(41n), paid(40n, { currency: "EUR" })]) {
      given(...submitted)
        .when(told(r1, outcome))
        .thenRefunds({ state: "in_review" })
        .thenOrder({ held: 40n })
    }
  })

  it("twice: the second time nothing happens; under another name it would be a second payout", () => {
    given(...submitted, told(r1, paid(40n)))
      .when(told(r1, paid(40n)))
      .thenNothing()
    given(...submitted, told(r1, paid(40n)))
      .when(told(r1, paid(40n, { reference: "re_2" })))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "outcome settled" })
  })

  it("about another attempt than the open one does not apply", () => {
    given(...submitted)
      .when(told(r1, paid(40n), { attempt: attemptId(9) }))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "submitting", action: "outcome settled" })
  })
})

describe("an outcome that is not known", () => {
  it("after a crash is looked up, never sent again (T18)", () => {
    given(...submitted)
      .when(begin(r1, attemptId(2)))
      .thenHappened({ _tag: "OutcomeLost", attemptId: a1 })
      .thenAnswered({ _tag: "lookup", attempt: { id: a1 } })
      .thenRefunds({ state: "unknown" })
  })

  it("is looked up as the same attempt", () => {
    given(...submitted, told(r1, unknown))
      .when(begin(r1, attemptId(2)))
      .thenNothing()
      .thenAnswered({ _tag: "lookup", attempt: { id: a1 } })
  })

  it("found paid is settled once", () => {
    given(...submitted, told(r1, unknown), begin(r1))
      .when(told(r1, paid(40n)))
      .thenRefunds({ state: "settled" })
  })

  it("after 5 minutes, an hour, 6 hours and five days is for a person; its age alone never fails it (T26)", () => {
    const lookups: Array<Command> = lookupAfter.flatMap(() => [told(r1, unknown), begin(r1)])
    given(...submitted, ...lookups.slice(0, -1))
      .when(begin(r1))
      .thenNothing()
      .thenRefunds({ state: "unknown" })
    given(...submitted, ...lookups)
      .when(told(r1, unknown))
      .thenRefunds({ state: "in_review" })
      .thenOrder({ held: 40n })
  })

  it("is asked about at the times of the schedule", () => {
    const { due } = given(...submitted)
      .when(told(r1, unknown, { caller: worker({ now: noon }) }))
      .decision()
    if (due[0]?.at !== noon + 300_000) throw new Error(`due at ${due[0]?.at}`)
  })
})
