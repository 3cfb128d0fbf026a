import { readdirSync, readFileSync } from "node:fs"
import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"

const here = (path: string) => new URL(path, import.meta.url)
const text = (path: string) => readFileSync(here(path), "utf8")

describe("the README", () => {
  it("shows the tests of test/readme, which run, word for word, and no other code", () => {
    const shown = [...text("../README.md").matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1])
    const run = readdirSync(here("./readme")).map((name) => text(`./readme/${name}`))
    deepStrictEqual(shown.toSorted(), run.toSorted())
  })
})
