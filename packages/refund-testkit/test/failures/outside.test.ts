/** FAILURES, group 12: refunds that others made, or that a person pays. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import {
  approver,
  capture,
  external,
  line,
  noon,
  order,
  refundId,
  register,
  request,
  settle
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const captured = register(order({ captures: [capture("c-1", 100n)] }))

describe("made elsewhere, or by hand (G12)", () => {
  it("A93 StripePlugin PR#101: a refund made at the provider's own desk is in the books, and is not paid again", () => {
    const then = given(captured).when(external(30n, { id: r1 }))
    then.thenRefunds({ id: r1, origin: "external", state: "settled", amount: 30n, attempts: [] })
    then.thenOrder({ refunded: { original: 30n }, refundable: 70n })
    deepStrictEqual(then.decision().due, [])
  })

  it("A94 pretix#2522: money may go back by bank: a person settles it, with its reference", () => {
    given(captured, request({ amount: 30n, destination: "payout", id: r1 }))
      .when(settle(r1, { reference: "bank 77", settledAt: noon, caller: approver() }))
      .thenRefunds({ state: "settled", providerReference: "bank 77", settledBy: "bob" })
  })

  it("A95 RefundPlugin#241: a person may name another total than the rows give, within what they have left", () => {
    given(register(order({ lines: [line("1", 80n), line("2", 20n)], captures: [capture("c-1", 100n)] })))
      .when(request({ amount: 85n }))
      .thenRefunds({
        shares: [
          { component: "line:1", amount: 80n },
          { component: "line:2", amount: 5n }
        ]
      })
  })
})
