// Bundles an app's entry into one file: Effect's modules load from one bundle in a sixth of the time they take unbundled.
// Sources come straight from the workspace (condition refund/source), so no package has to be built first.
// What is imported only when it is needed (a provider's SDK) stays in a file of its own beside it, and so does what runs on
// a thread of its own: it is looked for beside whichever file starts it.
import { existsSync, rmSync } from "node:fs"
import { basename, dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const [entry, outfile] = process.argv.slice(2)

const threads = ["../packages/refund-store/src/internal/sqlite/writerThread.ts"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url))
)

if (existsSync(entry)) {
  const outdir = dirname(outfile)
  rmSync(join(outdir, "parts"), { recursive: true, force: true })
  const shared = { bundle: true, platform: "node", format: "esm", target: "node22.19", logLevel: "warning" }
  const main = build({
    ...shared,
    entryPoints: { [basename(outfile, extname(outfile))]: entry },
    outdir,
    splitting: true,
    chunkNames: "parts/[name]-[hash]",
    conditions: ["refund/source"],
    sourcemap: true,
    // The file keeps a `#!` line of its entry. CommonJS dependencies inside an ES module still call `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"
    },
    external: ["pg-native"]
  })
  const beside = [outdir, join(outdir, "parts")].map((folder) =>
    build({ ...shared, entryPoints: threads, outdir: folder })
  )
  await Promise.all([main, ...beside]).catch(() => {
    // esbuild has said what is wrong, and where.
    process.exitCode = 1
  })
}
