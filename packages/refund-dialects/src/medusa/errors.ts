/** How Medusa v1 says no: `{ code?, type, message }`, and the bare text `Unauthorized`. */
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { message, type Rejected, type Violation, type Violations, type ViolationTag } from "refund-core/Violation"
import type { WireAnswer, WireFault } from "../Dialect.ts"
import { retryAfter, tooMany } from "../tooMany.ts"
import type { MedusaError, MedusaErrors } from "./wire.ts"

interface Manner extends Pick<MedusaError, "code" | "type"> {
  readonly status: number
}

const notAuthorized: Manner = { status: 401, type: "unauthorized" }
const invalid: Manner = { status: 400, type: "invalid_data" }
const notFound: Manner = { status: 404, type: "not_found" }
const notAllowed: Manner = { status: 400, type: "not_allowed" }
const duplicate: Manner = { status: 422, code: "invalid_request_error", type: "duplicate_error" }
const conflict: Manner = { status: 409, code: "invalid_state_error", type: "conflict" }

const manners: Record<ViolationTag, Manner> = {
  NotPermitted: notAuthorized,
  SelfApproval: notAuthorized,
  IdempotencyKeyReused: duplicate,
  Malformed: invalid,
  OrderNotFound: notFound,
  CaptureNotFound: notFound,
  RefundNotFound: notFound,
  ComponentNotFound: notFound,
  CaptureRequired: notAllowed,
  NotCaptured: notAllowed,
  CurrencyMismatch: notAllowed,
  AmountMissing: invalid,
  AmountNotPositive: invalid,
  AmountTooPrecise: invalid,
  DisputeOpen: notAllowed,
  ExceedsCaptured: notAllowed,
  ExceedsCollected: notAllowed,
  ExceedsOrderTotal: notAllowed,
  SubtotalUnknown: notAllowed,
  ExceedsSubtotal: notAllowed,
  ExceedsComponent: notAllowed,
  ExceedsCredit: notAllowed,
  WindowClosed: notAllowed,
  OnlyInFull: notAllowed,
  AmountNotInSteps: notAllowed,
  NothingToDeductFrom: notAllowed,
  CustomerRequired: notAllowed,
  ReasonRequired: notAllowed,
  OrderDoesNotAdd: notAllowed,
  CaptureConflict: notAllowed,
  DisputeConflict: notAllowed,
  OrderConflict: notAllowed,
  StateConflict: notAllowed,
  VersionConflict: conflict,
  LastManagingKey: conflict
}

const mayRetry =
  "The request conflicted with another request. You may retry the request with the provided Idempotency-Key."

/** Medusa's own sentence where it has one. */
const sentence = (violation: Violation): string => {
  switch (violation._tag) {
    case "CaptureNotFound":
      return `Payment with id ${violation.captureId} was not found`
    case "NotCaptured":
      return `Payment ${violation.captureId} is not captured`
    case "ExceedsCaptured":
      return `Only ${violation.refundable} can be refunded from Payment ${violation.captureId}`
    case "AmountNotPositive":
      return `${violation.field} must be a positive number`
    case "VersionConflict":
      return mayRetry
    default:
      return message(violation)
  }
}

const severalErrors = "Provided request body contains errors. Please check the data and retry the request"

const unauthorized: WireAnswer = { status: 401, text: "Unauthorized" }

const answer = (status: number, body: MedusaError | MedusaErrors, headers: WireAnswer["headers"] = {}): WireAnswer => ({
  status,
  headers,
  body
})

type Sentence = (violation: Violation) => string

/** The first violation decides the status; only Medusa's 400 has a form for several. */
const failureIn =
  (sentence: Sentence) =>
  (failure: Rejected | LedgerUnavailable): WireAnswer => {
    if (failure._tag === "LedgerUnavailable") return unavailable(failure)
    const [{ _tag }] = failure.violations
    const { status } = manners[_tag]
    if (status === 401) return unauthorized
    const [first, ...more] = toldOnce(failure.violations, sentence)
    if (status === 400 && more.length > 0) return answer(400, { message: severalErrors, errors: [first, ...more] })
    return answer(status, { ...first, message: [first, ...more].map(({ message }) => message).join(", ") })
  }

export const failure = failureIn(sentence)

/** Of an order's refund: Medusa has one sentence for every limit. */
export const failureOfOrder = failureIn((violation) => {
  switch (violation._tag) {
    case "OrderNotFound":
      return `Order with id: ${violation.orderId} was not found`
    case "ExceedsCaptured":
    case "ExceedsCollected":
    case "ExceedsOrderTotal":
      return "Cannot refund more than the original order amount"
    case "CaptureRequired":
      return "No payment of the order has so much left; refund its payments one by one"
    default:
      return sentence(violation)
  }
})

/** That nothing can be refunded of what was never captured goes without saying, as does the same sentence twice. */
const toldOnce = (violations: Violations, sentence: Sentence): readonly [MedusaError, ...Array<MedusaError>] => {
  const [first, ...more] = violations
  const others = first._tag === "NotCaptured" ? more.filter((each) => each._tag !== "ExceedsCaptured") : more
  const errors = new Map(others.map((each) => [sentence(each), errorOf(each, sentence)]))
  errors.delete(sentence(first))
  return [errorOf(first, sentence), ...errors.values()]
}

const errorOf = (violation: Violation, sentence: Sentence): MedusaError => {
  const { code, type } = manners[violation._tag]
  return { ...(code === undefined ? {} : { code }), type, message: sentence(violation) }
}

const unavailable = ({ detail, retryAfterSeconds }: LedgerUnavailable): WireAnswer =>
  answer(
    503,
    { code: "api_error", type: "database_error", message: detail },
    { "retry-after": String(retryAfterSeconds) }
  )

/** Medusa's validator puts all it finds into one message. */
export const invalidData = (faults: ReadonlyArray<string>): WireAnswer =>
  answer(400, { type: "invalid_data", message: faults.join(", ") })

/** The refund was committed and then did not happen: `refund-id` tells this from a rejection. */
export const notRefunded = (headers: WireAnswer["headers"], what: string): WireAnswer =>
  answer(500, { type: "unexpected_state", message: `Failed to refund ${what}` }, headers)

/** The provider has not answered the first request yet: Medusa's client sends this one again, with the same key. */
export const inFlight = (headers: WireAnswer["headers"]): WireAnswer => {
  const { code = "invalid_state_error", type } = conflict
  return answer(409, { code, type, message: mayRetry }, headers)
}

export const stopped = (headers: WireAnswer["headers"], ref: string, state: string): WireAnswer =>
  answer(400, { type: "not_allowed", message: `Refund ${ref} is ${state}` }, headers)

export const fault = (fault: WireFault): WireAnswer => {
  switch (fault._tag) {
    case "NoCredential":
    case "BadCredential":
      return unauthorized
    case "TooMany":
      return answer(429, { type: "not_allowed", message: tooMany }, retryAfter(fault))
    case "BadJson":
      return invalidData([fault.detail])
    case "TooLarge":
      return answer(413, {
        type: "invalid_data",
        message: `The request body is larger than ${fault.limitBytes} bytes`
      })
    case "WrongMediaType":
      return answer(415, {
        type: "invalid_data",
        message: `The request body must be application/json, not ${fault.got === "" ? "without a type" : fault.got}`
      })
    case "NoRoute":
      return answer(404, { type: "not_found", message: `Cannot find ${fault.path}` })
    case "WrongMethod":
      return answer(
        405,
        { type: "not_allowed", message: `Only ${fault.allowed.join(", ")} is allowed here` },
        { allow: fault.allowed.join(", ") }
      )
    case "Broken":
      return answer(
        500,
        {
          code: "unknown_error",
          type: "unknown_error",
          message: "An unknown error occurred."
        },
        { "request-id": fault.requestId }
      )
  }
}
