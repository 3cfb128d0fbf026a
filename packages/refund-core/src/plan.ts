/** Where the money goes: which captures and destinations take how much, within their limits; or what the amount exceeds. */
import type { Part } from "./allocation.ts"
import { balance } from "./Credit.ts"
import { lacks } from "./decision.ts"
import { maxMinor } from "./Money.ts"
import { captureRefundable, fits, hasOpenDispute, orderRefundable, shownRefundable, totalRefundable } from "./Order.ts"
import { goesToCredit } from "./Refund.ts"
import type { Asked, Found } from "./rules.ts"
import { tooMuch } from "./Violation.ts"

interface Plan {
  readonly parts: ReadonlyArray<Part>
  readonly violations: Found
}

/** The amount, put on captures and destinations within their limits; or what it exceeds. */
export const partsOf = (asked: Asked, amount: bigint): Plan => {
  const { capture, captureId, command, deducts, policy } = asked
  if (captureId !== null && capture === null) return { parts: [], violations: [] }
  const whole: Part = { captureId, destination: command.destination, provider: null, amount }
  if (deducts) return { parts: [{ ...whole, destination: "original" }], violations: [] }
  if (amount === 0n) return { parts: [], violations: nothingLeft(asked) }
  const taken = command.destination === "original" ? fromCaptures(asked, amount) : [whole]
  if (policy.overRefund === "order_open") {
    const { parts, violations } = openPlan(asked, taken, amount)
    return { parts, violations: [...violations, ...figureLimit(asked, parts, amount)] }
  }
  const limits = [...captureLimit(asked, amount), ...orderLimit(asked, amount), ...totalLimit(asked, amount)]
  return { parts: taken, violations: limits.length > 0 ? limits : figureLimit(asked, taken, amount) }
}

const fromCaptures = ({ capture, captureId, order }: Asked, amount: bigint): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  let left = amount
  const candidates = captureId === null ? order.captures : capture === null ? [] : [capture]
  for (const candidate of candidates) {
    const room = captureId === null && hasOpenDispute(order, candidate.id) ? 0n : captureRefundable(candidate)
    const taken = left < room ? left : room
    if (taken === 0n) continue
    parts.push({ captureId: candidate.id, destination: "original", provider: candidate.provider, amount: taken })
    left -= taken
  }
  return parts
}

const captureLimit = ({ capture, command, order }: Asked, requested: bigint): Found => {
  if (capture === null || command.destination !== "original" || requested <= captureRefundable(capture)) return []
  const refundable = shownRefundable(order, capture)
  return [{ _tag: "ExceedsCaptured", captureId: capture.id, currency: order.currency, requested, refundable }]
}

/** Named apart from the capture's limit only where it is the tighter of the two: one shortage is told once. */
const orderLimit = ({ capture, command, order }: Asked, requested: bigint): Found => {
  const onCaptures =
    command.destination !== "original"
      ? requested
      : capture === null
        ? order.captures.reduce(
            (sum, each) => sum + (hasOpenDispute(order, each.id) ? 0n : captureRefundable(each)),
            0n
          )
        : captureRefundable(capture)
  const all = orderRefundable(order)
  const refundable = capture === null && onCaptures < all ? onCaptures : all
  if (requested <= refundable || (capture !== null && onCaptures <= all)) return []
  return [{ _tag: "ExceedsCollected", orderId: order.id, currency: order.currency, requested, refundable }]
}

const totalLimit = ({ order, policy }: Asked, requested: bigint): Found => {
  const refundable = policy.overRefund === "order_total" ? totalRefundable(order) : null
  if (refundable === null || requested <= refundable) return []
  return [{ _tag: "ExceedsOrderTotal", orderId: order.id, currency: order.currency, requested, refundable }]
}

const nothingLeft = ({ capture, order }: Asked): Found =>
  capture === null
    ? []
    : [{ _tag: "ExceedsCaptured", captureId: capture.id, currency: order.currency, requested: 0n, refundable: 0n }]

/** Without a bound of its own, a figure still has to fit a JSON number exactly; an account has the credit of many orders. */
const figureLimit = ({ facts, order }: Asked, parts: ReadonlyArray<Part>, amount: bigint): Found => {
  const credited = parts.reduce((sum, part) => (goesToCredit(part) ? sum + part.amount : sum), 0n)
  return fits(order, amount) && balance(facts.credit) + credited <= maxMinor ? [] : [tooMuch]
}

/** No bound from order or collected; but what is over needs the right to, a reason, and goes to credit or by hand. */
const openPlan = ({ command, order }: Asked, taken: ReadonlyArray<Part>, amount: bigint): Plan => {
  const excess = amount - taken.reduce((sum, part) => sum + part.amount, 0n)
  const rest: Part = {
    captureId: null,
    destination: order.customerId === null ? "payout" : "store_credit",
    provider: null,
    amount: excess
  }
  const parts = excess > 0n ? [...taken, rest] : taken
  if (excess === 0n && amount <= orderRefundable(order)) return { parts, violations: [] }
  const missing = lacks(command.caller, "refunds:over")
  if (missing !== null) return { parts, violations: [missing] }
  const hasReason = (command.texts?.reason ?? command.texts?.note ?? "").trim() !== ""
  return { parts, violations: hasReason ? [] : [{ _tag: "ReasonRequired", field: "reason" }] }
}
