/** A history's moves about refunds there are: what people decide, what the worker takes, and what providers say. */
import type { Caller, Command } from "refund-core/Command"
import type { Permission } from "refund-core/Permission"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { paidByWorker, payout, type Refund } from "refund-core/Refund"
import {
  approve,
  attemptId,
  begin,
  cancel,
  deny,
  hours,
  resolve,
  retry,
  returned,
  reverse,
  settle,
  told,
  undo
} from "../build.ts"
import type { Kind, Move } from "../histories.ts"
import type { Sofar } from "./commands.ts"

export type By = (id: string, permissions?: ReadonlyArray<Permission | "*">) => Caller

export const onRefund = (move: Move, sofar: Sofar, by: By): Command | null => {
  const refund = targetOf(move, sofar)
  if (refund === undefined) return null
  const id = move.part === 0 ? refund.groupId : refund.id
  const person = move.who < 3 ? by("ada") : move.who === 15 ? by("eve", ["refunds:read"]) : by("bob")
  const attempt = refund.attempts.at(-1)?.id ?? attemptId(1_000 + sofar.count)
  switch (move.kind) {
    case "approve":
      return approve(id, { caller: person })
    case "undo":
      return undo(id, { caller: person })
    case "deny":
      return deny(id, { caller: person })
    case "cancel":
      return cancel(refund.id, { caller: person })
    case "settle":
      return settle(refund.id, { caller: person, reference: "bank" })
    case "retry":
      return retry(refund.id, { caller: person })
    case "resolve":
      return resolve(refund.id, move.outcome % 2 === 0 ? "settled" : "failed", { caller: person })
    case "reverse":
      return reverse(refund.id, { caller: person })
    case "begin":
      return begin(refund.id, attemptId(1_000 + sofar.count), { caller: by("worker", ["worker"]) })
    default:
      return told(refund.id, outcomeOf(move, refund), {
        caller: by("worker", ["worker"]),
        attempt: refund.origin === "external" ? null : attempt,
        ...(move.key < 4 ? {} : { at: sofar.now - hours(move.target * 10) })
      })
  }
}

const suits: Partial<Record<Kind, (refund: Refund) => boolean>> = {
  approve: ({ state }) => state === "pending_approval",
  deny: ({ state }) => state === "pending_approval",
  undo: ({ approvedBy, state }) => state === "approved" && approvedBy !== null,
  settle: ({ destination, provider, state }) =>
    state === "approved" && (destination === "payout" || provider === "manual" || provider === "external"),
  cancel: ({ state }) => state === "pending_approval" || state === "approved" || state === "failed",
  retry: ({ state }) => state === "failed",
  resolve: ({ state }) => state === "unknown" || state === "in_review",
  reverse: ({ state }) => state === "settled",
  begin: (refund) => refund.state === "approved" && paidByWorker(refund),
  tell: ({ state }) =>
    state === "submitting" || state === "pending" || state === "requires_action" || state === "unknown"
}

/** A provider may have something to say of it, also when it is over. */
const wasSent = ({ attempts, origin }: Refund): boolean => attempts.length > 0 || origin === "external"

/** Mostly one in a state that the command is for, newest first; now and then any. */
const targetOf = (move: Move, sofar: Sofar): Refund | undefined => {
  const refunds = [...sofar.orders.values()].flatMap((order) => order.refunds)
  const isLateNews = move.kind === "tell" && move.key > 5
  const fits = isLateNews ? wasSent : (suits[move.kind] ?? (() => true))
  const from = move.target === 5 ? refunds : refunds.filter(fits)
  return from.at(-1 - (move.target % Math.max(1, from.length)))
}

const outcomeOf = (move: Move, refund: Refund): Outcome => {
  const reference = `re_${refund.number}`
  const settled: Outcome = { _tag: "settled", reference, amount: payout(refund), currency: refund.currency, at: null }
  const declined: Outcome = { _tag: "declined", code: "expired_card", reference: null }
  const outcomes: ReadonlyArray<Outcome> = [
    settled,
    declined,
    { _tag: "unknown", detail: "no answer" },
    { _tag: "pending", reference },
    { _tag: "notSent", detail: "connection refused" },
    { _tag: "requiresAction", reference },
    { ...settled, amount: settled.amount + 1n },
    settled,
    returned,
    declined,
    { _tag: "notFound", detail: "never heard of it" },
    { ...settled, reference: "re_other" },
    { _tag: "unknown", detail: "connection reset" },
    { _tag: "pending", reference }
  ]
  return outcomes[move.outcome] ?? settled
}
