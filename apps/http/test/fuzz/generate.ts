/** A value that a JSON Schema of a description allows, as far as the schema says it; ids and amounts from a small pool. */
import type { Random } from "./Random.ts"

export interface Schema {
  readonly [name: string]: unknown
}

/** Names that mean something to the server, so that what is asked for meets what is there. */
export interface Pool {
  readonly orders: ReadonlyArray<string>
  readonly captures: ReadonlyArray<string>
  readonly refunds: ReadonlyArray<string>
}

const texts = ["return", "late", "x", "wrong size", "Ärger", "RMA-1", "a".repeat(255)]
const amounts = [0, 1, 2, 7, 10, 100, 4_920, 10_000, 2 ** 53 - 1]
const times = ["2026-11-01T10:00:00Z", "2026-11-02T00:00:00+02:00", "2030-01-01T00:00:00Z", "1999-01-01T00:00:00.123Z"]

const named = (name: string, random: Random, pool: Pool): unknown => {
  if (/capture|transaction|payment/i.test(name)) return random.of(pool.captures)
  if (/order/i.test(name)) return random.of(pool.orders)
  if (/refund.*id/i.test(name)) return random.of(pool.refunds)
  if (/currency/i.test(name)) return random.of(["USD", "USD", "JPY", "EUR"])
  return undefined
}

const textOf = (schema: Schema, name: string, random: Random, pool: Pool): string => {
  const pattern = String(schema["pattern"] ?? "")
  if (schema["format"] === "uuid") return random.of(pool.refunds)
  if (schema["format"] === "date-time" || pattern.includes("\\d{2}:\\d{2}")) return random.of(times)
  const known = named(name, random, pool)
  if (typeof known === "string") return known
  if (pattern.includes("A-Z]{3}")) return "USD"
  if (/\[0-9\]|\\d/.test(pattern)) return random.of(["1", "1.99", "10", "0.01", "199.50"])
  if (/url/i.test(name)) return "https://shop.example/in"
  return random.of(texts).slice(0, Number(schema["maxLength"] ?? 1_000))
}

export const generate = (
  schema: Schema,
  random: Random,
  pool: Pool,
  components: Readonly<Record<string, Schema>>,
  name = "",
  depth = 0
): unknown => {
  const inner = (each: unknown, as = name) => generate(each as Schema, random, pool, components, as, depth + 1)
  if (typeof schema["$ref"] === "string") return inner(components[schema["$ref"].replace(/^.*\//, "")] ?? {})
  const choices = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(choices)) return inner(random.of(choices))
  if (Array.isArray(schema["allOf"])) return inner(Object.assign({}, ...(schema["allOf"] as ReadonlyArray<object>)))
  if ("const" in schema) return schema["const"]
  if (Array.isArray(schema["enum"])) return random.of(schema["enum"])
  switch (schema["type"]) {
    case "null":
      return null
    case "boolean":
      return random.oneIn(2)
    case "integer":
      return named(name, random, pool) === undefined || !/id/i.test(name)
        ? random.of(amounts)
        : Number(random.of(["9001", "7"]))
    case "number":
      return random.of([1, 0.01, 1.5, 19.99, 100])
    case "string":
      return textOf(schema, name, random, pool)
    case "array":
      return Array.from({ length: depth > 6 ? 0 : random.below(3) }, () => inner(schema["items"] ?? {}))
    default:
      return object(schema, random, inner)
  }
}

const object = (schema: Schema, random: Random, inner: (each: unknown, name: string) => unknown): unknown => {
  const properties = schema["properties"]
  if (typeof properties !== "object" || properties === null) return random.of<unknown>([{}, { a: 1 }, { who: "ada" }])
  const required = new Set((schema["required"] ?? []) as ReadonlyArray<string>)
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) =>
      required.has(name) || random.oneIn(3) ? [[name, inner(property, name)]] : []
    )
  )
}
