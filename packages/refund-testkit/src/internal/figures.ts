/** The figures of an order, summed up again from its refunds: by this page's own arithmetic, not the core's. */
import { isDeepStrictEqual } from "node:util"
import type { RefundId } from "refund-core/Ids"
import type { OrderHead } from "refund-core/Order"
import type { Destination, Refund, RefundState } from "refund-core/Refund"

export interface OrderView {
  readonly head: OrderHead
  readonly refunds: ReadonlyArray<Refund>
}

const holding = new Set<RefundState>([
  "pending_approval",
  "approved",
  "submitting",
  "pending",
  "requires_action",
  "unknown",
  "in_review"
])

const isHeld = (refund: Refund): boolean => !refund.deducts && holding.has(refund.state)
const isSettled = (refund: Refund): boolean => !refund.deducts && refund.state === "settled"

const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)
const amountOf = (refunds: ReadonlyArray<Refund>): bigint => sum(refunds.map((refund) => refund.amount))
const deductedFrom = (refund: Refund): bigint => sum(refund.deductions.map((deduction) => deduction.amount))

/**
 * What captures and parts have been used for beyond what they have: never, under any policy. What a provider tells of
 * from outside has happened, whatever they have; all else is within the limits as if it had not.
 */
export const isOver = (view: OrderView): string | null => {
  const outside = view.refunds.filter(isFromOutside)
  if (outside.length > 0) return isOverWithout(view, outside)
  const { head } = view
  const over = amountsOver(head)
  if (over !== null) return over
  for (const { charged, held, id, refunded, tax, taxTaken } of head.components) {
    if (taxTaken < 0n || taxTaken > tax) return `${id}: tax of ${taxTaken} claimed of ${tax} charged`
    if (held + refunded === charged && taxTaken !== tax) return `${id}: all is claimed, but ${taxTaken} of ${tax} tax`
  }
  return null
}

export const isFromOutside = ({ origin }: Refund): boolean => origin === "external"

/** As `isOver`, as if these refunds of the order had claimed nothing. Whose tax is whose cannot be told then. */
export const isOverWithout = ({ head }: OrderView, refunds: ReadonlyArray<Refund>): string | null => {
  const figures = figuresOf({ head, refunds })
  const less = <A extends Used>(all: ReadonlyArray<A>, claims: ReadonlyArray<Used & { readonly id: string }>) =>
    all.map((each, index): A => {
      const { held = 0n, refunded = 0n } = claims[index] ?? {}
      return { ...each, held: each.held - held, refunded: each.refunded - refunded }
    })
  return amountsOver({
    captures: less(head.captures, figures.captures),
    components: less(head.components, figures.components)
  })
}

interface Used {
  readonly held: bigint
  readonly refunded: bigint
}

const amountsOver = ({ captures, components }: Pick<OrderHead, "captures" | "components">): string | null => {
  for (const { collected, held, id, refunded } of captures) {
    if (held + refunded > collected) return `capture ${id}: ${held + refunded} claimed of ${collected} collected`
  }
  for (const { charged, held, id, refunded } of components) {
    if (held + refunded > charged) return `${id}: ${held + refunded} claimed of ${charged} charged`
  }
  return null
}

export const figuresDiffer = (view: OrderView): string | null => {
  const { head } = view
  const expected = figuresOf(view)
  for (const [name, figure] of Object.entries(expected)) {
    const kept = name in head ? head[name as keyof typeof head] : undefined
    const plain = name === "captures" || name === "components" ? pick(kept, figure) : kept
    if (!isDeepStrictEqual(plain, figure))
      return `order ${head.id}: ${name} is ${say(plain)}, its refunds give ${say(figure)}`
  }
  const negative = [head.held, head.disputed, head.retained, ...Object.values(head.refunded)].some((each) => each < 0n)
  return negative ? `order ${head.id}: a figure is below zero` : null
}

const figuresOf = ({ head, refunds }: OrderView) => {
  const held = refunds.filter(isHeld)
  const settled = refunds.filter(isSettled)
  const to = (destination: Destination) => amountOf(settled.filter((refund) => refund.destination === destination))
  const onCapture = (of: ReadonlyArray<Refund>, id: string) =>
    amountOf(of.filter((refund) => refund.destination === "original" && refund.captureId === id))
  const onPart = (of: ReadonlyArray<Refund>, id: string) =>
    sum(of.flatMap((refund) => refund.shares.filter((share) => share.component === id).map((share) => share.amount)))
  const taxIn = (of: ReadonlyArray<Refund>, id: string) =>
    sum(of.flatMap((refund) => refund.shares.filter((share) => share.component === id).map((share) => share.tax)))
  const standing = head.disputes.filter((dispute) => dispute.state !== "won")
  return {
    collected: sum(head.captures.map((capture) => capture.collected)),
    held: amountOf(held),
    refunded: { original: to("original"), store_credit: to("store_credit"), payout: to("payout") },
    disputed: sum(standing.map((dispute) => dispute.amount)),
    retained: sum(settled.map(deductedFrom)),
    captures: head.captures.map(({ id }) => ({
      id,
      held: onCapture(held, id),
      refunded: onCapture(settled, id),
      disputed: sum(standing.filter((dispute) => dispute.captureId === id).map((dispute) => dispute.amount))
    })),
    components: head.components.map(({ id }) => ({
      id,
      held: onPart(held, id),
      refunded: onPart(settled, id),
      taxTaken: taxIn([...held, ...settled], id)
    }))
  }
}

/** Of each kept thing the fields that were summed. */
const pick = (kept: unknown, summed: unknown): unknown =>
  Array.isArray(kept) && Array.isArray(summed)
    ? kept.map((each, index) => Object.fromEntries(Object.keys(summed[index] ?? {}).map((key) => [key, each[key]])))
    : kept

const say = (figure: unknown): string =>
  JSON.stringify(figure, (_, value) => (typeof value === "bigint" ? Number(value) : value))

/** `was`: the refunds before, by id. */
export const deductionsDiffer = (view: OrderView, was: ReadonlyMap<RefundId, Refund>): string | null => {
  const { head, refunds } = view
  for (const refund of refunds) {
    const before = was.get(refund.id)
    const wrong = refund.deducts
      ? (costDiffers(refund, refunds) ?? waitsForNothing(refund, before, refunds))
      : payoutDiffers(refund, before)
    if (wrong !== null) return `refund ${refund.id}: ${wrong}`
  }
  const waiting = refunds
    .filter((refund) => refund.deducts && refund.state === "approved" && refund.amount > refund.netted)
    .map((refund) => `${refund.id} ${refund.amount - refund.netted}`)
  const kept = head.waiting.map((each) => `${each.refundId} ${each.amount}`)
  return isDeepStrictEqual(kept.toSorted(), waiting.toSorted())
    ? null
    : `waiting is ${kept}, its refunds give ${waiting}`
}

const costDiffers = (cost: Refund, refunds: ReadonlyArray<Refund>): string | null => {
  const takenFrom = (of: ReadonlyArray<Refund>) =>
    sum(
      of.flatMap(({ deductions }) => deductions.filter((each) => each.refundId === cost.id).map((each) => each.amount))
    )
  const netted = takenFrom(refunds)
  // Taken off a refund that was settled, also where that was undone later.
  const realised = takenFrom(refunds.filter((refund) => refund.settledAt !== null))
  if (cost.netted !== netted) return `netted is ${cost.netted}, deducted are ${netted}`
  if (cost.realised !== realised) return `realised is ${cost.realised}, kept are ${realised}`
  return netted > cost.amount ? `${netted} deducted for a cost of ${cost.amount}` : null
}

/** A return cost that has just been approved waits only where there is nothing to be taken from. */
const waitsForNothing = (cost: Refund, was: Refund | undefined, refunds: ReadonlyArray<Refund>): string | null => {
  if (cost.state !== "approved" || was?.state === "approved" || cost.netted === cost.amount) return null
  const open = refunds.find(
    (refund) =>
      (refund.state === "pending_approval" || refund.state === "approved") &&
      !refund.deducts &&
      refund.origin === "requested" &&
      refund.attempts.length === 0 &&
      refund.amount > deductedFrom(refund)
  )
  return open === undefined ? null : `it waits, though refund ${open.id} could be taken from`
}

/** Once it was sent, what is paid stays what was sent. */
const payoutDiffers = (refund: Refund, was: Refund | undefined): string | null => {
  const now = refund.amount - deductedFrom(refund)
  const pays = holding.has(refund.state) || refund.settledAt !== null
  if (!pays && refund.deductions.length > 0) return `it is ${refund.state} and keeps what it was to deduct`
  if (now < 0n) return `its payout is ${now}`
  const isSent = pays && was !== undefined && was.attempts.length > 0 && was.state !== "failed"
  return isSent && was.amount - deductedFrom(was) !== now ? `its payout changed to ${now} after it was sent` : null
}
