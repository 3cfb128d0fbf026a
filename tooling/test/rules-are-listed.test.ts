import { describe, expect, it } from "vitest"
import { check, rulesAreListed, tagsIn } from "../checks/rules-are-listed.ts"
import { root } from "./root.ts"

const file = {
  path: "Violation.ts",
  text: `
    export const Violation = Schema.TaggedUnion({
      /** Why. */
      ExceedsCaptured: { captureId: CaptureId, requested: Schema.BigInt },
      "SelfApproval": {}
    })
    export const DisputeOpen = Schema.TaggedStruct("DisputeOpen", { nested: Schema.Struct({ NotATag: Schema.String }) })
  `
}
const table =
  "| rule | refusal |\n| --- | --- |\n| never too much | `ExceedsCaptured` |\n| four eyes | `SelfApproval` |\n| disputes | `DisputeOpen` |"
const tests = [{ path: "a.test.ts", text: 'rejected("ExceedsCaptured", "SelfApproval", "DisputeOpen")' }]

describe("rules are listed", () => {
  it("holds in this repository", () => expect(check(root)).toEqual([]))

  it("finds the tags of a union and of structs", () =>
    expect(tagsIn(file)).toEqual(["ExceedsCaptured", "SelfApproval", "DisputeOpen"]))

  it("passes when each has a row and a test, or when there are no rules yet", () => {
    expect(rulesAreListed({ file, table, tests })).toEqual([])
    expect(rulesAreListed({ file: undefined, table: "", tests: [] })).toEqual([])
  })

  it("refuses a violation that only prose mentions", () =>
    expect(
      rulesAreListed({
        file,
        table: table.replace("| four eyes | `SelfApproval` |", "SelfApproval is refused."),
        tests
      })
    ).toEqual(["packages/refund-core/README.md: the rule table has no row for SelfApproval"]))

  it("refuses a violation that no test mentions, even where a longer word contains it", () =>
    expect(
      rulesAreListed({ file, table, tests: [{ path: "a.test.ts", text: "ExceedsCaptured SelfApprovals DisputeOpen" }] })
    ).toEqual(["SelfApproval: no test mentions it"]))

  it("refuses a file in which it finds no violations", () =>
    expect(
      rulesAreListed({ file: { path: "Violation.ts", text: "export const none = 1" }, table, tests })
    ).toHaveLength(1))
})
