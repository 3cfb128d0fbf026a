// What `npm pack` and `npm publish` run in a package's folder first: the package is built from its sources as they are,
// and what an earlier build left of sources that are gone does not travel along.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const run = fileURLToPath(new URL("../run.mjs", import.meta.url))
const { status } = spawnSync(process.execPath, [run, "build", `--filter=${process.argv[2]}`], {
  // npm prints what it packed on stdout, and nothing else belongs there.
  stdio: ["ignore", 2, 2]
})
if (status !== 0) process.exit(status ?? 1)

for (const built of readdirSync("dist", { recursive: true }).filter((path) => /\.(js|ts|map)$/.test(path))) {
  const source = built.replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts")
  if (!existsSync(join("src", source))) rmSync(join("dist", built))
}
