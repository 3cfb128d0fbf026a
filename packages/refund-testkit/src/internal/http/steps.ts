/** What a law looks at: what was asked, what was answered, the orders before and after, and all that was told before. */
import type { OrderPlan } from "./histories.ts"
import type { Answer, Who, WireOrder, WireRefund } from "./wire.ts"

export interface RequestAsked {
  readonly _tag: "request"
  readonly orderId: string
  readonly captureId: string | null
  readonly amount: number | "all"
  /** `key <key>` or `id <id>`. */
  readonly name: string
  /** What a repeat must have alike. */
  readonly content: string
  /** What the preview said just before: whether it would be accepted. */
  readonly foretold: boolean | null
}

export interface DecisionAsked {
  readonly _tag: "decision"
  readonly verb: "approve" | "deny" | "cancel" | "settle"
  readonly target: ToldRefund
}

export interface Asked {
  readonly what: RequestAsked | DecisionAsked
  readonly answer: Answer
}

/** A refund as it was answered when it was made. */
export interface ToldRefund {
  readonly id: string
  readonly groupId: string
  readonly orderId: string
  readonly captureId: string | null
  readonly amount: number
  readonly requestedBy: Who["name"]
}

export interface Intent {
  readonly content: string
  readonly groupId: string
}

/** All that the server has answered so far, kept by the one who asked. */
export interface Told {
  readonly plans: ReadonlyMap<string, OrderPlan>
  readonly refunds: ReadonlyMap<string, ToldRefund>
  readonly intents: ReadonlyMap<string, Intent>
}

export type Orders = ReadonlyMap<string, WireOrder>

export interface Step {
  readonly told: Told
  readonly before: Orders
  readonly after: Orders
  /** More than one: at the same time. */
  readonly asked: ReadonlyArray<Asked>
}

export const captureIdOf = (orderId: string, index: number): string => `${orderId}-c${index + 1}`

const holding = new Set([
  "pending_approval",
  "approved",
  "submitting",
  "pending",
  "requires_action",
  "unknown",
  "in_review"
])
export const isHolding = ({ state }: WireRefund): boolean => holding.has(state)
export const isRefunded = ({ state }: WireRefund): boolean => state === "settled"
const claims = (refund: WireRefund): boolean => isHolding(refund) || isRefunded(refund)

export const sumOf = (refunds: ReadonlyArray<{ readonly amount: number }>): number =>
  refunds.reduce((sum, { amount }) => sum + amount, 0)

/** What is claimed of an order, or of one of its captures, by the refunds that the server shows. */
export const claimed = ({ refunds }: WireOrder, captureId?: string): number =>
  sumOf(refunds.filter((refund) => claims(refund) && (captureId === undefined || refund.captureId === captureId)))

/** What is left by our own arithmetic: of what we registered, not of what the server says was collected. */
export const leftOf = (plan: OrderPlan, order: WireOrder, captureId: string | null): number => {
  const ofOrder = sumOf(plan.captures) - claimed(order)
  const index = plan.captures.findIndex((_, at) => captureIdOf(order.id, at) === captureId)
  const capture = plan.captures[index]
  return capture === undefined ? ofOrder : Math.min(ofOrder, capture.amount - claimed(order, captureId ?? undefined))
}
