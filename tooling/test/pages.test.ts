import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { packages, snippetsOf } from "../packages/pages.ts"
import { root } from "./root.ts"

const page = (name: string) => readFileSync(join(root, "packages", name, "README.md"), "utf8")

it.each(packages)("the page of %s installs, before any code, all that its code imports", (name) => {
  const text = page(name)
  const installed = [...text.matchAll(/npm install ([^\n`]+)/g)].flatMap(([, words = ""]) => words.split(" "))
  const imported = snippetsOf(name, text).flatMap(({ code }) =>
    [...code.matchAll(/from "((?:@[\w-]+\/)?[\w-]+)[/"]/g)].flatMap(([, from]) => from ?? [])
  )
  expect(installed).toContain(name)
  expect(imported.length).toBeGreaterThan(0)
  expect(imported.filter((each) => !installed.includes(each))).toEqual([])
  expect(text.indexOf("npm install")).toBeLessThan(text.indexOf("```ts"))
})

it("takes a page's code with what it prints, and tells tests from programs", () => {
  const text = '```ts\nimport { it } from "vitest"\n```\n\n```ts\nconsole.log(1)\n```\n\n```text\n1\n```\n'
  expect(snippetsOf("a", text)).toEqual([
    { file: "a-1.test.ts", code: 'import { it } from "vitest"\n', output: null },
    { file: "a-2.ts", code: "console.log(1)\n", output: "1\n" }
  ])
})
