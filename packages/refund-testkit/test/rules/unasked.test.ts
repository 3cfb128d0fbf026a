import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import { lookupAfter } from "refund-core/lookups"
import { assumed, type Capabilities, type Outcome } from "refund-core/ports/RefundProvider"
import { begin, hours, noon, refundId, register, request, told, worker } from "../../src/build.ts"
import { given } from "../../src/given.ts"

const day = hours(24)
const r1 = refundId(1)
const at = (now: number) => begin(r1, undefined, { caller: worker({ now }) })
const pending: Outcome = { _tag: "pending", reference: null }
const waiting: Outcome = { _tag: "requiresAction", reference: null }
const under = (outcome: Outcome, changed: Partial<Capabilities>) =>
  given(register(), request({ id: r1, amount: 40n }), begin(r1), told(r1, outcome)).with(() => ({
    ...assumed,
    ...changed
  }))

describe("what a provider has accepted that cannot be asked about it (T26, A19, A38)", () => {
  it("stays pending, however long it takes within the provider's days, and is not asked about", () => {
    const { due } = under(pending, { lookup: "none" })
      .when(at(noon + 6 * day))
      .thenNothing()
      .thenAnswered({ _tag: "nothing", refund: { state: "pending" } })
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: noon + 30 * day }])
  })

  it("is looked at by a person when those days are over", () => {
    under(pending, { lookup: "none", pendingDays: 10 })
      .when(at(noon + 10 * day))
      .thenHappened({ _tag: "ReviewNeeded", detail: "still pending, long after it was sent" })
  })

  it("waits for the customer for sixty days, then a person looks at it", () => {
    under(waiting, { lookup: "none", pendingDays: 10 })
      .when(at(noon + 60 * day - 1))
      .thenNothing()
    under(waiting, { lookup: "none", pendingDays: 10 })
      .when(at(noon + 60 * day))
      .thenHappened({ _tag: "ReviewNeeded", detail: "still waits for the customer, long after it was sent" })
  })

  it("is asked about by the reference it was accepted with, where that is what the provider goes by", () => {
    under({ _tag: "pending", reference: "re_1" }, { lookup: "reference" })
      .when(at(noon + hours(1)))
      .thenAnswered({ _tag: "lookup" })
    under(pending, { lookup: "reference" })
      .when(at(noon + hours(1)))
      .thenNothing()
  })
})

describe("an attempt whose process stopped before the answer", () => {
  it("is asked about again, also after the last of the times at which a doubt is looked up (A19, T28)", () => {
    const notSent: Outcome = { _tag: "notSent", detail: "429" }
    const tries = lookupAfter.flatMap(() => [begin(r1), told(r1, notSent)])
    const { due } = given(register(), request({ id: r1, amount: 40n }), ...tries, begin(r1))
      .when(at(noon + hours(1)))
      .thenHappened({ _tag: "OutcomeLost" })
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: noon + hours(25) }])
  })
})
