/** FAILURES, group 2: paid twice on a retry. Each row is a thread in which it happened; here is what happens instead. */
import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { assumed } from "refund-core/ports/RefundProvider"
import {
  attemptId,
  begin,
  caller,
  capture,
  declined,
  hours,
  minutes,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  resolve,
  retry,
  reverse,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const [a1, a2] = [attemptId(1), attemptId(2)]
const captured = register(order({ captures: [capture("c-1", 100n)] }))
const asked = [captured, request({ amount: 40n, id: r1 })]
const submitted = [...asked, begin(r1)]
const later = worker({ now: noon + minutes(6) })

describe("asked again, paid once (G2)", () => {
  it("A10 medusa#16681: the row stays, and what is sent again has the same key", () => {
    given(...submitted, told(r1, unknown), told(r1, { _tag: "notFound", detail: "never heard of it" }))
      .when(begin(r1, a2, { caller: later }))
      .thenAnswered({ _tag: "submit", attempt: { id: a1, amount: 40n } })
      .thenRefunds({ id: r1, state: "submitting", attempts: [{ id: a1 }] })
  })

  it("A11 saleor#2446: the key is the attempt's, not made of capture and amount", () => {
    const twice = [...asked, request({ amount: 40n, id: r2 }), begin(r1)]
    const then = given(...twice).when(begin(r2, a2))
    then.thenAnswered({ _tag: "submit", attempt: { id: a2, captureId: "c-1", amount: 40n } })
    notStrictEqual(a1, a2)
  })

  it("A12 Mangopay#60: the same amount twice is two refunds; without a key the second is marked, never blocked", () => {
    given(...asked)
      .when(request({ amount: 40n, id: r2 }))
      .thenRefunds({ possibleDuplicateOf: null }, { amount: 40n, possibleDuplicateOf: r1 })
      .thenOrder({ held: 80n })
  })

  it("A13 lunora PR#435: a key is for the whole request, in the whole tenant; a second partial has its own", () => {
    const keyed = [captured, request({ amount: 40n, key: "k-1", id: r1 })]
    given(...keyed)
      .when(request({ amount: 40n, key: "k-1", id: r2 }))
      .thenNothing()
      .thenAnswered({ replayed: true, groupId: r1 })
    given(...keyed)
      .when(request({ amount: 41n, key: "k-1", id: r2 }))
      .thenRejected({ _tag: "IdempotencyKeyReused", key: "k-1" })
    given(...keyed)
      .when(request({ amount: 40n, key: "k-2", id: r2 }))
      .thenOrder({ held: 80n })
  })

  it("A14 blnk#374: a refund is never refundable; an answer that says no has moved nothing", () => {
    const settled = [...submitted, told(r1, paid(40n))]
    given(...settled)
      .when(request({ amount: 40n, at: r1 }))
      .thenRejected({ _tag: "CaptureNotFound", captureId: r1 })
    given(...settled)
      .when(retry(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "retry" })
      .thenOrder({ refunded: { original: 40n }, refundable: 60n })
  })

  it("A15 veolms PR#56: doubt keeps the hold; only a definite no lets it go", () => {
    given(...submitted)
      .when(told(r1, unknown))
      .thenOrder({ held: 40n, refundable: 60n })
    given(...submitted)
      .when(told(r1, declined))
      .thenOrder({ held: 0n, refundable: 100n })
  })

  it("A16 nammayatri PR#14998: no new attempt before the provider has said no", () => {
    for (const [outcome, state] of [
      [unknown, "unknown"],
      [{ _tag: "pending", reference: "re_1" }, "pending"]
    ] as const) {
      given(...submitted, told(r1, outcome))
        .when(retry(r1))
        .thenRejected({ _tag: "StateConflict", refundId: r1, state, action: "retry" })
    }
    given(...submitted, told(r1, declined))
      .when(retry(r1))
      .thenRefunds({ state: "approved" })
  })

  it("A17 csob#705: where the provider cannot be asked, and its key has run out, a person decides", () => {
    const mute = () => ({ ...assumed, lookup: "none", honoursKeyFor: hours(1) }) as const
    // The process that was sending it is gone: the same id is sent again at once.
    given(...submitted)
      .with(mute)
      .when(begin(r1, a2, { caller: later }))
      .thenHappened({ _tag: "OutcomeLost", attemptId: a1 }, { _tag: "AttemptStarted", attemptId: a1 })
      .thenAnswered({ _tag: "submit", attempt: { id: a1 } })
    const lost = given(...submitted, told(r1, unknown))
    lost
      .with(mute)
      .when(begin(r1, a2, { caller: later }))
      .thenAnswered({ _tag: "submit", attempt: { id: a1 } })
    given(...submitted, told(r1, unknown))
      .with(mute)
      .when(begin(r1, a2, { caller: worker({ now: noon + hours(2) }) }))
      .thenRefunds({ state: "in_review" })
  })

  it("A18 PayBridge#115: paid, and lost here: it is looked up, never sent again blindly", () => {
    given(...submitted)
      .when(begin(r1, a2, { caller: later }))
      .thenHappened({ _tag: "OutcomeLost", refundId: r1, attemptId: a1 })
      .thenAnswered({ _tag: "lookup", attempt: { id: a1 } })
    given(...submitted, begin(r1, a2, { caller: later }))
      .when(told(r1, paid(40n)))
      .thenRefunds({ state: "settled", attempts: [{ id: a1 }] })
  })

  it("A19 OwnPay#222: nothing fails by age: it is asked about, then looked at by a person", () => {
    const ages = [6, 70, 500, 2_000, 4_000, 6_000, 8_000, 20_000].map((age) => worker({ now: noon + minutes(age) }))
    const asking = ages.slice(0, -1).map((by) => told(r1, unknown, { caller: by }))
    const [last] = ages.slice(-1)
    given(...submitted, told(r1, unknown), ...asking)
      .when(told(r1, unknown, { ...(last === undefined ? {} : { caller: last }) }))
      .thenRefunds({ state: "in_review" })
      .thenOrder({ held: 40n })
    given(...submitted, told(r1, unknown), ...asking, told(r1, unknown), resolve(r1, "failed"))
      .when(retry(r1))
      .thenRefunds({ state: "approved" })
  })

  it("A20 adyen-shopware6 PR#248: each partial of one order has a key of its own", () => {
    const sent = [begin(r1, a1), begin(r2, a2)].map((each, index) => {
      const { answer } = given(...asked, request({ amount: 40n, id: r2 }))
        .when(each)
        .decision()
      return answer._tag === "submit" ? [index, answer.attempt.id] : []
    })
    deepStrictEqual(sent, [
      [0, a1],
      [1, a2]
    ])
  })

  it("A21 razorpay-mcp-server PR#128: a key made of what was refunded before would meet again after a no", () => {
    const again = given(...submitted, told(r1, declined), retry(r1)).when(begin(r1, a2))
    again.thenAnswered({ _tag: "submit", attempt: { id: a2, amount: 40n } })
    const { answer } = again.decision()
    strictEqual(answer._tag === "submit" && answer.attempt.id !== a1, true)
  })

  it("a settled refund that a person reversed is not paid by asking for it with the old key", () => {
    const recorded = request({ amount: 40n, settled: true, key: "k-1", id: r1 })
    given(captured, recorded, reverse(r1))
      .when({ ...recorded, caller: caller({ now: noon + hours(1) }) })
      .thenNothing()
      .thenAnswered({ replayed: true, refunds: [{ state: "reversed" }] })
  })
})
