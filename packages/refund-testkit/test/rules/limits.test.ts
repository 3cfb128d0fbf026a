import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Destination } from "refund-core/Refund"
import type { Requested } from "refund-core/request"
import { message } from "refund-core/Violation"
import {
  authorized,
  caller,
  capture,
  dispute,
  noon,
  order,
  policy,
  refundId,
  register,
  request
} from "refund-testkit/build"
import { given, type Then } from "refund-testkit/given"

const r1 = refundId(1)
const bare = register(order({ captures: [capture("c-1", 100n)] }))
const two = register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)] }))
const usd = { currency: "USD" } as const

describe("what a capture can take back", () => {
  it("is what was captured, less what is held or refunded: one more is refused with the numbers", () => {
    for (const [amount, refundable] of [
      [30n, true],
      [31n, false],
      [29n, true]
    ] as const) {
      const then = given(bare, request({ amount: 70n, capture: "c-1" })).when(request({ amount, capture: "c-1" }))
      if (refundable) then.thenOrder({ held: 70n + amount, refundable: 30n - amount })
      else then.thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 31n, refundable: 30n })
    }
  })

  it("is not changed by what was authorized beyond it (A46)", () => {
    given(register(order({ captures: [capture("c-1", 60n, { authorizedAmount: 100n })] })))
      .when(request({ amount: 61n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 61n, refundable: 60n })
  })

  it("is nothing while it is only authorized (A44)", () => {
    given(register(order({ captures: [authorized("c-1", 100n)] })))
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected(
        { _tag: "NotCaptured", captureId: "c-1" },
        { _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 1n, refundable: 0n }
      )
  })

  it("in words: all that is left, which can be done once", () => {
    const all = request({ amount: "all", capture: "c-1" })
    given(bare, request({ amount: 70n }))
      .when(all)
      .thenOrder({ held: 100n, refundable: 0n })
    given(bare, request({ amount: 100n }))
      .when(all)
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 0n, refundable: 0n })
    deepStrictEqual(
      message({
        _tag: "ExceedsCaptured",
        captureId: "c-1" as never,
        currency: "USD" as never,
        requested: 0n,
        refundable: 0n
      }),
      "Nothing is left to refund on capture c-1"
    )
  })

  it("is used up by what was refunded as by what is held", () => {
    given(bare, request({ amount: 70n, capture: "c-1", settled: true }))
      .when(request({ amount: 31n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 31n, refundable: 30n })
      .thenOrder({ captures: [{ held: 0n, refunded: 70n }] })
  })

  it("is shown as the lesser of its own and its order's", () => {
    given(two, request({ amount: 70n, destination: "payout" }))
      .when(request({ amount: 61n, capture: "c-1" }))
      .thenRejected(
        { _tag: "ExceedsCaptured", captureId: "c-1", ...usd, requested: 61n, refundable: 30n },
        { _tag: "ExceedsCollected", orderId: "o-1", ...usd, requested: 61n, refundable: 30n }
      )
  })

  it("is asked of the capture that is named, although another has more", () => {
    given(two)
      .when(request({ amount: 41n, capture: "c-2" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-2", ...usd, requested: 41n, refundable: 40n })
  })
})

describe("a refund that names no capture", () => {
  it("is spread over the captures in their order, as one group", () => {
    given(two)
      .when(request({ amount: 70n, id: r1 }))
      .thenRefunds(
        { groupId: r1, captureId: "c-1", amount: 60n, state: "approved" },
        { groupId: r1, captureId: "c-2", amount: 10n, state: "approved" }
      )
  })

  it("is refused whole where the captures together have less: no part of it is kept (A57)", () => {
    given(two)
      .when(request({ amount: 101n }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", ...usd, requested: 101n, refundable: 100n })
      .thenRefunds()
  })

  it("must name one where the door requires it", () => {
    given(two)
      .when(request({ amount: 1n, caller: caller({ door: "medusa" }) }))
      .thenRejected({ _tag: "CaptureRequired", orderId: "o-1" })
  })
})

describe("store credit and payout", () => {
  it("use up no capture but count toward the order", () => {
    given(two, request({ amount: 90n, destination: "payout" }))
      .when(request({ amount: 11n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", ...usd, requested: 11n, refundable: 10n })
  })

  it("a credit needs a customer", () => {
    given(bare)
      .when(request({ amount: 1n, destination: "store_credit" }))
      .thenRejected({ _tag: "CustomerRequired", orderId: "o-1" })
  })

  it("a credit is posted with the refund, and so settled", () => {
    given(register(order({ customer: "c-7" })))
      .when(request({ amount: 25n, destination: "store_credit", id: r1 }))
      .thenHappened(
        { _tag: "RefundRequested" },
        { _tag: "RefundSettled", refundId: r1, attemptId: null },
        { _tag: "Posted", source: `refund:${r1}` },
        { _tag: "CreditPosted", refundId: r1, customerId: "c-7", amount: 25n }
      )
      .thenOrder({ held: 0n, refunded: { original: 0n, store_credit: 25n, payout: 0n }, refundable: 75n })
      .thenRefunds({ settledBy: null, settledAt: noon })
  })
})

/** T06: three policies × three destinations × how much. Order total 80, captured 100; a customer is known. */
describe("over-refund, by policy and destination", () => {
  const captured = register(order({ customer: "c-7", total: 80n, captures: [capture("c-1", 100n)] }))
  const amounts = { under: 79n, equal: 80n, "over the order's total": 81n, "over what was captured": 101n } as const
  type Amount = keyof typeof amounts
  const expected: Record<string, Record<Destination, Record<Amount, string>>> = {
    capture_strict: {
      original: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ok",
        "over what was captured": "ExceedsCollected"
      },
      store_credit: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ok",
        "over what was captured": "ExceedsCollected"
      },
      payout: { under: "ok", equal: "ok", "over the order's total": "ok", "over what was captured": "ExceedsCollected" }
    },
    order_total: {
      original: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ExceedsOrderTotal",
        "over what was captured": "ExceedsCollected ExceedsOrderTotal"
      },
      store_credit: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ExceedsOrderTotal",
        "over what was captured": "ExceedsCollected ExceedsOrderTotal"
      },
      payout: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ExceedsOrderTotal",
        "over what was captured": "ExceedsCollected ExceedsOrderTotal"
      }
    },
    order_open: {
      original: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ok",
        "over what was captured": "original 100, store_credit 1"
      },
      store_credit: {
        under: "ok",
        equal: "ok",
        "over the order's total": "ok",
        "over what was captured": "store_credit 101"
      },
      payout: { under: "ok", equal: "ok", "over the order's total": "ok", "over what was captured": "payout 101" }
    }
  }
  for (const [overRefund, destinations] of Object.entries(expected)) {
    for (const [destination, cells] of Object.entries(destinations)) {
      for (const [how, outcome] of Object.entries(cells)) {
        it(`${overRefund}: ${destination} ${how}: ${outcome}`, () => {
          const amount = amounts[how as Amount]
          const then = given(captured, policy({ overRefund: overRefund as "order_open" })).when(
            request({ amount, destination: destination as Destination, reason: "goodwill" })
          )
          deepStrictEqual(told(then, amount, destination), outcome)
        })
      }
    }
  }

  /** `ok`: one refund of all of it where it was asked to go; else what was made instead, or what it breaks. */
  const told = (then: Then<Requested>, amount: bigint, destination: string): string => {
    const violations = then.violations()
    if (violations.length > 0) return violations.map((violation) => violation._tag).join(" ")
    const { refunds } = then.decision().answer
    const made = refunds.map((refund) => `${refund.destination} ${refund.amount}`).join(", ")
    return made === `${destination} ${amount}` && amount <= 100n ? "ok" : made
  }
})

describe("order_open", () => {
  const open = [bare, policy({ overRefund: "order_open" })]

  it("gives what is over by hand where no customer is known", () => {
    given(...open)
      .when(request({ amount: 130n, reason: "goodwill" }))
      .thenRefunds(
        { captureId: "c-1", amount: 100n },
        { captureId: null, destination: "payout", amount: 30n, state: "approved" }
      )
  })

  it("needs the right to go over, told alone, and a reason", () => {
    given(...open)
      .when(request({ amount: 130n, reason: "goodwill", caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:over" })
    given(...open)
      .when(request({ amount: 130n, reason: "  " }))
      .thenRejected({ _tag: "ReasonRequired", field: "reason" })
  })

  it("asks for both also where the capture has room but the order has not", () => {
    const credited = request({ amount: 90n, destination: "payout" })
    given(...open, credited)
      .when(request({ amount: 11n }))
      .thenRejected({ _tag: "ReasonRequired", field: "reason" })
    given(...open, credited)
      .when(request({ amount: 10n }))
      .thenOrder({ refundable: 0n })
  })

  it("tells a missing right alone, whatever else is wrong", () => {
    given(...open)
      .when(request({ amount: 130n, currency: "EUR", caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:over" })
  })

  it("keeps every figure within what a JSON number holds exactly", () => {
    const most = 2n ** 53n - 1n
    given(...open, request({ amount: most, reason: "goodwill" }))
      .when(request({ amount: 1n, reason: "goodwill" }))
      .thenRejected({
        _tag: "Malformed",
        path: "amount",
        expected: `refunds and disputes of at most ${most} minor units in all`
      })
  })

  it("counts what is disputed among it", () => {
    const most = 2n ** 53n - 1n
    const expected = `refunds and disputes of at most ${most} minor units in all`
    given(...open, dispute("lost", { amount: most - 5n }))
      .when(request({ amount: 6n, destination: "payout", reason: "goodwill" }))
      .thenRejected({ _tag: "Malformed", path: "amount", expected })
  })

  it("needs neither while nothing is over", () => {
    given(...open)
      .when(request({ amount: 100n, caller: caller({ permissions: ["refunds:request"] }) }))
      .thenOrder({ refundable: 0n, held: 100n })
  })

  it("leaves an excess behind, under which no other policy admits more", () => {
    given(
      register(order({ customer: "c-7" })),
      policy({ overRefund: "order_open" }),
      request({ amount: 130n, destination: "store_credit", reason: "goodwill" }),
      policy({ overRefund: "capture_strict" })
    )
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", ...usd, requested: 1n, refundable: 0n })
  })
})

describe("what was collected", () => {
  it("is never changed by a refund", () => {
    given(bare, request({ amount: 40n, settled: true, id: r1 }))
      .when(request({ amount: 60n }))
      .thenOrder({ collected: 100n, held: 60n, refunded: { original: 40n, store_credit: 0n, payout: 0n } })
  })
})
