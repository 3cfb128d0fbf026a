/** Store credit that was spent before the refund that gave it is undone: a person decides. */
import { describe, it } from "@effect/vitest"
import {
  approve,
  approver,
  caller,
  cancel,
  expire,
  noon,
  policy,
  refundId,
  request,
  resolve,
  reverse,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { credited, customer, endOfDay, first, next, pays, whose } from "../support/credited.ts"

const [r1, r2, r3] = [refundId(1), refundId(2), refundId(3)]

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
