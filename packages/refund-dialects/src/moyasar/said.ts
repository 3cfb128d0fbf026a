/** What Moyasar's answers mean for the attempt whose id is the refund's transaction. */
import { Option, Schema } from "effect"
import { isCurrency } from "refund-core/Currency"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type { Answer } from "../internal/calling.ts"
import { momentOf } from "../internal/outbound.ts"
import { codeOf, declined, unknown } from "../internal/outcomes.ts"
import { MoyasarError, RefundedOrder } from "./wire.ts"

const readOrder = Schema.decodeUnknownOption(RefundedOrder)
const readError = Schema.decodeUnknownOption(MoyasarError)

/** Null: nothing definite, in Moyasar's own words. */
export const said = (attempt: Attempt, orderId: string, answer: Answer): Outcome | null => {
  const { body, status } = answer
  if (status === 200 || status === 201) return refundIn(attempt, orderId, body)
  const error = Option.getOrNull(readError(body))
  if (error === null) return null
  switch (status) {
    case 404:
      return declined(codeOf("404", error.message))
    case 422:
      // That id is another refund's, or this one's with another amount: whether it was paid is not said.
      return error.errors?.["transaction_id"] === undefined ? declined(codeOf("422", sentenceOf(error))) : null
    default:
      return null
  }
}

const sentenceOf = ({ errors = {}, message }: MoyasarError): string => {
  const fields = Object.entries(errors).map(([field, faults]) => `${field}: ${faults.join(" ")}`)
  return fields.length === 0 ? message : fields.join("; ")
}

/** `{"message":"Initial request is still processing."}`, of a request that was sent before. */
export const isStillProcessing = ({ body, status }: Answer): boolean =>
  status === 400 && /still processing/i.test(Option.getOrUndefined(readError(body))?.message ?? "")

const refundIn = (attempt: Attempt, orderId: string, body: unknown): Outcome => {
  const order = Option.getOrNull(readOrder(body))
  if (order === null) return unknown("Moyasar's answer cannot be read as an order")
  if (order.id !== orderId) return unknown(`Moyasar answered about another order, ${order.id.slice(0, 64)}`)
  const found = order.transactions.filter(({ id, type }) => type === "refund" && id.toLowerCase() === attempt.id)
  const [refund] = found
  if (refund === undefined || found.length > 1) return unknown("Moyasar's order does not have this refund, once")
  const reversal = order.transactions.find(
    (each) => each.reversed_transaction_id?.toLowerCase() === attempt.id && each.status === "approved"
  )
  return outcomeIn(attempt, order, refund, reversal)
}

type Transaction = RefundedOrder["transactions"][number]

const outcomeIn = (
  { currency, id: reference, amount: sent }: Attempt,
  order: RefundedOrder,
  refund: Transaction,
  reversal: Transaction | undefined
): Outcome => {
  const amount = refund.amount >= 0 ? BigInt(refund.amount) : null
  if (reversal !== undefined) {
    return {
      _tag: "reversed",
      reference,
      detail: reversal.reverse_reason || "reversed",
      at: momentOf(reversal.created_at)
    }
  }
  switch (refund.status) {
    case "approved":
      if (amount === null || !isCurrency(order.currency))
        return unknown("Moyasar's refund has no amount that can be read")
      return { _tag: "settled", reference, amount, currency: order.currency, at: momentOf(refund.created_at) }
    case "pending":
      return amount === sent && order.currency === currency
        ? { _tag: "pending", reference }
        : unknown(`Moyasar has another amount pending, ${refund.amount} ${order.currency}`)
    case "declined":
      return declined(codeOf(refund.response_code || "declined", refund.message), reference)
    default:
      return unknown(`Moyasar says that the refund is ${refund.status.slice(0, 64)}`)
  }
}
