/** How Geins says no: the envelope of its yes, without a resource. Of statuses it documents 400 and 404. */
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { message, type Rejected, type Violation, type ViolationTag } from "refund-core/Violation"
import type { WireAnswer, WireFault } from "../Dialect.ts"
import { retryAfter, tooMany } from "../tooMany.ts"
import type { BaseEnvelope, Envelope } from "./wire.ts"

const statuses: Record<ViolationTag, 400 | 404> = {
  NotPermitted: 400,
  SelfApproval: 400,
  IdempotencyKeyReused: 400,
  Malformed: 400,
  OrderNotFound: 404,
  CaptureNotFound: 404,
  RefundNotFound: 404,
  ComponentNotFound: 400,
  CaptureRequired: 400,
  NotCaptured: 400,
  CurrencyMismatch: 400,
  AmountMissing: 400,
  AmountNotPositive: 400,
  AmountTooPrecise: 400,
  DisputeOpen: 400,
  ExceedsCaptured: 400,
  ExceedsCollected: 400,
  ExceedsOrderTotal: 400,
  SubtotalUnknown: 400,
  ExceedsSubtotal: 400,
  ExceedsComponent: 400,
  ExceedsCredit: 400,
  WindowClosed: 400,
  OnlyInFull: 400,
  AmountNotInSteps: 400,
  NothingToDeductFrom: 400,
  CustomerRequired: 400,
  ReasonRequired: 400,
  OrderDoesNotAdd: 400,
  CaptureConflict: 400,
  DisputeConflict: 400,
  OrderConflict: 400,
  StateConflict: 400,
  VersionConflict: 400,
  LastManagingKey: 400
}

/** The core's names of what Geins calls otherwise. */
const fields: Readonly<Record<string, string>> = { amount: "RefundAmount", lineId: "OrderRowId" }
const fieldOf = (name: string): string => fields[name] ?? name

const sentence = (violation: Violation): string => {
  switch (violation._tag) {
    case "Malformed":
      return message({ ...violation, path: fieldOf(violation.path) })
    case "AmountMissing":
      return message({ ...violation, field: fieldOf(violation.field) })
    case "AmountNotPositive":
      return `${fieldOf(violation.field)} must be more than 0`
    case "OrderNotFound":
      return "There is no order with this id"
    case "RefundNotFound":
      return "There is no refund with this id on this order"
    case "ComponentNotFound":
      return `OrderRowId: the order has no row ${violation.component.replace("line:", "")}`
    case "ReasonRequired":
      return "Description is required here: say why"
    default:
      return message(violation)
  }
}

/** The words that Geins' page has for a status, and the usual ones for those it does not document. */
const messages = {
  400: "Bad request.",
  401: "Unauthorized.",
  404: "Not found.",
  405: "Method not allowed.",
  413: "Request body too large.",
  415: "Unsupported media type.",
  429: "Too many requests.",
  500: "Internal server error.",
  503: "Service unavailable."
}

const no = (
  status: keyof typeof messages,
  details: ReadonlyArray<string>,
  headers: WireAnswer["headers"] = {}
): WireAnswer => {
  const body: Envelope = { Resource: null, Message: messages[status], Details: details }
  return { status, headers, body }
}

export const failure = (failure: Rejected | LedgerUnavailable): WireAnswer => {
  if (failure._tag === "LedgerUnavailable") {
    return no(503, [failure.detail], { "retry-after": String(failure.retryAfterSeconds) })
  }
  return no(statuses[failure.violations[0]._tag], failure.violations.map(sentence))
}

/** Geins says 400 for it too: only the words tell. */
export const isRefusal = ({ body, status }: WireAnswer): boolean => {
  if (status === 401) return true
  const { Details = [] } = (body ?? {}) as Partial<BaseEnvelope>
  return status === 400 && Details.some((detail) => refusals.some((words) => detail.includes(words)))
}

const refusals = ["This credential may not do that", "another person must decide"]

/** All calls but "Creates refund" say no without naming a resource. */
export const withoutResource = (answer: WireAnswer): WireAnswer => {
  const { Resource: _, ...body } = answer.body as Envelope
  return { ...answer, body: body satisfies BaseEnvelope }
}

const challenge = { "www-authenticate": "Basic" }

export const fault = (fault: WireFault): WireAnswer => {
  switch (fault._tag) {
    case "NoCredential":
      return no(401, ["Send the API key as X-ApiKey, and as the password of Basic authentication"], challenge)
    case "BadCredential":
      return no(401, ["The API key is not valid"], challenge)
    case "TooMany":
      return no(429, [tooMany], retryAfter(fault))
    case "BadJson":
      return no(400, [fault.detail])
    case "TooLarge":
      return no(413, [`The body is larger than ${fault.limitBytes} bytes`])
    case "WrongMediaType":
      return no(415, [`The body must be application/json${fault.got === "" ? "" : `, not ${fault.got}`}`])
    case "NoRoute":
      return no(404, [`Nothing answers at ${fault.path}`])
    case "WrongMethod":
      return no(405, [`Only ${fault.allowed.join(", ")} is answered here`], { allow: fault.allowed.join(", ") })
    case "Broken":
      return no(500, [`Request ${fault.requestId} could not be answered`])
  }
}
