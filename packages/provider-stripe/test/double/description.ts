/** Stripe's own description of its API, against which the double checks what it is sent and what it answers. */
import { readFileSync } from "node:fs"
import { Ajv, type ValidateFunction } from "ajv"

interface Operation {
  readonly parameters?: ReadonlyArray<{
    readonly in: string
    readonly name: string
    readonly required: boolean
    readonly schema: object
  }>
  readonly requestBody?: {
    readonly content: { readonly "application/x-www-form-urlencoded": { readonly schema: object } }
  }
}

const description: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: object }
} = JSON.parse(readFileSync(new URL("../specs/stripe_refunds_2023-08-16.json", import.meta.url), "utf8"))

/** A refund and a charge as Stripe's own tests have them. */
export const fixture: { readonly refund: object; readonly charge: object } = JSON.parse(
  readFileSync(new URL("../specs/stripe_fixture_refund_2026-08.json", import.meta.url), "utf8")
)

/** OpenAPI 3.0's `nullable`, in JSON Schema's words; and references as the validator knows them. */
const schemaOf = (described: unknown): unknown => {
  if (Array.isArray(described)) return described.map(schemaOf)
  if (typeof described === "string") return described.replace(/^#\/components/, "stripe#/components")
  if (typeof described !== "object" || described === null) return described
  const { nullable, ...rest } = described as { readonly nullable?: unknown }
  const schema = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, schemaOf(value)]))
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema
}
const located = (described: object) => schemaOf(described) as object

const components = { $id: "stripe", ...located({ components: description.components }) }
const settings = { strict: false, validateFormats: false }
// A form has only texts: whether one is a number is for its schema to say.
const requests = new Ajv({ ...settings, coerceTypes: true }).addSchema(components)
const answers = new Ajv(settings).addSchema(components)

const compiled = new Map<string, ValidateFunction>()
const validatorOf = (name: string, schema: () => object): ValidateFunction => {
  const known = compiled.get(name) ?? requests.compile(located(schema()))
  compiled.set(name, known)
  return known
}

export type Fields = Readonly<Record<string, unknown>>

/** What the description has against a request; null where it fits. `path` as the description writes it. */
export const complaintAbout = (method: "get" | "post", path: string, fields: Fields): string | null => {
  const operation = description.paths[path]?.[method]
  if (operation === undefined) return `there is no ${method} ${path}`
  const validate = validatorOf(`${method} ${path}`, () =>
    method === "post"
      ? (operation.requestBody?.content["application/x-www-form-urlencoded"].schema ?? {})
      : queryOf(operation)
  )
  return validate(structuredClone(fields)) ? null : requests.errorsText(validate.errors)
}

const queryOf = ({ parameters = [] }: Operation): object => {
  const inQuery = parameters.filter((each) => each.in === "query")
  return {
    type: "object",
    properties: Object.fromEntries(inQuery.map(({ name, schema }) => [name, schema])),
    required: inQuery.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false
  }
}

const validRefund = answers.compile(located({ $ref: "#/components/schemas/refund" }))

/** The double itself answers in Stripe's form. */
export const assertRefund = (refund: object): void => {
  if (!validRefund(refund)) throw new Error(`no refund of Stripe's: ${answers.errorsText(validRefund.errors)}`)
}

/** `metadata[a]=b` as `{ metadata: { a: "b" } }`. */
export const fieldsOf = (form: URLSearchParams): Fields => {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of form) {
    const [, outer = name, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? []
    if (inner === undefined) fields[outer] = value
    else fields[outer] = { ...(fields[outer] as object | undefined), [inner]: value }
  }
  return fields
}
