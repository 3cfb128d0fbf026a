import { strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { RecordDispute } from "refund-core/Command"
import { CaptureId, OrderId } from "refund-core/Ids"
import {
  begin,
  caller,
  capture,
  charge,
  external,
  line,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  returned,
  told
} from "refund-testkit/build"
import { closePeriod } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
/** Mug 40.00 + 3.20 tax, shipping 5.00 + 0.40, fee 1.00. */
const mug = register(
  order({
    captures: [capture("c-1", 4960n)],
    lines: [line("1", 4000n, { tax: 320n })],
    shipping: charge(500n, { tax: 40n }),
    invoiceFee: charge(100n)
  })
)
const dispute = (state: "open" | "won" | "lost"): RecordDispute => ({
  _tag: "RecordDispute",
  caller: caller(),
  orderId: OrderId.make("o-1"),
  dispute: { id: "d-1", captureId: CaptureId.make("c-1"), amount: 60n, state, at: noon - 5 }
})

describe("money that moved is booked twice, together nothing", () => {
  it("a settled refund: returns by what was refunded, tax owed no more, the provider's money gone", () => {
    given(mug, request({ amount: 4960n, id: r1 }), begin(r1))
      .when(told(r1, paid(4960n)))
      .thenHappened(
        { _tag: "RefundSettled" },
        {
          _tag: "Posted",
          source: `refund:${r1}`,
          currency: "USD",
          effectiveAt: noon,
          bookedAt: noon,
          lines: [
            { account: "sales_returns", amount: 4000n },
            { account: "tax_payable", amount: 360n },
            { account: "shipping_returns", amount: 500n },
            { account: "fee_returns", amount: 100n },
            { account: "provider_clearing", amount: -4960n }
          ]
        }
      )
  })

  it("a fee by any name is returned as one", () => {
    const wrapped = register(order({ captures: [capture("c-1", 70n)], fees: [{ code: "gift", amount: 70n }] }))
    given(wrapped, request({ amount: 70n, id: r1 }), begin(r1))
      .when(told(r1, paid(70n)))
      .thenHappened(
        { _tag: "RefundSettled" },
        {
          _tag: "Posted",
          lines: [
            { account: "fee_returns", amount: 70n },
            { account: "provider_clearing", amount: -70n }
          ]
        }
      )
  })

  it("what goes beyond collected is goodwill", () => {
    given(captured, policy({ overRefund: "order_open" }))
      .when(request({ amount: 130n, settled: true, reason: "goodwill", id: r1 }))
      .thenHappened(
        { _tag: "RefundRequested" },
        {
          _tag: "Posted",
          lines: [
            { account: "sales_returns", amount: 100n },
            { account: "provider_clearing", amount: -100n }
          ]
        },
        { _tag: "RefundRequested" },
        {
          _tag: "Posted",
          lines: [
            { account: "goodwill", amount: 30n },
            { account: "store_credit_liability", amount: -30n }
          ]
        },
        { _tag: "CreditPosted" }
      )
  })

  it("a payout leaves by hand", () => {
    given(captured)
      .when(request({ amount: 30n, destination: "payout", settled: true }))
      .thenHappened(
        { _tag: "RefundRequested" },
        {
          _tag: "Posted",
          lines: [
            { account: "sales_returns", amount: 30n },
            { account: "payouts", amount: -30n }
          ]
        }
      )
  })

  it("a reversal is the mirror of it", () => {
    given(captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, paid(40n)))
      .when(told(r1, returned))
      .thenHappened(
        { _tag: "RefundReversed" },
        {
          _tag: "Posted",
          lines: [
            { account: "sales_returns", amount: -40n },
            { account: "provider_clearing", amount: 40n }
          ]
        }
      )
  })

  it("a lost dispute is a loss, from when it was lost; one that is open or won is none", () => {
    given(captured, dispute("open"))
      .when(dispute("lost"))
      .thenHappened(
        { _tag: "DisputeRecorded" },
        {
          _tag: "Posted",
          source: "dispute:d-1",
          effectiveAt: noon - 5,
          lines: [
            { account: "chargeback_loss", amount: 60n },
            { account: "provider_clearing", amount: -60n }
          ]
        }
      )
    given(captured, dispute("open")).when(dispute("won")).thenHappened({ _tag: "DisputeRecorded" })
  })

  it("a hold books nothing", () => {
    given(captured)
      .when(request({ amount: 40n }))
      .thenHappened({ _tag: "RefundRequested" })
  })
})

describe("a day that is yet to come", () => {
  it("has no bookings: what is told of it is booked today, and shows when it is said to have moved (T58)", () => {
    const at = noon + 86_400_000
    given(captured)
      .when({ ...dispute("lost"), dispute: { ...dispute("lost").dispute, at } })
      .thenHappened({ _tag: "DisputeRecorded" }, { _tag: "Posted", effectiveAt: at, bookedAt: noon })
    given(captured)
      .when(external(10n, { settledAt: at }))
      .thenHappened({ _tag: "RefundRequested" }, { _tag: "Posted", effectiveAt: at, bookedAt: noon })
  })
})

describe("a closed month", () => {
  it("takes nothing any more: what moved in it is booked today, and shows when it moved", () => {
    const late = request({ amount: 40n, settled: true, settledAt: noon - 10, id: r1 })
    for (const [before, bookedAt] of [
      [noon - 9, noon],
      [noon - 10, noon - 10]
    ] as const) {
      given(captured, closePeriod(before))
        .when(late)
        .thenHappened({ _tag: "RefundRequested" }, { _tag: "Posted", effectiveAt: noon - 10, bookedAt })
    }
  })

  it("takes nothing either where our own clock is behind the one that closed it (T63)", () => {
    const slow = caller({ now: noon - 5 })
    given(captured, closePeriod(noon))
      .when(request({ amount: 40n, settled: true, caller: slow }))
      .thenHappened({ _tag: "RefundRequested" }, { _tag: "Posted", effectiveAt: noon - 5, bookedAt: noon })
  })

  it("stays closed, and is not one to come", () => {
    given(closePeriod(noon - 5))
      .when(closePeriod(noon - 5))
      .thenNothing()
    given(closePeriod(noon - 5))
      .when(closePeriod(noon - 6))
      .thenRejected({ _tag: "Malformed", path: "before", expected: "a time not before what is closed already" })
    given()
      .when(closePeriod(noon + 1))
      .thenRejected({ _tag: "Malformed", path: "before", expected: "a time that is not in the future" })
    given()
      .when(closePeriod(noon, { caller: caller({ permissions: ["refunds:approve"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "policy:manage" })
    strictEqual(given().when(closePeriod(noon)).decision().after.settings.closedBefore, noon)
  })
})
