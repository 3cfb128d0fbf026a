/**
 * A vendor's calls, as this ledger answers them, in OpenAPI 3.1. Every call, status and field says in `x-source` whose word
 * it is: the vendor's own page has it, or it is ours.
 */

export type Source = "as documented" | "ours"
/** JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

export interface Answer {
  readonly description: string
  readonly "x-source": Source
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
}

export interface Operation {
  readonly summary: string
  readonly "x-source": Source
  readonly parameters?: ReadonlyArray<unknown>
  readonly requestBody?: {
    readonly required: boolean
    readonly content: { readonly "application/json": { readonly schema: JsonSchema } }
  }
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>
}

type Method = "get" | "post" | "put" | "delete"

export interface OpenApi {
  readonly openapi: "3.1.1"
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  /** Without servers: whoever publishes it knows where it is mounted. */
  readonly paths: Readonly<Record<string, { readonly [M in Method]?: Operation }>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, Answer>>
    readonly securitySchemes: Readonly<Record<string, unknown>>
  }
  readonly security: ReadonlyArray<Readonly<Record<string, ReadonlyArray<string>>>>
}

// ── whose word it is ─────────────────────────────────────────────────────────────────────────────────────────────────

type Labelled = (schema: JsonSchema, description?: string) => JsonSchema

const labelled =
  (source: Source): Labelled =>
  (schema, description) => ({
    ...schema,
    ...(description === undefined ? {} : { description }),
    "x-source": source
  })

/** The vendor's page, or its own description, has it. */
export const documented = labelled("as documented")
/** The vendor publishes nothing of it. */
export const ours = labelled("ours")

// ── schemas ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const text: JsonSchema = { type: "string" }
export const flag: JsonSchema = { type: "boolean" }
export const decimal: JsonSchema = { type: "number", format: "double" }
export const int32: JsonSchema = { type: "integer", format: "int32" }
export const uuid: JsonSchema = { type: "string", format: "uuid" }
export const dateTime: JsonSchema = { type: "string", format: "date-time" }
/** Of the currency's minor units. */
export const minorUnits: JsonSchema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
export const anything: JsonSchema = {}

export const words = (...values: ReadonlyArray<string>): JsonSchema => ({ type: "string", enum: values })
export const textLike = (pattern: RegExp): JsonSchema => ({ type: "string", pattern: pattern.source })
export const list = (items: JsonSchema): JsonSchema => ({ type: "array", items })
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] })
export const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

/** Nothing else may be in it. */
export const closed = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: ReadonlyArray<string> = Object.keys(properties)
): JsonSchema => ({ type: "object", properties, required, additionalProperties: false })

/** What else is in it is not read, or was registered by whoever asks. */
export const open = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: ReadonlyArray<string> = []
): JsonSchema => ({ type: "object", properties, required, additionalProperties: true })

// ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const path = (name: string, schema: JsonSchema = documented(text)) => ({
  in: "path",
  name,
  required: true,
  schema
})

export const query = (name: string, schema: JsonSchema) => ({ in: "query", name, required: false, schema })

export const idempotencyKey = {
  in: "header",
  name: "Idempotency-Key",
  required: false,
  schema: ours(
    { type: "string", minLength: 1, maxLength: 255 },
    "The same key and content answer with the same refund, as it is now."
  )
}

export const json = (schema: JsonSchema, required = true) => ({
  required,
  content: { "application/json": { schema } }
})

export const answer = (source: Source, description: string, schema?: JsonSchema): Answer => ({
  description,
  "x-source": source,
  ...(schema === undefined ? {} : { content: { "application/json": { schema } } })
})

/** Every answer about a refund that was made carries these, also where it is told as an error. */
const refundHeaders = {
  "Refund-Id": { schema: ours(uuid, "The refund's id in this ledger.") },
  "Idempotent-Replayed": { schema: ours(words("true"), "An earlier request made the refund.") }
}

export const ofRefund = (told: Answer): Answer => ({ ...told, headers: refundHeaders })

/** What may befall any call, in the vendor's own form of an error: all but the two that it may document is ours. */
export const faults = (
  failure: JsonSchema,
  own: Readonly<Record<number, Answer>> = {}
): Readonly<Record<number, Answer>> => ({
  400: answer("ours", "The JSON cannot be read.", failure),
  401: answer("ours", "No credential, or one that is not valid.", failure),
  404: answer("ours", "There is no such thing, or no such path.", failure),
  413: answer("ours", "The body is too large.", failure),
  414: {
    description: "The address is too long: said before any door is asked, as a problem (RFC 9457).",
    "x-source": "ours",
    content: { "application/problem+json": { schema: { type: "object" } } }
  },
  415: answer("ours", "The body is not JSON.", failure),
  429: answer("ours", "Asked more often than the credential may.", failure),
  500: answer("ours", "A fault of ours.", failure),
  503: answer("ours", "The ledger cannot be read or written now; Retry-After says when to come back.", failure),
  ...own
})

/** Not every vendor's page has a status of its own for it. */
export const forbidden = (failure: JsonSchema): Answer =>
  answer("ours", "The credential does not have the right.", failure)

export interface Described {
  readonly title: string
  readonly description: string
  /** `POST /v1/orders/{id}/refund`: method and path, as they stand behind the dialect's prefix. */
  readonly operations: Readonly<Record<string, Operation>>
  readonly schemas: Readonly<Record<string, JsonSchema>>
  /** The form of a failure. */
  readonly failure: JsonSchema
  readonly securitySchemes: Readonly<Record<string, unknown>>
  /** Each of the list does; all names of one are needed together. */
  readonly security: ReadonlyArray<ReadonlyArray<string>>
}

export const openApi = (described: Described): OpenApi => {
  const { description, failure, operations, schemas, security, securitySchemes, title } = described
  const paths: Record<string, Record<string, Operation>> = {}
  for (const [call, operation] of Object.entries(operations)) {
    const [method = "", at = ""] = call.split(" ")
    const responses = { ...operation.responses, default: { $ref: "#/components/responses/Failure" } }
    paths[at] = { ...paths[at], [method.toLowerCase()]: { ...operation, responses } }
  }
  const otherwise = answer("ours", "Whatever else goes wrong, such as another method on this path (405).", failure)
  return {
    openapi: "3.1.1",
    info: { title, version: "1", description },
    paths,
    components: { schemas, responses: { Failure: otherwise }, securitySchemes },
    security: security.map((names) => Object.fromEntries(names.map((name) => [name, []])))
  }
}
