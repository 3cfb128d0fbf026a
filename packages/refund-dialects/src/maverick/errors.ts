/** How Maverick says no: `{ name, message, code, status }`, also where the provider declined. */
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { message, type Rejected, type Violation, type ViolationTag } from "refund-core/Violation"
import type { WireAnswer, WireFault } from "../Dialect.ts"
import { retryAfter, tooMany } from "../tooMany.ts"
import type { MaverickError } from "./wire.ts"

const names = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  422: "Unprocessable entity",
  500: "Internal Server Error",
  503: "Service Unavailable"
} as const

type Status = keyof typeof names

const statuses: Record<ViolationTag, Status> = {
  NotPermitted: 403,
  SelfApproval: 403,
  IdempotencyKeyReused: 422,
  Malformed: 422,
  OrderNotFound: 404,
  CaptureNotFound: 404,
  RefundNotFound: 404,
  ComponentNotFound: 404,
  CaptureRequired: 422,
  NotCaptured: 422,
  CurrencyMismatch: 422,
  AmountMissing: 422,
  AmountNotPositive: 422,
  AmountTooPrecise: 422,
  DisputeOpen: 422,
  ExceedsCaptured: 422,
  ExceedsCollected: 422,
  ExceedsOrderTotal: 422,
  SubtotalUnknown: 422,
  ExceedsSubtotal: 422,
  ExceedsComponent: 422,
  ExceedsCredit: 422,
  WindowClosed: 422,
  OnlyInFull: 422,
  AmountNotInSteps: 422,
  NothingToDeductFrom: 422,
  CustomerRequired: 422,
  ReasonRequired: 422,
  OrderDoesNotAdd: 422,
  CaptureConflict: 422,
  DisputeConflict: 422,
  OrderConflict: 422,
  StateConflict: 422,
  VersionConflict: 409,
  LastManagingKey: 409
}

const answer = (status: Status, message: string, headers: WireAnswer["headers"] = {}): WireAnswer => {
  const body: MaverickError = { name: names[status], message, code: 0, status }
  return { status, headers, body }
}

/** The first violation decides the status; all of them are told. */
export const failure = (failure: Rejected | LedgerUnavailable): WireAnswer =>
  failure._tag === "LedgerUnavailable"
    ? answer(503, failure.detail, { "retry-after": String(failure.retryAfterSeconds) })
    : answer(statuses[failure.violations[0]._tag], failure.violations.map(sentence).join("; "))

/** What Maverick calls otherwise. */
const sentence = (violation: Violation): string => {
  switch (violation._tag) {
    case "CaptureNotFound":
      return `No payment ${violation.captureId}`
    case "NotCaptured":
      return `Payment ${violation.captureId} is not captured`
    case "AmountNotPositive":
      return `${violation.field} must be more than 0`
    default:
      return message(violation)
  }
}

/** The refund was committed and then did not happen: only `refund-id` tells this from a rejection. */
export const declined = (reason: string, headers: WireAnswer["headers"]): WireAnswer => answer(422, reason, headers)

/** This request made nothing: the provider has not answered the first one with its key yet. */
export const inFlight = (headers: WireAnswer["headers"]): WireAnswer =>
  answer(409, "The first request with this Idempotency-Key is still at the provider: look the refund up", headers)

export const refundOfRefund = (id: string): WireAnswer =>
  answer(422, `Payment ${id} is a refund, and a refund is never refunded`)

export const fault = (fault: WireFault): WireAnswer => {
  switch (fault._tag) {
    case "NoCredential":
    case "BadCredential":
      return answer(401, "Your request was made with invalid credentials.", { "www-authenticate": "Bearer" })
    case "TooMany":
      return answer(429, tooMany, retryAfter(fault))
    case "BadJson":
      return answer(400, fault.detail)
    case "TooLarge":
      return answer(413, `The body is larger than ${fault.limitBytes} bytes`)
    case "WrongMediaType":
      return answer(415, `The body must be application/json, not ${fault.got === "" ? "without a type" : fault.got}`)
    case "NoRoute":
      return answer(404, `There is no ${fault.path}`)
    case "WrongMethod": {
      const allowed = fault.allowed.join(", ")
      return answer(405, `Only ${allowed} is allowed here`, { allow: allowed })
    }
    case "Broken":
      return answer(500, `The request could not be answered (${fault.requestId})`)
  }
}
