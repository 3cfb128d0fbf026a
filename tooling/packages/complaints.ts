/** What publint and attw (Are the types wrong?) have against a tarball; nothing where both are content. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const bin = (path: string) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
const publint = bin("publint/src/cli.js")
const attw = bin("@arethetypeswrong/cli/dist/index.js")

export const complaints = async (tarball: string): Promise<ReadonlyArray<string>> => {
  // attw finds no entry points by itself where `exports` is a pattern.
  const entries = (await filesOf(tarball)).flatMap((file) => /^package\/dist\/(.*)\.d\.ts$/.exec(file)?.[1] ?? [])
  const open = entries.filter((entry) => !entry.startsWith("internal/"))
  if (open.length === 0) return [`${tarball} has nothing to import`]
  // The packages are ES modules, for whoever imports them as such.
  const types = [attw, tarball, "--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"]
  const said = await Promise.all([saidBy([publint, tarball, "--strict"]), saidBy([...types, "--entrypoints", ...open])])
  return said.filter((each) => each !== null)
}

/** Null where it ended well. */
const saidBy = (args: ReadonlyArray<string>): Promise<string | null> =>
  run(process.execPath, args).then(
    () => null,
    (failure: { readonly stdout: string; readonly stderr: string }) => failure.stdout + failure.stderr
  )

const filesOf = async (tarball: string): Promise<ReadonlyArray<string>> =>
  (await run("tar", ["-tzf", tarball])).stdout.split("\n")
