/** How Moyasar says no: `{ message }`, and beside it `errors` by field of the request where that is what is wrong. */
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { message, type Rejected, type Violation, type ViolationTag } from "refund-core/Violation"
import type { WireAnswer, WireFault } from "../Dialect.ts"
import { retryAfter, tooMany } from "../tooMany.ts"
import type { MoyasarError } from "./wire.ts"

/** Who may not, what is not there, or the field that is wrong. */
type Manner = "forbidden" | "unknown" | "amount" | "transaction_id"

const manners: Record<ViolationTag, Manner> = {
  NotPermitted: "forbidden",
  SelfApproval: "forbidden",
  IdempotencyKeyReused: "transaction_id",
  Malformed: "amount",
  OrderNotFound: "unknown",
  CaptureNotFound: "unknown",
  RefundNotFound: "unknown",
  ComponentNotFound: "unknown",
  CaptureRequired: "transaction_id",
  NotCaptured: "amount",
  CurrencyMismatch: "amount",
  AmountMissing: "amount",
  AmountNotPositive: "amount",
  AmountTooPrecise: "amount",
  DisputeOpen: "amount",
  ExceedsCaptured: "amount",
  ExceedsCollected: "amount",
  ExceedsOrderTotal: "amount",
  SubtotalUnknown: "amount",
  ExceedsSubtotal: "amount",
  ExceedsComponent: "amount",
  ExceedsCredit: "amount",
  WindowClosed: "amount",
  OnlyInFull: "amount",
  AmountNotInSteps: "amount",
  NothingToDeductFrom: "amount",
  CustomerRequired: "amount",
  ReasonRequired: "amount",
  OrderDoesNotAdd: "amount",
  CaptureConflict: "amount",
  DisputeConflict: "amount",
  OrderConflict: "amount",
  StateConflict: "amount",
  VersionConflict: "amount",
  LastManagingKey: "amount"
}

const answer = (status: number, body: MoyasarError, headers: WireAnswer["headers"] = {}): WireAnswer => ({
  status,
  headers,
  body
})

/** The first violation decides the status. */
export const failure = (failure: Rejected | LedgerUnavailable): WireAnswer => {
  if (failure._tag === "LedgerUnavailable") {
    return answer(503, { message: failure.detail }, { "retry-after": String(failure.retryAfterSeconds) })
  }
  const [first] = failure.violations
  switch (manners[first._tag]) {
    case "forbidden":
      return answer(403, { message: "Unauthorized" })
    case "unknown":
      return answer(404, { message: message(first) })
    default:
      return answer(422, { message: "Data validation failed", errors: errorsOf(failure.violations) })
  }
}

const errorsOf = (violations: ReadonlyArray<Violation>): Readonly<Record<string, ReadonlyArray<string>>> => {
  const errors = new Map<string, ReadonlyArray<string>>()
  for (const violation of violations) {
    const field = fieldOf(violation)
    errors.set(field, [...(errors.get(field) ?? []), sentence(violation)])
  }
  return Object.fromEntries(errors)
}

const fieldOf = (violation: Violation): string => {
  if (violation._tag === "Malformed" && violation.path !== "") return violation.path
  const manner = manners[violation._tag]
  return manner === "transaction_id" ? manner : "amount"
}

/** Moyasar's own sentence where the page has one. */
const sentence = (violation: Violation): string => {
  switch (violation._tag) {
    case "AmountNotPositive":
      return "The value must be greater than or equal to 1."
    case "AmountMissing":
      return "The value is required."
    case "Malformed":
      return `Expected ${violation.expected}.`
    default:
      return `${message(violation)}.`
  }
}

/** The same refund was asked for before and its outcome is still open; this request made nothing. */
export const stillProcessing = (headers: WireAnswer["headers"]): WireAnswer =>
  answer(400, { message: "Initial request is still processing." }, headers)

export const fault = (fault: WireFault): WireAnswer => {
  switch (fault._tag) {
    case "NoCredential":
    case "BadCredential":
      return answer(401, { message: "Missing authentication information" }, { "www-authenticate": "Bearer" })
    case "TooMany":
      return answer(429, { message: tooMany }, retryAfter(fault))
    case "BadJson":
      return answer(400, { message: fault.detail })
    case "TooLarge":
      return answer(413, { message: `The body is larger than ${fault.limitBytes} bytes` })
    case "WrongMediaType":
      return answer(415, {
        message: `The body must be application/json, not ${fault.got === "" ? "without a type" : fault.got}`
      })
    case "NoRoute":
      return answer(404, { message: `There is no ${fault.path}` })
    case "WrongMethod":
      return answer(
        405,
        { message: `Only ${fault.allowed.join(", ")} is allowed here` },
        { allow: fault.allowed.join(", ") }
      )
    case "Broken":
      return answer(500, { message: `The request could not be answered (${fault.requestId})` })
  }
}
