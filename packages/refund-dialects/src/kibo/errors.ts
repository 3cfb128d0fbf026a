/**
 * How Kibo says no: the JSON that its clients read. Its pages publish no catalogue of codes: MISSING_OR_INVALID_PARAMETER,
 * ITEM_NOT_FOUND, ITEM_ALREADY_EXISTS and VALIDATION_CONFLICT are ones its clients meet, the others are ours.
 */
import { formatDecimal } from "refund-core/Money"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { message, type Rejected, type Violation, type ViolationTag } from "refund-core/Violation"
import type { WireAnswer, WireFault } from "../Dialect.ts"
import { retryAfter, tooMany } from "../tooMany.ts"
import type { ErrorData, ErrorItem, KiboError } from "./wire.ts"

interface Manner {
  readonly status: number
  readonly code: string
}

const invalid: Manner = { status: 400, code: "MISSING_OR_INVALID_PARAMETER" }
const forbidden: Manner = { status: 403, code: "FORBIDDEN" }
const notFound: Manner = { status: 404, code: "ITEM_NOT_FOUND" }
const limit: Manner = { status: 400, code: "VALIDATION_CONFLICT" }
const conflict: Manner = { status: 409, code: "VALIDATION_CONFLICT" }
const known: Manner = { status: 422, code: "ITEM_ALREADY_EXISTS" }

const manners: Record<ViolationTag, Manner> = {
  NotPermitted: forbidden,
  SelfApproval: forbidden,
  IdempotencyKeyReused: known,
  Malformed: invalid,
  OrderNotFound: notFound,
  CaptureNotFound: notFound,
  RefundNotFound: notFound,
  ComponentNotFound: notFound,
  CaptureRequired: invalid,
  NotCaptured: conflict,
  CurrencyMismatch: limit,
  AmountMissing: invalid,
  AmountNotPositive: invalid,
  AmountTooPrecise: invalid,
  DisputeOpen: conflict,
  ExceedsCaptured: limit,
  ExceedsCollected: limit,
  ExceedsOrderTotal: limit,
  SubtotalUnknown: limit,
  ExceedsSubtotal: limit,
  ExceedsComponent: limit,
  ExceedsCredit: limit,
  WindowClosed: limit,
  OnlyInFull: limit,
  AmountNotInSteps: limit,
  NothingToDeductFrom: limit,
  CustomerRequired: limit,
  ReasonRequired: invalid,
  OrderDoesNotAdd: limit,
  CaptureConflict: conflict,
  DisputeConflict: conflict,
  OrderConflict: conflict,
  StateConflict: conflict,
  VersionConflict: conflict,
  LastManagingKey: conflict
}

/** Where Kibo has another name for it. Its payment is a capture. */
const sentence = (violation: Violation): string => {
  switch (violation._tag) {
    case "AmountNotPositive":
      return `${violation.field} must be more than 0`
    case "CaptureNotFound":
      return `No payment ${violation.captureId}`
    case "CaptureRequired":
      return "payment.id is missing; name the payment to refund"
    default:
      return message(violation)
  }
}

const applicationName = "Refunds"

/** The violation's name and numbers, amounts as decimals. */
const dataOf = ({ _tag, ...fields }: Violation): ReadonlyArray<ErrorData> => [
  { name: "violation", value: _tag },
  ...Object.entries(fields).map(([name, value]) => ({
    name,
    value: typeof value === "bigint" && "currency" in fields ? formatDecimal(value, fields.currency) : String(value)
  }))
]

const itemOf = (violation: Violation): ErrorItem => ({
  applicationName,
  errorCode: manners[violation._tag].code,
  message: sentence(violation),
  additionalErrorData: dataOf(violation)
})

/** The first violation is the error's code; where there are several, `items` has them all. */
export const failure = (failure: Rejected | LedgerUnavailable): WireAnswer => {
  if (failure._tag === "LedgerUnavailable") {
    return no(503, "SERVICE_UNAVAILABLE", failure.detail, { "retry-after": String(failure.retryAfterSeconds) })
  }
  const items = failure.violations.map(itemOf)
  const { _tag } = failure.violations[0]
  const body: KiboError = {
    ...itemOf(failure.violations[0]),
    message: items.map((item) => item.message).join("; "),
    items: items.length > 1 ? items : []
  }
  return { status: manners[_tag].status, body }
}

const no = (
  status: number,
  errorCode: string,
  message: string,
  headers: WireAnswer["headers"] = {},
  more: Pick<KiboError, "correlationId"> = {}
): WireAnswer => {
  const body: KiboError = { applicationName, errorCode, message, items: [], additionalErrorData: [], ...more }
  return { status, headers, body }
}

const challenge = { "www-authenticate": "Bearer" }

export const fault = (fault: WireFault): WireAnswer => {
  switch (fault._tag) {
    case "NoCredential":
      return no(401, "UNAUTHORIZED", "Send the API key as Authorization: Bearer or x-vol-app-claims", challenge)
    case "BadCredential":
      return no(401, "UNAUTHORIZED", "The API key is not valid", challenge)
    case "TooMany":
      return no(429, "TOO_MANY_REQUESTS", tooMany, retryAfter(fault))
    case "BadJson":
      return no(400, invalid.code, fault.detail)
    case "TooLarge":
      return no(413, "REQUEST_TOO_LARGE", `The body is larger than ${fault.limitBytes} bytes`)
    case "WrongMediaType":
      return no(415, "UNSUPPORTED_MEDIA_TYPE", `The body must be JSON${fault.got === "" ? "" : `, not ${fault.got}`}`)
    case "NoRoute":
      return no(404, notFound.code, `Nothing answers at ${fault.path}`)
    case "WrongMethod":
      return no(405, "METHOD_NOT_ALLOWED", `Only ${fault.allowed.join(", ")} is answered here`, {
        allow: fault.allowed.join(", ")
      })
    case "Broken":
      return no(
        500,
        "UNEXPECTED_ERROR",
        "The request could not be answered",
        { "x-vol-correlation": fault.requestId },
        { correlationId: fault.requestId }
      )
  }
}

/** Kibo's clients read the header, and show it with an error. */
export const correlated = (answer: WireAnswer, id: string): WireAnswer => {
  const correlationId = answer.headers?.["x-vol-correlation"] ?? id
  const headers = { ...answer.headers, "x-vol-correlation": correlationId }
  if (answer.status < 400) return { ...answer, headers }
  return { ...answer, headers, body: { ...(answer.body as KiboError), correlationId } }
}
