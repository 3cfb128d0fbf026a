/** Refunds that somebody made at the provider's own desk: they have happened, and the figures follow. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import {
  approver,
  attemptId,
  begin,
  caller,
  capture,
  declined,
  external,
  hours,
  line,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  returned,
  reverse,
  spend,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { closePeriod } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const [r1, r2, r3] = [refundId(1), refundId(2), refundId(3)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n), capture("c-2", 50n)] }))
const outside = external(30n, { id: r1, reference: "re_x", settledAt: noon - hours(1) })

describe("a refund from outside", () => {
  it("is recorded as it was told, books its money, and asks nothing of the worker", () => {
    const then = given(captured).when(outside)
    then
      .thenHappened(
        {
          _tag: "RefundRequested",
          refund: {
            id: r1,
            origin: "external",
            state: "settled",
            captureId: "c-1",
            destination: "original",
            provider: "simulator",
            amount: 30n,
            reference: "re_x",
            effectiveAt: noon - hours(1),
            requestedBy: "provider:simulator",
            goodwill: 0n,
            notes: []
          }
        },
        {
          _tag: "Posted",
          source: `refund:${r1}`,
          effectiveAt: noon - hours(1),
          lines: [
            { account: "sales_returns", amount: 30n },
            { account: "provider_clearing", amount: -30n }
          ]
        }
      )
      .thenAnswered({ _tag: "recorded", refund: { id: r1 } })
      .thenRefunds({ settledAt: noon - hours(1), providerReference: "re_x", attempts: [] })
      .thenOrder({
        refunded: { original: 30n },
        refundable: 120n,
        captures: [
          { id: "c-1", refunded: 30n },
          { id: "c-2", refunded: 0n }
        ]
      })
    deepStrictEqual(then.decision().due, [])
  })

  it("draws on the parts of the order as one of its whole does, and notes what they do not account for", () => {
    const lines = register(order({ lines: [line("1", 20n, { tax: 2n })], captures: [capture("c-1", 100n)] }))
    given(lines)
      .when(outside)
      .thenRefunds({ shares: [{ component: "line:1", amount: 22n, tax: 2n }], notes: ["unattributed"] })
  })

  it("is known when it is told again, whatever it says then", () => {
    given(captured, outside)
      .when({ ...outside, amount: 31n })
      .thenNothing()
      .thenAnswered({ _tag: "known", refund: { id: r1, amount: 30n } })
    given(captured, outside, told(r1, returned, { attempt: null }))
      .when(outside)
      .thenNothing()
      .thenAnswered({ _tag: "known", refund: { state: "reversed" } })
  })

  it("is not known because somebody chose its id for a refund of their own: it is refused, and a person sees it", () => {
    given(captured, request({ amount: 1n, id: r1, chosen: true }))
      .when(external(50n, { id: r1 }))
      .thenRejected({ _tag: "IdempotencyKeyReused", key: r1 })
  })

  it("is told by the worker, of an order and a capture that are known, in its currency, of an amount above nothing", () => {
    given(captured)
      .when(external(30n, { caller: caller({ permissions: ["refunds:record"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "worker" })
    given(captured)
      .when(external(30n, { order: "o-9" }))
      .thenRejected({ _tag: "OrderNotFound", orderId: "o-9" })
    given(captured)
      .when(external(30n, { capture: "c-9" }))
      .thenRejected({ _tag: "CaptureNotFound", captureId: "c-9" })
    given(captured)
      .when(external(30n, { currency: "EUR" }))
      .thenRejected({ _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" })
    given(captured).when(external(0n)).thenRejected({ _tag: "AmountNotPositive", field: "amount", amount: "0" })
  })

  it("keeps every figure within what a JSON number holds exactly", () => {
    const most = 2n ** 53n - 1n
    const tooMuch = {
      _tag: "Malformed",
      path: "amount",
      expected: `refunds and disputes of at most ${most} minor units in all`
    } as const
    given(captured, request({ amount: 40n, id: r2, capture: "c-1" }))
      .when(external(most - 39n))
      .thenRejected(tooMuch)
    given(captured, external(most, { id: r1 }))
      .when(external(1n, { id: r2, reference: "re_y" }))
      .thenRejected(tooMuch)
  })

  it("is booked under today where the period it happened in is closed", () => {
    given(captured, closePeriod(noon - hours(1) + 1))
      .when(outside)
      .thenHappened({ _tag: "RefundRequested" }, { _tag: "Posted", effectiveAt: noon - hours(1), bookedAt: noon })
  })
})

describe("one that may be ours, told without its name", () => {
  const asked = [captured, request({ amount: 30n, capture: "c-1", id: r2 })]
  const submitted = [...asked, begin(r2)]
  const waits = { _tag: "waits", for: { id: r2 } } as const

  it("waits while ours is submitted, not known or in review: the same amount of the same capture", () => {
    const inReview = [...submitted, told(r2, paid(31n))]
    for (const past of [submitted, [...submitted, told(r2, unknown)], inReview]) {
      given(...past)
        .when(outside)
        .thenNothing()
        .thenAnswered(waits)
    }
  })

  it("waits for what is paid, which a return cost has lessened", () => {
    const cost = request({ amount: 10n, type: "instance_cost", id: r3 })
    const lessened = [captured, cost, request({ amount: 40n, capture: "c-1", id: r2 }), begin(r2)]
    given(...lessened)
      .when(outside)
      .thenAnswered(waits)
    given(...lessened)
      .when({ ...outside, amount: 40n })
      .thenAnswered({ _tag: "recorded" })
  })

  it("is recorded where nothing was sent, where ours is known to be on its way or over, or differs", () => {
    const pasts = [
      asked,
      [...submitted, told(r2, { _tag: "pending", reference: "re_1" })],
      [...submitted, told(r2, paid(30n))],
      [...submitted, told(r2, declined)]
    ]
    for (const past of pasts) {
      given(...past)
        .when(outside)
        .thenAnswered({ _tag: "recorded" })
    }
    const differs = [external(29n, { id: r1 }), external(30n, { id: r1, capture: "c-2" })]
    for (const other of differs) {
      given(...submitted)
        .when(other)
        .thenAnswered({ _tag: "recorded" })
    }
  })

  it("is recorded once it is ruled out that it is ours, and ours still holds its own amount", () => {
    given(...submitted, told(r2, unknown))
      .when({ ...outside, isNotOurs: true })
      .thenAnswered({ _tag: "recorded" })
      .thenOrder({ held: 30n, refunded: { original: 30n }, refundable: 90n })
  })

  it("does not wait for credit in review: no provider was ever asked for that", () => {
    const next = register(order({ customer: "c-7", captures: [] }), { id: "o-2" })
    const credit = request({ amount: 30n, capture: "c-1", destination: "store_credit", id: r2 })
    const spent = spend(20n, { customer: "c-7", order: "o-2" })
    given(captured, next, credit, spent, reverse(r2, { caller: approver() }))
      .when(outside)
      .thenAnswered({ _tag: "recorded" })
  })
})

describe("one beyond the limits", () => {
  const held = [captured, request({ amount: 90n, capture: "c-1", id: r2 })]

  it("is flagged, not refused: the money is gone, and what exceeds the capture is excess", () => {
    given(...held)
      .when(outside)
      .thenRefunds({ id: r2 }, { id: r1, notes: ["ExceedsCaptured"], goodwill: 0n })
      .thenOrder({ held: 90n, refunded: { original: 30n }, refundable: 30n })
  })

  it("gives away what goes beyond all that was collected", () => {
    const all = [...held, request({ amount: 50n, capture: "c-2", id: r3 })]
    given(...all)
      .when(outside)
      .thenHappened(
        { _tag: "RefundRequested", refund: { goodwill: 20n, notes: ["ExceedsCaptured"] } },
        {
          _tag: "Posted",
          lines: [
            { account: "goodwill", amount: 20n },
            { account: "sales_returns", amount: 10n },
            { account: "provider_clearing", amount: -30n }
          ]
        }
      )
      .thenOrder({ refundable: 0n })
  })

  it("leaves nothing to be refunded but what a tenant gives freely", () => {
    const over = [...held, request({ amount: 50n, capture: "c-2", id: r3 }), outside]
    given(...over)
      .when(request({ amount: 1n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 1n, refundable: 0n })
    given(...over, policy({ overRefund: "order_open" }))
      .when(request({ amount: 1n, reason: "sorry" }))
      .thenRefunds({}, {}, {}, { destination: "store_credit", goodwill: 1n })
  })
})

describe("one that comes back", () => {
  const past = [captured, outside]

  it("is reversed once, with what was booked, when the provider says so", () => {
    given(...past)
      .when(told(r1, returned, { attempt: null, at: noon, caller: worker({ now: noon + hours(1) }) }))
      .thenHappened(
        { _tag: "RefundReversed", refundId: r1, attemptId: null, effectiveAt: noon },
        {
          _tag: "Posted",
          source: `refund:${r1}`,
          lines: [
            { account: "sales_returns", amount: -30n },
            { account: "provider_clearing", amount: 30n }
          ]
        }
      )
      .thenRefunds({ state: "reversed" })
      .thenOrder({ refunded: { original: 0n }, refundable: 150n })
    given(...past, told(r1, returned, { attempt: null }))
      .when(told(r1, returned, { attempt: null }))
      .thenNothing()
  })

  it("may be undone by a person, who was not the one to record it", () => {
    given(...past)
      .when(reverse(r1, { detail: "told by mistake" }))
      .thenRefunds({ state: "reversed" })
  })

  it("hears nothing of attempts: it has none", () => {
    given(...past)
      .when(told(r1, returned, { attempt: attemptId(1) }))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "outcome reversed" })
    given(...past)
      .when(begin(r1))
      .thenNothing()
      .thenAnswered({ _tag: "nothing" })
  })
})

describe("one that comes close to others", () => {
  it("of exactly what was left of its capture exceeds nothing", () => {
    given(captured, request({ amount: 70n, capture: "c-1" }))
      .when(external(30n, { id: r1 }))
      .thenRefunds({ amount: 70n }, { id: r1, notes: [], goodwill: 0n })
  })

  it("needs no consent, is muted for nobody, and takes no more than itself", () => {
    given(captured)
      .when(external(30n, { id: r1 }))
      .thenHappened(
        {
          _tag: "RefundRequested",
          key: null,
          refund: {
            groupId: r1,
            type: "default",
            customerId: "c-7",
            deducts: false,
            requiresApproval: false,
            skipEvents: false,
            possibleDuplicateOf: null
          }
        },
        { _tag: "Posted" }
      )
  })

  it("draws on each part no more than is left of it, and notes the rest", () => {
    const rows = register(order({ lines: [line("1", 20n), line("2", 30n)], captures: [capture("c-1", 60n)] }))
    given(rows, request({ amount: 15n, line: "1" }))
      .when(external(40n, { id: r1 }))
      .thenRefunds(
        {},
        {
          shares: [
            { component: "line:1", amount: 5n, tax: 0n },
            { component: "line:2", amount: 30n, tax: 0n }
          ],
          notes: ["unattributed"]
        }
      )
  })
})
