import { defineConfig } from "vitest/config"
import { LongestFirst } from "./LongestFirst.ts"
import { Totals } from "./Totals.ts"

// Every package's tests in one run, so that their total is one number. Each package also has its own vitest.config.ts.
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "tooling"],
    reporters: [process.env["CI"] === undefined ? "default" : "dot", new Totals()],
    sequence: { sequencer: LongestFirst },
    passWithNoTests: true
  }
})
