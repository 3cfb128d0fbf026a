/** The three vendors' own descriptions, as judges of what we answer in their name. */
import geins from "../specs/geins_refund_return.json" with { type: "json" }
import kibo from "../specs/kibo_order_refunds.json" with { type: "json" }
import medusa from "../specs/medusa_v1_admin_refund.json" with { type: "json" }
import { type Complaints, type Description, vendors } from "./judge.ts"

/** OpenAPI 3.0's `nullable`, in JSON Schema's words. */
const current = (described: unknown): unknown => {
  if (Array.isArray(described)) return described.map(current)
  if (typeof described !== "object" || described === null) return described
  const { nullable, ...rest } = described as { readonly nullable?: unknown }
  const schema = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, current(value)]))
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema
}

type Schemas = Readonly<Record<string, { readonly properties: Readonly<Record<string, object>> }>>

const mayBeNull = (schemas: Schemas, name: string, property: string): Schemas => {
  const schema = schemas[name]
  const described = schema?.properties[property]
  if (schema === undefined || described === undefined) throw new Error(`there is no ${name}.${property}`)
  const properties = { ...schema.properties, [property]: { ...described, nullable: true } }
  return { ...schemas, [name]: { ...schema, properties } }
}

/** Geins says null in two places in words alone: in the envelope's name, and of `Approved` that it is "null if undecided". */
const withItsNulls = (description: typeof geins) => {
  const { schemas } = description.components
  const named = mayBeNull(schemas as unknown as Schemas, "Envelope-Nullable-Guid", "Resource")
  return {
    ...description,
    components: { ...description.components, schemas: mayBeNull(named, "Refund", "Approved") }
  }
}

/** A plain error of Medusa's is a `MultipleErrors` too, all of whose fields may be absent: "one of" would refuse every one. */
const anyOfBoth = ({ components, ...rest }: typeof medusa) => {
  const { responses } = components
  const { schema } = responses["400_error"].content["application/json"]
  const json = { ...responses["400_error"].content["application/json"], schema: { anyOf: schema.oneOf } }
  const invalid = { ...responses["400_error"], content: { "application/json": json } }
  return { ...rest, components: { ...components, responses: { ...responses, "400_error": invalid } } }
}

const described = (description: object): Description => current(description) as Description

export const theirs: Readonly<Record<string, Complaints>> = {
  kibo: vendors(described(kibo), "/api"),
  geins: vendors(described(withItsNulls(geins))),
  medusa: vendors(described(anyOfBoth(medusa)))
}
