/** What a schema finds wrong with a body, as violations: what was expected, never what came, which may be a secret. */
import { type Schema, SchemaIssue } from "effect"
import type { Violation } from "refund-core/Violation"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Every part of the schema has a `message` annotation that says what is expected there: it is repeated to the caller. */
export const malformed = (error: Schema.SchemaError): ReadonlyArray<Violation> =>
  issuesOf(error.issue).issues.map(({ message, path = [] }) => ({
    _tag: "Malformed",
    path: path.map(String).join("."),
    expected: message
  }))
