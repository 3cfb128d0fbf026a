import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import {
  goesToCredit,
  holds,
  isRefunded,
  isUnderWay,
  leastFinal,
  type Refund,
  type RefundState
} from "../src/Refund.ts"

/** The furthest from being over first. */
const states: ReadonlyArray<RefundState> = [
  "pending_approval",
  "approved",
  "submitting",
  "unknown",
  "in_review",
  "requires_action",
  "pending",
  "failed",
  "settled",
  "denied",
  "canceled",
  "reversed"
]

const those = (is: (state: RefundState) => boolean): ReadonlyArray<RefundState> => states.filter(is)

describe("a refund's state", () => {
  it("holds money until it is over, and has refunded it once settled", () => {
    deepStrictEqual(those(holds), states.slice(0, 7))
    deepStrictEqual(those(isRefunded), ["settled"])
  })

  it("is under way from when it was sent until somebody can say that it is over", () => {
    deepStrictEqual(
      those((state) => isUnderWay({ state } as Refund)),
      ["submitting", "unknown", "in_review", "requires_action", "pending"]
    )
  })
})

describe("a refund to a capture that was paid with store credit", () => {
  it("is credit again; paid by hand instead, it is none", () => {
    strictEqual(goesToCredit({ destination: "original", provider: "store_credit" }), true)
    strictEqual(goesToCredit({ destination: "payout", provider: "store_credit" }), false)
    strictEqual(goesToCredit({ destination: "store_credit", provider: null }), true)
    strictEqual(goesToCredit({ destination: "original", provider: "stripe" }), false)
  })
})

describe("a group", () => {
  const inStates = (first: RefundState, ...others: ReadonlyArray<RefundState>) =>
    leastFinal([{ state: first } as Refund, ...others.map((state) => ({ state }) as Refund)])

  it("is as far as the refund of it that is least far", () => {
    strictEqual(inStates("settled"), "settled")
    strictEqual(inStates("settled", "pending_approval", "denied"), "pending_approval")
    strictEqual(inStates("pending", "unknown"), "unknown")
    strictEqual(inStates("canceled", "settled"), "settled")
    for (const [index, state] of states.entries()) {
      for (const further of states.slice(index)) strictEqual(inStates(further, state), state)
    }
  })

  it("has failed where one of it has, whatever else is settled", () => {
    strictEqual(inStates("settled", "failed"), "failed")
  })
})
