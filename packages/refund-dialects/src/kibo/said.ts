/** What Kibo's answers mean for an attempt whose mark is the refund's reason. */
import { Option, Schema } from "effect"
import { isCurrency } from "refund-core/Currency"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type { Answer } from "../internal/calling.ts"
import { markOf, minorOf, momentOf } from "../internal/outbound.ts"
import { anotherRefund, codeOf, declined, unknown } from "../internal/outcomes.ts"
import { ErrorRead, InteractionRead, OrderRead, RefundRead } from "./wire.ts"

/** A payment of an order: what a capture's reference names. */
export interface KiboPayment {
  readonly orderId: string
  readonly paymentId: string
}

const readRefund = Schema.decodeUnknownOption(RefundRead)
const readInteraction = Schema.decodeUnknownOption(InteractionRead)
const readOrder = Schema.decodeUnknownOption(OrderRead)
const readError = Schema.decodeUnknownOption(ErrorRead)

/**
 * The request was understood, or could not be, and nothing was done. A conflict is one where a rule says so; a 403 may be
 * about this refund alone, as more than is left wants a right of its own behind a ledger's door.
 */
const refuses = (status: number, errorCode: string): boolean =>
  [400, 403, 404, 405, 413, 415].includes(status) || (status === 409 && errorCode === "VALIDATION_CONFLICT")

/** Of a refund that was asked for. Null: nothing definite, in Kibo's own words. */
export const said = (attempt: Attempt, payment: KiboPayment, { body, status }: Answer): Outcome | null => {
  if (status === 200 || status === 201) return refundIn(attempt, payment, body)
  const error = Option.getOrNull(readError(body))
  if (error === null || !refuses(status, error.errorCode)) return null
  return declined(codeOf(error.errorCode, error.message ?? null))
}

/** Of an order that was read to find the refund. Null: Kibo lists the order's refunds, and it is not one of them. */
export const inOrder = (attempt: Attempt, payment: KiboPayment, { body, status }: Answer): Outcome | null => {
  const order = status === 200 ? Option.getOrNull(readOrder(body)) : null
  if (order === null || order.refunds == null) return unknown(`Kibo answered ${status} without the order's refunds`)
  if (order.id !== payment.orderId) return unknown(`Kibo answered about another order, ${order.id.slice(0, 64)}`)
  const ours = order.refunds.filter((each) => Option.getOrNull(readRefund(each))?.reason === markOf(attempt))
  const [refund] = ours
  if (refund === undefined) {
    const isLegible = order.refunds.every((each) => Option.isSome(readRefund(each)))
    return isLegible ? null : unknown("Kibo lists refunds that cannot be read")
  }
  if (ours.length > 1) return unknown(`Kibo has ${ours.length} refunds of this one attempt`)
  const elsewhere = (order.payments ?? []).flatMap(({ interactions }) => interactions ?? [])
  return refundIn(attempt, payment, refund, { elsewhere, currency: order.currencyCode ?? null })
}

const refundIn = (
  attempt: Attempt,
  { orderId, paymentId }: KiboPayment,
  body: unknown,
  order: { readonly elsewhere: ReadonlyArray<unknown>; readonly currency: string | null } = {
    elsewhere: [],
    currency: null
  }
): Outcome => {
  const refund = Option.getOrNull(readRefund(body))
  if (refund === null) return unknown("Kibo's answer cannot be read as a refund")
  const { id: reference, payment } = refund
  const isOurs =
    refund.reason === markOf(attempt) &&
    (refund.orderId ?? orderId) === orderId &&
    (payment?.id ?? paymentId) === paymentId
  if (!isOurs) return anotherRefund("Kibo", reference)
  // What the refund has of its payment may be as it was when the refund was made; the order's is as it is now.
  const now = creditsOf(reference, order.elsewhere)
  const credits = now.length > 0 ? now : creditsOf(reference, payment?.interactions ?? [])
  return outcomeIn(attempt, refund, credits, order.currency)
}

const creditsOf = (refundId: string, interactions: ReadonlyArray<unknown>): ReadonlyArray<InteractionRead> =>
  interactions.flatMap((each) => {
    const read = Option.getOrNull(readInteraction(each))
    return read !== null && read.refundId === refundId && read.interactionType === "Credit" ? [read] : []
  })

/** The refund is recorded; whether the money went is said by the credits that name it. */
const outcomeIn = (
  attempt: Attempt,
  { amount: text, id: reference }: RefundRead,
  credits: ReadonlyArray<InteractionRead>,
  orderCurrency: string | null
): Outcome => {
  const currencies = [orderCurrency, ...credits.map(({ currencyCode }) => currencyCode ?? null)]
  const other = currencies.find((code) => code !== null && code !== attempt.currency)
  const currency = other ?? attempt.currency
  const amount = isCurrency(currency) ? minorOf(text, currency) : null
  if (amount === null || !isCurrency(currency)) return unknown("Kibo's refund has no amount that can be read")
  const isOpen = credits.length === 0 || credits.some(({ isPending, status }) => isPending === true || status == null)
  if (isOpen) {
    return amount === attempt.amount && currency === attempt.currency
      ? { _tag: "pending", reference }
      : unknown(`Kibo has another amount pending, ${text.text.slice(0, 32)} ${currency}`)
  }
  const statuses = new Set(credits.map(({ status }) => status))
  if (statuses.size === 1 && statuses.has("Success")) {
    return { _tag: "settled", reference, amount, currency, at: momentOf(credits[0]?.interactionDate) }
  }
  if (statuses.size === 1 && statuses.has("Failure")) return declined("Failure", reference)
  return unknown(`Kibo says of the refund's credits: ${[...statuses].join(", ").slice(0, 64)}`)
}
