import { describe, it } from "@effect/vitest"
import {
  approve,
  authorized,
  begin,
  capture,
  charge,
  declined,
  hours,
  line,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  retry,
  settle,
  told
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const refund = request({ amount: 40n, id: r1 })

describe("money beyond what was collected", () => {
  const open = policy({ overRefund: "order_open" })

  it("is goodwill, of the last parts first; what is covered is none", () => {
    given(captured, open)
      .when(request({ amount: 130n, reason: "sorry" }))
      .thenRefunds({ amount: 100n, goodwill: 0n }, { amount: 30n, goodwill: 30n })
    given(captured, open, request({ amount: 90n, destination: "payout" }))
      .when(request({ amount: 30n, reason: "sorry" }))
      .thenRefunds({}, { amount: 30n, goodwill: 20n })
    given(captured, open)
      .when(request({ amount: 100n }))
      .thenRefunds({ goodwill: 0n })
  })
})

describe("what is above an amount", () => {
  const above = (amount: bigint) => policy({ approval: { rule: "above", amount } })
  const all = request({ amount: "all", capture: "c-1" })

  it("is measured by what is left where all of it is asked for", () => {
    given(captured, above(99n)).when(all).thenRefunds({ amount: 100n, state: "pending_approval" })
    given(captured, above(100n)).when(all).thenRefunds({ amount: 100n, state: "approved" })
  })

  it("is no return cost", () => {
    given(captured, above(0n))
      .when(request({ amount: 5n, type: "instance_cost" }))
      .thenRefunds({ state: "approved" })
  })
})

describe("what a figure can be", () => {
  const most = 9_007_199_254_740_991n
  const tooMuch = {
    _tag: "Malformed",
    path: "amount",
    expected: `refunds and disputes of at most ${most} minor units in all`
  } as const
  const big = (id: string) => register(order({ customer: "c-7", captures: [capture(id, most)] }), { id: `o-${id}` })
  const credit = (id: string, amount: bigint, options: Parameters<typeof request>[0] = {}) =>
    request({ order: `o-${id}`, amount, destination: "store_credit", ...options })

  it("bounds the credit of a customer, of all their orders together: when it is asked for, and when it is consented to", () => {
    given(big("a"), big("b"), credit("a", most - 1n))
      .when(credit("b", 2n))
      .thenRejected(tooMuch)
    given(big("a"), big("b"), credit("a", most - 1n))
      .when(credit("b", 1n))
      .thenCredit([null, most])
    const waiting = credit("b", 2n, { id: r1, requiresApproval: true })
    given(big("a"), big("b"), waiting, credit("a", most - 1n))
      .when(approve(r1))
      .thenRejected(tooMuch)
    given(big("a"), big("b"), waiting, credit("a", most - 2n))
      .when(approve(r1))
      .thenCredit([null, most])
  })

  it("bounds no refund to a card for the credit that its customer has", () => {
    given(policy({ overRefund: "order_open" }), big("a"), big("b"), credit("a", most))
      .when(request({ order: "o-b", amount: 1n }))
      .thenRefunds({ destination: "original" })
  })

  it("bounds what is tried again where nothing else does", () => {
    const again = (amount: bigint) => [
      policy({ overRefund: "order_open" }),
      big("a"),
      request({ order: "o-a", amount: 2n, id: r1 }),
      begin(r1),
      told(r1, declined),
      request({ order: "o-a", amount, destination: "payout" })
    ]
    given(...again(most - 1n))
      .when(retry(r1))
      .thenRejected(tooMuch)
    given(...again(most - 2n))
      .when(retry(r1))
      .thenRefunds({ state: "approved" }, {})
  })
})

describe("the order's total as a bound", () => {
  const bounded = policy({ overRefund: "order_total" })

  it("counts what is held and refunded, wherever it went", () => {
    const bought = register(order({ total: 80n, subtotal: 80n, customer: "c-7", captures: [capture("c-1", 100n)] }))
    given(
      bought,
      bounded,
      request({ amount: 30n, destination: "payout" }),
      request({ amount: 20n, destination: "store_credit" })
    )
      .when(request({ amount: 31n }))
      .thenRejected({ _tag: "ExceedsOrderTotal", orderId: "o-1", currency: "USD", requested: 31n, refundable: 30n })
    given(bought, bounded, request({ amount: 80n, id: r1 }), begin(r1), told(r1, paid(80n)))
      .when(request({ amount: 1n }))
      .thenRejected({ _tag: "ExceedsOrderTotal", orderId: "o-1", currency: "USD", requested: 1n, refundable: 0n })
  })

  it("that nobody knows is noted, only under this policy", () => {
    given(captured, bounded)
      .when(refund)
      .thenRefunds({ notes: ["OrderTotalUnknown"] })
    given(captured).when(refund).thenRefunds({ notes: [] })
    given(register(order({ total: 100n })), bounded)
      .when(refund)
      .thenRefunds({ notes: [] })
  })
})

describe("when the money moved", () => {
  const atCapture = noon - hours(1)

  it("is not before it was taken, at the earliest with it", () => {
    given(captured)
      .when(request({ amount: 1n, capture: "c-1", settled: true, settledAt: atCapture }))
      .thenRefunds({ settledAt: atCapture })
    given(captured)
      .when(request({ amount: 1n, capture: "c-1", settled: true, settledAt: atCapture - 1 }))
      .thenRejected({ _tag: "Malformed", path: "settledAt", expected: "a time after capture c-1 was taken" })
    given(captured)
      .when(request({ amount: 1n, settled: true, settledAt: noon }))
      .thenRefunds({ settledAt: noon })
  })

  it("is not before the capture that it is placed on, where none is named (T58)", () => {
    const before = { _tag: "Malformed", path: "settledAt", expected: "a time after capture c-1 was taken" } as const
    given(captured)
      .when(request({ amount: 1n, settled: true, settledAt: atCapture - 1 }))
      .thenRejected(before)
    given(captured)
      .when(request({ amount: 1n, settled: true, settledAt: atCapture }))
      .thenRefunds({ captureId: "c-1", settledAt: atCapture })
    const later = capture("c-2", 40n, { capturedAt: noon - hours(2) })
    const two = register(order({ captures: [later, capture("c-1", 60n)] }))
    given(two)
      .when(request({ amount: 41n, settled: true, settledAt: atCapture - 1 }))
      .thenRejected(before)
    given(two)
      .when(request({ amount: 40n, settled: true, settledAt: atCapture - 1 }))
      .thenRefunds({ captureId: "c-2" })
    given(captured)
      .when(request({ amount: 1n, settled: true, settledAt: noon + 1 }))
      .thenRejected({ ...before, expected: "a time that is not in the future" })
  })

  it("is not before anything was taken, where it goes back to no capture; where nothing was, it is any time", () => {
    const before = { _tag: "Malformed", path: "settledAt", expected: "a time after capture c-2 was taken" } as const
    const early = capture("c-2", 40n, { capturedAt: atCapture - 5 })
    const two = register(order({ customer: "c-7", captures: [capture("c-1", 100n), early, authorized("c-3")] }))
    for (const destination of ["payout", "store_credit"] as const) {
      const at = (settledAt: number) => request({ amount: 1n, destination, settled: true, settledAt })
      given(two)
        .when(at(atCapture - 6))
        .thenRejected(before)
      given(two)
        .when(at(atCapture - 5))
        .thenRefunds({ captureId: null, settledAt: atCapture - 5 })
    }
    given(two, request({ amount: 1n, destination: "payout", id: r1 }))
      .when(settle(r1, { settledAt: atCapture - 6 }))
      .thenRejected(before)
    given(register(order({ captures: [] })), policy({ overRefund: "order_open" }))
      .when(request({ amount: 1n, destination: "payout", settled: true, settledAt: 0, reason: "sorry" }))
      .thenRefunds({ settledAt: 0 })
  })
})

describe("a fee and the order's own tax", () => {
  const bought = register(
    order({
      captures: [capture("c-1", 130n)],
      lines: [line("1", 100n)],
      shipping: charge(10n),
      invoiceFee: charge(5n),
      fees: [{ code: "gift", amount: 8n, discount: 1n }],
      tax: 8n
    })
  )

  it("are drawn on after rows, shipping and the invoice fee", () => {
    given(bought)
      .when(request({ amount: 130n }))
      .thenRefunds({
        shares: [
          { component: "line:1", amount: 100n, tax: 0n },
          { component: "shipping", amount: 10n, tax: 0n },
          { component: "invoice_fee", amount: 5n, tax: 0n },
          { component: "fee:gift", amount: 7n, tax: 0n },
          { component: "tax", amount: 8n, tax: 8n }
        ]
      })
  })
})

describe("all that is left", () => {
  it("is for a refund of the capture as a whole", () => {
    given(captured)
      .when(request({ amount: "all", capture: "c-1", type: "shipping" }))
      .thenRejected(
        { _tag: "Malformed", path: "amount", expected: 'an amount: "all" is for type default' },
        { _tag: "ExceedsComponent", component: "shipping", currency: "USD", requested: 100n, refundable: 0n }
      )
  })

  it("has no subtotal to keep, and misses none", () => {
    const kept = policy({ subtotalRule: "both_absent", missingSubtotal: "reject" })
    given(captured, kept)
      .when(request({ amount: "all", capture: "c-1" }))
      .thenRefunds({ amount: 100n, notes: [] })
    const small = register(order({ subtotal: 1n, captures: [capture("c-1", 100n)] }))
    given(small, kept)
      .when(request({ amount: "all", capture: "c-1" }))
      .thenRefunds({ amount: 100n, notes: [] })
  })
})

describe("what is only authorized", () => {
  it("is no ceiling for credit, nor where another capture was taken", () => {
    const onlyAuthorized = register(order({ customer: "c-7", captures: [authorized("c-1", 100n)] }))
    given(onlyAuthorized)
      .when(request({ amount: 1n, destination: "store_credit" }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 1n, refundable: 0n })
    given(register(order({ captures: [authorized("c-1", 100n), capture("c-2", 100n)] })))
      .when(request({ amount: 1n }))
      .thenRefunds({ captureId: "c-2" })
    given(register(order({ captures: [] })))
      .when(request({ amount: 1n }))
      .thenRejected({ _tag: "ExceedsCollected", orderId: "o-1", currency: "USD", requested: 1n, refundable: 0n })
  })
})

describe("the request's own currency", () => {
  it("may be said where it is the order's", () => {
    given(captured)
      .when(request({ amount: 1n, currency: "USD" }))
      .thenRefunds({ currency: "USD" })
  })
})

describe("a part that was not charged, or is used up", () => {
  it("has no share of the refund, where it is only noted", () => {
    const bought = register(
      order({ captures: [capture("c-1", 100n)], lines: [line("1", 60n), line("2", 0n)], shipping: charge(5n) })
    )
    const noted = policy({ components: "note" })
    given(bought, noted)
      .when(request({ amount: 5n, type: "invoice_fee" }))
      .thenRefunds({ shares: [], notes: ["ExceedsComponent"] })
    given(bought, noted, request({ amount: 5n, type: "shipping" }))
      .when(request({ amount: 5n, type: "shipping" }))
      .thenRefunds({}, { shares: [], notes: ["ExceedsComponent"] })
    given(bought, noted)
      .when(request({ amount: 7n, type: "shipping" }))
      .thenRefunds({ shares: [{ component: "shipping", amount: 5n }] })
    given(bought)
      .when(request({ amount: 61n }))
      .thenRefunds({
        shares: [
          { component: "line:1", amount: 60n },
          { component: "shipping", amount: 1n }
        ]
      })
  })
})
