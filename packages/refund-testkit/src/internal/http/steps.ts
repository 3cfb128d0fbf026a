/** What a law looks at: what was asked, what was answered, the orders before and after, and all that was told before. */
import type { OrderPlan } from "./histories.ts"
import type { Answer, Who, WireAccount, WireOrder, WireRefund } from "./wire.ts"

/** `credit`: it was paid with the customer's store credit. */
export interface TakenCapture {
  readonly id: string
  readonly amount: number
  readonly pays: OrderPlan["captures"][number]["pays"] | "credit"
}

/** What we registered of an order, and what was paid for it since. */
export interface Taken {
  readonly currency: string
  /** Null where the server keeps no store credit. */
  readonly customerId: string | null
  readonly captures: ReadonlyArray<TakenCapture>
}

export interface RequestAsked {
  readonly _tag: "request"
  readonly orderId: string
  readonly captureId: string | null
  readonly amount: number | "all"
  readonly toCredit: boolean
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

/** The same id again is the same payment. */
export interface SpendAsked {
  readonly _tag: "spend"
  readonly id: string
  readonly customerId: string
  readonly orderId: string
  readonly amount: number
  readonly currency: string
}

export interface Asked {
  readonly what: RequestAsked | DecisionAsked | SpendAsked
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

/** A refund that a provider told of, though nobody had asked for it. */
export interface OutsideRefund {
  readonly id: string
  readonly orderId: string
  readonly captureId: string
  readonly amount: number
  readonly currency: string
}

/** All that the server has answered so far, kept by the one who asked. */
export interface Told {
  readonly taken: ReadonlyMap<string, Taken>
  readonly refunds: ReadonlyMap<string, ToldRefund>
  readonly intents: ReadonlyMap<string, Intent>
  /** By their ids, those of this step included. */
  readonly spends: ReadonlyMap<string, SpendAsked>
  /** Those of this step included. */
  readonly outside: ReadonlyArray<OutsideRefund>
}

export type Orders = ReadonlyMap<string, WireOrder>

/** By currency. */
export type Accounts = ReadonlyMap<string, WireAccount>

export interface Step {
  readonly before: Orders
  readonly after: Orders
  /** The customer's accounts; null where the server keeps none. */
  readonly credit: { readonly before: Accounts; readonly after: Accounts } | null
  readonly told: Told
  /** What a provider told of its own accord in this step; null: it is not heard here. */
  readonly tells: ReadonlyArray<OutsideRefund> | null
  /** More than one: at the same time. */
  readonly asked: ReadonlyArray<Asked>
}

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

/** What goes to a customer's credit uses up no capture, and counts toward the order's. */
const isOf = (captureId: string, refund: WireRefund): boolean =>
  refund.captureId === captureId && (refund.destination ?? "original") === "original"

export const ofCapture = ({ refunds }: Pick<WireOrder, "refunds">, captureId: string): ReadonlyArray<WireRefund> =>
  refunds.filter((refund) => isOf(captureId, refund))

/** What is claimed of an order, or of one of its captures, by the refunds that the server shows. */
export const claimed = (order: WireOrder, captureId?: string): number =>
  sumOf((captureId === undefined ? order.refunds : ofCapture(order, captureId)).filter(claims))

/** What is left by our own arithmetic: of what we registered, not of what the server says was collected. */
export const leftOf = ({ captures }: Taken, order: WireOrder, captureId: string | null): number => {
  const ofOrder = sumOf(captures) - claimed(order)
  const capture = captures.find(({ id }) => id === captureId)
  return capture === undefined ? ofOrder : Math.min(ofOrder, capture.amount - claimed(order, capture.id))
}
