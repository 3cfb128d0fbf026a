/** How much may be claimed, by which request, under which policy. */
import type { RequestRefund } from "refund-core/Command"
import type { OrderId } from "refund-core/Ids"
import { policyFor } from "refund-core/Policy"
import type { OrderView } from "refund-core/ports/LedgerReader"
import { isOver } from "./figures.ts"
import { first, isRequest, type Law, requestedOf, type Step, views } from "./steps.ts"

/** The limits that a request meets; and nothing but a request claims more than was claimed before. */
export const staysUnderCaps: Law = (step) => {
  const over = first(views(step.after), isOver)
  if (over !== null) return over
  const requested = requestedOf(step)
  const madeBy = requested === null || requested.replayed ? [] : requested.refunds
  return first(views(step.after), (view) => {
    const { head } = view
    const added = claimed(view) - (claimedBefore(step, head.id) ?? 0n)
    const made = madeBy.filter((refund) => refund.orderId === head.id && !refund.deducts)
    const asked = made.reduce((sum, refund) => sum + refund.amount, 0n)
    if (added > asked) return `order ${head.id}: ${added} more is claimed, requested were ${asked}`
    return made.length === 0 ? null : (exceeded(step, view) ?? notWhatWasAsked(step, asked))
  })
}

const claimed = ({ head }: OrderView): bigint =>
  head.held + head.refunded.original + head.refunded.store_credit + head.refunded.payout

const claimedBefore = (step: Step, id: OrderId): bigint | null => {
  const view = step.before.orders.get(id)
  return view === undefined ? null : claimed(view)
}

const exceeded = ({ before, command }: Step, view: OrderView): string | null => {
  const { head } = view
  const { components, overRefund } = policyFor(before.settings.overrides, command.caller.door)
  const capture = isRequest(command) && command.destination === "original" ? overCapture(view) : null
  if (capture !== null) return capture
  if (overRefund === "order_open") return null
  if (claimed(view) + head.disputed > head.collected) {
    return `order ${head.id}: ${claimed(view)} claimed and ${head.disputed} disputed of ${head.collected} collected`
  }
  if (overRefund === "order_total" && head.total !== null && claimed(view) > head.total) {
    return `order ${head.id}: ${claimed(view)} claimed of a total of ${head.total}`
  }
  return components === "enforce" && isRequest(command) ? unattributed(command, view) : null
}

/** What newly went to a capture left it within what was collected there and is not disputed. */
const overCapture = ({ head, refunds }: OrderView): string | null => {
  const newest = refunds.at(-1)
  const groups = refunds.filter((refund) => refund.groupId === newest?.groupId && refund.destination === "original")
  return first(head.captures, ({ collected, disputed, held, id, refunded }) =>
    groups.some((refund) => refund.captureId === id) && held + refunded + disputed > collected
      ? `capture ${id}: ${held + refunded} claimed and ${disputed} disputed of ${collected} collected`
      : null
  )
}

/** A named part is drawn on for all of the amount, where parts are enforced. */
const unattributed = ({ lineId, type }: RequestRefund, { refunds }: OrderView): string | null => {
  if (type === "instance_cost" || (type === "default" && lineId === undefined)) return null
  const group = refunds.filter((refund) => refund.groupId === refunds.at(-1)?.groupId)
  return first(group, ({ amount, id, shares }) => {
    const drawn = shares.reduce((sum, share) => sum + share.amount, 0n)
    return drawn === amount ? null : `refund ${id}: ${drawn} of ${amount} is drawn on the part it names`
  })
}

const notWhatWasAsked = ({ command }: Step, made: bigint): string | null =>
  isRequest(command) && typeof command.amount === "bigint" && command.amount !== made
    ? `asked for ${command.amount}, made were ${made}`
    : null
