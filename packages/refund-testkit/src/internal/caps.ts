/** How much may be claimed, by which request, under which policy. */
import type { RequestRefund } from "refund-core/Command"
import type { OrderId, RefundId } from "refund-core/Ids"
import { orderChain } from "refund-core/Journal"
import { policyFor } from "refund-core/Policy"
import type { JournalEntry, OrderView } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import { eventsIn } from "./entries.ts"
import { isFromOutside, isOver, isOverWithout } from "./figures.ts"
import { first, isRequest, type Law, requestedOf, type Step, views } from "./steps.ts"

/** The limits that a request meets; and nothing but a request claims more, or a refund that had failed. */
export const staysUnderCaps: Law = (step) => {
  const over = staysWithin(step)
  if (over !== null) return over
  const requested = requestedOf(step)
  const madeBy = requested === null || requested.replayed ? [] : requested.refunds
  return first(views(step.after), (view) => {
    const { head } = view
    const added = claimed(view) - (claimedBefore(step, head.id) ?? 0n)
    const made = madeBy.filter((refund) => refund.orderId === head.id && !refund.deducts)
    const asked = amountOf(made)
    const more = asked + amountOf(claimsAgain(step, view)) + amountOf(toldOf(step, view))
    if (added > more) return `order ${head.id}: ${added} more is claimed, requested were ${more}`
    return made.length === 0 ? null : (exceeded(step, view) ?? notWhatWasAsked(step, asked))
  })
}

/** No capture and no part is claimed beyond what it has, but by what a provider said too late. */
export const staysWithin: Law = ({ after }) =>
  first(views(after), (view) => {
    const over = isOver(view)
    if (over === null) return null
    const late = saidNoThenYes(after.journals.get(orderChain(view.head.id)) ?? [])
    return late.size === 0
      ? over
      : isOverWithout(
          view,
          view.refunds.filter((refund) => late.has(refund.id) || isFromOutside(refund))
        )
  })

const saidNoThenYes = (entries: ReadonlyArray<JournalEntry>): ReadonlySet<RefundId> => {
  const declined = new Set<RefundId>()
  const late = new Set<RefundId>()
  for (const event of eventsIn(entries)) {
    const isNo = event._tag === "RefundDeclined" || (event._tag === "RefundResolved" && event.to === "failed")
    if (isNo) declined.add(event.refundId)
    if (event._tag === "ReviewNeeded" && declined.has(event.refundId)) late.add(event.refundId)
  }
  return late
}

const amountOf = (refunds: ReadonlyArray<Refund>): bigint => refunds.reduce((sum, refund) => sum + refund.amount, 0n)

/** It is tried again; or the provider had said no and says yes: what it says counts, whatever became of the money. */
const claimsAgain = ({ before, command }: Step, { head, refunds }: OrderView): ReadonlyArray<Refund> => {
  if (command._tag !== "RecordOutcome" && command._tag !== "RetryRefund") return []
  const failed = before.orders.get(head.id)?.refunds.filter((refund) => refund.state === "failed") ?? []
  const ids = new Set(failed.map((refund) => refund.id))
  return refunds.filter((refund) => ids.has(refund.id) && refund.state !== "failed")
}

/** A provider tells of it: it is claimed, whatever was left. */
const toldOf = ({ before, command }: Step, { head, refunds }: OrderView): ReadonlyArray<Refund> => {
  const known = before.orders.get(head.id)?.refunds.length ?? 0
  return command._tag === "RecordExternal" ? refunds.slice(known).filter(isFromOutside) : []
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
