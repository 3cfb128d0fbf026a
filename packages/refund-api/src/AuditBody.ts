/** Who changed what, with what credential, from where, when and why. */
import { Result, Schema } from "effect"
import { type AuditPage, type AuditQuery, eventNames } from "refund-core/audit"
import { type Rejected, rejected } from "refund-core/Violation"
import { limitOf, pageLimit } from "./Page.ts"
import { decoder, named } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

export const AuditEntryBody = Schema.Struct({
  /** `order:<id>`, `credit:<currency>:<customer>` or `settings`; the entry's number there, and its hash. */
  chain: Schema.String,
  seq: Schema.Int,
  hash: Schema.String,
  at: Time,
  by: Schema.String,
  /** A key's id, a token's issuer, or `file`; null: the ledger's own process, or it was not written down then. */
  with: Schema.NullOr(Schema.String),
  from: Schema.NullOr(Schema.String),
  requestId: Schema.NullOr(Schema.String),
  /** The API that it came through. */
  door: Schema.String,
  /** What people or the ledger said of it; null: nothing. */
  why: Schema.NullOr(Schema.String),
  /** What happened, as in the journal; of secrets' hashes only the beginning. */
  events: Schema.Array(Schema.Unknown)
}).annotate({ identifier: "AuditEntry" })
export type AuditEntryBody = typeof AuditEntryBody.Type

/** `GET /v1/audit`: oldest first. A page may be empty, and others follow. */
export const AuditBody = Schema.Struct({
  entries: Schema.Array(AuditEntryBody),
  next: Schema.NullOr(Schema.String)
}).annotate({ identifier: "Audit" })
export type AuditBody = typeof AuditBody.Type

const kinds = { message: "names of events, comma-separated, such as KeyCreated,KeyRevoked" }
const kindsOf = (text: string): ReadonlyArray<string> => text.split(",").map((each) => each.trim())

export const AuditParameters = Schema.Struct({
  by: Schema.optionalKey(named),
  with: Schema.optionalKey(named),
  from: Schema.optionalKey(Time),
  to: Schema.optionalKey(Time),
  kind: Schema.optionalKey(
    Schema.String.annotate(kinds).check(
      Schema.makeFilter((text) => kindsOf(text).every((each) => eventNames.has(each)), {
        ...kinds,
        toJsonSchema: () => [{ pattern: "^[A-Za-z]+( *, *[A-Za-z]+)*$" }, true]
      })
    )
  ),
  about: Schema.optionalKey(
    Schema.Literals(["order", "credit", "settings"]).annotate({ message: "order, credit or settings" })
  ),
  cursor: Schema.optionalKey(named),
  limit: Schema.optionalKey(pageLimit)
})
export type AuditParametersJson = typeof AuditParameters.Encoded

const decode = decoder(AuditParameters)

export const toAudit = (
  parameters: unknown
): Result.Result<
  { readonly query: AuditQuery; readonly page: { readonly limit: number; readonly cursor: string | null } },
  Rejected
> =>
  decode(parameters).pipe(
    Result.mapError(rejected),
    Result.map(({ cursor, kind, limit, ...query }) => ({
      query: kind === undefined ? query : { ...query, kinds: new Set(kindsOf(kind)) },
      page: { limit: limitOf(limit), cursor: cursor ?? null }
    }))
  )

export const auditToJson = ({ entries, next }: AuditPage): typeof AuditBody.Encoded => ({
  entries: entries.map((entry) => ({ ...entry, at: timeToJson(entry.at) })),
  next
})
