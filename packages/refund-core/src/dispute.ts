/** Chargebacks, as somebody tells us of them. */
import type { RecordDispute } from "./Command.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import { type Dispute, fits } from "./Order.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { lostLines } from "./postings.ts"
import type { Registered } from "./registration.ts"
import { post } from "./settlement.ts"
import { tooMuch, type Violation } from "./Violation.ts"

/** Opened, then won or lost; lost for good, won for good. */
export const recordDispute = (command: RecordDispute, facts: Facts): Decided<Registered> => {
  const missing = lacks(command.caller, "disputes:write")
  if (missing !== null) return refuse(missing)
  const { dispute, orderId } = command
  const { order } = facts
  if (order === null) return refuse({ _tag: "OrderNotFound", orderId })
  if (!order.captures.some((each) => each.id === dispute.captureId)) {
    return refuse({ _tag: "CaptureNotFound", captureId: dispute.captureId })
  }
  const known = order.disputes.find((each) => each.id === dispute.id)
  if (known === undefined && !fits(order, dispute.amount)) return refuse(tooMuch)
  const fixed = known === undefined ? [] : changedDispute(known, dispute)
  if (fixed.length > 0) return refuse(...fixed)
  const draft = new Draft(command.caller, facts)
  if (known?.state !== dispute.state) {
    draft.add({ _tag: "DisputeRecorded", orderId, dispute })
    if (dispute.state === "lost") {
      post(draft, `dispute:${dispute.id}`, order.currency, dispute.at, lostLines(dispute.amount))
    }
  }
  return draft.commit({ created: false, changed: draft.events.length > 0, order: draft.after.order ?? order })
}

const changedDispute = (known: Dispute, asked: Dispute): ReadonlyArray<Violation> => {
  const differs = (field: string, was: unknown, is: unknown): ReadonlyArray<Violation> =>
    was === is
      ? []
      : [{ _tag: "DisputeConflict", disputeId: known.id, field, registered: String(was), requested: String(is) }]
  return [
    ...differs("captureId", known.captureId, asked.captureId),
    ...differs("amount", known.amount, asked.amount),
    ...(known.state === "open" ? [] : differs("state", known.state, asked.state))
  ]
}
