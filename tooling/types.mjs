// What the packages' scripts call `check`: `node ../../tooling/types.mjs [tsconfig.json …]`. One pass over a project's
// sources finds what TypeScript and what Effect's rules say of them: the compiler is TypeScript's own of the same version,
// with those rules in it (@effect/tsgo). An error or a warning of either fails; suggestions are for editors.
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const effect = createRequire(createRequire(import.meta.url).resolve("@effect/tsgo/package.json"))
const { version } = createRequire(import.meta.url)("typescript/package.json")

/** Where its package has it; its own command knows as well, and takes as long as a small project to say so. */
const compilerOf = () => {
  const manifest = effect.resolve(`@effect/tsgo-${process.platform}-${process.arch}/package.json`)
  const name = process.platform === "win32" ? "tsc.exe" : "tsc"
  const compiler = join(dirname(manifest), "artifacts", "typescript", version, name)
  if (existsSync(compiler)) return compiler
  return execFileSync(process.execPath, [effect.resolve("./dist/effect-tsgo.cjs"), "get-exe-path"], {
    encoding: "utf8"
  }).trim()
}

const compiler = compilerOf()
const projects = process.argv.length > 2 ? process.argv.slice(2) : ["tsconfig.json"]

for (const project of projects) {
  const { error, status, stdout, stderr } = spawnSync(compiler, ["-p", project, "--pretty", "false"], {
    encoding: "utf8",
    maxBuffer: 2 ** 28
  })
  const said = `${stdout ?? ""}${stderr ?? ""}`.split("\n").filter((line) => !/: (suggestion|message) TS\d/.test(line))
  process.stdout.write(said.join("\n"))
  if (error !== undefined) console.error(error.message)
  if (status !== 0) process.exitCode = 1
}
