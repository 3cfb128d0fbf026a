import { writeFileSync } from "node:fs"
import type { Reporter, SerializedError, TestModule } from "vitest/node"

/** Writes how many tests passed, failed and were skipped, over all packages, to the file named by REFUND_TEST_TOTALS. */
export class Totals implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>) {
    const file = process.env["REFUND_TEST_TOTALS"]
    if (file !== undefined) writeFileSync(file, JSON.stringify(count(modules, unhandled)))
  }
}

/** A file that cannot be loaded, a hook that fails and an error nobody caught are failures that belong to no test. */
export const count = (modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>) => {
  const total = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    if (module.errors().length > 0) total.failed += 1
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) total.failed += 1
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      total[state === "passed" || state === "skipped" ? state : "failed"] += 1
    }
  }
  return total
}
