import { describe, expect, it } from "vitest"
import { check, coreIsPure } from "../checks/core-is-pure.ts"
import { root } from "./root.ts"

const stable = new Set(["Schema", "Result", "Effect", "DateTime", "Clock", "Random"])
const findings = (text: string) =>
  coreIsPure([{ path: "packages/refund-core/src/Sample.ts", text }], (module) => stable.has(module))

describe("core is pure", () => {
  it("holds in this repository", () => expect(check(root)).toEqual([]))

  it("lets rules import stable modules, small functions and each other", () =>
    expect(
      findings(`
        import { Result, Schema, pipe } from "effect"
        import * as S from "effect/Schema"
        import type { Money } from "./Money.ts"
        // Date.now() in a comment, and "process.env" in a string, are words.
        export const Paid = Schema.Struct({ at: Schema.Date, process: S.String })
        export const text = "process.env"
      `)
    ).toEqual([]))

  it.each([
    ["the clock", "export const now = Date.now()"],
    ["a Date", "export const at = new Date(0)"],
    ["a Date as a type", "export const of = (at: Date) => at"],
    ["chance", "export const n = Math.random()"],
    ["the environment", "export const key = process.env.KEY"],
    ["the console", "console.log(1)"],
    ["the network", "await fetch('http://localhost')"],
    ["a timer", "setTimeout(() => 1, 1)"],
    ["the global object", "export const g = globalThis"],
    ["effect's Clock", 'import { Clock } from "effect"'],
    ["effect's Random by its path", 'import * as Random from "effect/Random"'],
    ["the current time", 'import { DateTime } from "effect"\nexport const now = DateTime.now'],
    ["running an effect", 'import { Effect as E } from "effect"\nexport const run = E.runSync'],
    ["an unstable module", 'import { FileSystem } from "effect"'],
    ["an unstable module's type", 'import type { FileSystem } from "effect"'],
    ["an unstable folder", 'import { SqlClient } from "effect/sql"'],
    ["all of effect", 'import * as Everything from "effect"'],
    ["a re-exported package", 'export { z } from "zod"'],
    ["Node", 'import { readFileSync } from "node:fs"'],
    ["another package by a path", 'import { x } from "../../refund-store/src/x.ts"'],
    ["import()", 'export const late = await import("./Money.ts")'],
    ["import.meta", "export const here = import.meta.url"]
  ])("refuses %s", (_, text) => expect(findings(text)).toHaveLength(1))
})
