/** What Medusa's answers mean for an attempt whose mark is the refund's note. */
import { Option, Schema } from "effect"
import { RefundId } from "refund-core/Ids"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type { Answer } from "../internal/calling.ts"
import { markOf, momentOf } from "../internal/outbound.ts"
import { anotherRefund, codeOf, declined, unknown } from "../internal/outcomes.ts"
import { refundRef } from "./refundRef.ts"
import { ErrorRead, RefundRead } from "./wire.ts"

const readRefund = Schema.decodeUnknownOption(RefundRead)
const readError = Schema.decodeUnknownOption(ErrorRead)
const isRefundId = Schema.is(RefundId)

/** Types with which a request is refused before anybody is asked to pay. */
const refusing: ReadonlySet<string> = new Set(["not_allowed", "invalid_data", "not_found"])

/** Null: nothing definite, in Medusa's own words. */
export const said = (attempt: Attempt, paymentId: string, { body, refundId, status }: Answer): Outcome | null => {
  if (status === 200) return refundIn(attempt, paymentId, body)
  const error = Option.getOrNull(readError(body))
  if (error === null) return null
  const types = error.type === undefined ? (error.errors ?? []).map(({ type }) => type) : [error.type]
  const code = codeOf(types[0] ?? String(status), sentenceOf(error))
  const reference = isRefundId(refundId) ? refundRef(refundId) : null
  if (status === 400 || status === 404 || status === 405 || status === 413 || status === 415) {
    return types.length > 0 && types.every((type) => refusing.has(type)) ? declined(code, reference) : null
  }
  // Medusa's plugin threw: it may have paid. A ledger behind its door says so of a refund that was not paid, by its id.
  return status === 500 && error.type === "unexpected_state" && reference !== null ? declined(code, reference) : null
}

const sentenceOf = ({ errors = [], message }: ErrorRead): string =>
  errors.length === 0 ? message : errors.map((each) => each.message).join("; ")

const refundIn = (attempt: Attempt, paymentId: string, body: unknown): Outcome => {
  const read = Option.getOrNull(readRefund(body))
  if (read === null) return unknown("Medusa's answer cannot be read as a refund")
  const { amount, id: reference, metadata, note, payment_id, updated_at } = read.refund
  if (payment_id !== paymentId || note !== markOf(attempt) || reference === "")
    return anotherRefund("Medusa", reference)
  const isOpen = typeof metadata?.["state"] === "string"
  if (!isOpen && amount >= 0) {
    return {
      _tag: "settled",
      reference,
      amount: BigInt(amount),
      currency: attempt.currency,
      at: momentOf(updated_at)
    }
  }
  return BigInt(amount) === attempt.amount
    ? { _tag: "pending", reference }
    : unknown(`Medusa has another amount pending, ${amount}`)
}
