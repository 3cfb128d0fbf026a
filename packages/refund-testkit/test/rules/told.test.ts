import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import { listens, type Notification, notifications } from "refund-core/Notification"
import {
  approve,
  approver,
  attemptId,
  begin,
  cancel,
  capture,
  declined,
  deny,
  dispute,
  expire,
  external,
  hours,
  noon,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  resolve,
  retry,
  returned,
  reverse,
  settle,
  spend,
  told,
  undo,
  unknown,
  worker
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)
const customer = "c-7"
const captured = register(order({ customer, captures: [capture("c-1", 100n)] }))
const byHand = register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] }))
const asked = [captured, request({ amount: 40n, id: r1 })]
const waiting = [captured, request({ amount: 40n, id: r1, requiresApproval: true })]
const submitted = [...asked, begin(r1)]
const failed = [...submitted, told(r1, declined)]
const pending = { _tag: "pending", reference: "re_1" } as const
const credited = [captured, request({ amount: 60n, destination: "store_credit", id: r1 })]

/** What is told of the last of these commands. */
const whatIsTold = (...commands: ReadonlyArray<Command>): ReadonlyArray<Notification> => {
  const [last] = commands.slice(-1)
  if (last === undefined) throw new Error("a command at least")
  const { after, events, stamp } = given(...commands.slice(0, -1))
    .when(last)
    .decision()
  const entry = { tenant: "acme", chain: "order:o-1", seq: 1, stamp, events, hashes: events.map(() => null) }
  return notifications(entry, (id) => after.refunds.get(id))
}

const typesAfter = (...commands: ReadonlyArray<Command>) => whatIsTold(...commands).map(({ type }) => type)

/** What was done, after what, and what others are told of it, with the state that the refund came to. */
const rows: ReadonlyArray<
  readonly [what: string, commands: ReadonlyArray<Command>, told: ReadonlyArray<readonly [string, string | null]>]
> = [
  ["a request that needs no consent", asked, [["refund.created", "approved"]]],
  ["one that does", waiting, [["approval.requested", "pending_approval"]]],
  [
    "consent",
    [...waiting, approve(r1)],
    [
      ["approval.given", "approved"],
      ["refund.created", "approved"]
    ]
  ],
  [
    "consent undone",
    [...waiting, approve(r1), undo(r1)],
    [
      ["approval.undone", "pending_approval"],
      ["refund.withdrawn", "pending_approval"]
    ]
  ],
  ["consent refused", [...waiting, deny(r1)], [["approval.denied", "denied"]]],
  ["canceled before consent", [...waiting, cancel(r1)], [["approval.canceled", "canceled"]]],
  ["canceled after it", [...waiting, approve(r1), cancel(r1)], [["refund.canceled", "canceled"]]],
  ["canceled where none was needed", [...asked, cancel(r1)], [["refund.canceled", "canceled"]]],
  ["sent", submitted, [["refund.submitted", "submitting"]]],
  ["not sent", [...submitted, told(r1, { _tag: "notSent", detail: "429" })], [["refund.not_sent", "approved"]]],
  ["in doubt", [...submitted, told(r1, unknown)], [["refund.unknown", "unknown"]]],
  ["accepted", [...submitted, told(r1, pending)], [["refund.pending", "pending"]]],
  [
    "waiting for the customer",
    [...submitted, told(r1, { _tag: "requiresAction", reference: null })],
    [["refund.requires_action", "requires_action"]]
  ],
  ["refused", failed, [["refund.failed", "failed"]]],
  ["tried again", [...failed, retry(r1)], [["refund.retried", "approved"]]],
  ["paid", [...submitted, told(r1, paid(40n))], [["refund.settled", "settled"]]],
  ["paid otherwise", [...submitted, told(r1, paid(41n))], [["refund.in_review", "in_review"]]],
  ["found not paid", [...submitted, told(r1, paid(41n)), resolve(r1, "failed")], [["refund.failed", "failed"]]],
  ["half found so", [...submitted, told(r1, unknown), resolve(r1, "failed")], []],
  ["returned", [...submitted, told(r1, paid(40n)), told(r1, returned)], [["refund.reversed", "reversed"]]],
  ["settled by hand", [byHand, request({ amount: 40n, id: r1 }), settle(r1)], [["refund.settled", "settled"]]],
  ["made elsewhere", [captured, external(30n)], [["refund.external", "settled"]]],
  [
    "credited",
    credited,
    [
      ["refund.created", "approved"],
      ["refund.settled", "settled"],
      ["credit.posted", null]
    ]
  ],
  [
    "credit taken back",
    [...credited, reverse(r1)],
    [
      ["refund.reversed", "reversed"],
      ["credit.reversed", null]
    ]
  ],
  ["credit spent", [...credited, spend(10n, { customer })], [["credit.spent", null]]],
  [
    "credit that ended",
    [policy({ creditDays: 1 }), ...credited, expire({ customer, caller: worker({ now: noon + hours(72) }) })],
    [["credit.expired", null]]
  ],
  ["a dispute", [captured, dispute("open")], [["dispute.open", null]]],
  ["a dispute won", [captured, dispute("open"), dispute("won")], [["dispute.won", null]]],
  ["a dispute lost", [captured, dispute("lost")], [["dispute.lost", null]]],
  ["an order", [captured], []],
  ["a policy", [captured, policy({ fourEyes: false })], []]
]

describe("others are told (A96, A97)", () => {
  for (const [what, commands, expected] of rows) {
    it(`${what}: ${expected.map(([type]) => type).join(", ") || "nothing"}`, () =>
      deepStrictEqual(
        whatIsTold(...commands).map(({ state, type }) => [type, state]),
        expected
      ))
  }

  it("of the refund and its order, when it was recorded, and what happened", () => {
    const [first] = whatIsTold(...asked)
    deepStrictEqual(
      [first?.refund?.id, first?.orderId, first?.customerId, first?.at, first?.event._tag, first?.muted],
      [r1, "o-1", "c-7", noon, "RefundRequested", false]
    )
  })

  it("of an account by its customer, of a dispute by its order", () => {
    const [spent] = whatIsTold(...credited, spend(10n, { customer }))
    deepStrictEqual([spent?.refund, spent?.orderId, spent?.customerId], [null, "o-1", "c-7"])
    const [open] = whatIsTold(captured, dispute("open"))
    deepStrictEqual([open?.refund, open?.orderId, open?.customerId], [null, "o-1", null])
  })
})

describe("nobody is told (T44, T45)", () => {
  const recorded = { amount: 40n, settled: true, id: r1 } as const

  it("of a refund that was recorded as settled; of its reversal they are", () => {
    deepStrictEqual(typesAfter(captured, request(recorded)), [])
    deepStrictEqual(typesAfter(captured, request(recorded), reverse(r1)), ["refund.reversed"])
  })

  it("of one that was recorded and had to be approved, but for its approval", () => {
    const always = policy({ approval: { rule: "always" } })
    deepStrictEqual(typesAfter(always, captured, request(recorded)), ["approval.requested"])
    const approved = whatIsTold(always, captured, request(recorded), approve(r1))
    deepStrictEqual(
      approved.map(({ state, type }) => [type, state]),
      [["approval.given", "settled"]]
    )
  })

  it("of a muted one, but for its approval; the muting shows", () => {
    const muted = request({ amount: 40n, id: r1, skipEvents: true, requiresApproval: true })
    const told = [whatIsTold(captured, muted), whatIsTold(captured, muted, approve(r1, { caller: approver() }))].flat()
    deepStrictEqual(
      told.map((each) => [each.type, each.muted]),
      [
        ["approval.requested", false],
        ["approval.given", false],
        ["refund.created", true]
      ]
    )
    const paidOut = whatIsTold(captured, request({ amount: 40n, id: r1, skipEvents: true }), begin(r1, attemptId(1)))
    deepStrictEqual(
      paidOut.map((each) => [each.type, each.muted]),
      [["refund.submitted", true]]
    )
  })
})

describe("an endpoint listens", () => {
  it("to a type, to all that begin alike, or to all", () => {
    deepStrictEqual(
      [
        listens(["refund.settled"], "refund.settled"),
        listens(["refund.settled"], "refund.settle"),
        listens(["refund.settle"], "refund.settled"),
        listens(["credit.*", "refund.*"], "refund.failed"),
        listens(["credit.*"], "refund.failed"),
        listens(["*"], "dispute.open"),
        listens([], "dispute.open")
      ],
      [true, false, false, true, false, true, false]
    )
  })
})

describe("of a refund that is known no more", () => {
  it("others are told what happened, and not whose it was", () => {
    for (const [command, types] of [
      [approve(r1), ["approval.given", "refund.created"]],
      [cancel(r1), ["refund.canceled"]]
    ] as const) {
      const { events, stamp } = given(...waiting)
        .when(command)
        .decision()
      const entry = { tenant: "acme", chain: "order:o-1", seq: 2, stamp, events, hashes: events.map(() => null) }
      const all = notifications(entry, () => undefined)
      deepStrictEqual(
        all.map(({ type }) => type),
        types
      )
      deepStrictEqual(
        all.map(({ customerId, muted, orderId, refund }) => [refund, orderId, customerId, muted]),
        types.map(() => [null, null, null, false])
      )
    }
    const { events, stamp } = given(...submitted)
      .when(told(r1, paid(40n)))
      .decision()
    const entry = { tenant: "acme", chain: "order:o-1", seq: 3, stamp, events, hashes: events.map(() => null) }
    deepStrictEqual(
      notifications(entry, () => undefined).map(({ type }) => type),
      ["refund.settled"]
    )
  })
})
