/** Two lines of reports about one refund: the same one seen again, a second payout, or what nobody can tell. */
import { describe, it } from "@effect/vitest"
import { strictEqual } from "@effect/vitest/utils"
import { compareLines } from "../src/reportLine.ts"

const at = 1_793_620_800_000
const october = { report: "october.csv", reference: null, effectiveAt: at }
const november = { ...october, report: "november.csv" }
const named = (reference: string, line: typeof october = october) => ({ ...line, reference })

describe("a line about a refund that was reconciled before", () => {
  it("is the same by its name, on whichever report, and another under another name", () => {
    strictEqual(compareLines(named("bank 1"), named("bank 1")), "same")
    strictEqual(compareLines({ ...named("bank 1", november), effectiveAt: at + 1 }, named("bank 1")), "same")
    strictEqual(compareLines(named("bank 2"), named("bank 1")), "another")
    strictEqual(compareLines(named("bank 2", november), named("bank 1")), "another")
  })

  it("is the same without a name only on the same report, and not at another time", () => {
    strictEqual(compareLines(october, october), "same")
    strictEqual(compareLines({ ...october, effectiveAt: null }, october), "same")
    strictEqual(compareLines({ ...october, effectiveAt: at + 1 }, october), "unclear")
    strictEqual(compareLines(november, october), "unclear")
  })

  it("cannot be told where only one of them has a name, or where it is not known what the first one was", () => {
    strictEqual(compareLines(named("bank 1"), october), "unclear")
    strictEqual(compareLines(october, named("bank 1")), "unclear")
    strictEqual(compareLines(named("bank 1"), undefined), "unclear")
    strictEqual(compareLines(october, undefined), "unclear")
  })
})
