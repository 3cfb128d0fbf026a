// `node tooling/audit.mjs`: asks the registry for known weaknesses of what is shipped. All are listed; critical ones fail. A
// registry that does not answer the question is said to be one: then nothing is known, which is not the same as none.
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const run = join(dirname(fileURLToPath(import.meta.url)), "run.mjs")
const asked = spawnSync(process.execPath, [run, "audit", "--prod", "--json"], { encoding: "utf8", timeout: 120_000 })

const report = () => {
  try {
    return JSON.parse(asked.stdout)
  } catch {
    return null
  }
}

const found = report()?.metadata?.vulnerabilities
if (found === undefined || found === null) {
  const why = /ERR_PNPM_\w+/.exec(`${asked.stdout}${asked.stderr}`)?.[0] ?? "no answer"
  console.log(`Dependencies were NOT audited: the registry does not answer (${why}).`)
} else {
  const all = Object.entries(found).map(([severity, count]) => `${count} ${severity}`)
  console.log(`Dependencies audited, known weaknesses of what is shipped: ${all.join(", ")}.`)
  if (found.critical > 0) process.exitCode = 1
}
