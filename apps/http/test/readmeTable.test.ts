import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { variables } from "refund-service/Configuration"

it("the README's table of variables is the configuration's", async () => {
  const page = await readFile(join(import.meta.dirname, "..", "README.md"), "utf8")
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\| (?:`([^`]+)`)? *\| (.+?) +\|$/gm)]
  const table = Object.fromEntries(rows.map(([, name, value = "", means]) => [name, { default: value, means }]))
  const known = Object.entries(variables).map(([name, { default: value, means }]) => [name, { default: value, means }])
  assert.deepStrictEqual(table, Object.fromEntries(known))
})
