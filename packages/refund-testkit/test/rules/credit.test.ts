/** Store credit: spent as a tender, given back to where it came from, ended by its day, and never below zero. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { maxMinor } from "refund-core/Money"
import {
  approve,
  approver,
  caller,
  cancel,
  capture,
  deny,
  expire,
  hours,
  noon,
  order,
  policy,
  refundId,
  register,
  request,
  resolve,
  reverse,
  setPolicy,
  spend,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2, r3] = [refundId(1), refundId(2), refundId(3)]
const customer = "c-7"
const whose = { customerId: customer, currency: "USD" } as const
const days = (count: number): number => hours(24 * count)
/** The end of the day, UTC, so many days after the day of noon. */
const endOfDay = (count: number): number => noon + hours(12) + days(count)

const first = register(order({ customer, captures: [capture("c-1", 100n)] }))
const next = register(order({ customer, captures: [capture("c-2", 100n)] }), { id: "o-2" })
const credited = [first, next, request({ amount: 60n, destination: "store_credit", id: r1 })]
const pays = (amount: bigint, options: Parameters<typeof spend>[1] = {}) =>
  spend(amount, { order: "o-2", customer, ...options })

describe("credit that is spent", () => {
  it("becomes a capture of the order it pays for, in one decision, and both are booked", () => {
    given(...credited)
      .when(pays(25n))
      .thenHappened(
        { _tag: "CreditSpent", ...whose, amount: 25n, orderId: "o-2", captureId: "k-1" },
        {
          _tag: "Posted",
          source: "credit:k-1",
          effectiveAt: noon,
          lines: [
            { account: "store_credit_liability", amount: 25n },
            { account: "collected", amount: -25n }
          ]
        },
        { _tag: "OrderRegistered", orderId: "o-2" }
      )
      .thenAnswered({ changed: true })
      .thenCredit([null, 35n])
      .thenOrder({
        collected: 125n,
        refundable: 125n,
        captures: [{ id: "c-2" }, { id: "k-1", collected: 25n, provider: "store_credit", tender: "store_credit" }]
      })
  })

  it("may pay for the order that it came from, and all of it may be spent", () => {
    given(...credited)
      .when(pays(60n, { order: "o-1" }))
      .thenCredit()
      .thenOrder({ collected: 160n, refunded: { store_credit: 60n }, refundable: 100n })
  })

  it("is never more than is left: the account does not go below zero", () => {
    given(...credited)
      .when(pays(61n))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 61n, refundable: 60n })
    given(...credited, pays(60n))
      .when(pays(1n, { order: "o-1", id: "k-2" }))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 1n, refundable: 0n })
    given(first, next)
      .when(pays(1n))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 1n, refundable: 0n })
  })

  it("is spent once under a capture's name: the same again changes nothing, also where nothing is left", () => {
    given(...credited, pays(60n))
      .when(pays(60n))
      .thenNothing()
      .thenAnswered({ changed: false })
      .thenCredit()
  })

  it("is not spent under a name that stands for another payment", () => {
    const conflict = { _tag: "CaptureConflict", field: "amount" } as const
    given(...credited, pays(20n))
      .when(pays(21n))
      .thenRejected({ ...conflict, captureId: "k-1", registered: "20", requested: "21" })
    given(...credited)
      .when(pays(20n, { id: "c-2" }))
      .thenRejected({ ...conflict, captureId: "c-2", registered: "100", requested: "20" })
    given(...credited)
      .when(pays(20n, { id: "c-1" }))
      .thenRejected({ ...conflict, captureId: "c-1", field: "order", registered: "o-1", requested: "o-2" })
  })

  it("pays only for an order of that customer, in its currency", () => {
    given(...credited)
      .when(pays(20n, { customer: "c-8" }))
      .thenRejected({
        _tag: "OrderConflict",
        orderId: "o-2",
        field: "customerId",
        registered: customer,
        requested: "c-8"
      })
    given(...credited)
      .when(pays(20n, { currency: "EUR" }))
      .thenRejected({ _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" })
    given(...credited, register(order({ captures: [capture("c-3")] }), { id: "o-3" }))
      .when(pays(20n, { order: "o-3" }))
      .thenRejected({ _tag: "CustomerRequired", orderId: "o-3" })
    given(...credited)
      .when(pays(20n, { order: "o-9" }))
      .thenRejected({ _tag: "OrderNotFound", orderId: "o-9" })
  })

  it("is an account of its own in each currency", () => {
    const euros = register(order({ customer, currency: "EUR", captures: [capture("c-3")] }), { id: "o-3" })
    given(...credited, euros)
      .when(pays(20n, { order: "o-3", currency: "EUR" }))
      .thenRejected({ _tag: "ExceedsCredit", customerId: customer, currency: "EUR", requested: 20n, refundable: 0n })
  })

  it("is an amount above nothing, that a figure can hold, asked for by who may", () => {
    given(...credited)
      .when(pays(0n))
      .thenRejected({ _tag: "AmountNotPositive", field: "amount", amount: "0" })
    deepStrictEqual(
      given(...credited)
        .when(pays(maxMinor + 1n))
        .violations()
        .map((each) => each._tag),
      ["Malformed", "Malformed", "ExceedsCredit"]
    )
    given(...credited)
      .when(pays(20n, { caller: caller({ permissions: ["orders:write"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "credit:write" })
  })

  it("cannot be told of as a capture: it is one by being spent", () => {
    const claimed = capture("k-1", 20n, { provider: "store_credit", tender: "store_credit" })
    given(...credited)
      .when(register(order({ customer, captures: [claimed] }), { id: "o-2" }))
      .thenRejected({
        _tag: "Malformed",
        path: "captures.0.provider",
        expected: "another provider; store credit pays by being spent from the customer's account"
      })
  })
})

describe("a refund of what was paid with credit", () => {
  const paid = [...credited, pays(50n)]

  it("goes back to credit at once, without a call, and counts against its capture (A84)", () => {
    given(...paid)
      .when(request({ order: "o-2", capture: "k-1", amount: 30n, id: r2 }))
      .thenHappened(
        { _tag: "RefundRequested", refund: { destination: "original", provider: "store_credit", state: "approved" } },
        { _tag: "RefundSettled", refundId: r2, attemptId: null, recorded: false },
        {
          _tag: "Posted",
          source: `refund:${r2}`,
          lines: [
            { account: "sales_returns", amount: 30n },
            { account: "store_credit_liability", amount: -30n }
          ]
        },
        { _tag: "CreditPosted", refundId: r2, ...whose, amount: 30n, expiresAt: null }
      )
      .thenCredit([null, 40n])
      .thenOrder({
        refunded: { original: 30n, store_credit: 0n },
        refundable: 120n,
        captures: [
          { id: "c-2", refunded: 0n },
          { id: "k-1", refunded: 30n }
        ]
      })
  })

  it("is within the capture, and a refund of the whole order takes its part of it", () => {
    given(...paid)
      .when(request({ order: "o-2", capture: "k-1", amount: 51n }))
      .thenRejected({
        _tag: "ExceedsCaptured",
        captureId: "k-1",
        currency: "USD",
        requested: 51n,
        refundable: 50n
      })
    given(...paid)
      .when(request({ order: "o-2", amount: 120n, seed: r3 }))
      .thenRefunds(
        { captureId: "c-2", amount: 100n, state: "approved" },
        { captureId: "k-1", amount: 20n, state: "settled" }
      )
      .thenCredit([null, 30n])
  })

  it("waits for consent where that is asked for, and posts then", () => {
    const waiting = request({ order: "o-2", capture: "k-1", amount: 30n, id: r2, requiresApproval: true })
    given(...paid, waiting)
      .when(approve(r2))
      .thenRefunds({ state: "settled" })
      .thenCredit([null, 40n])
    given(...paid, waiting)
      .when(deny(r2))
      .thenCredit([null, 10n])
      .thenOrder({ held: 0n })
  })

  it("keeps what a return cost takes from it, and posts the rest", () => {
    const cost = request({ order: "o-2", amount: 10n, type: "instance_cost", id: r3 })
    given(...paid, cost)
      .when(request({ order: "o-2", capture: "k-1", amount: 30n, id: r2 }))
      .thenCredit([null, 30n])
      .thenOrder({ retained: 10n, refunded: { original: 30n } })
  })

  it("is held to nothing that providers cannot do: nobody is asked", () => {
    given(...paid)
      .with(() => ({
        partial: false,
        windowDays: 0,
        steps: { USD: 7n },
        lookup: "none",
        honoursKeyFor: 0,
        pendingDays: 1
      }))
      .when(request({ order: "o-2", capture: "k-1", amount: 30n, id: r2 }))
      .thenRefunds({ state: "settled" })
  })
})

describe("credit that ends (A86)", () => {
  const limited = policy({ creditDays: 30 })
  const ends = endOfDay(30)
  const at = (now: number) => ({ caller: caller({ now }) })

  it("is good through the last of its days, UTC, whenever on the first it was given", () => {
    const late = request({ amount: 5n, destination: "store_credit", id: r2, ...at(noon + hours(11)) })
    const later = request({ amount: 7n, destination: "store_credit", id: r3, ...at(noon + hours(12)) })
    given(limited, ...credited, late)
      .when(later)
      .thenCredit([ends, 65n], [ends + days(1), 7n])
  })

  it("ends with the instant it is good until, not before", () => {
    given(limited, ...credited)
      .when(pays(60n, at(ends - 1)))
      .thenCredit()
    given(limited, ...credited)
      .when(pays(1n, at(ends)))
      .thenRejected({ _tag: "ExceedsCredit", ...whose, requested: 1n, refundable: 0n })
  })

  it("keeps the day it was promised, whatever the policy becomes; each door has days of its own", () => {
    given(limited, ...credited, policy({ creditDays: null }))
      .when(request({ amount: 5n, destination: "store_credit", id: r2 }))
      .thenCredit([ends, 60n], [null, 5n])
    const kibo = request({ amount: 5n, destination: "store_credit", id: r2, caller: caller({ door: "kibo" }) })
    given(setPolicy({ native: { creditDays: 30 }, kibo: { creditDays: 1 } }), ...credited)
      .when(kibo)
      .thenCredit([endOfDay(1), 5n], [ends, 60n])
  })

  const lots = [
    ...credited,
    policy({ creditDays: 2 }),
    request({ amount: 10n, destination: "store_credit", id: r2 }),
    policy({ creditDays: 1 }),
    request({ amount: 5n, destination: "store_credit", id: r3 })
  ]

  it("is spent soonest to end first", () => {
    given(...lots)
      .when(pays(4n))
      .thenCredit([endOfDay(1), 1n], [endOfDay(2), 10n], [null, 60n])
    given(...lots)
      .when(pays(16n))
      .thenCredit([null, 59n])
  })

  it("is taken back from what lasts longest: what will soon be gone is left to be spent", () => {
    given(...lots)
      .when(reverse(r3))
      .thenCredit([endOfDay(1), 5n], [endOfDay(2), 10n], [null, 55n])
    given(...lots, pays(15n, { id: "k-2" }))
      .when(reverse(r2))
      .thenCredit([null, 50n])
  })

  it("is taken off before anything is spent, so that what is spent is still good", () => {
    given(...lots)
      .when(pays(60n, at(endOfDay(2))))
      .thenHappened(
        { _tag: "CreditExpired", ...whose, amount: 15n, before: endOfDay(2) },
        { _tag: "Posted", source: "credit:expired" },
        { _tag: "CreditSpent", amount: 60n },
        { _tag: "Posted", source: "credit:k-1" },
        { _tag: "OrderRegistered" }
      )
      .thenCredit()
  })

  it("is booked as kept when it ends, in the account's own chain, and only once", () => {
    const ended = expire({ customer, caller: worker({ now: endOfDay(1) }) })
    given(...lots)
      .when(ended)
      .thenHappened(
        { _tag: "CreditExpired", ...whose, amount: 5n, before: endOfDay(1) },
        {
          _tag: "Posted",
          source: "credit:expired",
          lines: [
            { account: "store_credit_liability", amount: 5n },
            { account: "breakage", amount: -5n }
          ]
        }
      )
      .thenCredit([endOfDay(2), 10n], [null, 60n])
    given(...lots, ended)
      .when(ended)
      .thenNothing()
  })

  it("stays where none has ended, and is no error where there is no account; the worker asks", () => {
    given(...lots)
      .when(expire({ customer, caller: worker({ now: endOfDay(1) - 1 }) }))
      .thenNothing()
    given(first)
      .when(expire({ customer: "nobody" }))
      .thenNothing()
    given(...lots)
      .when(expire({ customer, caller: caller({ permissions: ["credit:write"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "worker" })
  })
})

describe("credit that was spent before the refund was undone", () => {
  const spent = [...credited, pays(50n)]
  const reviewed = [...spent, reverse(r1, { detail: "wrong order" })]

  it("cannot be taken back: a person decides, and the refund holds its amount meanwhile", () => {
    given(...spent)
      .when(reverse(r1, { detail: "wrong order" }))
      .thenHappened({ _tag: "ReviewNeeded", refundId: r1, attemptId: null, detail: "wrong order" })
      .thenRefunds({ state: "in_review", settledAt: noon })
      .thenOrder({ held: 60n, refunded: { store_credit: 0n }, refundable: 40n })
      .thenCredit([null, 10n])
  })

  it("also where it has ended meanwhile, or where another refund of the same customer has taken its place", () => {
    const [registered, other, asked] = credited
    if (registered === undefined || other === undefined || asked === undefined) throw new Error("three are given")
    const late = caller({ id: "bob", now: endOfDay(1) })
    given(
      policy({ creditDays: 1 }),
      registered,
      other,
      asked,
      expire({ customer, caller: worker({ now: endOfDay(1) }) })
    )
      .when(reverse(r1, { caller: late }))
      .thenRefunds({ state: "in_review" })
    given(...spent, request({ order: "o-2", capture: "c-2", amount: 55n, destination: "store_credit", id: r2 }))
      .when(reverse(r1))
      .thenRefunds({ state: "reversed" })
      .thenCredit([null, 5n])
  })

  it("stays given where the person lets it stand", () => {
    given(...reviewed)
      .when(resolve(r1, "settled", { detail: "the customer may keep it" }))
      .thenHappened({ _tag: "RefundSettled", refundId: r1, attemptId: null, recorded: true, effectiveAt: noon })
      .thenRefunds({ state: "settled", settledAt: noon })
      .thenOrder({ held: 0n, refunded: { store_credit: 60n } })
      .thenCredit([null, 10n])
  })

  it("is undone with what is left of it where the person says so; what was spent is given for good", () => {
    given(...reviewed)
      .when(resolve(r1, "failed", { detail: "wrong order" }))
      .thenHappened(
        { _tag: "RefundResolved", refundId: r1, to: "failed" },
        {
          _tag: "Posted",
          source: `refund:${r1}`,
          lines: [
            { account: "sales_returns", amount: -60n },
            { account: "store_credit_liability", amount: 10n },
            { account: "goodwill", amount: 50n }
          ]
        },
        { _tag: "CreditReversed", refundId: r1, ...whose, amount: 10n }
      )
      .thenRefunds({ state: "failed" })
      .thenOrder({ held: 0n, refunded: { store_credit: 0n }, refundable: 100n })
      .thenCredit()
  })

  it("is undone without an entry in the account where none is left", () => {
    given(...reviewed, pays(10n, { id: "k-2" }))
      .when(resolve(r1, "failed", { detail: "wrong order" }))
      .thenHappened({ _tag: "RefundResolved" }, { _tag: "Posted" })
      .thenCredit()
  })

  it("keeps what a return cost took from it, also when it is given up after that", () => {
    const cost = request({ amount: 60n, type: "instance_cost", id: r3 })
    const waiting = { destination: "payout", requiresApproval: true } as const
    const undone = [
      first,
      next,
      request({ amount: 40n, id: r2, ...waiting }),
      request({ amount: 50n, destination: "store_credit", id: r1, requiresApproval: true }),
      cost,
      approve(r1),
      pays(30n),
      reverse(r1, { caller: approver({ id: "carla" }) }),
      resolve(r1, "failed")
    ]
    given(...undone)
      .when(cancel(r1))
      .thenHappened({ _tag: "RefundCanceled", refundId: r1 })
    given(...undone, cancel(r1))
      .when(approve(r2))
      .thenRefunds(
        { id: r2, state: "settled" },
        { id: r1, state: "canceled" },
        { id: r3, state: "settled", realised: 60n }
      )
  })

  it("is decided by another person than who asked, with a note; once", () => {
    given(...reviewed)
      .when(resolve(r1, "failed", { caller: caller() }))
      .thenRejected({ _tag: "SelfApproval", principal: "ada", refundId: r1 })
    given(...reviewed)
      .when(resolve(r1, "failed", { detail: " " }))
      .thenRejected({ _tag: "ReasonRequired", field: "note" })
    given(...reviewed, resolve(r1, "settled"))
      .when(resolve(r1, "failed"))
      .thenRejected({ _tag: "StateConflict", refundId: r1, state: "settled", action: "resolve" })
  })

  it("may be reviewed again after it was let stand, and is undone whole once all of it is back", () => {
    const back = request({ order: "o-2", capture: "k-1", amount: 50n, id: r2 })
    given(...reviewed, resolve(r1, "settled"), back)
      .when(reverse(r1, { caller: approver({ id: "carla" }) }))
      .thenRefunds({ state: "reversed" })
      .thenCredit()
  })
})

describe("whose credit it is", () => {
  const another = register(order({ customer: "c-8", captures: [capture("c-1", 100n)] }))
  const conflict = {
    _tag: "OrderConflict",
    orderId: "o-1",
    field: "customerId",
    registered: customer,
    requested: "c-8"
  } as const

  it("is fixed once it was promised, whatever became of that", () => {
    const promised = request({ amount: 60n, destination: "store_credit", id: r1, requiresApproval: true })
    given(first, promised).when(another).thenRejected(conflict)
    given(first, promised, deny(r1)).when(another).thenRejected(conflict)
    given(first, request({ amount: 60n, destination: "store_credit", id: r1 }))
      .when(another)
      .thenRejected(conflict)
  })

  it("is fixed once it has paid for the order", () => {
    given(...credited, pays(20n))
      .when(register(order({ customer: "c-8", captures: [capture("c-2", 100n)] }), { id: "o-2" }))
      .thenRejected({ ...conflict, orderId: "o-2" })
  })

  it("is not fixed by a refund to a card: the customer may still be named otherwise", () => {
    given(first, request({ amount: 60n, id: r1 }))
      .when(another)
      .thenOrder({ customerId: "c-8", customerFixed: false })
  })

  it("is the order's customer's, who keeps it where the order is told of again without one", () => {
    given(...credited)
      .when(register(order({ captures: [capture("c-1", 100n)] })))
      .thenNothing()
      .thenCredit([null, 60n])
  })
})
