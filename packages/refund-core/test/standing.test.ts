import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { holds, isRefunded, isUnsubmitted, paidByWorker, payout, type Refund, RefundState } from "../src/Refund.ts"

const refund = (fields: Partial<Refund>): Refund =>
  ({ deductions: [], attempts: [], deducts: false, ...fields }) as never

describe("the twelve states", () => {
  it("hold until the money moved or will not", () => {
    deepStrictEqual(RefundState.literals.filter(holds), [
      "pending_approval",
      "approved",
      "submitting",
      "pending",
      "requires_action",
      "unknown",
      "in_review"
    ])
  })

  it("have given the money back in one", () => deepStrictEqual(RefundState.literals.filter(isRefunded), ["settled"]))

  it("free the rest", () => {
    const free = RefundState.literals.filter((state) => !holds(state) && !isRefunded(state))
    deepStrictEqual(free, ["failed", "denied", "canceled", "reversed"])
  })

  it("may be changed before something was sent, and only then", () => {
    const unsent = RefundState.literals.filter((state) => isUnsubmitted(refund({ state })))
    deepStrictEqual(unsent, ["pending_approval", "approved"])
    strictEqual(isUnsubmitted(refund({ state: "approved", attempts: [{} as never] })), false)
  })
})

describe("what leaves", () => {
  it("is the gross less what is deducted; of a return cost, nothing", () => {
    const deductions = [{ amount: 30n }, { amount: 5n }] as never
    strictEqual(payout(refund({ amount: 100n, deductions })), 65n)
    strictEqual(payout(refund({ amount: 100n })), 100n)
    strictEqual(payout(refund({ amount: 100n, deducts: true })), 0n)
  })

  it("leaves by the worker where the capture's provider is a machine", () => {
    const card = { destination: "original", provider: "simulator" } as const
    strictEqual(paidByWorker(refund(card)), true)
    for (const provider of [null, "manual", "external"]) strictEqual(paidByWorker(refund({ ...card, provider })), false)
    for (const destination of ["store_credit", "payout"] as const) {
      strictEqual(paidByWorker(refund({ ...card, destination })), false)
    }
    strictEqual(paidByWorker(refund({ ...card, deducts: true })), false)
  })
})
