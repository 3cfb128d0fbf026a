import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Outcome } from "refund-core/ports/RefundProvider"
import {
  approve,
  attemptId,
  begin,
  cancel,
  capture,
  declined,
  deny,
  minutes,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  settle,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const two = register(order({ customer: "c-7", captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
const refund = request({ amount: 40n, id: r1 })
const waiting = request({ amount: 40n, id: r1, requiresApproval: true })
const later = (count: number) => worker({ now: noon + minutes(count) })

describe("an attempt remembers", () => {
  const submitted = [captured, refund, begin(r1)] as const
  const at = noon + minutes(1)
  const outcomes: ReadonlyArray<readonly [Outcome, object]> = [
    [paid(40n), { outcome: "settled", reference: "re_1" }],
    [{ ...declined, reference: "re_2" } as Outcome, { outcome: "declined", reference: "re_2" }],
    [
      { _tag: "pending", reference: "re_3" },
      { outcome: "pending", reference: "re_3" }
    ],
    [
      { _tag: "requiresAction", reference: "re_4" },
      { outcome: "requires_action", reference: "re_4" }
    ],
    [unknown, { outcome: "unknown", reference: null }],
    [
      { _tag: "notSent", detail: "429" },
      { outcome: "not_sent", reference: null }
    ],
    [paid(41n), { outcome: "in_review" }]
  ]
  for (const [outcome, record] of outcomes) {
    it(`what the provider said, and when: ${(record as { readonly outcome: string }).outcome}`, () => {
      given(...submitted)
        .when(told(r1, outcome, { caller: later(1) }))
        .thenRefunds({ attempts: [{ id: attemptId(1), startedAt: noon, at, ...record }], updatedAt: at })
    })
  }

  it("the reference it was given, also when a later answer names none", () => {
    given(...submitted, told(r1, { _tag: "pending", reference: "re_3" }))
      .when(told(r1, unknown))
      .thenRefunds({ attempts: [{ outcome: "unknown", reference: "re_3" }] })
  })

  it("nothing yet when it is made", () => {
    given(captured, refund)
      .when(begin(r1))
      .thenRefunds({
        attempts: [{ id: attemptId(1), startedAt: noon, outcome: null, reference: null, at: null, asked: 0 }]
      })
  })
})

describe("a refund remembers why", () => {
  const submitted = [captured, refund, begin(r1)] as const

  it("it was denied or canceled, if somebody said so", () => {
    given(captured, waiting).when(deny(r1)).thenRefunds({ detail: null })
    given(captured, refund)
      .when(cancel(r1, { detail: "came back" }))
      .thenRefunds({ state: "canceled", detail: "came back" })
    given(captured, refund).when(cancel(r1)).thenRefunds({ state: "canceled", detail: null })
  })

  it("it failed, is unknown, was not sent or is looked at", () => {
    given(...submitted)
      .when(told(r1, declined))
      .thenRefunds({ state: "failed", detail: "expired_card" })
    given(...submitted)
      .when(told(r1, unknown))
      .thenRefunds({ state: "unknown", detail: "no answer within 20 s" })
    given(...submitted)
      .when(told(r1, { _tag: "notSent", detail: "429" }))
      .thenRefunds({ state: "approved", detail: "429" })
    given(...submitted)
      .when(told(r1, paid(41n)))
      .thenRefunds({ state: "in_review", detail: "the provider says 41 USD, sent were 40 USD (minor units)" })
    given(...submitted)
      .when(begin(r1, attemptId(2)))
      .thenRefunds({ state: "unknown", detail: "the process that was submitting stopped before the answer" })
  })

  it("it counts as settled where no provider was asked", () => {
    given(captured)
      .when(request({ amount: 1n, settled: true, reference: "till 4" }))
      .thenRefunds({ reference: "till 4", settledAt: noon, attempts: [] })
    given(
      captured,
      policy({ approval: { rule: "always" } }),
      request({ amount: 1n, id: r1, settled: true, reference: "x" })
    )
      .when(approve(r1))
      .thenHappened(
        { _tag: "RefundApproved" },
        { _tag: "RefundSettled", attemptId: null, reference: "x", detail: "recorded", recorded: true },
        { _tag: "Posted" }
      )
  })

  it("it was settled by hand, with the day it says or the day it is said", () => {
    const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "external" })] }))
    given(byHand, refund)
      .when(settle(r1, { detail: "by bank", reference: "b-1", settledAt: noon - 5 }))
      .thenHappened(
        {
          _tag: "RefundSettled",
          attemptId: null,
          reference: "b-1",
          effectiveAt: noon - 5,
          detail: "by bank",
          recorded: true
        },
        { _tag: "Posted" }
      )
    given(byHand, refund).when(settle(r1)).thenRefunds({ settledAt: noon, settledBy: "bob", detail: null })
  })
})

describe("a group", () => {
  it("keeps its key with its first refund only, and each of them the words of the request", () => {
    const { events } = given(two)
      .when(request({ amount: 100n, key: "k", reason: "broken", reference: "RMA 4" }))
      .decision()
    const made = events.filter((event) => event._tag === "RefundRequested")
    deepStrictEqual(
      made.map(({ key }) => key),
      ["k", null]
    )
    deepStrictEqual(
      made.map(({ texts }) => texts?.reason),
      ["broken", "broken"]
    )
    deepStrictEqual(
      made.map((each) => each.refund.reference),
      ["RMA 4", "RMA 4"]
    )
    const bare = given(two)
      .when(request({ amount: 1n }))
      .decision().events[0]
    if (bare === undefined || "texts" in bare) throw new Error("a request without words keeps none")
  })

  it("is answered whole, in its order and as it is now; other refunds of the order are none of it", () => {
    const group = request({ amount: 70n, id: r1, requiresApproval: true })
    const other = request({ amount: 5n, id: r2, requiresApproval: true })
    given(two, group, other)
      .when(approve(r1))
      .thenAnswered([
        { captureId: "c-1", amount: 60n, state: "approved" },
        { captureId: "c-2", amount: 10n, state: "approved" }
      ])
      .thenRefunds({ state: "approved" }, { state: "approved" }, { id: r2, state: "pending_approval" })
    given(two, group)
      .when(request({ amount: 5n, id: r2 }))
      .thenAnswered({ replayed: false, groupId: r2, refunds: [{ id: r2, number: 3, amount: 5n }] })
  })
})
