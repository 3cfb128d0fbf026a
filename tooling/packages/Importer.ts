/** Somebody who has nothing but npm: an empty folder, the packed packages, and the tools that their pages name. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { root } from "../test/root.ts"
import { packages } from "./pages.ts"

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  /** Both, as a terminal shows them. */
  readonly output: string
}

export const run = (
  command: string,
  args: ReadonlyArray<string>,
  cwd: string,
  env: NodeJS.ProcessEnv
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    let [stdout, output] = ["", ""]
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      output += chunk
    })
    child.stderr.on("data", (chunk) => {
      output += chunk
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, output }))
  })

const succeeded = async (what: string, running: Promise<Finished>): Promise<Finished> => {
  const finished = await running
  if (finished.code !== 0) throw new Error(`${what} failed:\n${finished.output}`)
  return finished
}

/**
 * This test's own environment says much that an importer's does not: which conditions, which runner, which package. How
 * npm reaches its registry stays.
 */
const ours = /^(NODE_OPTIONS|NODE_ENV|NODE_PATH|npm_(?!config_)|VITEST|TEST$|REFUND_)/
const plainEnv = (node: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name))),
  PATH: [dirname(node), process.env["PATH"] ?? ""].join(delimiter)
})

export const npm = (args: ReadonlyArray<string>, cwd: string, node = process.execPath) =>
  succeeded(
    `npm ${args.join(" ")}`,
    run("npm", [...args, "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], cwd, plainEnv(node))
  )

/**
 * The tarballs that `npm pack` makes of the packages as they are now, by name. `"once"` builds all of them
 * beforehand, in a second, instead of each by its own `prepack`.
 */
export const pack = async (folder: string, built: "once" | "each"): Promise<ReadonlyMap<string, string>> => {
  if (built === "once") {
    const filters = packages.map((name) => `--filter=${name}`)
    const build = [join(root, "tooling", "run.mjs"), "build", ...filters]
    await succeeded("the build", run(process.execPath, build, root, plainEnv(process.execPath)))
  }
  const folders = packages.map((name) => `./packages/${name}`)
  const how = built === "once" ? ["--ignore-scripts"] : []
  await npm(["pack", ...folders, "--pack-destination", folder, ...how], root)
  const made = await readdir(folder)
  return new Map(
    packages.map((name) => {
      const file = made.find((each) => each.startsWith(`${name}-`))
      if (file === undefined) throw new Error(`npm pack made no tarball of ${name}`)
      return [name, join(folder, file)]
    })
  )
}

/** A Node of another version, as npm has it for this system. */
export const nodeOf = async (version: string, folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "package.json"), '{ "private": true }\n')
  await npm(["install", `node-${process.platform}-${process.arch}@${version}`], folder)
  const node = join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node")
  if (!existsSync(node)) throw new Error(`npm has no Node ${version} for ${process.platform}-${process.arch}`)
  return node
}

const tsconfig = (skipLibCheck: boolean) => ({
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ["node"],
    skipLibCheck
  }
})

export interface Tools {
  /** The path of the Node that runs everything. */
  readonly node: string
  readonly typescript: string
  /** Whether the declarations of the packages are checked too, not only what the pages do with them. */
  readonly checksDeclarations: boolean
  /** `name@version` of whatever else the pages install. */
  readonly others: ReadonlyArray<string>
}

export class Importer {
  readonly folder: string
  readonly #node: string

  private constructor(folder: string, node: string) {
    this.folder = folder
    this.#node = node
  }

  static async make(tarballs: Iterable<string>, tools: Tools): Promise<Importer> {
    const folder = await mkdtemp(join(tmpdir(), "refund-importer-"))
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n')
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig(!tools.checksDeclarations)))
    await npm(["install", ...tarballs, ...tools.others, `typescript@${tools.typescript}`], folder, tools.node)
    return new Importer(folder, tools.node)
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.folder, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  run(args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return run(this.#node, args, this.folder, { ...plainEnv(this.#node), ...env })
  }

  /** Runs what a package of this folder calls `command`. */
  async tool(name: string, command: string, ...args: ReadonlyArray<string>): Promise<Finished> {
    const home = join(this.folder, "node_modules", name)
    const { bin } = JSON.parse(await readFile(join(home, "package.json"), "utf8"))
    return this.run([join(home, typeof bin === "string" ? bin : bin[command]), ...args])
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}
