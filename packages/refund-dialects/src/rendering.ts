/** What a vendor's answer shows beside the refund: the order it is about, and the vendor fields kept with it. */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { CaptureId, OrderId } from "refund-core/Ids"
import type { OrderTexts } from "refund-core/Order"
import type { Door } from "refund-core/Policy"
import { Refunds } from "refund-core/Refunds"

/**
 * A vendor answers a refund with the order it is about, so a credential that may only request refunds must be able to
 * read that answer. These rights are added to write it and for nothing else: no figure leaves that the vendor's own
 * answer does not have, and none before the request was admitted.
 */
export const forAnswer = (caller: Caller): Caller => ({
  ...caller,
  by: { ...caller.by, permissions: new Set([...caller.by.permissions, "orders:read", "refunds:read"]) }
})

export const orderForAnswer = (caller: Caller, at: { readonly order: OrderId } | { readonly capture: CaptureId }) =>
  Effect.flatMap(Refunds, (refunds) => refunds.order(forAnswer(caller), at))

/** For an answer that shows no other refunds: costs the same however many the order has. */
export const registeredForAnswer = (
  caller: Caller,
  at: { readonly order: OrderId } | { readonly capture: CaptureId }
) => Effect.flatMap(Refunds, (refunds) => refunds.registered(forAnswer(caller), at))

export type VendorFields = Readonly<Record<string, unknown>>

/** What was registered for this vendor with the order, verbatim; nothing where nothing was. */
export const orderFields = (texts: OrderTexts | null, door: Door): VendorFields => fieldsOf(own(texts?.vendor, door))

/** What was registered for this vendor with one of its captures. */
export const captureFields = (texts: OrderTexts | null, captureId: CaptureId, door: Door): VendorFields =>
  fieldsOf(own(own(texts?.captures, captureId), door))

/** Ids are the caller's strings, and `constructor` is one too: only what was registered is looked at. */
const own = <A>(record: Readonly<Record<string, A>> | undefined, name: string): A | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined

/** No fields where it is not an object. */
export const fieldsOf = (value: unknown): VendorFields => (isFields(value) ? value : {})

export const isFields = (value: unknown): value is VendorFields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
