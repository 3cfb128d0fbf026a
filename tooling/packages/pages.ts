/** The code that the packages' pages show, as files in an importer's folder. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../test/root.ts"

export const packages = [
  "refund-core",
  "refund-testkit",
  "refund-store",
  "refund-api",
  "refund-service",
  "refund-dialects"
] as const

export interface Snippet {
  /** `refund-core-1.ts`; `.test.ts` where it is a test. */
  readonly file: string
  readonly code: string
  /** What the page says that it prints, where it says so. */
  readonly output: string | null
}

const block = /```ts\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs

export const snippetsOf = (name: string, page: string): ReadonlyArray<Snippet> =>
  [...page.matchAll(block)].map(([, code = "", output = null], index) => {
    const isTest = /from "(vitest|@effect\/vitest|refund-testkit\/\w+Contract)"/.test(code)
    return { file: `${name}-${index + 1}${isTest ? ".test" : ""}.ts`, code, output }
  })

export const pages = (): ReadonlyArray<Snippet> =>
  [["front-page", "README.md"], ...packages.map((name) => [name, `packages/${name}/README.md`])].flatMap(
    ([name = "", path = ""]) => snippetsOf(name, readFileSync(join(root, path), "utf8"))
  )
