/** News of attempts that are over, of refunds that a person decided on meanwhile, and of what was told in the wrong order. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Outcome } from "refund-core/ports/RefundProvider"
import {
  attemptId,
  begin,
  cancel,
  capture,
  declined,
  external,
  hours,
  minutes,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  resolve,
  retry,
  returned,
  told,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, cost] = [refundId(1), refundId(3)]
const [a1, a2] = [attemptId(1), attemptId(2)]
const captured = register(order({ captures: [capture("c-1", 100n)] }))
const submitted = [captured, request({ amount: 40n, id: r1 }), begin(r1)]
const failed = [...submitted, told(r1, declined)]
const yes = paid(40n)
const pending: Outcome = { _tag: "pending", reference: "re_1" }
/** So many minutes after noon by the provider's own time. */
const at = (minute: number) => ({ at: noon + minutes(minute) })
const conflict = (state: "approved" | "submitting" | "settled" | "canceled", outcome: string) =>
  ({ _tag: "StateConflict", refundId: r1, state, action: `outcome ${outcome}` }) as const

describe("news of an attempt that another has followed", () => {
  const again = [...failed, retry(r1), begin(r1, a2)]

  it("says nothing any more: it was refused", () => {
    for (const outcome of [declined, pending, unknown, returned]) {
      given(...again)
        .when(told(r1, outcome))
        .thenNothing()
        .thenAnswered([{ id: r1, state: "submitting" }])
    }
  })

  it("that it was paid after all is not taken for the second attempt's", () => {
    given(...again)
      .when(told(r1, yes))
      .thenRejected(conflict("submitting", "settled"))
  })

  it("that it was paid after all keeps a retry from being sent: it would be paid twice", () => {
    for (const told1 of [told(r1, declined), resolve(r1, "failed")]) {
      const before = told1 === undefined ? [] : [told1]
      const first =
        told1._tag === "ResolveRefund" ? [...submitted, told(r1, paid(39n)), ...before] : [...submitted, ...before]
      given(...first, retry(r1))
        .when(told(r1, yes))
        .thenRefunds({ state: "in_review", attempts: [{ id: a1, outcome: "in_review" }] })
        .thenOrder({ held: 40n, refundable: 60n })
      given(...first, retry(r1), told(r1, yes))
        .when(begin(r1, a2))
        .thenNothing()
      given(...first, retry(r1), told(r1, yes))
        .when(resolve(r1, "settled"))
        .thenRefunds({ state: "settled" })
      given(...first, retry(r1))
        .when(told(r1, declined))
        .thenNothing()
    }
  })

  it("of one that the books know nothing of, since they were brought back from before it: it is not paid again (T61)", () => {
    const restored = [captured, request({ amount: 40n, id: r1 })]
    given(...restored)
      .when(told(r1, yes))
      .thenRefunds({ state: "settled", attempts: [{ id: a1, outcome: "settled" }] })
    given(...restored)
      .when(told(r1, declined))
      .thenRefunds({ state: "failed" })
    given(...restored)
      .when(told(r1, pending))
      .thenRefunds({ state: "pending" })
    given(...restored)
      .when(told(r1, paid(41n)))
      .thenRefunds({ state: "in_review" })
    given(...restored)
      .when(told(r1, unknown))
      .thenRejected(conflict("approved", "unknown"))
    given(...failed, retry(r1))
      .when(told(r1, yes, { attempt: a2 }))
      .thenRefunds({ state: "settled", attempts: [{ id: a1 }, { id: a2, outcome: "settled" }] })
  })

  it("is not taken for news of an attempt that nobody made, nor of none", () => {
    given(...submitted)
      .when(told(r1, declined, { attempt: a2 }))
      .thenRejected(conflict("submitting", "declined"))
    given(...submitted, told(r1, yes))
      .when(told(r1, returned, { attempt: null }))
      .thenRejected(conflict("settled", "reversed"))
  })
})

describe("an attempt that was not sent, as far as anybody knew,", () => {
  const notSent = { _tag: "notSent", detail: "connection refused" } as const

  it("was, where the provider says what became of it", () => {
    for (const [outcome, _tag, state] of [
      [pending, "RefundPending", "pending"],
      [{ _tag: "requiresAction", reference: null }, "ActionRequired", "requires_action"],
      [declined, "RefundDeclined", "failed"]
    ] as const) {
      given(...submitted, told(r1, notSent))
        .when(told(r1, outcome))
        .thenHappened({ _tag: "AttemptStarted", refundId: r1, attemptId: a1 }, { _tag, attemptId: a1 })
        .thenRefunds({ state, attempts: [{ id: a1 }] })
    }
  })

  it("is no payment of a refund that was canceled meanwhile: a person has to see it", () => {
    given(...submitted, told(r1, notSent), cancel(r1))
      .when(told(r1, yes))
      .thenRejected(conflict("canceled", "settled"))
  })

  it("is sent again where that is what came of asking", () => {
    given(...submitted, told(r1, unknown))
      .when(told(r1, notSent))
      .thenHappened({ _tag: "AttemptNotSent", refundId: r1, attemptId: a1, detail: "connection refused" })
      .thenRefunds({ state: "approved" })
  })
})

describe("a refund from outside that is told again under another name", () => {
  it("would be another one: it is refused", () => {
    given(captured, external(40n, { id: r1, reference: "re_x" }))
      .when(told(r1, paid(40n, { reference: "re_y" }), { attempt: null }))
      .thenRejected(conflict("settled", "settled"))
    given(captured, external(40n, { id: r1, reference: "re_x" }))
      .when(told(r1, paid(40n, { reference: "re_x" }), { attempt: null }))
      .thenNothing()
  })
})

describe("a yes that is older than the no", () => {
  it("was paid first, and came back: both are booked under the provider's times", () => {
    given(...submitted, told(r1, declined, at(2)))
      .when(told(r1, yes, at(1)))
      .thenHappened(
        {
          _tag: "RefundSettled",
          refundId: r1,
          attemptId: a1,
          reference: "re_1",
          effectiveAt: noon + minutes(1),
          detail: null,
          recorded: false
        },
        { _tag: "Posted", effectiveAt: noon + minutes(1) },
        {
          _tag: "RefundReversed",
          refundId: r1,
          attemptId: a1,
          reference: "re_1",
          effectiveAt: noon + minutes(1),
          detail: "expired_card"
        },
        { _tag: "Posted", effectiveAt: noon + minutes(1) }
      )
      .thenRefunds({ state: "reversed", settledBy: null })
  })

  it("also where only the payment itself says when it was", () => {
    given(...submitted, told(r1, declined, at(2)))
      .when(told(r1, { ...yes, at: noon + minutes(1) } as Outcome))
      .thenRefunds({ state: "reversed", settledAt: noon + minutes(1) })
  })

  it("is not one that says the same moment: a person looks at it", () => {
    given(...submitted, told(r1, declined, at(1)))
      .when(told(r1, yes, at(1)))
      .thenHappened({ _tag: "ReviewNeeded", detail: "the provider says settled after it had said no" })
  })
})

describe("a no after a yes", () => {
  it("says nothing where it is older than what a person found to be paid", () => {
    const found = resolve(r1, "settled", { settledAt: noon - minutes(5) })
    given(...submitted, told(r1, unknown), found)
      .when(told(r1, declined, at(-6)))
      .thenNothing()
    given(...submitted, told(r1, unknown), found)
      .when(told(r1, declined, at(-5)))
      .thenRefunds({ state: "reversed" })
  })

  it("that the money came back is news, whenever that is said to have been", () => {
    given(...submitted, told(r1, yes, at(2)))
      .when(told(r1, returned, at(1)))
      .thenRefunds({ state: "reversed", detail: "account closed" })
  })
})

describe("a yes after a person had found it paid", () => {
  const found = [...submitted, told(r1, unknown), resolve(r1, "settled")]

  it("is what was known, under whatever name the provider has for it", () => {
    given(...found)
      .when(told(r1, yes))
      .thenNothing()
    given(...submitted, told(r1, unknown), resolve(r1, "settled", { reference: "re_1" }))
      .when(told(r1, paid(40n, { reference: "re_2" })))
      .thenRejected(conflict("settled", "settled"))
  })
})

describe("that it came back", () => {
  it("says nothing of a refund that had failed", () => {
    given(...failed)
      .when(told(r1, returned))
      .thenNothing()
  })

  it("before anybody knew that it was paid, is nobody's record: the provider says both", () => {
    given(...submitted)
      .when(told(r1, returned))
      .thenHappened(
        { _tag: "RefundSettled", attemptId: a1, recorded: false, detail: null },
        { _tag: "Posted" },
        { _tag: "RefundReversed", attemptId: a1, detail: "account closed" },
        { _tag: "Posted" }
      )
      .thenRefunds({ settledBy: null })
  })
})

describe("a no", () => {
  it("is kept with the time that the provider says, and without one where it says none", () => {
    const no = { _tag: "RefundDeclined", refundId: r1, attemptId: a1, code: "expired_card", reference: null } as const
    const kept = (options: Parameters<typeof told>[2]) =>
      given(...submitted)
        .when(told(r1, declined, options))
        .decision().events
    deepStrictEqual(kept({}), [no])
    deepStrictEqual(kept(at(1)), [{ ...no, toldAt: noon + minutes(1) }])
  })

  it("that is found by asking frees the return cost that was taken off it", () => {
    const lowered = [
      captured,
      request({ amount: 40n, id: r1 }),
      request({ amount: 15n, type: "instance_cost", id: cost }),
      begin(r1),
      told(r1, unknown)
    ]
    given(...lowered)
      .when(told(r1, { _tag: "notFound", detail: "never heard of it" }, { caller: worker({ now: noon + hours(24) }) }))
      .thenRefunds({ state: "failed", deductions: [] }, { id: cost, netted: 0n })
      .thenOrder({ held: 0n, waiting: [{ refundId: cost, amount: 15n }] })
  })
})

describe("what was asked about until there was no next time", () => {
  it("is for a person, who reads what it was", () => {
    const long = { caller: worker({ now: noon + hours(24 * 61) }) }
    for (const [outcome, _tag, detail] of [
      [pending, "RefundPending", "still pending, long after it was sent"],
      [
        { _tag: "requiresAction", reference: null },
        "ActionRequired",
        "still waits for the customer, long after it was sent"
      ]
    ] as const) {
      given(...submitted)
        .when(told(r1, outcome, long))
        .thenHappened({ _tag }, { _tag: "ReviewNeeded", refundId: r1, attemptId: a1, detail })
    }
    const last = told(r1, pending, { caller: worker({ now: noon + hours(24 * 29) }) })
    const { due } = given(...submitted, ...Array.from({ length: 9 }, () => told(r1, pending)))
      .when(last)
      .thenHappened({ _tag: "RefundPending" })
      .decision()
    deepStrictEqual(due, [{ refundId: r1, at: noon + hours(24 * 30) }])
    const often = Array.from({ length: 8 }, () => told(r1, unknown))
    given(...submitted, ...often)
      .when(told(r1, unknown))
      .thenHappened({ _tag: "OutcomeLost" }, { _tag: "ReviewNeeded", detail: "still unknown, long after it was sent" })
  })
})
