// Bundles an app's entry into one file: Effect's modules load from one bundle in a sixth of the time they take unbundled.
// Sources come straight from the workspace (condition refund/source), so no package has to be built first.
// What is imported only when it is needed (a provider's SDK) stays in a file of its own beside it.
import { existsSync, rmSync } from "node:fs"
import { basename, dirname, extname, join } from "node:path"
import { build } from "esbuild"

const [entry, outfile] = process.argv.slice(2)

if (existsSync(entry)) {
  const outdir = dirname(outfile)
  rmSync(join(outdir, "parts"), { recursive: true, force: true })
  await build({
    entryPoints: { [basename(outfile, extname(outfile))]: entry },
    outdir,
    splitting: true,
    chunkNames: "parts/[name]-[hash]",
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
