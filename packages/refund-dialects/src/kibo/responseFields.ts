/** Kibo's `responseFields`: `id,payment(id,interactions(status))` limits which fields are returned in the response body. */
import { Result } from "effect"
import { NumberText } from "../NumberText.ts"

/** Names in lower case, each with what is wanted of its value; null: all of it. */
export type Fields = ReadonlyMap<string, Fields | null>

const maxLength = 2_000

/** Null where nothing is limited: the parameter is absent or empty. Fails where it is not such a list. */
export const readResponseFields = (text: string | undefined): Result.Result<Fields | null, string> => {
  if (text === undefined || text.trim() === "") return Result.succeed(null)
  if (text.length > maxLength) return Result.fail(`at most ${maxLength} characters`)
  const tokens = text.match(/[(),]|[^(),\s]+/g) ?? []
  const reader = new Reader(tokens)
  const fields = reader.list()
  if (fields === null || !reader.isAtEnd()) return Result.fail("a list of names such as id,payment(id,status)")
  return Result.succeed(fields)
}

class Reader {
  private at = 0
  private readonly tokens: ReadonlyArray<string>

  constructor(tokens: ReadonlyArray<string>) {
    this.tokens = tokens
  }

  isAtEnd(): boolean {
    return this.at === this.tokens.length
  }

  /** Null where it is not well formed. */
  list(): Fields | null {
    const fields = new Map<string, Fields | null>()
    do {
      const name = this.tokens[this.at] ?? ""
      if (!/^\w+$/.test(name)) return null
      this.at += 1
      const inner = this.takes("(") ? this.list() : undefined
      if (inner === null || (inner !== undefined && !this.takes(")"))) return null
      fields.set(name.toLowerCase(), inner ?? null)
    } while (this.takes(","))
    return fields
  }

  private takes(token: string): boolean {
    if (this.tokens[this.at] !== token) return false
    this.at += 1
    return true
  }
}

/** Names that are not there are left out; of a list, the fields of each element. */
export const limited = (value: unknown, fields: Fields | null): unknown => {
  if (fields === null || !isStructure(value)) return value
  if (Array.isArray(value)) return value.map((each) => limited(each, fields))
  const entries = Object.entries(value).flatMap(([name, each]) => {
    const wanted = fields.get(name.toLowerCase())
    return wanted === undefined ? [] : [[name, limited(each, wanted)]]
  })
  return Object.fromEntries(entries)
}

/** A number that is kept as its text is one value, not a structure. */
const isStructure = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof NumberText)
