/** FAILURES, groups 10 and 11: who may, and what a bank has taken back already. */
import { describe, it } from "@effect/vitest"
import {
  approve,
  caller,
  capture,
  charge,
  dispute,
  line,
  order,
  policy,
  refundId,
  register,
  request,
  resolve,
  settle
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const usd = { currency: "USD" } as const
const captured = register(order({ captures: [capture("c-1", 100n), capture("c-2", 50n)] }))

describe("another person (G10)", () => {
  it("A87 entity#10575: the ledger itself, not a page, keeps who asked from approving", () => {
    given(captured, request({ amount: 40n, id: r1, requiresApproval: true }))
      .when(approve(r1, { caller: caller() }))
      .thenRejected({ _tag: "SelfApproval", principal: "ada", refundId: r1 })
  })

  it("A88 hmis#3169: whatever the role: who may do everything may not approve their own", () => {
    const admin = caller({ id: "root", permissions: ["*"] })
    given(captured, request({ amount: 40n, id: r1, requiresApproval: true, caller: admin }))
      .when(approve(r1, { caller: admin }))
      .thenRejected({ _tag: "SelfApproval", principal: "root", refundId: r1 })
    const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
    given(byHand, request({ amount: 40n, id: r1, caller: admin }))
      .when(settle(r1, { caller: admin }))
      .thenRejected({ _tag: "SelfApproval", principal: "root", refundId: r1 })
    given(captured, request({ amount: 40n, id: r1, caller: admin }))
      .when(resolve(r1, "settled", { caller: admin }))
      .thenRejected(
        { _tag: "SelfApproval", principal: "root", refundId: r1 },
        { _tag: "StateConflict", refundId: r1, state: "approved", action: "resolve" }
      )
  })

  it("A89 gumroad PR#4515: every type of refund meets the same rules, the dispute's among them", () => {
    const whole = register(
      order({
        lines: [line("1", 80n)],
        shipping: charge(10n),
        invoiceFee: charge(10n),
        captures: [capture("c-1", 100n)]
      })
    )
    for (const type of ["default", "shipping", "invoice_fee"] as const) {
      given(whole, dispute("open", { amount: 5n }))
        .when(request({ type, amount: 10n, capture: "c-1" }))
        .thenRejected({ _tag: "DisputeOpen", captureId: "c-1", disputed: 5n, ...usd })
    }
  })
})

describe("what the bank took back (G11)", () => {
  it("A90 hyperswitch PR#10533: a dispute that was lost is not refunded as well", () => {
    given(captured, dispute("lost", { amount: 70n }))
      .when(request({ amount: 31n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 31n, refundable: 30n })
  })

  it("A91 gumroad#4358: while it is open, its capture pays nothing back; others do; once won, it does again", () => {
    given(captured, dispute("open", { amount: 70n }))
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ _tag: "DisputeOpen", captureId: "c-1", disputed: 70n, ...usd })
    given(captured, dispute("open", { amount: 70n }))
      .when(request({ amount: 50n, capture: "c-2" }))
      .thenOrder({ held: 50n })
    given(captured, dispute("open", { amount: 70n }), dispute("won", { amount: 70n }))
      .when(request({ amount: 100n, capture: "c-1" }))
      .thenOrder({ held: 100n, disputed: 0n })
  })

  it("A92 killbill#477: a dispute that was won frees what it took", () => {
    given(captured, dispute("open", { amount: 70n }))
      .when(dispute("won", { amount: 70n }))
      .thenOrder({ disputed: 0n, refundable: 150n })
  })

  it("does not keep a policy from being set while one is open", () => {
    given(captured, dispute("open"))
      .when(policy({ approval: { rule: "always" } }))
      .thenHappened({ _tag: "PolicySet" })
  })
})
