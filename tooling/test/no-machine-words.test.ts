import { describe, expect, it } from "vitest"
import { check, noMachineWords } from "../checks/no-machine-words.ts"
import { root } from "./root.ts"

// Samples are put together here, so that this file passes the check it tests.
const slash = "/"
const findings = (text: string, path = "packages/refund-core/test/Sample.test.ts") => noMachineWords([{ path, text }])

describe("no machine words", () => {
  it("holds in this repository", () => expect(check(root)).toEqual([]))

  it.each([
    ["a path", `const folder = "${slash}work/main"`],
    ["a home folder", `see ${slash}root/.npmrc`],
    ["a path in a URL", `file://${slash}work/main`],
    ["a registry", `https://registry.${"npm"}js.org/effect`],
    ["a lone test", `it.${"only"}("refuses", () => {})`],
    ["a left-out test", `it.effect.${"skip"}("refuses", () => {})`],
    ["a planned test", `test.${"todo"}("refuses")`],
    ["a left-out group", `describe.${"skip"}.each([1])("refuses", () => {})`]
  ])("refuses %s", (_, text) => expect(findings(text)).toHaveLength(1))

  it.each([
    ["a route", `app.get("/v1${slash}work/items")`],
    ["a relative path", `.${slash}work/main`],
    ["a web address", `https://example.com${slash}work/1`],
    ["a test that says when it cannot run", 'it.skipIf(chromium === undefined)("opens the console", () => {})'],
    ["a stream's operator", "stream.pipe(Stream.skip(1))"]
  ])("lets %s pass", (_, text) => expect(findings(text)).toEqual([]))

  it("looks for left-out tests only in tests", () =>
    expect(findings(`it.${"only"}("refuses", () => {})`, "README.md")).toEqual([]))
})
