import { fileURLToPath } from "node:url"

const kept = "tooling/.toolchain/mutation"

/** Small changes are made to a copy of the core, one at a time: a test that guards what was changed notices. */
export default {
  mutate: ["packages/refund-core/src/**/*.ts"],
  ignorePatterns: [
    "**",
    "!packages/refund-core/src/**",
    "!packages/refund-core/test/**",
    "!packages/refund-testkit/src/**",
    "!packages/refund-testkit/test/**"
  ],
  plugins: [fileURLToPath(new URL("runner.mjs", import.meta.url))],
  testRunner: "in-process",
  coverageAnalysis: "perTest",
  concurrency: 1,
  // Stryker reads it with TypeScript's old API, which TypeScript 7 has no more; nothing here needs it.
  tsconfigFile: "tooling/mutation/no-tsconfig.json",
  disableTypeChecks: false,
  // Only what has changed since the last run is tested again.
  incremental: true,
  incrementalFile: `${kept}/incremental.json`,
  tempDirName: `${kept}/sandbox`,
  reporters: ["clear-text", "progress-append-only", "html"],
  htmlReporter: { fileName: `${kept}/report.html` },
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  timeoutMS: 10_000,
  // A change that never ends may also never stop growing.
  testRunnerNodeArgs: ["--max-old-space-size=2048"]
}
