/** What providers tell of their own accord: more than once, late, and in any order (T39). */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import type { Event } from "refund-core/Event"
import type { Outcome } from "refund-core/ports/RefundProvider"
import {
  attemptId,
  begin,
  capture,
  declined,
  minutes,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  returned,
  told,
  unknown
} from "refund-testkit/build"
import { given } from "refund-testkit/given"
import { after, type OneOrder, step } from "refund-testkit/oneOrder"

const r1 = refundId(1)
const captured = register(order({ captures: [capture("c-1", 200n)] }))
const submitted = [captured, request({ amount: 40n, id: r1 }), begin(r1)]

const pending: Outcome = { _tag: "pending", reference: "re_1" }
const waits: Outcome = { _tag: "requiresAction", reference: "re_1" }
const yes = paid(40n)

/** So many minutes after noon by the provider's own time. */
const at = (minute: number) => ({ at: noon + minutes(minute) })

const ordersOf = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  all.length < 2
    ? [all]
    : all.flatMap((each, index) => ordersOf(all.toSpliced(index, 1)).map((rest) => [each, ...rest]))

interface Ended {
  readonly states: ReadonlyArray<string>
  readonly held: bigint | undefined
  readonly refunded: bigint | undefined
  readonly booked: Readonly<Record<string, bigint>>
}

/** What it comes to: states, figures, and what is booked in each account. */
const endOf = (start: OneOrder, news: ReadonlyArray<Command>): Ended => {
  let ledger = start
  const events: Array<Event> = []
  for (const command of news) {
    const { after, decided } = step(ledger, command)
    if (decided._tag === "Success") events.push(...decided.success.events)
    ledger = after
  }
  const booked: Record<string, bigint> = {}
  for (const { account, amount } of events.flatMap((event) => (event._tag === "Posted" ? event.lines : []))) {
    booked[account] = (booked[account] ?? 0n) + amount
  }
  return {
    states: [...ledger.refunds.values()].map(({ state }) => state),
    held: ledger.order?.held,
    refunded: ledger.order?.refunded.original,
    booked: Object.fromEntries(Object.entries(booked).filter(([, amount]) => amount !== 0n))
  }
}

const starts: ReadonlyArray<readonly [where: string, start: OneOrder]> = [
  ["that is submitted", after(...submitted)],
  ["that nobody knows of", after(...submitted, told(r1, unknown))],
  ["that was not sent, as far as anybody knew", after(...submitted, told(r1, { _tag: "notSent", detail: "reset" }))],
  ["that is pending", after(...submitted, told(r1, pending))]
]

const assertAlike = (news: ReadonlyArray<Command>, expected: Ended): void => {
  for (const [where, start] of starts) {
    for (const each of ordersOf(news)) {
      const brief = each.map((command) => (command._tag === "RecordOutcome" ? command.outcome._tag : "")).join(", ")
      deepStrictEqual([where, brief, endOf(start, each)], [where, brief, expected])
      deepStrictEqual([where, brief, endOf(start, [...each, ...each, ...each])], [where, brief, expected])
    }
  }
}

const reversed: Ended = { states: ["reversed"], held: 0n, refunded: 0n, booked: {} }

describe("news of a refund, in any order and three times over,", () => {
  it("comes to paid, where it was pending and then paid", () => {
    assertAlike([told(r1, pending, at(1)), told(r1, waits, at(2)), told(r1, yes, at(3))], {
      states: ["settled"],
      held: 0n,
      refunded: 40n,
      booked: { sales_returns: 40n, provider_clearing: -40n }
    })
  })

  it("comes to reversed, where it was pending, paid and came back", () => {
    assertAlike([told(r1, pending, at(1)), told(r1, yes, at(2)), told(r1, returned, at(3))], reversed)
  })

  it("comes to reversed, where it was paid and then declined after all", () => {
    assertAlike([told(r1, yes, at(1)), told(r1, declined, at(2))], reversed)
    assertAlike([told(r1, pending, at(1)), told(r1, yes, at(2)), told(r1, declined, at(3))], reversed)
  })

  it("comes to failed, where it was pending and declined", () => {
    assertAlike([told(r1, pending, at(1)), told(r1, waits, at(2)), told(r1, declined, at(3))], {
      states: ["failed"],
      held: 0n,
      refunded: 0n,
      booked: {}
    })
  })

  it("that it was on the way is no news once it is over, and no error", () => {
    const ends: ReadonlyArray<ReadonlyArray<Command>> = [
      [told(r1, yes)],
      [told(r1, yes), told(r1, returned)],
      [told(r1, declined)]
    ]
    const late: ReadonlyArray<Outcome> = [
      pending,
      waits,
      unknown,
      { _tag: "notSent", detail: "reset" },
      { _tag: "notFound", detail: "never heard of it" }
    ]
    for (const end of ends) {
      for (const outcome of late) {
        given(...submitted, ...end)
          .when(told(r1, outcome))
          .thenNothing()
      }
    }
  })

  it("of five refunds at once comes to the same, shuffled a thousand times", () => {
    const ids = [1, 2, 3, 4, 5].map(refundId)
    const start = after(
      captured,
      ...ids.flatMap((id, index) => [request({ amount: 30n, id }), begin(id, attemptId(index + 1))])
    )
    const stories: ReadonlyArray<ReadonlyArray<Outcome>> = [
      [pending, paid(30n)],
      [pending, paid(30n), returned],
      [waits, declined],
      [pending, waits, paid(30n), declined],
      [paid(30n)]
    ]
    const news = stories.flatMap((story, index) =>
      story.map((outcome, minute) =>
        told(refundId(index + 1), outcome, { attempt: attemptId(index + 1), ...at(minute) })
      )
    )
    const expected = endOf(start, news)
    deepStrictEqual(expected.states, ["settled", "reversed", "failed", "reversed", "settled"])
    deepStrictEqual([expected.held, expected.refunded], [0n, 60n])
    const random = drawn(20_261_102)
    for (let count = 0; count < 1_000; count++) {
      const shuffled = [...news, ...news, ...news]
        .map((command) => [random(), command] as const)
        .sort(([a], [b]) => a - b)
        .map(([, command]) => command)
      deepStrictEqual(endOf(start, shuffled), expected)
    }
  })
})

/** Numbers that are the same each time, and look drawn. */
const drawn = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
}

describe("news that contradicts what is known", () => {
  it("a yes after a no, by the provider's own time, is for a person: what was freed may be held by others", () => {
    given(...submitted, told(r1, declined, at(1)))
      .when(told(r1, yes, at(2)))
      .thenHappened({ _tag: "ReviewNeeded", refundId: r1 })
      .thenOrder({ held: 40n })
  })

  it("a no that is older than the yes says nothing any more", () => {
    given(...submitted, told(r1, yes, at(2)))
      .when(told(r1, declined, at(1)))
      .thenNothing()
  })

  it("where the provider does not say when, the order in which it tells is the order", () => {
    given(...submitted, told(r1, declined))
      .when(told(r1, yes))
      .thenRefunds({ state: "in_review" })
    given(...submitted, told(r1, yes))
      .when(told(r1, declined))
      .thenRefunds({ state: "reversed", detail: "expired_card" })
  })

  it("a yes under another name would be a second payout: it is refused, before and after it came back", () => {
    const again = told(r1, paid(40n, { reference: "re_2" }), at(5))
    const conflict = { _tag: "StateConflict", refundId: r1, action: "outcome settled" } as const
    given(...submitted, told(r1, yes, at(1)))
      .when(again)
      .thenRejected({ ...conflict, state: "settled" })
    given(...submitted, told(r1, yes, at(1)), told(r1, returned, at(2)))
      .when(again)
      .thenRejected({ ...conflict, state: "reversed" })
  })

  it("a payment that came back before anybody here knew of it is booked twice, under the provider's time", () => {
    const posted = { _tag: "Posted", effectiveAt: noon + minutes(3) } as const
    given(...submitted)
      .when(told(r1, returned, at(3)))
      .thenHappened(
        { _tag: "RefundSettled", effectiveAt: noon + minutes(3) },
        posted,
        { _tag: "RefundReversed" },
        posted
      )
      .thenRefunds({ state: "reversed", settledAt: noon + minutes(3) })
  })
})
