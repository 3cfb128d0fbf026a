/** What is drawn over what was drawn before fits the terminal: what wraps or scrolls away cannot be drawn over. */
import { displayWidth } from "effect/cli/CliOutput"
import { assert, describe, it } from "vitest"
import { lineOf } from "../src/output/bar.ts"
import { processShell } from "../src/processShell.ts"

const shellOn = (columns: number, rows: number) => {
  const written: Array<string> = []
  const terminal = { isTTY: true, columns, rows, write: (text: string) => written.push(text) }
  const shell = processShell({ env: {}, stdout: terminal, stderr: terminal, readInput: () => "" })
  return { ...shell, written }
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const seen = (text: string) => text.replace(/\u001b\[[0-9;]*[A-Za-z]|\r/g, "")

describe("a bar", () => {
  const begun = { done: 0, total: 60_000, count: 0, unit: "rows" }
  const now = { done: 30_000, total: 60_000, count: 30_000, unit: "rows" }

  it("gives up its picture before its figures where the terminal is narrow", () => {
    const whole = lineOf(now, begun, 10, 120)
    assert.include(whole, "████████████░░░░░░░░░░░░ 50 %")
    assert.strictEqual(lineOf(now, begun, 10, 45), "50 %  30,000 rows, 3,000/s, 10 s left")
  })

  it("is one line of the terminal, whatever its width", () => {
    for (const columns of [10, 39, 40, 60, 80]) {
      const { draw, written } = shellOn(columns, 24)
      draw?.("█".repeat(24) + " 1 %  30,000 rows, 日本".repeat(5))
      const [line = ""] = written
      assert.isBelow(displayWidth(seen(line)), columns)
    }
  })
})

describe("what is watched", () => {
  it("shows its first lines and its last, and says how many it leaves out", () => {
    const { screen, written } = shellOn(20, 10)
    const rows = Array.from({ length: 50 }, (_, n) => `row ${n} \u001b[33m${"日本".repeat(10)}\u001b[0m tail`)
    screen?.(["head", ...rows, "", "until Ctrl-C"].join("\n"))
    const lines = seen(written.join("")).trimEnd().split("\n")
    assert.isAtMost(lines.length, 9)
    assert.strictEqual(lines[0], "head")
    assert.match(lines[1] ?? "", /^row 0 日/)
    assert.strictEqual(lines.at(-1), "until Ctrl-C")
    assert.strictEqual(lines.at(-2), "… 45 more lines")
    for (const line of lines) assert.isAtMost(displayWidth(line), 20)
    assert.include(written.join(""), "\u001b[0m\n")
  })

  it("is shown whole where there is room", () => {
    const { screen, written } = shellOn(80, 24)
    screen?.("one\n\u001b[2mtwo\u001b[0m")
    assert.include(written.join(""), "one\n\u001b[2mtwo\u001b[0m\n")
  })
})
