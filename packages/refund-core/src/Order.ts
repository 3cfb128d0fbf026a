/** The order is the aggregate: what was bought, the money taken for it, and the figures every rule reads. */
import { Schema } from "effect"
import { CurrencyCode } from "./Currency.ts"
import { CaptureId, CustomerId, type OrderId, type RefundId } from "./Ids.ts"
import { maxMinor } from "./Money.ts"
import type { Deduction, Destination } from "./Refund.ts"

/** Minor units, zero or more. */
const Minor = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: maxMinor }))

/** `amount`: price × quantity before discount, without tax (with it where the order says `taxIncluded`). */
export const Line = Schema.Struct({
  id: Schema.String,
  quantity: Schema.optionalKey(Schema.Int),
  amount: Minor,
  tax: Schema.optionalKey(Minor),
  discount: Schema.optionalKey(Minor)
})
export type Line = typeof Line.Type

export const Charge = Schema.Struct({
  amount: Minor,
  tax: Schema.optionalKey(Minor),
  discount: Schema.optionalKey(Minor)
})
export type Charge = typeof Charge.Type

/** Money taken on one tender with one provider. `capturedAt: null`: only authorized, it counts 0. */
export const Capture = Schema.Struct({
  id: CaptureId,
  amount: Minor,
  provider: Schema.String,
  reference: Schema.NullOr(Schema.String),
  tender: Schema.String,
  authorizedAmount: Schema.NullOr(Minor),
  capturedAt: Schema.NullOr(Schema.Int)
})
export type Capture = typeof Capture.Type

/** What the commerce system says of an order. Everything but currency and captures may be absent. */
export const Registration = Schema.Struct({
  currency: CurrencyCode,
  customerId: Schema.optionalKey(CustomerId),
  taxIncluded: Schema.optionalKey(Schema.Boolean),
  lines: Schema.optionalKey(Schema.Array(Line)),
  shipping: Schema.optionalKey(Charge),
  invoiceFee: Schema.optionalKey(Charge),
  fees: Schema.optionalKey(Schema.Array(Schema.Struct({ code: Schema.String, ...Charge.fields }))),
  subtotal: Schema.optionalKey(Minor),
  tax: Schema.optionalKey(Minor),
  discounts: Schema.optionalKey(Minor),
  total: Schema.optionalKey(Minor),
  captures: Schema.Array(Capture)
})
export type Registration = typeof Registration.Type

/**
 * Descriptions and vendor fields of an order: text that people wrote, kept beside the journal (which holds its salted
 * hash), given back verbatim. `vendor` is per dialect; `captures` by capture id, then per dialect; `lines` by line id.
 */
export const OrderTexts = Schema.Struct({
  salt: Schema.String,
  lines: Schema.Record(Schema.String, Schema.String),
  vendor: Schema.Record(Schema.String, Schema.Unknown),
  captures: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown))
})
export type OrderTexts = typeof OrderTexts.Type

/** A capture's figures. `held` and `refunded` count only refunds whose destination is `original`. */
export interface CaptureHead {
  readonly id: CaptureId
  readonly collected: bigint
  readonly refunded: bigint
  readonly held: bigint
  readonly disputed: bigint
  readonly provider: string
  readonly reference: string | null
  readonly tender: string
  readonly authorizedAmount: bigint | null
  readonly capturedAt: number | null
}

/** `line:<id>`, `shipping`, `invoice_fee`, `fee:<code>` or `tax`, with what was charged for it: amount − discount + tax. */
export interface ComponentHead {
  readonly id: string
  readonly charged: bigint
  /** Of what was charged. */
  readonly tax: bigint
  /** Of what is held or refunded. */
  readonly taxTaken: bigint
  readonly refunded: bigint
  readonly held: bigint
}

/** A chargeback: the customer's bank took money back. `open` and `lost` count as disputed; `won` is forgotten. */
export const Dispute = Schema.Struct({
  id: Schema.String,
  captureId: CaptureId,
  amount: Minor,
  state: Schema.Literals(["open", "won", "lost"]),
  at: Schema.Int
})
export type Dispute = typeof Dispute.Type

/** One of the order's last requests, to notice a like one. */
export interface RecentRequest {
  readonly refundId: RefundId
  readonly captureId: CaptureId | null
  readonly amount: bigint
  readonly at: number
}

/**
 * All a rule needs of an order, however many refunds it has: figures that are kept, not sums over history.
 * `refunded` and `held` count every destination, gross.
 */
export interface OrderHead {
  readonly id: OrderId
  readonly currency: CurrencyCode
  readonly customerId: CustomerId | null
  /** Credit was promised to the customer, or spent by them: another may no longer be named. */
  readonly customerFixed: boolean
  readonly subtotal: bigint | null
  readonly total: bigint | null
  readonly collected: bigint
  readonly refunded: Readonly<Record<Destination, bigint>>
  readonly held: bigint
  readonly disputed: bigint
  /** Deductions kept: the part of `refunded` that was not paid out. */
  readonly retained: bigint
  readonly captures: ReadonlyArray<CaptureHead>
  readonly components: ReadonlyArray<ComponentHead>
  readonly disputes: ReadonlyArray<Dispute>
  /** Refunds requested in the last 24 clock hours, one sum per hour since 1970. */
  readonly hours: ReadonlyArray<{ readonly hour: number; readonly sum: bigint }>
  readonly recent: ReadonlyArray<RecentRequest>
  /** Return costs, and what is left of them, that wait for the next refund. */
  readonly waiting: ReadonlyArray<Deduction>
  /** How many entries the order's journal has. */
  readonly entries: number
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n)

export const refundedInAll = (order: OrderHead): bigint =>
  order.refunded.original + order.refunded.store_credit + order.refunded.payout

/** Refunded, held or disputed: beyond what was collected it is the excess. */
export const takenInAll = (order: OrderHead): bigint => refundedInAll(order) + order.held + order.disputed

/** So much more of it still is a figure that a JSON number holds exactly. */
export const fits = (order: OrderHead, amount: bigint): boolean => takenInAll(order) + amount <= maxMinor

const orderLeft = (order: OrderHead): bigint => order.collected - takenInAll(order)
const captureLeft = (capture: CaptureHead): bigint =>
  capture.collected - capture.held - capture.refunded - capture.disputed

/** max(0, collected − held − refunded − disputed), all destinations. */
export const orderRefundable = (order: OrderHead): bigint => positive(orderLeft(order))
/** What is under zero: made only by facts from outside and by `order_open`. */
export const orderExcess = (order: OrderHead): bigint => positive(-orderLeft(order))
/** What the capture itself could still take back. */
export const captureRefundable = (capture: CaptureHead): bigint => positive(captureLeft(capture))
export const captureExcess = (capture: CaptureHead): bigint => positive(-captureLeft(capture))
/** The capture's refundable as shown: the lesser of its own and its order's. */
export const shownRefundable = (order: OrderHead, capture: CaptureHead): bigint => {
  const own = captureRefundable(capture)
  const all = orderRefundable(order)
  return own < all ? own : all
}
export const componentRefundable = (component: ComponentHead): bigint =>
  positive(component.charged - component.refunded - component.held)
/** No total registered: null, and rules that need one say so. */
export const totalRefundable = (order: OrderHead): bigint | null =>
  order.total === null ? null : positive(order.total - order.held - refundedInAll(order))

/** Refunds requested in the 24 hours up to `now`. */
export const requestedLately = (order: OrderHead, now: number): bigint => {
  const since = Math.floor(now / 3_600_000) - 24
  return order.hours.reduce((sum, each) => (each.hour > since ? sum + each.sum : sum), 0n)
}

export const findCapture = (order: OrderHead, id: CaptureId): CaptureHead | undefined =>
  order.captures.find((capture) => capture.id === id)
export const findComponent = (order: OrderHead, id: string): ComponentHead | undefined =>
  order.components.find((component) => component.id === id)

/** While it is open, the capture pays nothing back. */
export const hasOpenDispute = (order: OrderHead, captureId: CaptureId): boolean =>
  order.disputes.some((each) => each.state === "open" && each.captureId === captureId)

export const lineComponent = (lineId: string): string => `line:${lineId}`

const charged = (part: Charge, taxIncluded: boolean): bigint =>
  part.amount - (part.discount ?? 0n) + (taxIncluded ? 0n : (part.tax ?? 0n))

/** A part of an order, what was charged for it, and the tax in that. */
export interface Component {
  readonly id: string
  readonly charged: bigint
  readonly tax: bigint
}

/** The parts an order can be refunded by, in the order a refund of the whole draws on them. */
export const componentsOf = (order: Registration): ReadonlyArray<Component> => {
  const included = order.taxIncluded ?? false
  const component = (id: string, part: Charge): Component => ({
    id,
    charged: charged(part, included),
    tax: part.tax ?? 0n
  })
  const lines = (order.lines ?? []).map((line) => component(lineComponent(line.id), line))
  const fees = (order.fees ?? []).map((fee) => component(`fee:${fee.code}`, fee))
  const single = (id: string, part: Charge | undefined) => (part === undefined ? [] : [component(id, part)])
  const tax = partTax(order) === null && !included ? (order.tax ?? 0n) : 0n
  const ownTax = tax > 0n ? [{ id: "tax", charged: tax, tax }] : []
  return [
    ...lines,
    ...single("shipping", order.shipping),
    ...single("invoice_fee", order.invoiceFee),
    ...fees,
    ...ownTax
  ]
}

/** The sum of the parts' tax; null where no part states one, so that the order's tax is a part of its own. */
export const partTax = (order: Registration): bigint | null => sumOf(partsOf(order).map((part) => part.tax))
export const partDiscount = (order: Registration): bigint | null => sumOf(partsOf(order).map((part) => part.discount))

const partsOf = (order: Registration): ReadonlyArray<Charge> => [
  ...(order.lines ?? []),
  ...(order.shipping === undefined ? [] : [order.shipping]),
  ...(order.invoiceFee === undefined ? [] : [order.invoiceFee]),
  ...(order.fees ?? [])
]

const sumOf = (values: ReadonlyArray<bigint | undefined>): bigint | null => {
  const stated = values.filter((value) => value !== undefined)
  return stated.length === 0 ? null : stated.reduce((sum, value) => sum + value, 0n)
}
