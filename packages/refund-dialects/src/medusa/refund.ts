/** A refund as Medusa writes one: a group of ours, or the part of it that one payment shows. */

import { Schema } from "effect"
import { leastFinal, type Refund } from "refund-core/Refund"
import { fieldsOf } from "../rendering.ts"
import { refundRef } from "./refundRef.ts"
import { type MedusaRefund, RefundReason } from "./wire.ts"

/** A request makes one refund or more. */
export type Group = readonly [Refund, ...Array<Refund>]

export const isGroup = (refunds: ReadonlyArray<Refund>): refunds is Group => refunds.length > 0

/** `key`: the request's own, where this answers it. */
export const refundOf = (group: Group, key: string | null): MedusaRefund => {
  const [{ groupId, orderId, requestedAt, texts }] = group
  const state = leastFinal(group)
  return {
    id: refundRef(groupId),
    order_id: orderId,
    payment_id: paymentIdOf(group),
    amount: Number(group.reduce((sum, refund) => sum + refund.amount, 0n)),
    note: texts?.note ?? null,
    created_at: timeOf(requestedAt),
    updated_at: timeOf(Math.max(...group.map((refund) => refund.updatedAt))),
    reason: reasonOf(texts?.reason),
    idempotency_key: key,
    metadata: state === "settled" ? null : { state }
  }
}

export const timeOf = (at: number): string => new Date(at).toISOString()

/** Kept with a refund that was asked for of an order: it names no payment, as in Medusa. */
export const ofOrder = { medusa: { of: "order" } }

const paymentIdOf = (group: Group): string | null => {
  const [{ captureId, texts }, ...more] = group
  if (fieldsOf(fieldsOf(texts?.metadata)["medusa"])["of"] === "order") return null
  return more.every((each) => each.captureId === captureId) ? captureId : null
}

const isReason = Schema.is(RefundReason)

/** One of Medusa's five, also where the reason was removed since, or is one that only the order's call takes. */
const reasonOf = (kept: string | undefined): MedusaRefund["reason"] => (isReason(kept) ? kept : "other")
