/** How a body's form is checked: every fault is a `Malformed` violation with its path, and all of them are listed. */
import { Result, Schema, SchemaIssue } from "effect"
import { isCurrency } from "refund-core/Currency"
import { hasCardNumber } from "refund-core/cardNumber"
import type { Violation } from "refund-core/Violation"

export type Malformed = Extract<Violation, { readonly _tag: "Malformed" }>

/** Unknown properties are refused: a misspelled field must not change what is refunded. Built once, not per request. */
export const decoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  return (body: unknown): Result.Result<S["Type"], ReadonlyArray<Malformed>> =>
    Result.mapError(decode(body), ({ issue }) => faultsOf(issue))
}

/** Absent and null mean the same. A schema's `message` says what a value should have been, whatever is wrong with it. */
export const optional = <S extends Schema.Constraint>(schema: S) => {
  const message = Schema.resolveAnnotations(schema)?.["message"]
  return Schema.optionalKey(Schema.NullOr(schema).annotate(typeof message === "string" ? { message } : {}))
}

/** A text of `min` to `max` characters. */
export const text = (max: number, min = 0) => {
  const message = min === 0 ? `a text of at most ${max} characters` : `a text of ${min} to ${max} characters`
  return Schema.String.annotate({ message }).check(
    Schema.isMinLength(min, { message }),
    Schema.isMaxLength(max, { message })
  )
}

/** What people write. */
export const freeText = (max: number) => {
  const message = `a text of at most ${max} characters, without a card number`
  return Schema.String.annotate({ message }).check(
    Schema.isMaxLength(max, { message }),
    Schema.makeFilter((written) => !hasCardNumber(written), { message })
  )
}

const plain = { message: "a text without control characters" }

/** A name that is only looked for: one that nothing can have is nobody's. */
export const named = text(255, 1)

/** What a caller or a vendor calls something: as the core's own ids, or what is recorded could not be read again. */
export const identifier = named.check(
  Schema.isPattern(/^\P{Cc}*$/u, {
    ...plain,
    toJsonSchema: () => [{ pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$" }, true]
  })
)

export const flag = Schema.Boolean.annotate({ message: "true or false" })

const whole = { message: "a whole number" }
export const wholeNumber = Schema.Number.annotate(whole).check(Schema.isInt(whole))

const code = { message: "an ISO 4217 currency code in capitals" }
export const Currency = Schema.String.annotate(code).check(
  Schema.makeFilter(isCurrency, { ...code, toJsonSchema: () => [{ pattern: "^[A-Z]{3}$" }, true] })
)

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return "required"
    if (issue._tag === "UnexpectedKey") return "no property of this name"
    return SchemaIssue.defaultLeafHook(issue)
  }
})

const faultsOf = (issue: SchemaIssue.Issue): ReadonlyArray<Malformed> =>
  issuesOf(issue).issues.map(({ message, path = [] }) => ({
    _tag: "Malformed",
    path: path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
    expected: phrase(message)
  }))

const words: Readonly<Record<string, string>> = { object: "a JSON object", array: "a list" }

const phrase = (message: string): string => {
  const plain = message.replace(/^Expected /, "").replace(/ \| null$/, "")
  return words[plain] ?? plain.replaceAll('" | "', '" or "')
}

/** The properties that are there: neither absent nor null. */
export const stated = <A extends object>(from: A): { [K in keyof A]?: Exclude<A[K], null | undefined> } => {
  const kept: Record<string, unknown> = {}
  for (const name of Object.keys(from)) {
    const value = (from as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && value !== null) kept[name] = value
  }
  return kept as { [K in keyof A]?: Exclude<A[K], null | undefined> }
}
