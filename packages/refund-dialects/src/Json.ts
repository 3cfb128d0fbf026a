/**
 * JSON as it comes over the wire, read strictly: what two readers could understand differently is refused. Names that
 * occur twice, nesting beyond 64, a byte order mark, invalid UTF-8, lone surrogates, NUL, the name `__proto__`.
 */
import { Result } from "effect"
import { NumberText } from "./NumberText.ts"

/** `text`: every number is a `NumberText`. `double`: only a number that a double does not keep exactly is one. */
export type Numbers = "text" | "double"

export const maxDepth = 64

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Fails with one sentence. A byte order mark is kept: `parseJson` refuses it. */
export const decodeUtf8 = (bytes: Uint8Array): Result.Result<string, string> => {
  try {
    return Result.succeed(utf8.decode(bytes))
  } catch {
    return Result.fail("The body is not valid UTF-8")
  }
}

/** Fails with one sentence that says what is wrong with the text. */
export const parseJson = (text: string, numbers: Numbers): Result.Result<unknown, string> => {
  if (text.charCodeAt(0) === 0xfeff) return Result.fail("The JSON text starts with a byte order mark")
  const seen = scan(text)
  if (seen.depth > maxDepth) return Result.fail(`The JSON text is nested more than ${maxDepth} deep`)
  const read = parse(text, reviverFor(numbers, seen))
  if (Result.isFailure(read)) return read
  const found = new Walk(text.includes("\\u"))
  found.visit(read.success)
  if (found.fault !== null) return Result.fail(found.fault)
  // Of several members of one name only the last is left: then there are fewer members than the text has colons.
  if (found.members !== seen.members) return Result.fail("A name occurs twice in one object of the JSON text")
  return read
}

interface Seen {
  /** How deep it is nested; not looked at beyond `maxDepth`. */
  readonly depth: number
  /** Colons outside of strings: the members of all objects. */
  readonly members: number
  /** Some number has an exponent or more than 15 digits: only such a number can be more than a double keeps. */
  readonly hasLongNumber: boolean
}

/** One look at every character before anything is built. Exact where the text is JSON; where not, parsing fails anyway. */
const scan = (text: string): Seen => {
  let members = 0
  let depth = 0
  let deepest = 0
  let hasLongNumber = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) index = endOfString(text, index + 1)
    else if (code === 0x3a) members += 1
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
      if (depth > maxDepth) break
    } else if (code === 0x7d || code === 0x5d) depth -= 1
    else if (isDigit(code)) {
      const end = endOfNumber(text, index)
      if (end - index > 15 || text.charCodeAt(end) === 0x65 || text.charCodeAt(end) === 0x45) hasLongNumber = true
      index = end - 1
    }
  }
  return { depth: deepest, members, hasLongNumber }
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** Digits and the decimal point; what follows may be an exponent. */
const endOfNumber = (text: string, from: number): number => {
  let end = from + 1
  for (let code = text.charCodeAt(end); isDigit(code) || code === 0x2e; code = text.charCodeAt(end)) end += 1
  return end
}

const endOfString = (text: string, from: number): number => {
  let end = text.indexOf('"', from)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

const isEscaped = (text: string, at: number): boolean => {
  let before = at - 1
  while (text.charCodeAt(before) === 0x5c) before -= 1
  return (at - before) % 2 === 0
}

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown

const reviverFor = (numbers: Numbers, { hasLongNumber }: Seen): Reviver | undefined => {
  if (numbers === "text")
    return (_, value, { source }) => (typeof value === "number" ? new NumberText(source ?? "") : value)
  if (!hasLongNumber) return undefined
  return (_, value, { source = "" }) =>
    typeof value === "number" && !keeps(value, source) ? new NumberText(source) : value
}

const parse = (text: string, reviver: Reviver | undefined): Result.Result<unknown, string> => {
  try {
    return Result.succeed(JSON.parse(text, reviver as (name: string, value: unknown) => unknown))
  } catch (error) {
    return Result.fail(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Whether the double is the very number that was written, however it was spelled. */
const keeps = (value: number, source: string): boolean => {
  if (!Number.isFinite(value)) return false
  const written = digitsOf(source)
  const kept = digitsOf(String(value))
  return written.digits === kept.digits && (written.digits === "" || written.power === kept.power)
}

/** digits × 10^power, the digits without zeros at either end. */
const digitsOf = (source: string): { readonly digits: string; readonly power: number } => {
  const [mantissa = "", exponent = "0"] = source.replace(/^-/, "").split(/[eE]/)
  const [whole = "", fraction = ""] = mantissa.split(".")
  const all = whole + fraction
  const digits = all.replace(/0+$/, "")
  return { digits: digits.replace(/^0+/, ""), power: Number(exponent) - fraction.length + (all.length - digits.length) }
}

/** Counts members, and finds what JSON allows but no ledger should keep. */
class Walk {
  members = 0
  fault: string | null = null
  private readonly checksText: boolean

  /** `checksText`: some string was written with \u escapes, the only way to NUL and to half a surrogate pair. */
  constructor(checksText: boolean) {
    this.checksText = checksText
  }

  visit(value: unknown): void {
    if (typeof value === "string") this.visitText(value)
    else if (Array.isArray(value)) for (const each of value) this.visit(each)
    else if (typeof value === "object" && value !== null && !(value instanceof NumberText)) this.visitObject(value)
  }

  private visitObject(value: object): void {
    for (const [name, each] of Object.entries(value)) {
      this.members += 1
      if (name === "__proto__") this.fault ??= "The JSON text uses the name __proto__, which is not accepted"
      this.visitText(name)
      this.visit(each)
    }
  }

  private visitText(text: string): void {
    if (!this.checksText) return
    if (text.includes("\0")) this.fault ??= "A string of the JSON text contains NUL"
    else if (!text.isWellFormed()) this.fault ??= "A string of the JSON text contains half a surrogate pair"
  }
}
