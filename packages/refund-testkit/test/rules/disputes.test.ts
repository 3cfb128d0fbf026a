import { describe, it } from "@effect/vitest"
import { caller, capture, dispute, order, policy, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

const two = register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
const most = 9_007_199_254_740_991n
const tooMuch = {
  _tag: "Malformed",
  path: "amount",
  expected: `refunds and disputes of at most ${most} minor units in all`
} as const

describe("a dispute that is told", () => {
  it("is told by who may, of an order that is known", () => {
    given(two)
      .when(dispute("open", { caller: caller({ permissions: ["orders:write"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "disputes:write" })
    given().when(dispute("open")).thenRejected({ _tag: "OrderNotFound", orderId: "o-1" })
  })

  it("says whether anything was new, never that the order is", () => {
    given(two)
      .when(dispute("open", { amount: 10n }))
      .thenHappened({ _tag: "DisputeRecorded", orderId: "o-1", dispute: { id: "d-1", state: "open" } })
      .thenAnswered({ created: false, changed: true, order: { disputed: 10n, entries: 2 } })
    given(two, dispute("open", { amount: 10n }))
      .when(dispute("open", { amount: 10n }))
      .thenNothing()
      .thenAnswered({ created: false, changed: false, order: { disputed: 10n } })
  })

  it("adds to the others, each on its own capture", () => {
    given(two, dispute("open", { id: "d-1", amount: 10n }), dispute("lost", { id: "d-2", amount: 5n, capture: "c-2" }))
      .when(dispute("open", { id: "d-3", amount: 3n }))
      .thenOrder({
        disputed: 18n,
        captures: [{ disputed: 13n }, { disputed: 5n }],
        disputes: [{ id: "d-1" }, { id: "d-2" }, { id: "d-3" }]
      })
    given(two, dispute("open", { id: "d-1", amount: 10n }), dispute("open", { id: "d-2", amount: 5n, capture: "c-2" }))
      .when(dispute("won", { id: "d-1", amount: 10n }))
      .thenOrder({ disputed: 5n, captures: [{ disputed: 0n }, { disputed: 5n }] })
  })

  it("keeps its capture, and is lost or won for good", () => {
    const conflict = (field: string, registered: string, requested: string) =>
      ({ _tag: "DisputeConflict", disputeId: "d-1", field, registered, requested }) as const
    given(two, dispute("open", { amount: 10n }))
      .when(dispute("open", { amount: 10n, capture: "c-2" }))
      .thenRejected(conflict("captureId", "c-1", "c-2"))
    given(two, dispute("lost", { amount: 10n }))
      .when(dispute("won", { amount: 10n }))
      .thenRejected(conflict("state", "lost", "won"))
  })

  it("is at most what a figure can be, all of them together", () => {
    given(two)
      .when(dispute("open", { amount: most }))
      .thenOrder({ disputed: most })
    given(two, dispute("open", { amount: most }))
      .when(dispute("lost", { amount: most }))
      .thenOrder({ disputed: most })
    given(two, dispute("open", { amount: 1n }))
      .when(dispute("open", { id: "d-2", amount: most }))
      .thenRejected(tooMuch)
  })

  it("leaves room in that for what is refunded, and for what is held", () => {
    const busy = [two, request({ amount: 2n, settled: true }), request({ amount: 3n })]
    given(...busy)
      .when(dispute("open", { amount: most - 4n }))
      .thenRejected(tooMuch)
    given(...busy)
      .when(dispute("open", { amount: most - 5n }))
      .thenOrder({ disputed: most - 5n, held: 3n })
  })

  it("frees nothing that another open one stops", () => {
    given(two, dispute("open", { id: "d-1", amount: 10n }), dispute("open", { id: "d-2", amount: 5n }))
      .when(dispute("won", { id: "d-1", amount: 10n }))
      .thenOrder({ disputed: 5n })
    given(
      two,
      dispute("open", { id: "d-1", amount: 1n }),
      dispute("won", { id: "d-1", amount: 1n }),
      dispute("open", { id: "d-2", amount: 5n })
    )
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ _tag: "DisputeOpen", captureId: "c-1", disputed: 5n, currency: "USD" })
  })
})

const wide = register(order({ customer: "c-7", captures: [capture("c-1", 60n), capture("c-2", 100n)] }))

describe("an order whose money is disputed", () => {
  const disputed = [wide, dispute("open", { capture: "c-1", amount: 10n })]

  it("gives no more than its other captures have, though the order has more", () => {
    given(...disputed)
      .when(request({ amount: 101n }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 101n, refundable: 100n })
  })

  it("gives what goes beyond them freely only by who may, and who says why", () => {
    const open = [...disputed, policy({ overRefund: "order_open" })]
    given(...open)
      .when(request({ amount: 101n, caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:over" })
    given(...open)
      .when(request({ amount: 101n }))
      .thenRejected({ _tag: "ReasonRequired", field: "reason" })
    given(...open)
      .when(request({ amount: 100n, caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRefunds({ captureId: "c-2", amount: 100n })
  })

  it("is not asked twice about the same shortage", () => {
    given(wide, request({ amount: 100n, destination: "payout" }))
      .when(request({ amount: 61n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 61n, refundable: 60n })
    given(wide, request({ amount: 110n, destination: "payout" }))
      .when(request({ amount: 51n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 51n, refundable: 50n })
    given(wide, request({ amount: 110n, destination: "payout" }))
      .when(request({ amount: 60n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 60n, refundable: 50n })
  })
})
