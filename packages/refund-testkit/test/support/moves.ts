/** What can be asked of the refunds of an order, by whom, now or when everything is overdue. */
import type { Command } from "refund-core/Command"
import type { RefundId } from "refund-core/Ids"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { payout, type Refund } from "refund-core/Refund"
import {
  approve,
  approver,
  attemptId,
  begin,
  caller,
  cancel,
  declined,
  deny,
  hours,
  noon,
  paid,
  resolve,
  retry,
  returned,
  reverse,
  settle,
  told,
  undo,
  unknown,
  worker
} from "../../src/build.ts"
import type { OneOrder } from "../../src/oneOrder.ts"

export interface Move {
  /** In the words of the table of states. */
  readonly by: string
  readonly command: Command
}

/** When everything that has a day is past it. */
export const late = worker({ now: noon + hours(24 * 61) })

const onTime = worker()
const carla = approver({ id: "carla" })

/** What people may do about a refund, those who asked for it among them. */
export const byPeople = (id: RefundId): ReadonlyArray<Move> => [
  { by: "approve", command: approve(id) },
  { by: "approve", command: approve(id, { caller: caller() }) },
  { by: "undo", command: undo(id) },
  { by: "deny", command: deny(id) },
  { by: "cancel", command: cancel(id) },
  { by: "settle", command: settle(id) },
  { by: "settle", command: settle(id, { caller: caller() }) },
  { by: "retry", command: retry(id) },
  ...[approver(), carla, caller()].flatMap((by) => [
    { by: "resolve to settled", command: resolve(id, "settled", { caller: by }) },
    { by: "resolve to failed", command: resolve(id, "failed", { caller: by }) },
    { by: "reverse", command: reverse(id, { caller: by }) }
  ])
]

/** What the worker takes, and what it hears: of the newest attempt, and of the one before; `isLate`: also out of order. */
export const byWorker = (refund: Refund, isLate = true): ReadonlyArray<Move> => {
  const { attempts, id, origin } = refund
  const named = origin === "external" ? [null] : attempts.slice(-2).map((attempt) => attempt.id)
  const fresh = attemptId(refund.number * 16 + attempts.length)
  return [
    { by: "begin", command: begin(id, fresh, { caller: onTime }) },
    { by: "begin, overdue", command: begin(id, fresh, { caller: late }) },
    ...named.flatMap((attempt) =>
      outcomes(refund, isLate).flatMap(
        ([by, outcome, at]): ReadonlyArray<Move> => [
          { by, command: told(id, outcome, { attempt, caller: onTime, ...at }) },
          ...(mayBeOverdue.has(by)
            ? [{ by: `${by}, overdue`, command: told(id, outcome, { attempt, caller: late }) }]
            : [])
        ]
      )
    )
  ]
}

const mayBeOverdue = new Set(["pending", "requires action", "unknown", "not found"])

type Told = readonly [by: string, outcome: Outcome, at?: { readonly at: number }]

/** `before`: by the provider's own time, an hour before anything else that it says. `again`: under another name. */
export const outcomes = (refund: Refund, isLate: boolean): ReadonlyArray<Told> => [
  ["paid", paid(payout(refund))],
  ["paid otherwise", paid(payout(refund) + 1n)],
  ...(isLate ? outOfOrder(refund) : []),
  ["pending", { _tag: "pending", reference: "re_1" }],
  ["requires action", { _tag: "requiresAction", reference: "re_1" }],
  ["declined", declined, { at: noon }],
  ["returned", returned],
  ["not sent", { _tag: "notSent", detail: "connection refused" }],
  ["not found", { _tag: "notFound", detail: "never heard of it" }],
  ["unknown", unknown]
]

const outOfOrder = (refund: Refund): ReadonlyArray<Told> => [
  ["paid, before", paid(payout(refund)), { at: noon - hours(1) }],
  ["paid, again", paid(payout(refund), { reference: "re_2" })],
  ["declined, before", declined, { at: noon - hours(1) }]
]

const least = (a: number, b: number): number => (a < b ? a : b)

/** All that decides what can happen to a refund next; times and what people wrote do not, but for what is overdue. */
const keyOf = (refund: Refund, precise: boolean): ReadonlyArray<unknown> => {
  const last = refund.attempts.at(-1)
  return [
    ...[refund.id, refund.state, refund.destination, refund.captureId, refund.origin, refund.deducts],
    ...[refund.approvedBy, refund.settledBy, refund.failureProposedBy, refund.netted, refund.realised],
    refund.deductions.map((each) => [each.refundId, each.amount]),
    least(refund.attempts.length, precise ? 3 : 1),
    [refund.settledAt, refund.providerReference],
    last === undefined
      ? null
      : [last.outcome, last.reference, last.toldAt, precise ? [least(last.asked, 9), last.startedAt > noon] : null]
  ]
}

/**
 * Figures and refunds, without what only tells the way that led here: times, the journal's length, the last requests.
 * `precise`: how often the provider was asked, and how many attempts there were, counts too.
 */
export const keyOfLedger = ({ credit, order, refunds }: OneOrder, precise = true): string =>
  JSON.stringify(
    [
      [...refunds.values()].map((refund) => keyOf(refund, precise)),
      order?.disputes.map((each) => [each.id, each.state]).sort(),
      order?.waiting.map((each) => [each.refundId, each.amount]),
      credit?.lots.map((lot) => [lot.expiresAt, lot.left])
    ],
    (_, value) => (typeof value === "bigint" ? `${value}n` : value)
  )
