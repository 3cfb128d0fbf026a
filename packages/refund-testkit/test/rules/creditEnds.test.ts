/** Store credit ends with its day: lots, and in which order they are spent and taken back. */
import { describe, it } from "@effect/vitest"
import {
  caller,
  expire,
  hours,
  noon,
  policy,
  refundId,
  request,
  reverse,
  setPolicy,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { credited, customer, days, endOfDay, first, pays, whose } from "../support/credited.ts"

const [r2, r3] = [refundId(2), refundId(3)]

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
