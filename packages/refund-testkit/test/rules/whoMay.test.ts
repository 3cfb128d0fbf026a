import { describe, it } from "@effect/vitest"
import {
  approve,
  approver,
  begin,
  caller,
  cancel,
  capture,
  declined,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  resolve,
  retry,
  reverse,
  settle,
  told,
  undo,
  unknown
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const refund = request({ amount: 40n, id: r1 })
const waiting = request({ amount: 40n, id: r1, requiresApproval: true })

describe("who may do what to a refund", () => {
  const asker = caller({ permissions: ["refunds:request"] })
  const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))

  it("cancel: who may request; settle: who may record", () => {
    given(captured, refund)
      .when(cancel(r1, { caller: caller({ permissions: ["refunds:read"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:request" })
    given(captured, refund)
      .when(cancel(r1, { caller: asker }))
      .thenRefunds({ state: "canceled" })
    given(byHand, refund)
      .when(settle(r1, { caller: approver({ permissions: ["refunds:approve"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:record" })
  })

  it("nobody anything to one that is not known", () => {
    const missing = { _tag: "RefundNotFound", refundId: r2 } as const
    given(captured).when(cancel(r2)).thenRejected(missing)
    given(captured).when(settle(r2)).thenRejected(missing)
    given(captured).when(begin(r2)).thenRejected(missing)
    given(captured).when(told(r2, unknown)).thenRejected(missing)
  })

  it("cancel: one that failed too, not one that was sent or is settled", () => {
    given(captured, refund, begin(r1), told(r1, declined)).when(cancel(r1)).thenRefunds({ state: "canceled" })
    given(captured, refund, begin(r1), told(r1, paid(40n)))
      .when(cancel(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "cancel" })
  })

  it("settle: not before consent, and not twice", () => {
    given(byHand, waiting)
      .when(settle(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "pending_approval", action: "settle" })
    given(byHand, refund, settle(r1))
      .when(settle(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "settle" })
  })

  it("undo: not once a return cost was taken from another refund with it", () => {
    const cost = request({ amount: 5n, id: r2, type: "instance_cost", requiresApproval: true })
    given(captured, refund, cost, approve(r2))
      .when(undo(r2))
      .thenRejected({ _tag: "StateConflict", refundId: r2, state: "approved", action: "undo" })
  })

  it("consent to what goes over is no matter of the caps where the tenant lets it go over", () => {
    const open = policy({ overRefund: "order_open" })
    const over = request({ amount: 130n, id: r1, reason: "goodwill", requiresApproval: true })
    given(captured, open, over).when(approve(r1)).thenRefunds({ state: "approved" }, { state: "settled", amount: 30n })
  })

  it("retry, resolve, reverse: nobody one that is not known, and each by its own right", () => {
    const missing = { _tag: "RefundNotFound", refundId: r2 } as const
    const on = { detail: "asked the bank" }
    given(captured).when(retry(r2)).thenRejected(missing)
    given(captured)
      .when(resolve(r2, "settled", on))
      .thenRejected(missing)
    given(captured).when(reverse(r2, on)).thenRejected(missing)
    const reader = { ...on, caller: approver({ permissions: ["refunds:read"] }) }
    given(captured, refund)
      .when(retry(r1, reader))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:request" })
    given(captured, refund)
      .when(resolve(r1, "failed", reader))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:resolve" })
    given(captured, refund)
      .when(reverse(r1, reader))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:reverse" })
  })

  it("resolve: with the day the money moved, which is not in the future", () => {
    const lost = [captured, refund, begin(r1), told(r1, unknown)] as const
    const on = { detail: "asked the bank", settledAt: noon + 1 }
    given(...lost)
      .when(resolve(r1, "settled", on))
      .thenRejected({ _tag: "Malformed", path: "settledAt", expected: "a time that is not in the future" })
  })
})
