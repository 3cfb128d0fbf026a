import { capture, order, refundId, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { it } from "vitest"

it("refuses more than the capture has left", () => {
  given(register(order({ captures: [capture("c-1", 100n)] })), request({ capture: "c-1", amount: 70n }))
    .when(request({ capture: "c-1", amount: 31n }))
    .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 31n, refundable: 30n })
})

it("pays a return less its cost", () => {
  given(register(order()), request({ type: "instance_cost", amount: 15n }))
    .when(request({ amount: 60n, id: refundId(1) }))
    .thenHappened({ _tag: "RefundRequested" }, { _tag: "DeductionNetted", intoId: refundId(1), amount: 15n })
    .thenOrder({ held: 60n, refundable: 40n, waiting: [] })
})
