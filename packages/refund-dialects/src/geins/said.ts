/** What Geins' answers mean for an attempt whose mark is the refund's `Reference`. A refund is recorded at once, and paid later. */
import { Option, Schema } from "effect"
import { isCurrency } from "refund-core/Currency"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type { Answer } from "../internal/calling.ts"
import { markOf, minorOf, momentOf } from "../internal/outbound.ts"
import { codeOf, declined, unknown } from "../internal/outcomes.ts"
import { CreatedRead, ErrorRead, RefundListRead, RefundRead } from "./wire.ts"

const readCreated = Schema.decodeUnknownOption(CreatedRead)
const readList = Schema.decodeUnknownOption(RefundListRead)
const readRefund = Schema.decodeUnknownOption(RefundRead)
const readError = Schema.decodeUnknownOption(ErrorRead)

/** 400 and 404 are documented; the others are what any server says of a request that it cannot take. */
const refusing: ReadonlySet<number> = new Set([400, 404, 405, 413, 415])

/** Of a refund that was asked for: 200 is that it is recorded. Null: nothing definite, in Geins' own words. */
export const said = (attempt: Attempt, { body, status }: Answer): Outcome | null => {
  if (status === 200 || status === 201) {
    const reference = Option.getOrNull(readCreated(body))?.Resource ?? null
    return reference === null ? unknown("Geins' answer names no refund") : { _tag: "pending", reference }
  }
  const error = refusing.has(status) ? Option.getOrNull(readError(body)) : null
  const sentence = error === null ? null : sentenceOf(error)
  // A no that names our own id is about the id: the refund that has it may have been recorded.
  return sentence === null || sentence.includes(attempt.id) ? null : declined(codeOf(String(status), sentence))
}

const sentenceOf = ({ Details, Message }: ErrorRead): string =>
  Details == null || Details.length === 0 ? Message : Details.join("; ")

/** Of the order's refunds. Null: Geins lists them, and it is not one of them. */
export const inList = (attempt: Attempt, { body, status }: Answer): Outcome | null => {
  const list = status === 200 ? Option.getOrNull(readList(body)) : null
  if (list === null) return unknown(`Geins answered ${status} to the question for the order's refunds`)
  const refunds = list.Resource.map((each) => Option.getOrNull(readRefund(each)))
  const ours = refunds.filter((each) => each?.Reference === markOf(attempt))
  const [refund] = ours
  if (refund == null) return refunds.includes(null) ? unknown("Geins lists refunds that cannot be read") : null
  return ours.length > 1 ? unknown(`Geins has ${ours.length} refunds of this one attempt`) : outcomeIn(attempt, refund)
}

const outcomeIn = (attempt: Attempt, refund: RefundRead): Outcome => {
  const { Approved, Currency, Processed, ProcessedOn, RefundId: reference, RefundRows, RefundedTotal } = refund
  if (Approved === false) return declined("denied", reference)
  const amount = isCurrency(Currency) && RefundedTotal != null ? minorOf(RefundedTotal, Currency) : null
  if (amount === null || !isCurrency(Currency)) return unknown("Geins' refund has no amount that can be read")
  const isSettled = RefundRows.length > 0 && RefundRows.every(({ Settled }) => Settled === true)
  if (isSettled || Processed === true) {
    const settledOn = RefundRows.map((row) => momentOf(row.SettledOn)).filter((at) => at !== null)
    const at = settledOn.length === 0 ? momentOf(ProcessedOn) : Math.max(...settledOn)
    return { _tag: "settled", reference, amount, currency: Currency, at }
  }
  return amount === attempt.amount && Currency === attempt.currency
    ? { _tag: "pending", reference }
    : unknown(`Geins has another amount recorded, ${RefundedTotal?.text.slice(0, 32)} ${Currency}`)
}
