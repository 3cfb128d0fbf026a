/** A refund as Maverick writes one: a payment of type Return, whose parent is the capture it gives back. */
import type { CaptureId } from "refund-core/Ids"
import { formatDecimal } from "refund-core/Money"
import { leastFinal, type Refund, type RefundState } from "refund-core/Refund"
import type { WireRequest } from "../Dialect.ts"
import { fieldsOf, isFields, type VendorFields } from "../rendering.ts"
import type { Payment, PaymentStatus } from "./wire.ts"

/** What is kept verbatim has the type it was registered with. */
export type Written<A> = { readonly [Field in keyof A]: unknown }

/** A group of refunds, answered as one. */
export type Group = readonly [Refund, ...Array<Refund>]

/** Numbers of refunds begin where no number of a payment that was registered reaches. */
export const firstNumber = 2 ** 40

const statuses: Record<RefundState, PaymentStatus> = {
  pending_approval: "InProgress",
  approved: "InProgress",
  submitting: "InProgress",
  pending: "InProgress",
  requires_action: "InProgress",
  unknown: "InProgress",
  in_review: "InProgress",
  settled: "Approved",
  failed: "Decline",
  denied: "Decline",
  canceled: "Decline",
  reversed: "Error"
}

export const statusOf = (group: Group): PaymentStatus => statuses[leastFinal(group)]

/** Store credit, payouts and return costs give nothing back on a payment, and are none. */
export const isReturn = (refund: Refund): boolean => refund.destination === "original" && !refund.deducts

/** `vendor`: the fields registered with the capture. */
export const returnOf = (group: Group, vendor: VendorFields): Written<Payment> => {
  const [first] = group
  const status = statusOf(group)
  return {
    id: firstNumber + first.number,
    amount: formatDecimal(
      group.reduce((sum, refund) => sum + refund.amount, 0n),
      first.currency
    ),
    origin: "API",
    type: "Return",
    level: vendor["level"] ?? null,
    authCode: null,
    parent: { id: first.captureId === null ? null : paymentId(first.captureId) },
    terminal: { id: terminalOf(first, vendor) },
    threeds: within(nothingOf.threeds, vendor["threeds"]),
    card: within(nothingOf.card, vendor["card"]),
    contact: vendor["contact"] ?? null,
    externalId: first.reference,
    isRecurring: "No",
    split: null,
    refunded: false,
    captured: false,
    history: [],
    order: null,
    feeTransaction: null,
    batch: nothingOf.batch,
    ip: null,
    status: { status, reason: first.state === "failed" ? first.detail : null },
    updatedOn: time(Math.max(...group.map((refund) => refund.updatedAt))),
    createdOn: time(first.requestedAt)
  }
}

/** The one the refund was asked for at; a refund that came through another door has its capture's. */
const terminalOf = ({ texts }: Refund, vendor: VendorFields): unknown => {
  const asked = fieldsOf(fieldsOf(fieldsOf(texts?.metadata)["maverick"])["terminal"])
  return asked["id"] ?? fieldsOf(vendor["terminal"])["id"] ?? null
}

/** An id that no payment can have is looked up like any other, and not found. */
export const captureIdOf = ({ params }: WireRequest): CaptureId => (params["id"] ?? "") as CaptureId

/** Maverick's ids are integers, ours any text: a number where it is one and a double keeps it. */
export const paymentId = (captureId: string): number | string =>
  /^(?:0|[1-9][0-9]{0,15})$/.test(captureId) && Number.isSafeInteger(Number(captureId)) ? Number(captureId) : captureId

export const time = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ")

/** The refund of ours that an id is the number of, if it is one. */
export const numberOfRefund = (id: string): number | null => {
  const number = /^[1-9][0-9]{12,15}$/.test(id) ? Number(id) - firstNumber : -1
  return number >= 0 && Number.isSafeInteger(number) ? number : null
}

/** As the page prints them where there is nothing to say. */
export const nothingOf = {
  threeds: { id: null },
  card: {
    bin: null,
    name: null,
    number: null,
    exp: null,
    verification: { cvv: null, address: null },
    networkTransactionId: null
  },
  batch: { id: null, number: null, batchedOn: null }
} as const

/** What was registered, with null for the fields that were not. */
export const within = (nothing: VendorFields, registered: unknown): unknown =>
  isFields(registered) ? { ...nothing, ...registered } : (registered ?? nothing)
