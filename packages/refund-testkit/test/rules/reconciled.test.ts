import { describe, it } from "@effect/vitest"
import type { ReconcileRefund } from "refund-core/Command"
import { CurrencyCode } from "refund-core/Currency"
import {
  approver,
  begin,
  caller,
  capture,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  returned,
  settle,
  told
} from "refund-testkit/build"
import { closePeriod } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const settled = [captured, request({ amount: 40n, id: r1 }), begin(r1), told(r1, paid(40n))]

const reconcile = (options: Partial<ReconcileRefund> = {}): ReconcileRefund => ({
  _tag: "ReconcileRefund",
  caller: caller(),
  refundId: r1,
  report: "october.csv",
  amount: 40n,
  currency: CurrencyCode.make("USD"),
  ...options
})

describe("a refund that is on the provider's settlement report", () => {
  it("is settled as before, and seen there; the provider's money is the bank's, and its fee a cost", () => {
    given(...settled)
      .when(reconcile({ fee: 2n, at: noon, reference: "txn_1" }))
      .thenHappened(
        {
          _tag: "RefundReconciled",
          report: "october.csv",
          reference: "txn_1",
          amount: 40n,
          fee: 2n,
          effectiveAt: noon
        },
        {
          _tag: "Posted",
          source: `refund:${r1}`,
          lines: [
            { account: "provider_clearing", amount: 40n },
            { account: "provider_fees", amount: 2n },
            { account: "bank", amount: -42n }
          ]
        }
      )
      .thenRefunds({ state: "settled", reconciledAt: noon, reconciledIn: "october.csv" })
      .thenOrder({ held: 0n, refundable: 60n })
  })

  it("is seen once: on another report, or the same again, nothing happens", () => {
    given(...settled, reconcile())
      .when(reconcile({ report: "november.csv" }))
      .thenNothing()
      .thenRefunds({ reconciledIn: "october.csv" })
  })

  it("has the amount and the currency that were paid, or it is another", () => {
    given(...settled)
      .when(reconcile({ amount: 41n }))
      .thenRejected({ _tag: "Malformed", path: "amount", expected: "what the refund paid, 0.40 USD" })
    given(...settled)
      .when(reconcile({ currency: CurrencyCode.make("EUR") }))
      .thenRejected({ _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" })
    const cost = request({ amount: 10n, id: refundId(9), type: "instance_cost" })
    given(captured, cost, request({ amount: 40n, id: r1 }), begin(r1), told(r1, paid(30n)))
      .when(reconcile({ amount: 30n }))
      .thenRefunds({ amount: 10n }, { amount: 40n, reconciledIn: "october.csv" })
  })

  it("must have settled, and must have moved money", () => {
    const conflict = (state: "approved" | "reversed" | "settled") =>
      ({ _tag: "StateConflict", refundId: r1, state, action: "reconcile" }) as const
    given(captured, request({ amount: 40n, id: r1 }))
      .when(reconcile())
      .thenRejected(conflict("approved"))
    given(...settled, told(r1, returned))
      .when(reconcile())
      .thenRejected(conflict("reversed"))
    given(captured, request({ amount: 40n, id: r1, destination: "store_credit" }))
      .when(reconcile())
      .thenRejected(conflict("settled"))
    given(captured).when(reconcile()).thenRejected({ _tag: "RefundNotFound", refundId: r1 })
  })

  it("was not paid tomorrow; in a closed period it is booked under its own day", () => {
    given(...settled)
      .when(reconcile({ at: noon + 86_400_000 }))
      .thenRejected({ _tag: "Malformed", path: "settledAt", expected: "a time that is not in the future" })
    given(...settled, closePeriod(noon))
      .when(reconcile({ at: noon - 1 }))
      .thenHappened(
        { _tag: "RefundReconciled", effectiveAt: noon - 1 },
        { _tag: "Posted", effectiveAt: noon - 1, bookedAt: noon }
      )
  })

  it("may be a payout by hand, on the bank's own line", () => {
    given(captured, request({ amount: 40n, id: r1, destination: "payout" }), settle(r1, { caller: approver() }))
      .when(reconcile())
      .thenHappened(
        { _tag: "RefundReconciled" },
        {
          _tag: "Posted",
          lines: [
            { account: "payouts", amount: 40n },
            { account: "bank", amount: -40n }
          ]
        }
      )
  })

  it("keeps what was seen when the provider returns the money: that is the bank's until it is seen too", () => {
    given(...settled, reconcile())
      .when(told(r1, returned))
      .thenRefunds({ state: "reversed", reconciledIn: "october.csv" })
  })

  it("is said to be so by whoever may record refunds", () => {
    given(...settled)
      .when(reconcile({ caller: caller({ permissions: ["refunds:request", "refunds:read"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:record" })
  })
})
