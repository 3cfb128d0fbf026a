/** What we send along with a refund, so that what PayPal tells of it can be matched: `<refundId>.<attemptId>`, 73 characters of 127. */
import { Schema } from "effect"
import { type AttemptId, RefundId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"

export const referenceOf = ({ id, refundId }: Pick<Attempt, "id" | "refundId">): string => `${refundId}.${id}`

const isId = Schema.is(RefundId)

/** Null: this refund carries none of ours. */
export const attemptNamed = (
  reference: string
): { readonly refundId: RefundId; readonly attemptId: AttemptId } | null => {
  const [refundId, attemptId, ...more] = reference.split(".")
  return isId(refundId) && isId(attemptId) && more.length === 0 ? { refundId, attemptId } : null
}
