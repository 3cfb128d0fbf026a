/** Problem details (RFC 9457): how the native API says no, and how it says that it cannot answer. */
import { Schema } from "effect"
import type { CursorGone } from "refund-core/ports/Feed"
import { message, type Rejected, type Violation, type ViolationTag } from "refund-core/Violation"
import { fieldsToJson } from "./Fields.ts"

interface Kind {
  readonly status: number
  /** The last part of the problem's `type`, `/problems/{slug}`. */
  readonly slug: string
  readonly title: string
}

/** A violation that is not answered for here does not compile. */
const ofViolation: Record<ViolationTag, Kind> = {
  NotPermitted: { status: 403, slug: "not-permitted", title: "The credential lacks a permission" },
  SelfApproval: { status: 403, slug: "self-approval", title: "Another person must decide" },
  Malformed: { status: 400, slug: "malformed", title: "The request does not have the documented form" },
  OrderNotFound: { status: 404, slug: "order-not-found", title: "No such order" },
  CaptureNotFound: { status: 404, slug: "capture-not-found", title: "No such capture" },
  RefundNotFound: { status: 404, slug: "refund-not-found", title: "No such refund" },
  ComponentNotFound: { status: 404, slug: "component-not-found", title: "The order has no such part" },
  CaptureRequired: { status: 422, slug: "capture-required", title: "The capture must be named" },
  NotCaptured: { status: 409, slug: "not-captured", title: "No money was taken yet" },
  CurrencyMismatch: { status: 422, slug: "currency-mismatch", title: "The order has another currency" },
  AmountMissing: { status: 400, slug: "amount-missing", title: "The amount is missing" },
  AmountNotPositive: { status: 400, slug: "amount-not-positive", title: "The amount is not positive" },
  AmountTooPrecise: { status: 400, slug: "amount-too-precise", title: "The amount has too many decimals" },
  DisputeOpen: { status: 409, slug: "dispute-open", title: "The capture is disputed" },
  ExceedsCaptured: { status: 422, slug: "exceeds-captured", title: "More than is left on the capture" },
  ExceedsCollected: { status: 422, slug: "exceeds-collected", title: "More than is left of the order" },
  ExceedsOrderTotal: { status: 422, slug: "exceeds-order-total", title: "More than is left of the order's total" },
  SubtotalUnknown: { status: 422, slug: "subtotal-unknown", title: "The order has no subtotal" },
  ExceedsSubtotal: { status: 422, slug: "exceeds-subtotal", title: "More than the order's subtotal" },
  ExceedsComponent: { status: 422, slug: "exceeds-component", title: "More than is left of a part of the order" },
  ExceedsCredit: { status: 422, slug: "exceeds-credit", title: "More than is left of the customer's credit" },
  WindowClosed: { status: 422, slug: "window-closed", title: "The capture is too old for its provider" },
  OnlyInFull: { status: 422, slug: "only-in-full", title: "The provider gives the capture back only whole" },
  AmountNotInSteps: { status: 422, slug: "amount-not-in-steps", title: "The provider cannot pay this amount" },
  NothingToDeductFrom: { status: 422, slug: "nothing-to-deduct-from", title: "No refund to take the cost from" },
  CustomerRequired: { status: 422, slug: "customer-required", title: "The order has no customer" },
  ReasonRequired: { status: 422, slug: "reason-required", title: "A reason is required" },
  StateConflict: { status: 409, slug: "state-conflict", title: "The refund's state does not allow that" },
  DisputeConflict: { status: 409, slug: "dispute-conflict", title: "The dispute is recorded otherwise" },
  CaptureConflict: { status: 409, slug: "capture-conflict", title: "The capture is registered otherwise" },
  OrderConflict: { status: 409, slug: "order-conflict", title: "The order is registered otherwise" },
  OrderDoesNotAdd: { status: 422, slug: "order-does-not-add", title: "The order's figures do not add up" },
  IdempotencyKeyReused: { status: 422, slug: "idempotency-key-reused", title: "The key names another request" },
  VersionConflict: { status: 409, slug: "version-conflict", title: "Changed by someone else meanwhile" },
  LastManagingKey: { status: 409, slug: "last-managing-key", title: "The last key that manages keys" }
}

/** What can go wrong apart from the rules. */
const ofFault = {
  Unauthorized: { status: 401, slug: "unauthorized", title: "No valid credential" },
  WebhookRefused: { status: 401, slug: "webhook-refused", title: "Not the provider's signature" },
  NoRoute: { status: 404, slug: "no-route", title: "Nothing is here" },
  UnknownProvider: { status: 404, slug: "unknown-provider", title: "No such provider" },
  EndpointNotFound: { status: 404, slug: "endpoint-not-found", title: "No such webhook endpoint" },
  KeyNotFound: { status: 404, slug: "key-not-found", title: "No such API key" },
  DeliveryNotFound: { status: 404, slug: "delivery-not-found", title: "No such delivery" },
  InboxEventNotFound: { status: 404, slug: "inbox-event-not-found", title: "No such parked event" },
  CursorGone: { status: 410, slug: "cursor-gone", title: "The cursor is not of this ledger" },
  WrongMethod: { status: 405, slug: "wrong-method", title: "This method is not known here" },
  TooMany: { status: 429, slug: "too-many", title: "Asked too often" },
  UriTooLong: { status: 414, slug: "uri-too-long", title: "The address is too long" },
  TooLarge: { status: 413, slug: "too-large", title: "The body is too large" },
  WrongMediaType: { status: 415, slug: "wrong-media-type", title: "The body is written in another form" },
  BadJson: { status: 400, slug: "bad-json", title: "The body cannot be read as JSON" },
  BodyRead: { status: 500, slug: "body-read", title: "The body was read by someone else" },
  SlowBody: { status: 408, slug: "slow-body", title: "The body came too slowly" },
  UnreadableFile: { status: 400, slug: "unreadable-file", title: "The rows cannot be read" },
  UnreadableRow: { status: 400, slug: "unreadable-row", title: "The row cannot be read" },
  RepeatedRow: { status: 422, slug: "repeated-row", title: "An earlier row asks for the same" },
  Unavailable: { status: 503, slug: "unavailable", title: "The ledger cannot be reached now" },
  Broken: { status: 500, slug: "broken", title: "A defect of the server" }
} as const satisfies Record<string, Kind>

export type FaultCode = keyof typeof ofFault

export const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  /** The first violation's name, or the fault's. */
  code: Schema.String,
  /** All that apply, in the documented order, each with its numbers. Empty where no rule was asked. */
  violations: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)),
  /** Where to begin anew; only where a cursor is gone. */
  start: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Problem" })
export type Problem = typeof Problem.Type

/** One violation with its numbers. */
export const violationToJson = (violation: Violation): Record<string, unknown> => {
  const { _tag: code, ...fields } = violation
  return { code, ...fieldsToJson(fields), message: message(violation) }
}

/** `at`: where the API is mounted, "" at the root. */
export const problemOf = ({ violations }: Rejected, at = ""): Problem => {
  const [first] = violations
  const { slug, status, title } = ofViolation[first._tag]
  return {
    type: `${at}/problems/${slug}`,
    title,
    status,
    detail: message(first),
    code: first._tag,
    violations: violations.map(violationToJson)
  }
}

export const faultOf = (code: FaultCode, detail: string, at = ""): Problem => {
  const { slug, status, title } = ofFault[code]
  return { type: `${at}/problems/${slug}`, title, status, detail, code, violations: [] }
}

/** With where to begin anew. */
export const cursorGone = ({ message, start }: CursorGone): Problem => ({ ...faultOf("CursorGone", message), start })

const kinds: Readonly<Record<string, Kind>> = { ...ofViolation, ...ofFault }

export const codes = Object.keys(kinds) as ReadonlyArray<ViolationTag | FaultCode>

export const kindOfCode = (code: ViolationTag | FaultCode): Kind => kinds[code] as Kind

/** What stands at `/problems/{slug}`; null where there is none. */
export const kindOf = (slug: string): (Kind & { readonly code: ViolationTag | FaultCode }) | null => {
  const code = codes.find((each) => kinds[each]?.slug === slug)
  return code === undefined ? null : { code, ...kindOfCode(code) }
}
