/** How a body's form is checked: every fault is a `Malformed` violation with its path, and all of them are listed. */
import { Result, Schema, SchemaIssue } from "effect"
import type { Violation } from "refund-core/Violation"

export type Malformed = Extract<Violation, { readonly _tag: "Malformed" }>

/** Unknown properties are refused: a misspelled field must not change what is refunded. Built once, not per request. */
export const decoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
  return (body: unknown): Result.Result<S["Type"], ReadonlyArray<Malformed>> =>
    Result.mapError(decode(body), ({ issue }) => faultsOf(issue))
}

/** Absent and null mean the same. */
export const optional = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** A text of `min` to `max` characters. */
export const text = (max: number, min = 0) => {
  const expected = min === 0 ? `a text of at most ${max} characters` : `a text of ${min} to ${max} characters`
  return Schema.String.annotate({ expected }).check(
    Schema.isMinLength(min, { expected }),
    Schema.isMaxLength(max, { expected })
  )
}

/** What a caller or a vendor calls something. */
export const identifier = text(255, 1)

export const flag = Schema.Boolean.annotate({ expected: "true or false" })

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
  for (const [name, value] of Object.entries(from)) if (value !== undefined && value !== null) kept[name] = value
  return kept as { [K in keyof A]?: Exclude<A[K], null | undefined> }
}
