/** The native API's own description, OpenAPI 3.1: what its calls decode and encode, as they say it themselves. */
import { Schema } from "effect"
import type { Permission } from "refund-core/Permission"
import { type AnySchema, anywhere, type Call, type Code, type OneOf, openly, type Said } from "./Call.ts"
import { calls } from "./calls.ts"
import { codes, kindOfCode, Problem } from "./Problem.ts"

/** JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>
}

export interface Response extends Content {
  readonly description: string
  readonly headers?: Readonly<Record<string, unknown>>
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: ReadonlyArray<string>
  readonly description?: string
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: Content & { readonly required: boolean }
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>
  readonly security?: ReadonlyArray<never>
}

export interface Parameter {
  readonly in: "path" | "query" | "header"
  readonly name: string
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
  readonly example?: unknown
}

export interface OpenApi {
  readonly openapi: "3.1.1"
  readonly info: Readonly<Record<string, unknown>>
  readonly tags: ReadonlyArray<{ readonly name: string }>
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, Response>>
    readonly securitySchemes: Readonly<Record<string, unknown>>
  }
  readonly security: ReadonlyArray<Readonly<Record<string, ReadonlyArray<string>>>>
}

/** Schemas as JSON Schema; those with a name are gathered, and referred to. */
class Schemas {
  readonly named: Record<string, JsonSchema> = {}

  of(schema: AnySchema): JsonSchema {
    const { definitions, schema: described } = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
    for (const [name, definition] of Object.entries(definitions)) this.named[name] = referring(definition) as JsonSchema
    return referring(described) as JsonSchema
  }
}

const referring = (described: unknown): unknown => {
  if (Array.isArray(described)) return described.map(referring)
  if (typeof described !== "object" || described === null) return described
  return Object.fromEntries(
    Object.entries(described).flatMap(([name, value]) => {
      if (name === "$ref" && typeof value === "string")
        return [[name, value.replace("#/$defs/", "#/components/schemas/")]]
      // That a double keeps an integer exactly goes without saying where it is not an amount.
      return name === "minimum" && value === -Number.MAX_SAFE_INTEGER ? [] : [[name, referring(value)]]
    })
  )
}

const pathOf = (mounted: string): string => mounted.replaceAll(/:(\w+)/g, "{$1}")

const parametersOf = (path: string, { example, headers = {}, query }: Call, schemas: Schemas) => {
  const { properties = {} } = (query === undefined ? {} : schemas.of(query)) as { readonly properties?: object }
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(
      ([, name = ""]): Parameter => ({
        in: "path",
        name,
        required: true,
        schema: { type: "string", minLength: 1 },
        example: example.params?.[name]
      })
    ),
    ...Object.entries(properties).map(
      ([name, schema]): Parameter => ({ in: "query", name, required: false, schema: schema as JsonSchema })
    ),
    ...Object.entries(headers)
      // OpenAPI says that this one is the media types of the answer.
      .filter(([name]) => name !== "Accept")
      .map(
        ([name, description]): Parameter => ({
          in: "header",
          name,
          required: false,
          description,
          schema: { type: "string" }
        })
      )
  ]
}

const answered = ({ description, headers, mediaTypes = ["application/json"], schema }: Said, schemas: Schemas) => {
  const described = schema === undefined ? null : schemas.of(schema)
  return {
    description,
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    ...(described === null
      ? {}
      : {
          content: Object.fromEntries(
            mediaTypes.map((type) => [type, { schema: type.includes("json") ? described : { type: "string" } }])
          )
        })
  } satisfies Response
}

const headersOf = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: "string" } }])
  )

const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } }

/** By status: each kind of problem that the call may answer with it. */
const refusalsOf = (refusals: ReadonlyArray<Code>): Readonly<Record<string, Response>> => {
  const known = [...new Set(refusals)].map((code) => ({ code, ...kindOfCode(code) }))
  const byStatus = Map.groupBy(known, ({ status }) => status)
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => [
      String(status),
      { description: kinds.map(({ code, title }) => `\`${code}\`: ${title}.`).join("\n\n"), content: problem }
    ])
  )
}

const contentOf = ({ body, example, uploads }: Call, schemas: Schemas): NonNullable<Content["content"]> | null => {
  if (uploads !== undefined) {
    return Object.fromEntries(
      Object.entries(uploads).map(([type, example]) => [type, { schema: { type: "string" }, example }])
    )
  }
  if (body === undefined) return null
  const described = example.body === undefined ? {} : { example: example.body }
  return { "application/json": { schema: schemas.of(body), ...described } }
}

const operationOf = (method: string, path: string, call: Call, schemas: Schemas): Operation => {
  const { about, answers, permission, refusals, summary } = call
  const parameters = parametersOf(path, call, schemas)
  const isOpen = permission === undefined
  const content = contentOf(call, schemas)
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/\/:?(\w)|[-.](\w)/g, (_, one, other) => (one ?? other).toUpperCase())}`,
    summary,
    tags: [about],
    ...(permission ? { description: needed(permission) } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === null ? {} : { requestBody: { required: call.bodyOptional !== true, content } }),
    responses: {
      ...refusalsOf([...(isOpen ? openly : anywhere), ...refusals]),
      ...Object.fromEntries(Object.entries(answers).map(([status, said]) => [status, answered(said, schemas)])),
      default: { $ref: "#/components/responses/Failure" }
    },
    ...(isOpen ? { security: [] } : {})
  }
}

const needed = (permission: Permission | OneOf): string =>
  typeof permission === "string"
    ? `Needs the permission \`${permission}\`.`
    : `Needs one of the permissions ${permission.oneOf.map((each) => `\`${each}\``).join(", ")}.`

const make = (): OpenApi => {
  const schemas = new Schemas()
  const paths: Record<string, Record<string, Operation>> = {}
  for (const [mounted, call] of Object.entries(calls)) {
    const [method = "", path = ""] = mounted.split(" ")
    const at = pathOf(path)
    paths[at] = { ...paths[at], [method.toLowerCase()]: operationOf(method, path, call, schemas) }
  }
  schemas.of(Problem)
  const { Problem: form = {}, ...others } = schemas.named
  const { properties } = form as { readonly properties?: object }
  return {
    openapi: "3.1.1",
    info: {
      title: "The refund ledger",
      version: "1",
      summary: "Gives money back once, never too much, and can prove it later.",
      description:
        "Amounts are integers in minor units of the order's currency; times are ISO 8601 with a zone. Whatever goes " +
        "wrong is a problem (RFC 9457) whose `type` is a page that says what to do next.",
      license: { name: "MIT", identifier: "MIT" }
    },
    tags: [...new Set(Object.values<Call>(calls).map(({ about }) => about))].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        ...others,
        Problem: { ...form, properties: { ...properties, code: { type: "string", enum: codes } } }
      },
      responses: {
        Failure: { description: "Whatever else goes wrong, such as another method on this path.", content: problem }
      },
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "An API key." } }
    },
    security: [{ key: [] }]
  }
}

let made: OpenApi | undefined

/** Without servers: whoever publishes it knows where it is mounted. Made when it is first asked for. */
export const openApi = (): OpenApi => {
  made ??= make()
  return made
}
