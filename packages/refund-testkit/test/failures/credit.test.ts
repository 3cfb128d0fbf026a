/** FAILURES, group 9: credit that was promised and not given, given twice, spent twice, never ending. */
import { describe, it } from "@effect/vitest"
import {
  caller,
  cancel,
  capture,
  expire,
  hours,
  noon,
  order,
  policy,
  refundId,
  register,
  request,
  spend,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const customer = "c-7"
const whose = { customerId: customer, currency: "USD" } as const
const captured = register(order({ customer, captures: [capture("c-1", 100n)] }))
const next = register(order({ customer, captures: [] }), { id: "o-2" })
const credited = [captured, request({ amount: 60n, destination: "store_credit", id: r1 }), next]

describe("owed once, spent once (G9)", () => {
  it("A81 solidus#2645: settled to store credit is credit posted, in one decision", () => {
    given(captured)
      .when(request({ amount: 60n, destination: "store_credit", id: r1 }))
      .thenHappened(
        { _tag: "RefundRequested" },
        { _tag: "RefundSettled", refundId: r1 },
        { _tag: "Posted", source: `refund:${r1}` },
        { _tag: "CreditPosted", refundId: r1, ...whose, amount: 60n }
      )
  })

  it("A82 magento2#26249: where there is nobody to credit, it is refused, not dropped", () => {
    given(register(order({ captures: [capture("c-1", 100n)] })))
      .when(request({ amount: 60n, destination: "store_credit" }))
      .thenRejected({ _tag: "CustomerRequired", orderId: "o-1" })
  })

  it("A83 magento2#39744: neither asking again nor canceling credits a second time", () => {
    const keyed = request({ amount: 60n, destination: "store_credit", key: "k-1", id: r1 })
    given(captured, keyed).when(keyed).thenNothing()
    given(captured, keyed)
      .when(cancel(r1))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "cancel" })
    given(captured, keyed)
      .when(register(order({ customer, captures: [capture("c-1", 100n)] })))
      .thenNothing()
  })

  it("A84 magento2#20149: what was paid with credit is a capture, and goes back to credit", () => {
    given(...credited, spend(50n, { order: "o-2", id: "k-1", customer }))
      .when(request({ amount: 50n, order: "o-2", capture: "k-1", id: r2 }))
      .thenHappened(
        { _tag: "RefundRequested" },
        { _tag: "RefundSettled", refundId: r2 },
        { _tag: "Posted", source: `refund:${r2}` },
        { _tag: "CreditPosted", refundId: r2, ...whose, amount: 50n }
      )
  })

  it("A85 spree PR#13734: no more is spent than is owed; the second of two finds what the first left", () => {
    given(...credited, spend(50n, { order: "o-2", id: "k-1", customer }))
      .when(spend(11n, { order: "o-2", id: "k-2", customer }))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 11n, refundable: 10n })
  })

  it("A86 spree_store_credit#30: it ends when the policy says, and its end is booked", () => {
    const late = noon + hours(24 * 32)
    const ending = [policy({ creditDays: 30 }), ...credited]
    given(...ending)
      .when(spend(1n, { order: "o-2", id: "k-1", customer, caller: caller({ now: late }) }))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 1n, refundable: 0n })
    given(...ending)
      .when(expire({ customer, caller: worker({ now: late }) }))
      .thenHappened(
        { _tag: "CreditExpired", ...whose, amount: 60n },
        {
          _tag: "Posted",
          source: "credit:expired",
          lines: [
            { account: "store_credit_liability", amount: 60n },
            { account: "breakage", amount: -60n }
          ]
        }
      )
  })
})
