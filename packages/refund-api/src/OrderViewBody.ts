/** An order as the native API shows it: the five figures per order and capture, its components, its refunds. */
import { Schema } from "effect"
import type { AllLeft } from "refund-core/left"
import {
  type CaptureHead,
  type ComponentHead,
  captureExcess,
  componentRefundable,
  type OrderHead,
  orderExcess,
  orderRefundable,
  refundedInAll,
  shownRefundable
} from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import type { Preview } from "refund-core/Refunds"
import { Minor, minorToJson } from "./Amount.ts"
import { violationToJson } from "./Problem.ts"
import { RefundBody, refundToJson } from "./RefundBody.ts"
import { Time, timeToJson } from "./Time.ts"

const figures = {
  /** Taken. A refund never lowers it. */
  collected: Minor,
  refunded: Minor,
  /** Claimed by refunds that are not final. */
  held: Minor,
  disputed: Minor,
  /** What can still be refunded. Of a capture: the lesser of its own and its order's. */
  refundable: Minor,
  /** What is beyond: only facts from outside and an open over-refund policy make it. */
  excess: Minor
}

export const CaptureFigures = Schema.Struct({
  id: Schema.String,
  provider: Schema.String,
  reference: Schema.NullOr(Schema.String),
  tender: Schema.String,
  authorizedAmount: Schema.NullOr(Minor),
  /** Null: only authorized. */
  capturedAt: Schema.NullOr(Time),
  ...figures
}).annotate({ identifier: "CaptureFigures" })

export const ComponentFigures = Schema.Struct({
  /** `line:<id>`, `shipping`, `invoice_fee`, `fee:<code>` or `tax`. */
  id: Schema.String,
  charged: Minor,
  /** Of what was charged. */
  tax: Minor,
  refunded: Minor,
  held: Minor,
  refundable: Minor
}).annotate({ identifier: "ComponentFigures" })

export const Figures = Schema.Struct({
  id: Schema.String,
  currency: Schema.String,
  customerId: Schema.NullOr(Schema.String),
  subtotal: Schema.NullOr(Minor),
  total: Schema.NullOr(Minor),
  ...figures,
  /** Deductions kept: the part of `refunded` that was not paid out. */
  retained: Minor,
  /** `refunded`, by where it went. */
  refundedTo: Schema.Struct({ original: Minor, store_credit: Minor, payout: Minor }),
  captures: Schema.Array(CaptureFigures),
  components: Schema.Array(ComponentFigures)
}).annotate({ identifier: "Figures" })
export type FiguresJson = typeof Figures.Encoded

export const OrderViewBody = Schema.Struct({
  ...Figures.fields,
  createdAt: Time,
  updatedAt: Time,
  refunds: Schema.Array(RefundBody)
}).annotate({ identifier: "Order" })
export type OrderViewBody = typeof OrderViewBody.Type

/** `why` is a sentence for a person; `refundable` is what could be asked for now. */
const Left = Schema.Struct({ id: Schema.String, refundable: Minor, why: Schema.String })

export const PreviewBody = Schema.Struct({
  /** Whether the same request would be accepted now. */
  accepted: Schema.Boolean,
  refunds: Schema.Array(RefundBody),
  violations: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)),
  before: Schema.NullOr(Figures),
  after: Schema.NullOr(Figures),
  /** What could be asked for before it, of the order and each of its parts. */
  left: Schema.NullOr(Schema.Struct({ order: Left, captures: Schema.Array(Left), components: Schema.Array(Left) }))
}).annotate({ identifier: "Preview" })
export type PreviewBody = typeof PreviewBody.Type

const captureToJson = (order: OrderHead, capture: CaptureHead): typeof CaptureFigures.Encoded => ({
  id: capture.id,
  provider: capture.provider,
  reference: capture.reference,
  tender: capture.tender,
  authorizedAmount: capture.authorizedAmount === null ? null : minorToJson(capture.authorizedAmount),
  capturedAt: capture.capturedAt === null ? null : timeToJson(capture.capturedAt),
  collected: minorToJson(capture.collected),
  refunded: minorToJson(capture.refunded),
  held: minorToJson(capture.held),
  disputed: minorToJson(capture.disputed),
  refundable: minorToJson(shownRefundable(order, capture)),
  excess: minorToJson(captureExcess(capture))
})

const componentToJson = (component: ComponentHead): typeof ComponentFigures.Encoded => ({
  id: component.id,
  charged: minorToJson(component.charged),
  tax: minorToJson(component.tax),
  refunded: minorToJson(component.refunded),
  held: minorToJson(component.held),
  refundable: minorToJson(componentRefundable(component))
})

export const figuresToJson = (order: OrderHead): FiguresJson => ({
  id: order.id,
  currency: order.currency,
  customerId: order.customerId,
  subtotal: order.subtotal === null ? null : minorToJson(order.subtotal),
  total: order.total === null ? null : minorToJson(order.total),
  collected: minorToJson(order.collected),
  refunded: minorToJson(refundedInAll(order)),
  held: minorToJson(order.held),
  disputed: minorToJson(order.disputed),
  refundable: minorToJson(orderRefundable(order)),
  excess: minorToJson(orderExcess(order)),
  retained: minorToJson(order.retained),
  refundedTo: {
    original: minorToJson(order.refunded.original),
    store_credit: minorToJson(order.refunded.store_credit),
    payout: minorToJson(order.refunded.payout)
  },
  captures: order.captures.map((capture) => captureToJson(order, capture)),
  components: order.components.map(componentToJson)
})

export const orderToJson = (view: OrderView): typeof OrderViewBody.Encoded => ({
  ...figuresToJson(view.head),
  createdAt: timeToJson(view.createdAt),
  updatedAt: timeToJson(view.updatedAt),
  refunds: view.refunds.map(refundToJson)
})

export const previewToJson = ({ after, before, left, refunds, violations }: Preview): typeof PreviewBody.Encoded => ({
  accepted: violations.length === 0,
  refunds: refunds.map(refundToJson),
  violations: violations.map(violationToJson),
  before: before === null ? null : figuresToJson(before),
  after: after === null ? null : figuresToJson(after),
  left: left === null ? null : allLeftToJson(left)
})

const leftToJson = ({ id, refundable, why }: AllLeft["order"]) => ({ id, refundable: minorToJson(refundable), why })

const allLeftToJson = ({ captures, components, order }: AllLeft) => ({
  order: leftToJson(order),
  captures: captures.map(leftToJson),
  components: components.map(leftToJson)
})
