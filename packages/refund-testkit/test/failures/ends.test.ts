/** FAILURES, group 4: pending shown as paid or as failed, failures that left something behind. */
import { strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { holds, isRefunded, RefundState } from "refund-core/Refund"
import {
  attemptId,
  authorized,
  begin,
  capture,
  declined,
  order,
  paid,
  refundId,
  register,
  request,
  resolve,
  retry,
  returned,
  told,
  unknown
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const a2 = attemptId(2)
const captured = register(order({ captures: [capture("c-1", 100n)] }))
const submitted = [captured, request({ amount: 40n, id: r1 }), begin(r1)]
const pending = { _tag: "pending", reference: "re_1" } as const
const nothing = { original: 0n, store_credit: 0n, payout: 0n }

describe("neither paid nor failed before it is (G4)", () => {
  it("A34 woocommerce-payments#1195: pending is held, not refunded; a no gives it back and leaves the order as it was", () => {
    given(...submitted)
      .when(told(r1, pending))
      .thenOrder({ collected: 100n, held: 40n, refunded: nothing })
    given(...submitted)
      .when(told(r1, declined))
      .thenOrder({ collected: 100n, held: 0n, refunded: nothing, refundable: 100n })
  })

  it("A35 commerce-stripe#134: pending is a state of its own, not a failure", () => {
    given(...submitted)
      .when(told(r1, pending))
      .thenHappened({ _tag: "RefundPending", refundId: r1, reference: "re_1" })
      .thenRefunds({ state: "pending" })
  })

  it("A36 active_merchant PR#1221: nor a success: it settles when the provider says so", () => {
    given(...submitted, told(r1, pending))
      .when(told(r1, paid(40n)))
      .thenOrder({ held: 0n, refunded: { original: 40n } })
  })

  it("A37 hyperswitch#9622: what breaks a rule is refused at once, and leaves no refund behind", () => {
    const then = given(captured).when(request({ amount: 101n, id: r1, capture: "c-1" }))
    then.thenRefunds()
    strictEqual(then.violations()[0]?._tag, "ExceedsCaptured")
  })

  it("A38 hyperswitch PR#12755: there is a way out for what no provider explains: another person, with a note", () => {
    given(...submitted, told(r1, unknown))
      .when(resolve(r1, "settled", { detail: "on the bank statement of 3 November", reference: "B-77" }))
      .thenRefunds({ state: "settled", providerReference: "B-77", detail: "on the bank statement of 3 November" })
  })

  it("A39 hyperswitch PR#1488: paid first, failed later: the books are mirrored and the amount is free; once", () => {
    const settled = [...submitted, told(r1, paid(40n))]
    given(...settled)
      .when(told(r1, returned))
      .thenHappened(
        { _tag: "RefundReversed", refundId: r1 },
        {
          _tag: "Posted",
          source: `refund:${r1}`,
          lines: [
            { account: "sales_returns", amount: -40n },
            { account: "provider_clearing", amount: 40n }
          ]
        }
      )
      .thenOrder({ refunded: nothing, refundable: 100n })
    given(...settled, told(r1, returned))
      .when(told(r1, returned))
      .thenNothing()
  })

  it("A40 solidus PR#3831: one function says which states hold money, and a failed one holds none", () => {
    const claims = RefundState.literals.filter((state) => holds(state) || isRefunded(state))
    strictEqual(
      claims.join(" "),
      "pending_approval approved submitting pending requires_action unknown in_review settled"
    )
    given(...submitted, told(r1, declined))
      .when(request({ amount: 100n }))
      .thenOrder({ held: 100n, refundable: 0n })
  })

  it("A41 medusa#12192: a refund that the provider refused is kept, and moves nothing", () => {
    given(...submitted)
      .when(told(r1, declined))
      .thenHappened({ _tag: "RefundDeclined", refundId: r1, code: "expired_card" })
      .thenRefunds({ id: r1, state: "failed", detail: "expired_card" })
  })

  it("A42 killbill PR#1457: what follows from settling follows when it settles, however late", () => {
    const cost = request({ type: "instance_cost", amount: 5n, id: refundId(2) })
    given(captured, request({ amount: 40n, id: r1, requiresApproval: true }), cost)
      .when(request({ amount: 1n }))
      .thenOrder({ retained: 0n })
    const late = [captured, request({ amount: 40n, id: r1 }), cost, begin(r1), told(r1, pending)]
    given(...late)
      .when(told(r1, paid(35n)))
      .thenOrder({ refunded: { original: 40n }, retained: 5n, held: 0n })
      .thenRefunds({ state: "settled" }, { id: refundId(2), state: "settled", realised: 5n })
  })

  it("A43 woocommerce#52338: an answer is one of eight words, not yes or no", () => {
    const states = [
      [paid(40n), "settled"],
      [pending, "pending"],
      [{ _tag: "requiresAction", reference: null }, "requires_action"],
      [declined, "failed"],
      [returned, "reversed"],
      [{ _tag: "notSent", detail: "refused" }, "approved"],
      [{ _tag: "notFound", detail: "never heard of it" }, "approved"],
      [unknown, "unknown"]
    ] as const
    for (const [outcome, state] of states) {
      given(...submitted)
        .when(told(r1, outcome))
        .thenRefunds({ state })
    }
  })

  it("A44 solidus#2926: what was only authorized is not refunded", () => {
    given(register(order({ captures: [authorized("c-1", 100n)] })))
      .when(request({ amount: 1n }))
      .violations()
      .some(({ _tag }) => _tag === "NotCaptured") || strictEqual("accepted", "NotCaptured")
  })

  it("A45 Truxify#2081: what is pending too long is put before a person, and stays held", () => {
    given(...submitted, told(r1, declined), retry(r1), begin(r1, a2))
      .when(told(r1, pending, { attempt: a2 }))
      .thenRefunds({ state: "pending", attempts: [{ outcome: "declined" }, { outcome: "pending" }] })
      .thenOrder({ held: 40n })
  })
})
