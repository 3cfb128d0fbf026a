/** The names things have. An id is the vendor's own string: 1 to 255 characters, none a control character or half of one. */
import { Schema } from "effect"

const Id = Schema.String.check(Schema.isPattern(/^[^\p{Cc}\p{Cs}]{1,255}$/u))

export const TenantId = Id.pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type
export const OrderId = Id.pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type
/** Unique in its tenant: a refund may name a capture without naming its order. */
export const CaptureId = Id.pipe(Schema.brand("CaptureId"))
export type CaptureId = typeof CaptureId.Type
export const CustomerId = Id.pipe(Schema.brand("CustomerId"))
export type CustomerId = typeof CustomerId.Type
/** A JWT subject or the name of one API key: whoever four-eyes tells apart. */
export const PrincipalId = Id.pipe(Schema.brand("PrincipalId"))
export type PrincipalId = typeof PrincipalId.Type
/** What a caller calls one intent. */
export const IdempotencyKey = Id

/** 128 bits, written as a lower-case UUID. Dialects write the same bits their own way. */
export const RefundId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u)
).pipe(Schema.brand("RefundId"))
export type RefundId = typeof RefundId.Type
/** Names the refunds of one request. A group of one has its refund's id. */
export type GroupId = RefundId
/** One try to make a provider move the money; the provider's idempotency key. A UUID too. */
export type AttemptId = RefundId

/** Milliseconds since 1970-01-01T00:00Z. The core never asks for the time: it is told. */
export type Instant = number

/**
 * The id of the `index`th refund of a group of several: the seed's bits, counted up in its last two bytes.
 * The seed is ours and never shown, so a chosen id cannot meet one of these by counting.
 */
export const partId = (seed: RefundId, index: number): RefundId => {
  const last = (Number.parseInt(seed.slice(-4), 16) + index) % 0x10000
  return (seed.slice(0, -4) + last.toString(16).padStart(4, "0")) as RefundId
}
