import { describe, it } from "@effect/vitest"
import { caller, capture, order, policy, refundId, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

/** Subtotal 80, captured 100. */
const captured = (subtotal: bigint | undefined) =>
  register(order({ captures: [capture("c-1", 100n)], ...(subtotal === undefined ? {} : { subtotal }) }))

describe("the subtotal rule", () => {
  const exceeds = (requested: bigint) =>
    ({ _tag: "ExceedsSubtotal", orderId: "o-1", currency: "USD", requested, subtotal: 80n }) as const

  for (const tax of [false, true]) {
    for (const discounts of [false, true]) {
      for (const [rule, fires] of [
        ["both_absent", !tax && !discounts],
        ["any_absent", !tax || !discounts],
        ["off", false]
      ] as const) {
        const restated = [tax ? "tax" : "", discounts ? "discounts" : ""].filter(Boolean).join(" and ") || "nothing"
        it(`${rule}, ${restated} restated: ${fires ? "at most the subtotal, which itself passes" : "does not apply"}`, () => {
          for (const amount of [79n, 80n, 81n]) {
            const then = given(captured(80n), policy({ subtotalRule: rule })).when(
              request({ amount, restated: { tax, discounts } })
            )
            if (fires && amount > 80n) then.thenRejected(exceeds(amount))
            else then.thenOrder({ held: amount })
          }
        })
      }
    }
  }

  it("is asked of each request by itself", () => {
    given(captured(80n), policy({ subtotalRule: "both_absent" }), request({ amount: 60n }))
      .when(request({ amount: 40n }))
      .thenOrder({ held: 100n })
  })

  it("stands beside the capture's limit, not instead of it", () => {
    given(captured(80n), policy({ subtotalRule: "both_absent" }))
      .when(request({ amount: 101n, capture: "c-1" }))
      .thenRejected(
        { _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 101n, refundable: 100n },
        exceeds(101n)
      )
  })

  it("without a subtotal is noted, or refused where the tenant says so", () => {
    given(captured(undefined), policy({ subtotalRule: "both_absent" }))
      .when(request({ amount: 100n }))
      .thenRefunds({ notes: ["SubtotalUnknown"] })
    given(captured(undefined), policy({ subtotalRule: "both_absent", missingSubtotal: "reject" }))
      .when(request({ amount: 1n }))
      .thenRejected({ _tag: "SubtotalUnknown", orderId: "o-1" })
  })

  it("measures by the subtotal as first registered", () => {
    given(captured(80n))
      .when(captured(90n))
      .thenRejected({ _tag: "OrderConflict", orderId: "o-1", field: "subtotal", registered: "80", requested: "90" })
  })

  it("is Maverick's by default", () => {
    given(captured(80n))
      .when(request({ amount: 81n, at: "c-1", caller: caller({ door: "maverick" }) }))
      .thenRejected(exceeds(81n))
  })
})

const r1 = refundId(1)

describe("a note that the subtotal is not known", () => {
  it("is for orders without one", () => {
    const rule = policy({ subtotalRule: "both_absent" })
    given(register(order({ subtotal: 100n })), rule)
      .when(request({ amount: 40n, id: r1 }))
      .thenRefunds({ notes: [] })
    given(register(order()), rule)
      .when(request({ amount: 40n, id: r1 }))
      .thenRefunds({ notes: ["SubtotalUnknown"] })
  })
})
