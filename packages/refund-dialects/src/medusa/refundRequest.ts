/** Medusa's validator in Medusa's words: every fault of the body, in one list of sentences. */
import { Result, Schema, SchemaIssue } from "effect"
import { maxMinor } from "refund-core/Money"
import { hasCardNumber, maxTextLength } from "../freeText.ts"
import { NumberText } from "../NumberText.ts"
import { PostPaymentRefund, RefundReason } from "./wire.ts"

const decode = Schema.decodeUnknownResult(PostPaymentRefund, { errors: "all", onExcessProperty: "error" })
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** An absent body is an empty one. */
export const readRefundRequest = (body: unknown = {}): Result.Result<PostPaymentRefund, ReadonlyArray<string>> => {
  const decoded = decode(body)
  if (Result.isFailure(decoded)) {
    const { issues } = issuesOf(decoded.failure.issue)
    return Result.fail(issues.flatMap(({ path = [] }) => faultsAt(path.map(String)[0], body)))
  }
  const faults = noteFaults(decoded.success.note ?? "")
  return faults.length > 0 ? Result.fail(faults) : Result.succeed(decoded.success)
}

const faultsAt = (property: string | undefined, body: unknown): ReadonlyArray<string> => {
  if (property === undefined) return ["The request body must be an object"]
  const value = Object.getOwnPropertyDescriptor(body, property)?.value
  switch (property) {
    case "amount":
      return [...emptyFault(property, value), amountFault(value)]
    case "reason":
      return [
        ...emptyFault(property, value),
        `reason must be one of the following values: ${RefundReason.literals.join(", ")}`
      ]
    case "note":
      return ["note must be a string"]
    default:
      return [`property ${property.slice(0, 64)} should not exist`]
  }
}

const emptyFault = (property: string, value: unknown): ReadonlyArray<string> =>
  value === undefined || value === null || value === "" ? [`${property} should not be empty`] : []

const amountFault = (value: unknown): string => {
  const isWhole = value instanceof NumberText ? /^-?[0-9]+$/.test(value.text) : Number.isInteger(value)
  return isWhole ? `amount must not be greater than ${maxMinor}` : "amount must be an integer number"
}

const noteFaults = (note: string): ReadonlyArray<string> => [
  ...(note.length > maxTextLength ? [`note must be shorter than or equal to ${maxTextLength} characters`] : []),
  ...(hasCardNumber(note) ? ["note must not contain a card number"] : [])
]
