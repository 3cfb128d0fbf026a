import { describe, it } from "@effect/vitest"
import { throws } from "@effect/vitest/utils"
import { approve, caller, capture, order, policy, refundId, register, request } from "../src/build.ts"
import { given } from "../src/given.ts"

const r1 = refundId(1)

describe("given", () => {
  it("refuses more than the capture has left, and says the numbers", () => {
    given(register(order({ captures: [capture("c-1", 100n)] })), request({ capture: "c-1", amount: 70n }))
      .when(request({ capture: "c-1", amount: 31n }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 31n, refundable: 30n })
      .thenOrder({ held: 70n, refundable: 30n })
  })

  it("tells what happened, and only the fields that matter", () => {
    given(register())
      .when(request({ id: r1, amount: 60n }))
      .thenHappened({ _tag: "RefundRequested", refund: { id: r1, amount: 60n, captureId: "c-1", state: "approved" } })
      .thenAnswered({ replayed: false, refunds: [{ amount: 60n }] })
      .thenRefunds({ id: r1, state: "approved" })
  })

  it("knows when nothing had to happen", () => {
    given(register(), request({ id: r1, key: "k", amount: 60n }))
      .when(request({ key: "k", amount: 60n }))
      .thenNothing()
      .thenAnswered({ replayed: true, groupId: r1 })
  })

  it("follows a refund through the commands before", () => {
    given(register(), policy({ approval: { rule: "always" } }), request({ id: r1, amount: 60n }))
      .when(approve(r1))
      .thenHappened({ _tag: "RefundApproved", refundId: r1 })
    given(register(), request({ id: r1, amount: 60n, requiresApproval: true }))
      .when(approve(r1, { caller: caller() }))
      .thenRejected({ _tag: "SelfApproval", principal: "ada", refundId: r1 })
  })

  it("fails a row that expects another event, another figure, another violation, or a past that cannot be", () => {
    const row = () => given(register()).when(request({ id: r1, amount: 60n }))
    throws(() => row().thenHappened())
    throws(() => row().thenHappened({ _tag: "RefundRequested", refund: { amount: 61n } }))
    throws(() => row().thenOrder({ held: 61n }))
    throws(() => row().thenRefunds({ state: "settled" }))
    throws(() => row().thenNothing())
    throws(() => row().thenRejected({ _tag: "AmountMissing", field: "amount" }))
    const over = () => given(register()).when(request({ capture: "c-1", amount: 101n }))
    throws(() => over().thenHappened())
    throws(() =>
      over().thenRejected({
        _tag: "ExceedsCaptured",
        captureId: "c-1",
        currency: "USD",
        requested: 101n,
        refundable: 99n
      })
    )
    throws(() => given(register(), request({ amount: 101n })))
  })
})
