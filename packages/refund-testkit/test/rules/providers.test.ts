/** What providers can do, as data: what they cannot is said before anything is sent, and an id is used while it is honoured. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import {
  approve,
  approver,
  attemptId,
  begin,
  caller,
  capture,
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

const r1 = refundId(1)
const [a1, a2] = [attemptId(1), attemptId(2)]
const days = (count: number): number => hours(24 * count)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const asked = request({ amount: 40n, id: r1 })
const submitted = [captured, asked, begin(r1)]

const can = (what: Partial<Capabilities>) => () => ({ ...assumed, ...what })
const at = (now: number) => worker({ now })
const notFound = { _tag: "notFound", detail: "never heard of it" } as const

describe("a refund that its provider cannot make", () => {
  const capturedAt = noon - hours(1)
  const closed = { _tag: "WindowClosed", captureId: "c-1", days: 30, capturedAt } as const
  const later = (now: number) => caller({ now })

  it("is refused when its capture is too old, and not a moment before", () => {
    const window = can({ windowDays: 30 })
    given(captured)
      .with(window)
      .when(request({ amount: 40n, caller: later(capturedAt + days(30)) }))
      .thenOrder({ held: 40n })
    given(captured)
      .with(window)
      .when(request({ amount: 40n, caller: later(capturedAt + days(30) + 1) }))
      .thenRejected(closed)
  })

  it("goes to credit or by hand all the same, and what has happened is recorded", () => {
    const old = given(captured).with(can({ windowDays: 30, partial: false, steps: { USD: 7n } }))
    const caller = later(noon + days(90))
    for (const destination of ["store_credit", "payout"] as const) {
      old
        .when(request({ amount: 4n, destination, caller }))
        .thenOrder({ refundable: destination === "payout" ? 92n : 96n })
    }
    old.when(request({ amount: 40n, settled: true, caller })).thenRefunds({}, {}, { state: "settled" })
  })

  it("is refused where a capture is given back whole or not at all", () => {
    const whole = given(captured).with(can({ partial: false }))
    const onlyInFull = { _tag: "OnlyInFull", captureId: "c-1", currency: "USD", refundable: 100n } as const
    whole.when(request({ amount: 99n })).thenRejected({ ...onlyInFull, requested: 99n })
    whole.when(request({ amount: 100n })).thenOrder({ held: 100n })
  })

  it("is refused in part of an order whose second capture it would take in part", () => {
    const two = register(order({ captures: [capture("c-1", 100n), capture("c-2", 50n)] }))
    given(two)
      .with(can({ partial: false }))
      .when(request({ amount: 120n }))
      .thenRejected({ _tag: "OnlyInFull", captureId: "c-2", currency: "USD", requested: 20n, refundable: 50n })
    given(two)
      .with(can({ partial: false }))
      .when(request({ amount: 150n }))
      .thenOrder({ held: 150n })
  })

  it("is refused where the currency is paid in larger steps", () => {
    const steps = given(captured).with(can({ steps: { USD: 5n, EUR: 7n } }))
    const notInSteps = { _tag: "AmountNotInSteps", captureId: "c-1", currency: "USD", step: 5n } as const
    steps.when(request({ amount: 42n })).thenRejected({ ...notInSteps, requested: 42n })
    steps.when(request({ amount: 45n })).thenOrder({ held: 45n })
  })

  it("is told all that is in its way, after the limits", () => {
    given(captured)
      .with(can({ partial: false, windowDays: 30, steps: { USD: 7n } }))
      .when(request({ amount: 99n, capture: "c-1", caller: later(noon + days(90)) }))
      .thenRejected(
        closed,
        { _tag: "OnlyInFull", captureId: "c-1", currency: "USD", requested: 99n, refundable: 100n },
        { _tag: "AmountNotInSteps", captureId: "c-1", currency: "USD", requested: 99n, step: 7n }
      )
  })

  it("is asked of the provider of its capture alone; people can do anything", () => {
    const two = register(
      order({ captures: [capture("c-1", 60n), capture("c-2", 60n, { provider: "manual" }), capture("c-3", 60n)] })
    )
    const names: Array<string> = []
    given(two)
      .with((provider) => {
        names.push(provider)
        return { ...assumed, partial: false }
      })
      .when(request({ amount: 40n, capture: "c-2" }))
      .thenOrder({ held: 40n })
    deepStrictEqual(names, [])
  })
})

describe("an outcome that is not known, of a provider", () => {
  const lost = given(...submitted, told(r1, unknown))

  it("that cannot be asked is the same attempt sent again, until ten minutes before it knows the id no more", () => {
    lost
      .with(can({ lookup: "none", honoursKeyFor: hours(1) }))
      .when(begin(r1, a2, { caller: at(noon + minutes(50) - 1) }))
      .thenHappened({ _tag: "AttemptStarted", refundId: r1, attemptId: a1 })
      .thenAnswered({ _tag: "submit", attempt: { id: a1, amount: 40n, startedAt: noon } })
      .thenRefunds({ state: "submitting", attempts: [{ id: a1, startedAt: noon }] })
  })

  it("that cannot be asked, and may take the id for another payment by now, is looked at by a person", () => {
    given(...submitted, told(r1, unknown))
      .with(can({ lookup: "none", honoursKeyFor: hours(1) }))
      .when(begin(r1, a2, { caller: at(noon + minutes(50)) }))
      .thenHappened({ _tag: "ReviewNeeded", refundId: r1, attemptId: a1 })
      .thenRefunds({ state: "in_review" })
      .thenOrder({ held: 40n })
  })

  it("that honours no id is never sent the same one again", () => {
    given(...submitted, told(r1, unknown))
      .with(can({ lookup: "none", honoursKeyFor: 0 }))
      .when(begin(r1, a2))
      .thenRefunds({ state: "in_review" })
  })

  it("that is asked by its own reference is asked where it has told one, else sent the same again", () => {
    const byReference = can({ lookup: "reference" })
    given(...submitted, told(r1, { _tag: "pending", reference: "re_1" }), told(r1, unknown))
      .with(byReference)
      .when(begin(r1, a2))
      .thenNothing()
      .thenAnswered({ _tag: "lookup", attempt: { id: a1, reference: "re_1" } })
    given(...submitted, told(r1, unknown))
      .with(byReference)
      .when(begin(r1, a2))
      .thenAnswered({ _tag: "submit", attempt: { id: a1, reference: null } })
  })

  it("is asked by the attempt's id where the provider can be asked by that", () => {
    given(...submitted, told(r1, unknown))
      .with(can({ lookup: "key", honoursKeyFor: 0 }))
      .when(begin(r1, a2, { caller: at(noon + days(9)) }))
      .thenNothing()
      .thenAnswered({ _tag: "lookup", attempt: { id: a1 } })
  })

  it("after a crash is sent again at once where it cannot be asked, and is in no doubt about which attempt it is", () => {
    given(...submitted)
      .with(can({ lookup: "none" }))
      .when(begin(r1, a2, { caller: at(noon + minutes(5)) }))
      .thenHappened({ _tag: "OutcomeLost", attemptId: a1 }, { _tag: "AttemptStarted", attemptId: a1 })
      .thenAnswered({ _tag: "submit", attempt: { id: a1 } })
  })
})

describe("an attempt that the provider has never heard of", () => {
  const lost = given(...submitted, told(r1, unknown))

  it("is sent again under its id until ten minutes before that is honoured no more, and then once", () => {
    const heard = told(r1, notFound, { caller: at(noon + hours(24) - minutes(10) - 1) })
    lost.when(heard).thenHappened({ _tag: "AttemptNotSent", attemptId: a1 }).thenRefunds({ state: "approved" })
    given(...submitted, told(r1, unknown), heard)
      .when(begin(r1, a2))
      .thenAnswered({ _tag: "submit", attempt: { id: a1, startedAt: noon } })
  })

  it("was not paid where its id is not relied on any more: only a new attempt may pay it", () => {
    const heard = told(r1, notFound, { caller: at(noon + hours(24) - minutes(10)) })
    given(...submitted, told(r1, unknown))
      .when(heard)
      .thenHappened({ _tag: "RefundDeclined", attemptId: a1, code: "not_found", reference: null })
      .thenRefunds({ state: "failed", detail: "not_found" })
      .thenOrder({ held: 0n })
    given(...submitted, told(r1, unknown), heard, retry(r1))
      .when(begin(r1, a2))
      .thenAnswered({ _tag: "submit", attempt: { id: a2 } })
      .thenRefunds({ attempts: [{ id: a1 }, { id: a2 }] })
  })

  it("of a provider that honours no id was not paid, whenever that is heard", () => {
    given(...submitted, told(r1, unknown))
      .with(can({ honoursKeyFor: 0 }))
      .when(told(r1, notFound))
      .thenRefunds({ state: "failed" })
  })
})

describe("what was not sent", () => {
  const due = (retryAfter?: number) =>
    given(...submitted)
      .when(told(r1, { _tag: "notSent", detail: "429", ...(retryAfter === undefined ? {} : { retryAfter }) }))
      .decision()
      .due.map(({ at }) => (at ?? 0) - noon)

  it("is sent again when the provider says, not before, nor at once where it says so", () => {
    deepStrictEqual(due(90_000), [90_000])
    deepStrictEqual([due(1), due(0)], [due(), due()])
  })
})

describe("a refund that the provider leaves open", () => {
  const pending = { _tag: "pending", reference: "re_1" } as const
  const waits = { _tag: "requiresAction", reference: "re_1" } as const

  it("is looked at by a person after as many days as that provider may take", () => {
    const week = can({ pendingDays: 7 })
    const heard = (now: number) => told(r1, pending, { caller: at(now) })
    given(...submitted)
      .with(week)
      .when(heard(noon + days(6)))
      .thenRefunds({ state: "pending" })
    given(...submitted, heard(noon))
      .with(week)
      .when(heard(noon + days(7)))
      .thenHappened({ _tag: "RefundPending" }, { _tag: "ReviewNeeded", attemptId: a1 })
      .thenRefunds({ state: "in_review" })
      .thenOrder({ held: 40n })
  })

  it("waits for the customer for sixty days, whatever the provider takes for others", () => {
    const heard = (now: number) => told(r1, waits, { caller: at(now) })
    given(...submitted)
      .with(can({ pendingDays: 7 }))
      .when(heard(noon + days(30)))
      .thenRefunds({ state: "requires_action" })
    given(...submitted)
      .when(heard(noon + days(60)))
      .thenRefunds({ state: "in_review" })
  })

  it("and cannot be asked about is waited for, and is in no doubt for that", () => {
    const mute = can({ lookup: "none", pendingDays: 7 })
    const waiting = given(...submitted, told(r1, pending)).with(mute)
    const then = waiting.when(begin(r1, a2, { caller: at(noon + days(1)) }))
    then.thenNothing().thenRefunds({ state: "pending" })
    deepStrictEqual(then.decision().due, [{ refundId: r1, at: noon + days(7) }])
    waiting.when(begin(r1, a2, { caller: at(noon + days(7)) })).thenRefunds({ state: "in_review" })
  })
})

describe("consent to a refund that its provider could make when it was asked for", () => {
  it("is asked again of nothing that the provider can do: it is sent, and the provider says no", () => {
    given(captured, request({ amount: 40n, id: r1, requiresApproval: true }))
      .with(can({ partial: false }))
      .when(approve(r1, { caller: approver() }))
      .thenRefunds({ state: "approved" })
  })
})
