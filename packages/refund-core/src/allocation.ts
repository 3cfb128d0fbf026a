/** Which components of the order an amount draws on, and how it is split over captures. Exact by construction. */
import type { RequestRefund } from "./Command.ts"
import type { CaptureId } from "./Ids.ts"
import { type ComponentHead, componentRefundable, findComponent, lineComponent, type OrderHead } from "./Order.ts"
import type { Policy } from "./Policy.ts"
import type { Destination, Share } from "./Refund.ts"
import { taxIn } from "./tax.ts"
import type { Violation } from "./Violation.ts"

/** One refund of a group: a capture or another destination, and its amount. */
export interface Part {
  readonly captureId: CaptureId | null
  readonly destination: Destination
  readonly provider: string | null
  readonly amount: bigint
}

export interface Allocation {
  readonly shares: ReadonlyArray<Share>
  /** What a rule noted without refusing. */
  readonly notes: ReadonlyArray<string>
  readonly violations: ReadonlyArray<Violation>
}

const none: Allocation = { shares: [], notes: [], violations: [] }

/** A named row, shipping and the invoice fee have their own cap; without a row the order as a whole is drawn on. */
export const allocate = (
  command: Pick<RequestRefund, "type" | "lineId">,
  order: OrderHead,
  policy: Pick<Policy, "components">,
  amount: bigint
): Allocation => {
  const id = componentOf(command)
  if (id === "none") return none
  if (id === "whole") return overAll(order.components, amount)
  const component = findComponent(order, id)
  if (component === undefined && command.lineId !== undefined) return none
  const refundable = component === undefined ? 0n : componentRefundable(component)
  const taken = amount < refundable ? amount : refundable
  const shares = component === undefined || taken === 0n ? [] : [shareOf(component, taken)]
  if (amount <= refundable) return { ...none, shares }
  if (policy.components === "note") return { ...none, shares, notes: ["ExceedsComponent"] }
  const { currency } = order
  return { ...none, violations: [{ _tag: "ExceedsComponent", component: id, currency, requested: amount, refundable }] }
}

const componentOf = ({ lineId, type }: Pick<RequestRefund, "type" | "lineId">): string => {
  switch (type) {
    case "shipping":
      return "shipping"
    case "invoice_fee":
      return "invoice_fee"
    case "instance_cost":
      return "none"
    case "default":
      return lineId === undefined ? "whole" : lineComponent(lineId)
  }
}

/** What is left of rows, then shipping, then fees; beyond the breakdown it is unattributed. */
const overAll = (components: ReadonlyArray<ComponentHead>, amount: bigint): Allocation => {
  const shares: Array<Share> = []
  let left = amount
  for (const component of components) {
    const refundable = componentRefundable(component)
    const taken = left < refundable ? left : refundable
    if (taken === 0n) continue
    shares.push(shareOf(component, taken))
    left -= taken
  }
  return { ...none, shares, notes: left > 0n && components.length > 0 ? ["unattributed"] : [] }
}

/** So much more of a part, with the tax in it. */
export const shareOf = (component: ComponentHead, amount: bigint): Share => {
  const taken = component.held + component.refunded
  return { component: component.id, amount, tax: taxIn({ ...component, taken }, amount) }
}

/** Deals the shares out over the parts, first to first. A part keeps what no share covers as unattributed. */
export const split = <P extends Pick<Part, "amount">>(
  shares: ReadonlyArray<Share>,
  parts: ReadonlyArray<P>
): ReadonlyArray<P & { readonly shares: ReadonlyArray<Share> }> => {
  const left = shares.map(({ amount, component, tax }) => ({
    component,
    charged: amount,
    tax,
    taken: 0n,
    taxTaken: 0n
  }))
  return parts.map((part) => {
    const own: Array<Share> = []
    let room = part.amount
    for (const share of left) {
      const rest = share.charged - share.taken
      const amount = rest < room ? rest : room
      if (amount === 0n) continue
      const tax = taxIn(share, amount)
      own.push({ component: share.component, amount, tax })
      share.taken += amount
      share.taxTaken += tax
      room -= amount
    }
    return { ...part, shares: own }
  })
}
