import { describe, it } from "@effect/vitest"
import { assertSuccess, deepStrictEqual } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { ApprovalRule, doorOf, type Policy, PolicyOverrides, policyFor } from "../src/Policy.ts"

const native: Policy = {
  overRefund: "capture_strict",
  requireCapture: false,
  subtotalRule: "off",
  missingSubtotal: "skip",
  components: "enforce",
  approval: { rule: "never" },
  fourEyes: true,
  fourEyesExcept: [],
  instanceCost: "deduct",
  unmatchedDeduction: "hold",
  creditDays: null
}

describe("a tenant that set nothing", () => {
  it("gives back no more than was captured, by two people, with every component's cap", () =>
    deepStrictEqual(policyFor({}, "native"), native))

  it("has Geins as its native API", () => deepStrictEqual(policyFor({}, "geins"), native))

  it("lets Kibo go over, and notes what a component exceeds", () =>
    deepStrictEqual(policyFor({}, "kibo"), { ...native, overRefund: "order_open", components: "note" }))

  it("notes for Moyasar what a component exceeds", () =>
    deepStrictEqual(policyFor({}, "moyasar"), { ...native, components: "note" }))

  it("has Maverick name its capture, and keeps its subtotal rule", () => {
    const expected = { ...native, requireCapture: true, subtotalRule: "both_absent", components: "note" } as const
    deepStrictEqual(policyFor({}, "maverick"), expected)
  })

  it("has Medusa name its capture", () =>
    deepStrictEqual(policyFor({}, "medusa"), { ...native, requireCapture: true, components: "note" }))
})

describe("what a tenant set", () => {
  const strict = { fourEyes: false, components: "note" } as const

  it("is for the door it was set for and no other; the rest is the door's default", () => {
    deepStrictEqual(policyFor({ geins: strict }, "geins"), { ...native, ...strict })
    deepStrictEqual(policyFor({ geins: strict }, "native"), native)
  })

  it("may be every choice of every door", () => {
    const all: Policy = {
      overRefund: "order_total",
      requireCapture: true,
      subtotalRule: "any_absent",
      missingSubtotal: "reject",
      components: "note",
      approval: { rule: "above", amount: 0n },
      fourEyes: false,
      fourEyesExcept: ["ada" as never],
      instanceCost: "pay",
      unmatchedDeduction: "reject",
      creditDays: 365
    }
    const doors = { native: all, kibo: all, geins: all, moyasar: all, maverick: all, medusa: all }
    assertSuccess(Schema.decodeUnknownResult(PolicyOverrides)(doors), doors)
    assertSuccess(Schema.decodeUnknownResult(PolicyOverrides)({}), {})
  })

  for (const [field, values] of Object.entries({
    overRefund: ["capture_strict", "order_total", "order_open"],
    subtotalRule: ["both_absent", "any_absent", "off"],
    missingSubtotal: ["skip", "reject"],
    components: ["enforce", "note"],
    instanceCost: ["deduct", "pay"],
    unmatchedDeduction: ["hold", "reject"]
  })) {
    it(`says of ${field} one of ${values.join(", ")} and nothing else`, () => {
      const decode = Schema.decodeUnknownResult(PolicyOverrides)
      for (const value of values) assertSuccess(decode({ native: { [field]: value } }), { native: { [field]: value } })
      for (const value of ["", "other", null])
        deepStrictEqual(Result.isFailure(decode({ native: { [field]: value } })), true)
    })
  }

  it("is the door's that the refund came through, and the native API's of one that no door let in", () => {
    deepStrictEqual(doorOf({ door: "kibo" }), "kibo")
    deepStrictEqual(doorOf({ door: "provider" }), "native")
  })

  it("asks for consent never, always, or above an amount that is not negative", () => {
    const decode = Schema.decodeUnknownResult(ApprovalRule)
    for (const rule of [{ rule: "never" }, { rule: "always" }, { rule: "above", amount: 0n }] as const) {
      assertSuccess(decode(rule), rule)
    }
    for (const rule of [{ rule: "" }, { rule: "above" }, { rule: "above", amount: -1n }, {}]) {
      deepStrictEqual(Result.isFailure(decode(rule)), true)
    }
  })
})
