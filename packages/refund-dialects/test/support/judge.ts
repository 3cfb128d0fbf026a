/** Says what a description has against a request that was taken, and against the answer it was given: ours, and the vendor's. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import addFormatsModule from "ajv-formats"
import type { JsonSchema, OpenApi } from "../../src/OpenApi.ts"

export interface Call {
  readonly method: string
  /** The vendor's, without the dialect's prefix. */
  readonly path: string
  /** As JSON; absent where there was none. */
  readonly body?: unknown
}

export interface Told {
  readonly status: number
  /** As JSON, or the text where it is none. */
  readonly body: unknown
  readonly mediaType: string | null
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>
}

/** As much of a description as is looked at; a vendor's own may be of OpenAPI 3.0. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: object
}

interface Operation {
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content | { readonly $ref: string }>>
}

const addFormats = addFormatsModule.default

class Judge {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })
  readonly #known = new Map<unknown, ValidateFunction>()
  readonly #description: Description
  readonly #templates: ReadonlyArray<readonly [template: string, parts: ReadonlyArray<string>]>

  constructor(description: Description) {
    addFormats(this.#ajv)
    this.#ajv.addSchema({ $id: "it", components: description.components })
    this.#description = description
    this.#templates = Object.keys(description.paths)
      .map((template) => [template, template.split("/")] as const)
      // What is written out is looked at before what stands for anything.
      .toSorted(([a], [b]) => a.split("{").length - b.split("{").length)
  }

  operation({ method, path }: Call): Operation | null {
    const parts = (path.split("?", 1)[0] ?? "").split("/")
    for (const [template, names] of this.#templates) {
      const isAt =
        names.length === parts.length && names.every((name, at) => name.startsWith("{") || name === parts[at])
      const operation = this.#description.paths[template]?.[method.toLowerCase()]
      if (isAt && operation !== undefined) return operation as Operation
    }
    return null
  }

  /** A response by its reference, or as it stands. */
  response(response: Content | { readonly $ref: string }): Content {
    if (!("$ref" in response)) return response
    const [, , kind = "", name = ""] = response.$ref.split("/")
    return (this.#description.components as Record<string, Record<string, Content>>)[kind]?.[name] ?? {}
  }

  faults(schema: JsonSchema, value: unknown): string {
    const known = this.#known.get(schema) ?? this.#ajv.compile(located(schema) as object)
    this.#known.set(schema, known)
    return known(value) ? "" : this.#ajv.errorsText(known.errors)
  }
}

const located = (described: unknown): unknown => {
  if (Array.isArray(described)) return described.map(located)
  if (typeof described !== "object" || described === null) return described
  return Object.fromEntries(
    Object.entries(described).map(([name, value]) =>
      name === "$ref" && typeof value === "string" ? [name, value.replace(/^#/, "it#")] : [name, located(value)]
    )
  )
}

/** Empty: nothing is wrong. What a description does not speak of, it has nothing against, unless it must. */
export type Complaints = (call: Call, told: Told) => ReadonlyArray<string>

const mediaTypeOf = ({ mediaType }: Told): string => (mediaType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""

/** Of JSON lines each is what is described; a single one may have been read already. */
const valuesOf = (told: Told): ReadonlyArray<unknown> => {
  if (mediaTypeOf(told) !== "application/x-ndjson" || typeof told.body !== "string") return [told.body]
  return told.body.split(/\n(?=.)/).map((line) => JSON.parse(line) as unknown)
}

const ofContent = (judge: Judge, { content }: Content, told: Told, whose: string): ReadonlyArray<string> => {
  if (content === undefined) return told.body === "" ? [] : [`${whose}: ${told.status} has no body, but got one`]
  const described = content[mediaTypeOf(told)]
  if (described === undefined) return [`${whose}: ${told.status} is not ${told.mediaType ?? "without a type"}`]
  return valuesOf(told).flatMap((value) => {
    const faults = judge.faults(described.schema ?? {}, value)
    return faults === "" ? [] : [`${whose}: answer ${told.status}: ${faults}`]
  })
}

const ofRequest = (judge: Judge, { requestBody }: Operation, body: unknown, whose: string): ReadonlyArray<string> => {
  const schema = requestBody?.content?.["application/json"]?.schema
  if (schema === undefined || body === undefined) return []
  const faults = judge.faults(schema, body)
  return faults === "" ? [] : [`${whose}: a request that was taken: ${faults}`]
}

/** Our own description speaks of everything: each status that is answered, and each field of it. */
export const ours = (description: OpenApi): Complaints => {
  const judge = new Judge(description)
  return (call, told) => {
    const operation = judge.operation(call)
    if (operation === null) {
      const failure = description.components.responses["Failure"]
      if (told.status < 400 || failure === undefined) return [`ours: ${call.method} ${call.path} is not described`]
      // Who has no credential is told so before anything else.
      return told.status === 401 ? [] : ofContent(judge, failure, told, "ours")
    }
    const response =
      operation.responses[told.status] ?? (told.status === 405 ? operation.responses["default"] : undefined)
    if (response === undefined) return [`ours: ${call.method} ${call.path} does not answer ${told.status}`]
    return [
      ...ofContent(judge, judge.response(response), told, "ours"),
      ...(told.status < 300 ? ofRequest(judge, operation, call.body, "ours") : [])
    ]
  }
}

/** The vendor's own description: of the calls and statuses that it has. That a request may say null is ours. */
export const vendors = (description: Description, base = ""): Complaints => {
  const judge = new Judge(description)
  return (call, told) => {
    const operation = judge.operation({ ...call, path: call.path.slice(base.length) })
    const response = operation?.responses[told.status]
    if (operation === null || response === undefined) return []
    return [
      ...ofContent(judge, judge.response(response), told, "theirs"),
      ...(told.status < 300 ? ofRequest(judge, operation, withoutNulls(call.body), "theirs") : [])
    ]
  }
}

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]]))
  )
}
