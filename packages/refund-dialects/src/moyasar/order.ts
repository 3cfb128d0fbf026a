/** An order of the ledger as Moyasar writes one: its figures, its transactions, and the vendor fields kept with it. */
import type { CaptureHead } from "refund-core/Order"
import type { OrderView } from "refund-core/ports/LedgerReader"
import type { Refund, RefundState } from "refund-core/Refund"
import { captureFields, orderFields } from "../rendering.ts"
import type { Order, Transaction } from "./wire.ts"

/** What is kept verbatim has the type it was registered with. */
type Written<A> = { readonly [Field in keyof A]: unknown }

export const orderOf = (view: OrderView): Written<Order> => {
  const { createdAt, head, registration, texts, updatedAt } = view
  const vendor = orderFields(texts, "moyasar")
  const authorized = registration.captures.reduce((sum, each) => sum + (each.authorizedAmount ?? each.amount), 0n)
  return {
    id: head.id,
    merchant: vendor["merchant"] ?? null,
    currency: head.currency,
    amount: Number(authorized),
    captured_amount: Number(head.collected),
    refunded_amount: Number(head.refunded.original),
    voided_amount: vendor["voided_amount"] ?? 0,
    description: vendor["description"] ?? null,
    created_at: vendor["created_at"] ?? time(createdAt),
    updated_at: time(updatedAt),
    source: vendor["source"] ?? null,
    reauthorized_order_id: vendor["reauthorized_order_id"] ?? null,
    airline: vendor["airline"] ?? null,
    sub_merchant: vendor["sub_merchant"] ?? null,
    agreement: vendor["agreement"] ?? null,
    transactions: transactionsOf(view)
  }
}

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

interface Dated {
  readonly at: number
  readonly transaction: Written<Transaction>
}

/** Oldest first; of the same moment, the money taken before the money given back. */
const transactionsOf = (view: OrderView): ReadonlyArray<Written<Transaction>> => {
  const captures = view.head.captures.flatMap((capture) => captureTransaction(view, capture))
  return [...captures, ...refundTransactions(view.refunds)]
    .toSorted((a, b) => a.at - b.at)
    .map((each) => each.transaction)
}

/** Where money was only authorized there is no transaction yet. */
const captureTransaction = ({ texts }: OrderView, capture: CaptureHead): ReadonlyArray<Dated> => {
  if (capture.capturedAt === null) return []
  const vendor = captureFields(texts, capture.id, "moyasar")
  const transaction = {
    id: capture.id,
    status: "approved",
    type: "capture",
    source_type: vendor["source_type"] ?? null,
    reverse_reason: vendor["reverse_reason"] ?? null,
    justification: vendor["justification"] ?? null,
    reversed_transaction_id: vendor["reversed_transaction_id"] ?? null,
    message: vendor["message"] ?? null,
    response_code: vendor["response_code"] ?? null,
    retrieval_reference: vendor["retrieval_reference"] ?? null,
    stan: vendor["stan"] ?? null,
    auth_code: vendor["auth_code"] ?? null,
    amount: Number(capture.collected),
    refunded_amount: 0,
    created_at: time(capture.capturedAt)
  }
  return [{ at: capture.capturedAt, transaction }]
}

const statuses: Record<RefundState, "approved" | "pending" | "declined"> = {
  pending_approval: "pending",
  approved: "pending",
  submitting: "pending",
  pending: "pending",
  requires_action: "pending",
  unknown: "pending",
  in_review: "pending",
  settled: "approved",
  failed: "declined",
  denied: "declined",
  canceled: "declined",
  reversed: "declined"
}

type Parts = readonly [Refund, ...Array<Refund>]

/**
 * One per request, with its id and the sum of its parts; one per part where the parts fared differently, so that the
 * approved ones always add up to the order's `refunded_amount`. Store credit, payouts and return costs are not money
 * that went back to the card: they are no transactions.
 */
const refundTransactions = (refunds: ReadonlyArray<Refund>): ReadonlyArray<Dated> => {
  const toCard = refunds.filter((refund) => refund.destination === "original" && !refund.deducts)
  return [...Map.groupBy(toCard, (refund) => refund.groupId)].flatMap(([groupId, [first, ...more]]) => {
    if (first === undefined) return []
    const alike = more.every((each) => statuses[each.state] === statuses[first.state])
    const parts = [first, ...more]
    return [
      ...(alike
        ? [refundTransaction(groupId, [first, ...more])]
        : parts.map((part) => refundTransaction(part.id, [part]))),
      ...parts.flatMap((part) => (part.state === "reversed" ? [reversal(part, alike ? groupId : part.id)] : []))
    ]
  })
}

/** Mirrors what no longer counts: the money that was settled came back, or never went. */
const reversal = (refund: Refund, reversedId: string): Dated => {
  const { transaction } = refundTransaction(mirrorId(refund.id), [refund])
  return {
    // Nothing happens to a refund any more once it is reversed.
    at: refund.updatedAt,
    transaction: {
      ...transaction,
      status: "approved",
      type: "reversal",
      reverse_reason: refund.detail,
      reversed_transaction_id: reversedId,
      retrieval_reference: null,
      created_at: time(refund.updatedAt)
    }
  }
}

/** A UUID of its own, always the same: the refund's, of another version. */
const mirrorId = (id: string): string =>
  id.slice(0, 14) + (Number.parseInt(id.charAt(14), 16) ^ 8).toString(16) + id.slice(15)

const refundTransaction = (id: string, parts: Parts): Dated => {
  const [first, ...more] = parts
  const status = statuses[first.state]
  const transaction = {
    id,
    status,
    type: "refund",
    source_type: "merchant",
    reverse_reason: null,
    justification: null,
    reversed_transaction_id: null,
    message: status === "approved" ? "APPROVED" : first.state === "failed" ? first.detail : null,
    response_code: status === "approved" ? "00" : null,
    retrieval_reference: more.length === 0 ? first.providerReference : null,
    stan: String(first.number % 1_000_000).padStart(6, "0"),
    auth_code: null,
    amount: Number(parts.reduce((sum, part) => sum + part.amount, 0n)),
    refunded_amount: 0,
    created_at: time(first.requestedAt)
  }
  return { at: first.requestedAt, transaction }
}
