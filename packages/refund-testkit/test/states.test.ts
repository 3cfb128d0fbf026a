import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { RefundState } from "refund-core/Refund"
import { expect } from "vitest"
import { graphOf } from "./support/stateGraph.ts"
import { page, stepsOf, ways } from "./support/stateTable.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined

/** T38: every command and every answer, in every state that a refund can come to; figures are checked after each step. */
describe("a refund", () => {
  const graph = graphOf(isDeep)

  it("goes every way from state to state that the rules name, and no other", () => {
    deepStrictEqual(graph.ways, [...new Set(stepsOf(ways))].sort())
  })

  it("comes to all twelve states", () => {
    deepStrictEqual([...graph.seen.keys()].sort(), RefundState.literals.toSorted())
  })

  it("is never settled twice: what is settled is not settled again, and what is reversed is over", () => {
    deepStrictEqual(
      graph.ways.filter((each) => each.startsWith("settled → settled") || each.startsWith("reversed →")),
      []
    )
  })

  it("can end, from wherever it is", () => {
    deepStrictEqual(graph.stuck, [])
  })

  it("has its states on a page that says the same", async () => {
    await expect(page()).toMatchFileSnapshot("../../refund-core/docs/states.md")
  })
})
