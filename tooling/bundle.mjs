// Bundles an app's entry into one file: Effect's modules load from one bundle in a sixth of the time they take unbundled.
// Sources come straight from the workspace (condition refund/source), so no package has to be built first.
import { existsSync } from "node:fs"
import { build } from "esbuild"

const [entry, outfile] = process.argv.slice(2)

if (existsSync(entry)) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.19",
    conditions: ["refund/source"],
    sourcemap: true,
    // The file keeps a `#!` line of its entry. CommonJS dependencies inside an ES module still call `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"
    },
    external: ["pg-native"],
    logLevel: "warning"
  }).catch(() => {
    // esbuild has said what is wrong, and where.
    process.exitCode = 1
  })
}
