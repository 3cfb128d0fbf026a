/** Every thread of FAILURES that concerns a decision (groups 2 and 4 to 12) has a test that names it. */
import { deepStrictEqual } from "node:assert"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"

const between = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `A${first + index}`)

const rows = [...between(10, 21), ...between(34, 95)]

const tests = globSync("**/*.test.ts", { cwd: join(import.meta.dirname, "..") }).map((file) =>
  readFileSync(join(import.meta.dirname, "..", file), "utf8")
)

const isCited = (row: string): boolean =>
  tests.some((text) => new RegExp(`\\bit(\\.\\w+)?\\(\\s*["\`][^"\`]*\\b${row}\\b`, "u").test(text))

describe("what went wrong elsewhere", () => {
  it("is named by a test, row by row", () =>
    deepStrictEqual(
      rows.filter((row) => !isCited(row)),
      []
    ))
})
