/** What Maverick's answers mean: a refund is a payment of type Return, whose parent is the payment it gives back. */
import { Option, Schema } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type { Answer } from "../internal/calling.ts"
import { minorOf } from "../internal/outbound.ts"
import { anotherRefund, codeOf, declined, unknown } from "../internal/outcomes.ts"
import { MaverickError, PaymentList, Return } from "./wire.ts"

const readReturn = Schema.decodeUnknownOption(Return)
const readList = Schema.decodeUnknownOption(PaymentList)
const readError = Schema.decodeUnknownOption(MaverickError)

/** The request was understood, or could not be, and nothing was done. Declines of the card come as 422 too. */
const refusing: ReadonlySet<number> = new Set([400, 404, 405, 413, 415, 422])

/** Of a refund that was asked for. Null: nothing definite, in Maverick's own words. */
export const said = (attempt: Attempt, paymentId: string, { body, status }: Answer): Outcome | null => {
  if (status === 200 || status === 201) return returnIn(attempt, paymentId, body)
  const error = refusing.has(status) ? Option.getOrNull(readError(body)) : null
  // A no that names our own id is about the id: the refund that has it may have been paid.
  if (error === null || error.message.includes(attempt.id)) return null
  return declined(codeOf(`${status} ${error.name}`, error.message))
}

/** Of a refund that was looked for by the gateway's own id, or found in a list. */
export const returnIn = (attempt: Attempt, paymentId: string, body: unknown): Outcome => {
  const read = Option.getOrNull(readReturn(body))
  if (read === null) return unknown("Maverick's answer cannot be read as a refund")
  const { externalId, id, parent, status, type } = read
  const reference = String(id)
  const isOurs = type === "Return" && String(parent.id) === paymentId && (externalId ?? attempt.id) === attempt.id
  if (!isOurs || (attempt.reference !== null && attempt.reference !== reference)) {
    return anotherRefund("Maverick", reference)
  }
  const amount = minorOf(read.amount, attempt.currency)
  switch (status.status) {
    case "Approved":
      if (amount === null) return unknown("Maverick's refund has no amount that can be read")
      return { _tag: "settled", reference, amount, currency: attempt.currency, at: null }
    case "InProgress":
      return amount === attempt.amount
        ? { _tag: "pending", reference }
        : unknown(`Maverick has another amount in progress, ${read.amount.slice(0, 32)}`)
    case "Decline":
      return declined(codeOf("Decline", status.reason), reference)
    case "Error":
      return unknown(`Maverick says that refund ${reference} is in error: ${status.reason ?? "no reason"}`)
  }
}

/** Of a list that was filtered by our id. Null: there is none, says a gateway that understood the filter. */
export const inList = (attempt: Attempt, paymentId: string, { body, status }: Answer): Outcome | null => {
  const list = status === 200 ? Option.getOrNull(readList(body)) : null
  if (list === null) return unknown(`Maverick answered ${status} to the question for this refund`)
  const ours = list.items.filter((item) => Option.getOrNull(readReturn(item))?.externalId === attempt.id)
  const [refund] = ours
  if (refund === undefined) {
    const isEmpty = list.items.length === 0 && list._meta.totalCount === 0
    return isEmpty ? null : unknown("Maverick's list is of other payments: its filter was not understood")
  }
  if (ours.length > 1) return unknown(`Maverick has ${ours.length} refunds of this one attempt`)
  return returnIn(attempt, paymentId, refund)
}
