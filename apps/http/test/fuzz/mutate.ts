/** What is wrong with a request: one value or name of its body, the text of the JSON, its path, its query, a header. */
import { amounts, badDates, badIds, badKeys, badTexts, notFlag } from "../support/badInputs.ts"
import type { Random } from "./Random.ts"

/** JSON as it is written, whatever it is. */
export class Source {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Meant for whoever puts texts into a statement, a log, a header, a file or a page without looking. */
export const injections: ReadonlyArray<string> = [
  "'; DROP TABLE refunds; --",
  "' OR '1'='1",
  '" UNION SELECT hash FROM keys --',
  "1; PRAGMA writable_schema=1",
  "a\r\nset-cookie: admin=1",
  "a\nlevel=fatal message=forged",
  "\u001b[2J\u001b[31mforged",
  "=cmd|'/C calc'!A0",
  "@SUM(1+1)",
  "${jndi:ldap://x/a}",
  "{{7*7}}",
  "<script>alert(1)</script>",
  "../../../../etc/passwd",
  "%s%n%x",
  "\u202egnp.exe",
  "a\u0000b",
  "\ud800",
  "__proto__",
  "constructor",
  "٣",
  "4111 1111 1111 1111"
]

const names = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "prototype",
  "",
  "a.b",
  "settled",
  "$ref",
  "é",
  "0",
  "length"
]

const sources: ReadonlyArray<string> = [
  ...amounts,
  ...badDates,
  ...badTexts(255),
  ...notFlag,
  ...injections.map((text) => JSON.stringify(text)),
  `"${"x".repeat(20_000)}"`,
  `${"[".repeat(70)}${"]".repeat(70)}`,
  '{"__proto__":{"settled":true}}',
  "9007199254740991",
  "-9007199254740991",
  "2147483648"
]

/** Written as it stands: names may be there twice. */
class Members {
  readonly members: ReadonlyArray<readonly [string, unknown]>
  constructor(members: ReadonlyArray<readonly [string, unknown]>) {
    this.members = members
  }
}

type Step = string | number

const isLeaf = (value: object): boolean => value instanceof Source || value instanceof Members

/** Every place in a value, the value itself first. */
const places = (value: unknown, at: ReadonlyArray<Step> = []): ReadonlyArray<ReadonlyArray<Step>> => {
  if (typeof value !== "object" || value === null || isLeaf(value)) return [at]
  const inner = Array.isArray(value) ? value.entries() : Object.entries(value)
  return [at, ...[...inner].flatMap(([step, each]) => places(each, [...at, step as Step]))]
}

const replaced = (value: unknown, [step, ...rest]: ReadonlyArray<Step>, by: (value: unknown) => unknown): unknown => {
  if (step === undefined) return by(value)
  if (Array.isArray(value)) return value.map((each, at) => (at === step ? replaced(each, rest, by) : each))
  return Object.fromEntries(
    Object.entries(value as object).map(([name, each]) => [name, name === step ? replaced(each, rest, by) : each])
  )
}

export const written = (value: unknown): string => {
  if (value instanceof Source) return value.text
  if (value instanceof Members)
    return `{${value.members.map(([name, each]) => `${JSON.stringify(name)}:${written(each)}`).join(",")}}`
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, each]) => `${JSON.stringify(name)}:${written(each)}`)
      .join(",")}}`
  return JSON.stringify(value) ?? "null"
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLeaf(value)

/** One thing in the value is another. */
const changed = (value: unknown, random: Random): unknown => {
  const place = random.of(places(value))
  return replaced(value, place, (there) => {
    if (!isObject(there) || random.oneIn(3)) return new Source(random.of(sources))
    const members = Object.entries(there)
    switch (random.below(4)) {
      case 0:
        return new Members(members.filter((_, at) => at !== random.below(members.length)))
      case 1:
        return new Members([...members, [random.of(names), random.of([1, "x", null, true, {}])]])
      case 2:
        return members.length === 0 ? there : new Members([...members, random.of(members)])
      default:
        return new Members(members.map(([name, each]) => [random.oneIn(4) ? name.toUpperCase() : name, each]))
    }
  })
}

export const mutatedBody = (value: unknown, random: Random): string | Uint8Array => {
  let body = value
  for (let times = random.below(3); times >= 0; times--) body = changed(body, random)
  const text = written(body)
  return random.oneIn(12) ? mutatedText(text, random) : text
}

export const mutatedText = (text: string, random: Random): string | Uint8Array => {
  const at = random.below(text.length + 1)
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return `${text.slice(0, at)}${random.of(['"', "{", "}", "[", ",", ":", "\\", "\u0000", "/*", "\ufeff"])}${text.slice(at)}`
    case 2: {
      const bytes = Buffer.from(text)
      if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256)
      return bytes
    }
    default:
      return `${text}${text}`
  }
}

/** Fit for a path as far as HTTP goes. */
export const oddSegment = (random: Random): string =>
  random.oneIn(2) ? random.of(badIds) : encodeURIComponent(random.of(injections).toWellFormed())

export const oddKey = (random: Random): string => random.of(badKeys)
