/** `POST /v1/orders/{orderId}/redact`: what people wrote, and what the order says of them, is removed for good. */
import { Result, Schema } from "effect"
import { type Rejected, rejected } from "refund-core/Violation"
import { NoteBody } from "./DecisionBody.ts"
import { decoder } from "./Shape.ts"

export const RedactedBody = Schema.Struct({
  /** Whether the order itself had anything to remove. */
  order: Schema.Boolean,
  /** How many of its refunds had. */
  refunds: Schema.Int
}).annotate({ identifier: "Redacted" })
export type RedactedBody = typeof RedactedBody.Type

/** Absent and null mean the same. */
export const RedactionBody = Schema.NullOr(NoteBody)
export type RedactionJson = typeof NoteBody.Encoded

const decode = decoder(RedactionBody)

/** Why, which stays in the journal; undefined where it is not said. */
export const toRedaction = (body: unknown): Result.Result<string | undefined, Rejected> =>
  decode(body ?? null).pipe(
    Result.mapError(rejected),
    Result.map((said) => said?.note ?? undefined)
  )
