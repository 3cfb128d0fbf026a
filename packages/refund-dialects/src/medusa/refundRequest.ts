/** Medusa's validator in Medusa's words: every fault of the body, in one list of sentences. */
import { Result, Schema, SchemaIssue } from "effect"
import { maxMinor } from "refund-core/Money"
import { hasCardNumber, maxTextLength } from "../freeText.ts"
import { NumberText } from "../NumberText.ts"
import { PostOrderRefund, PostPaymentRefund, RefundReason } from "./wire.ts"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

type FaultsOf = (value: unknown) => ReadonlyArray<string>

/** An absent body is an empty one. Faults come in the order of the schema's properties. */
const reading =
  <A extends { readonly note?: string | null }>(schema: Schema.Codec<A, unknown>, faults: Record<string, FaultsOf>) =>
  (body: unknown = {}): Result.Result<A, ReadonlyArray<string>> => {
    const decoded = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(body)
    if (Result.isFailure(decoded)) {
      const { issues } = issuesOf(decoded.failure.issue)
      return Result.fail(issues.flatMap(({ path = [] }) => faultsAt(path.map(String)[0], body, faults)))
    }
    const found = textFaults(decoded.success)
    return found.length > 0 ? Result.fail(found) : Result.succeed(decoded.success)
  }

const faultsAt = (property: string | undefined, body: unknown, faults: Record<string, FaultsOf>) => {
  if (property === undefined) return ["The request body must be an object"]
  const value = Object.getOwnPropertyDescriptor(body, property)?.value
  return Object.hasOwn(faults, property)
    ? (faults[property]?.(value) ?? [])
    : [`property ${property.slice(0, 64)} should not exist`]
}

const amount: FaultsOf = (value) => [...emptyFault("amount", value), amountFault(value)]
const note: FaultsOf = () => ["note must be a string"]

export const readPaymentRefund = reading(PostPaymentRefund, {
  amount,
  reason: (value) => [
    ...emptyFault("reason", value),
    `reason must be one of the following values: ${RefundReason.literals.join(", ")}`
  ],
  note
})

/** Medusa's own validator lets any reason pass here. */
export const readOrderRefund = reading(PostOrderRefund, {
  amount,
  reason: (value) => [
    ...emptyFault("reason", value),
    ...(typeof value === "string" ? [] : ["reason must be a string"])
  ],
  note,
  no_notification: () => ["no_notification must be a boolean value"]
})

const emptyFault = (property: string, value: unknown): ReadonlyArray<string> =>
  value === undefined || value === null || value === "" ? [`${property} should not be empty`] : []

const amountFault = (value: unknown): string => {
  const isWhole = value instanceof NumberText ? /^-?[0-9]+$/.test(value.text) : Number.isInteger(value)
  return isWhole ? `amount must not be greater than ${maxMinor}` : "amount must be an integer number"
}

const textFaults = ({ note, reason }: { readonly note?: string | null; readonly reason?: string }) =>
  Object.entries({ note, reason }).flatMap(([name, text]) => [
    ...((text ?? "").length > maxTextLength
      ? [`${name} must be shorter than or equal to ${maxTextLength} characters`]
      : []),
    ...(hasCardNumber(text ?? "") ? [`${name} must not contain a card number`] : [])
  ])
