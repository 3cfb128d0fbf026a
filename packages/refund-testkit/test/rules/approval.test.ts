import { describe, it } from "@effect/vitest"
import type { RecordDispute } from "refund-core/Command"
import { CaptureId, OrderId } from "refund-core/Ids"
import {
  approve,
  approver,
  authorized,
  begin,
  caller,
  cancel,
  capture,
  declined,
  deny,
  dispute,
  hours,
  noon,
  order,
  policy,
  refundId,
  register,
  request,
  retry,
  setPolicy,
  settle,
  told,
  undo
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
const waiting = request({ amount: 40n, id: r1, requiresApproval: true })

describe("consent", () => {
  it("is waited for where the request, or the tenant, asks for it; the amount is held meanwhile", () => {
    given(captured).when(waiting).thenRefunds({ state: "pending_approval" }).thenOrder({ held: 40n, refundable: 60n })
    given(captured, policy({ approval: { rule: "always" } }))
      .when(request({ amount: 40n }))
      .thenRefunds({ state: "pending_approval" })
  })

  for (const [limit, state] of [
    [99n, "pending_approval"],
    [100n, "approved"],
    [101n, "approved"]
  ] as const) {
    it(`above ${limit}: 60 now after 40 in the last 24 hours is ${state} (T47: splitting does not evade it)`, () => {
      given(
        captured,
        request({ amount: 40n, caller: caller({ now: noon - hours(23) }) }),
        policy({ approval: { rule: "above", amount: limit } })
      )
        .when(request({ amount: 60n }))
        .thenRefunds({ amount: 40n }, { amount: 60n, state })
    })
  }

  it("counts whole hours: what was asked 24 hours before counts no more", () => {
    for (const [ago, state] of [
      [23, "pending_approval"],
      [24, "approved"]
    ] as const) {
      const earlier = request({ amount: 40n, caller: caller({ now: noon - hours(ago) }) })
      given(captured, earlier, policy({ approval: { rule: "above", amount: 60n } }))
        .when(request({ amount: 60n }))
        .thenRefunds({}, { state })
    }
  })

  it("what was asked longer than a day ago, or denied, counts no more", () => {
    given(
      captured,
      policy({ approval: { rule: "above", amount: 60n } }),
      request({ amount: 40n, caller: caller({ now: noon - hours(25) }) })
    )
      .when(request({ amount: 60n }))
      .thenRefunds({}, { state: "approved" })
    given(captured, waiting, deny(r1), policy({ approval: { rule: "above", amount: 60n } }))
      .when(request({ amount: 60n }))
      .thenRefunds({ state: "denied" }, { state: "approved" })
  })

  it("is given by another person than the requester, whatever the role", () => {
    given(captured, waiting)
      .when(approve(r1, { caller: caller() }))
      .thenRejected({ _tag: "SelfApproval", principal: "ada", refundId: r1 })
    given(captured, waiting).when(approve(r1)).thenRefunds({ state: "approved", approvedBy: "bob", approvedAt: noon })
  })

  it("may be given by the requesting key where the tenant excepted it", () => {
    given(captured, waiting, policy({ fourEyesExcept: ["ada" as never] }))
      .when(approve(r1, { caller: caller() }))
      .thenRefunds({ state: "approved" })
  })

  it("is not given by the requester through a door that asks for less than the one it came through, or the other way round (T46)", () => {
    const lax = setPolicy({ geins: { fourEyes: false } })
    const self = { _tag: "SelfApproval", principal: "ada", refundId: r1 } as const
    const asked = (door: "native" | "geins") =>
      request({ amount: 40n, id: r1, requiresApproval: true, caller: caller({ door }) })
    const given_ = (through: "native" | "geins", decided: "native" | "geins") =>
      given(captured, lax, asked(through)).when(approve(r1, { caller: caller({ door: decided }) }))
    given_("native", "geins").thenRejected(self)
    given_("geins", "native").thenRejected(self)
    given_("native", "native").thenRejected(self)
    given_("geins", "geins").thenRefunds({ state: "approved", approvedBy: "ada" })
  })

  it("is not given where the money went another way meanwhile (T49)", () => {
    const lost: RecordDispute = {
      _tag: "RecordDispute",
      caller: caller(),
      orderId: OrderId.make("o-1"),
      dispute: { id: "d-1", captureId: CaptureId.make("c-1"), amount: 70n, state: "lost", at: noon }
    }
    given(captured, waiting, lost)
      .when(approve(r1))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 40n, refundable: 30n })
    const payout = request({ amount: 40n, id: r1, destination: "payout", requiresApproval: true })
    given(captured, payout, lost)
      .when(approve(r1))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 40n, refundable: 30n })
  })

  it("needs the right to give it", () => {
    given(captured, waiting)
      .when(approve(r1, { caller: approver({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:approve" })
  })

  it("is given once: the second time, and after a no, the state says why not (T48)", () => {
    const conflict = (state: "approved" | "denied", action: string) =>
      ({ _tag: "StateConflict", refundId: r1, state, action }) as const
    given(captured, waiting, approve(r1)).when(approve(r1)).thenRejected(conflict("approved", "approve"))
    given(captured, waiting, approve(r1)).when(deny(r1)).thenRejected(conflict("approved", "deny"))
    given(captured, waiting, deny(r1)).when(approve(r1)).thenRejected(conflict("denied", "approve"))
  })

  it("is kept with the word it was given with", () => {
    given(captured, waiting)
      .when(approve(r1, { detail: "receipt seen" }))
      .thenHappened({ _tag: "RefundApproved", refundId: r1, detail: "receipt seen" })
      .thenRefunds({ detail: "receipt seen" })
    given(captured, waiting, approve(r1))
      .when(undo(r1, { detail: "wrong order" }))
      .thenHappened({ _tag: "ApprovalUndone", refundId: r1, detail: "wrong order" })
  })

  it("refused frees what was held", () => {
    given(captured, waiting)
      .when(deny(r1, { detail: "no receipt" }))
      .thenRefunds({ state: "denied", detail: "no receipt" })
      .thenOrder({ held: 0n, refundable: 100n })
  })

  it("can be undone until something is submitted", () => {
    given(captured, waiting, approve(r1)).when(undo(r1)).thenRefunds({ state: "pending_approval", approvedBy: null })
    given(captured, waiting, approve(r1), begin(r1))
      .when(undo(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "submitting", action: "undo" })
    given(captured, request({ amount: 1n, id: r1 }))
      .when(undo(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "approved", action: "undo" })
  })

  it("is given to a group as a whole", () => {
    given(
      register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] })),
      request({ amount: 100n, id: r1, requiresApproval: true })
    )
      .when(approve(r1))
      .thenRefunds({ captureId: "c-1", state: "approved" }, { captureId: "c-2", state: "approved" })
  })

  it("on a refund nobody knows is not found", () => {
    given(captured).when(approve(r1)).thenRejected({ _tag: "RefundNotFound", refundId: r1 })
  })
})

describe("cancel", () => {
  it("ends what was not sent, or was refused and is to be tried again: nothing of it is at the provider", () => {
    const sent = [captured, request({ amount: 40n, id: r1 }), begin(r1)]
    given(...sent, told(r1, { _tag: "notSent", detail: "connection refused" }))
      .when(cancel(r1))
      .thenRefunds({ state: "canceled" })
      .thenOrder({ held: 0n })
    given(...sent, told(r1, declined), retry(r1), dispute("lost"))
      .when(cancel(r1))
      .thenRefunds({ state: "canceled" })
      .thenOrder({ held: 0n, disputed: 100n })
  })

  it("ends what was not submitted and frees it", () => {
    given(captured, waiting).when(cancel(r1)).thenRefunds({ state: "canceled" }).thenOrder({ held: 0n })
    given(captured, request({ amount: 40n, id: r1 }))
      .when(cancel(r1))
      .thenRefunds({ state: "canceled" })
  })

  it("comes too late once an attempt was made", () => {
    given(captured, request({ amount: 40n, id: r1 }), begin(r1))
      .when(cancel(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "submitting", action: "cancel" })
  })
})

describe("a settlement that a person records", () => {
  it("is for money that no provider of ours moves", () => {
    given(byHand, request({ amount: 40n, id: r1 }))
      .when(settle(r1, { reference: "bank 17" }))
      .thenRefunds({ state: "settled", settledBy: "bob", providerReference: "bank 17" })
      .thenOrder({ held: 0n, refunded: { original: 40n, store_credit: 0n, payout: 0n }, refundable: 60n })
    given(captured, request({ amount: 40n, id: r1 }))
      .when(settle(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "approved", action: "settle" })
    given(captured, request({ amount: 40n, id: r1, destination: "payout" }))
      .when(settle(r1))
      .thenRefunds({ state: "settled" })
  })

  it("is recorded by another person than the requester", () => {
    given(byHand, request({ amount: 40n, id: r1 }))
      .when(settle(r1, { caller: caller() }))
      .thenRejected({ _tag: "SelfApproval", principal: "ada", refundId: r1 })
  })

  it("happened not before the capture and not in the future", () => {
    const path = "settledAt"
    given(byHand, request({ amount: 40n, id: r1 }))
      .when(settle(r1, { settledAt: noon + 1 }))
      .thenRejected({ _tag: "Malformed", path, expected: "a time that is not in the future" })
    given(byHand, request({ amount: 40n, id: r1 }))
      .when(settle(r1, { settledAt: noon - hours(2) }))
      .thenRejected({ _tag: "Malformed", path, expected: "a time after capture c-1 was taken" })
  })
})

describe("a request that says `settled`", () => {
  const recorded = request({ amount: 40n, id: r1, settled: true, settledAt: noon - 1 })

  it("is recorded at once with its own date: nothing is due", () => {
    const { due } = given(captured)
      .when(recorded)
      .thenRefunds({ state: "settled", origin: "recorded", settledAt: noon - 1, settledBy: "ada" })
      .decision()
    if (due.length > 0) throw new Error("a recorded refund is not paid again")
  })

  it("keeps the caps", () => {
    given(captured)
      .when(request({ amount: 101n, settled: true }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 101n, refundable: 100n })
  })

  it("needs the right to record", () => {
    given(captured)
      .when(request({ amount: 1n, settled: true, caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:record" })
  })

  it("beats the request's own wish for consent, never the tenant's policy", () => {
    given(captured)
      .when(request({ amount: 40n, settled: true, requiresApproval: true }))
      .thenRefunds({ state: "settled" })
    given(captured, policy({ approval: { rule: "always" } }), recorded)
      .when(approve(r1))
      .thenRefunds({ state: "settled", settledAt: noon - 1, settledBy: "ada", approvedBy: "bob" })
  })

  it("with store credit posts the credit too", () => {
    given(captured)
      .when(request({ amount: 40n, settled: true, destination: "store_credit" }))
      .thenHappened({ _tag: "RefundRequested" }, { _tag: "Posted" }, { _tag: "CreditPosted", amount: 40n })
  })

  it("has a date only where it is settled", () => {
    given(captured)
      .when(request({ amount: 1n, settledAt: noon }))
      .thenRejected({ _tag: "Malformed", path: "settledAt", expected: "settled: true beside it" })
  })
})

describe("an order of which nothing was captured yet", () => {
  it("refunds nothing to a capture", () => {
    given(register(order({ captures: [authorized("c-1", 100n)] })))
      .when(request({ amount: 1n }))
      .thenRejected(
        { _tag: "NotCaptured", captureId: "c-1" },
        { _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 1n, refundable: 0n }
      )
  })
})

const two = register(order({ customer: "c-7", captures: [capture("c-1", 60n), capture("c-2", 100n)] }))
const [r2, cost] = [refundId(2), refundId(3)]

describe("consent, where money went missing since,", () => {
  it("to a return cost asks for no room: it takes none", () => {
    const asked = request({ amount: 15n, type: "instance_cost", id: cost, requiresApproval: true })
    given(captured, request({ amount: 100n, id: r1 }), asked, dispute("lost", { amount: 10n }))
      .when(approve(cost))
      .thenRefunds({ id: r1, deductions: [{ refundId: cost, amount: 15n }] }, { id: cost, state: "approved" })
  })

  it("to what goes by hand or to credit asks nothing of the capture that it was asked on", () => {
    for (const destination of ["payout", "store_credit"] as const) {
      const asked = request({ amount: 40n, capture: "c-1", destination, id: r2, requiresApproval: true })
      given(two, request({ amount: 60n, capture: "c-1", id: r1 }), asked, dispute("lost", { amount: 10n }))
        .when(approve(r2))
        .thenRefunds({ id: r1 }, { id: r2, state: destination === "payout" ? "approved" : "settled" })
    }
  })

  it("to what the order has no room for any more is refused, whatever it was asked on", () => {
    const asked = request({ amount: 40n, destination: "payout", id: r2, requiresApproval: true })
    given(captured, request({ amount: 60n, capture: "c-1", id: r1 }), asked, dispute("lost", { amount: 10n }))
      .when(approve(r2))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 40n, refundable: 30n })
  })
})
