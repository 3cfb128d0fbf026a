import { describe, it } from "@effect/vitest"
import { strictEqual } from "@effect/vitest/utils"
import { leastFinal, type Refund, type RefundState } from "../src/Refund.ts"

describe("a group", () => {
  const inStates = (first: RefundState, ...others: ReadonlyArray<RefundState>) =>
    leastFinal([{ state: first } as Refund, ...others.map((state) => ({ state }) as Refund)])

  it("is as far as the refund of it that is least far", () => {
    strictEqual(inStates("settled"), "settled")
    strictEqual(inStates("settled", "pending_approval", "denied"), "pending_approval")
    strictEqual(inStates("pending", "unknown"), "unknown")
    strictEqual(inStates("canceled", "settled"), "settled")
  })

  it("has failed where one of it has, whatever else is settled", () => {
    strictEqual(inStates("settled", "failed"), "failed")
  })
})
