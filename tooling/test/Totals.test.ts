import { describe, expect, it } from "vitest"
import type { TestModule } from "vitest/node"
import { count } from "../vitest/Totals.ts"

const module = (states: ReadonlyArray<string>, { errors = 0, suiteErrors = 0 } = {}) =>
  ({
    errors: () => Array(errors).fill(new Error("no such file")),
    children: {
      allSuites: () => [{ errors: () => Array(suiteErrors).fill(new Error("hook")) }],
      allTests: () => states.map((state) => ({ result: () => ({ state }) }))
    }
  }) as unknown as TestModule

describe("the closing line's totals", () => {
  it("add up over all files", () =>
    expect(count([module(["passed", "passed", "skipped"]), module(["failed", "passed"])], [])).toEqual({
      passed: 3,
      failed: 1,
      skipped: 1
    }))

  it("count a file that does not load, a hook that fails and an error nobody caught as failures", () =>
    expect(count([module([], { errors: 1 }), module(["skipped"], { suiteErrors: 1 })], [new Error("late")])).toEqual({
      passed: 0,
      failed: 3,
      skipped: 1
    }))

  it("count a test that never ended as a failure", () =>
    expect(count([module(["pending"])], [])).toEqual({ passed: 0, failed: 1, skipped: 0 }))
})
