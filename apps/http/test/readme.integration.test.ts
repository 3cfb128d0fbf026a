/** The front page is followed word for word: its commands against a server, its code as it stands. */
import { execFile, spawnSync } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"
import { quiet } from "./support/quiet.ts"
import { startServer } from "./support/server.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const run = promisify(execFile)

const blocks = async (language: string): Promise<ReadonlyArray<string>> => {
  const page = await readFile(join(root, "README.md"), "utf8")
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map((match) => match[1] ?? "")
}

/** The exit codes of the shell's commands, on the server's own file, as an installation links the command: in a place of its own. */
const shellCodes = async (env: NodeJS.ProcessEnv): Promise<ReadonlyArray<number>> => {
  const folder = await mkdtemp(join(tmpdir(), "refund-shell-"))
  try {
    const [program, links] = [join(folder, "dist", "refund.js"), join(folder, "node_modules", ".bin")]
    await run(process.execPath, [join(root, "tooling", "bundle.mjs"), "src/main.ts", program], {
      cwd: join(root, "apps", "cli")
    })
    await mkdir(links, { recursive: true })
    await symlink(program, join(links, "refund"))
    const [block = ""] = (await blocks("sh")).filter((each) => each.startsWith("npx"))
    return block
      .trim()
      .split("\n")
      .map((line) => spawnSync("bash", ["-uc", line], { cwd: folder, env }).status ?? -1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0

describe("the front page", () => {
  it.skipIf(!hasCurl)("refunds one order in every dialect, and every door sees the same figures", async () => {
    const server = await startServer()
    try {
      const env = { ...process.env, URL: server.url, KEY: server.adminKey, REFUND_DATABASE_URL: server.database }
      const commands = (await blocks("sh")).filter((block) => block.startsWith("curl"))
      assert.strictEqual(commands.length, 9)
      const printed: Array<string> = []
      for (const command of commands) {
        // A person types more slowly than the worker pays.
        await quiet(server)
        printed.push((await run("bash", ["-euc", command], { env })).stdout)
      }
      const [shown, told] = printed.slice(-2)
      const figures = JSON.parse((await blocks("json"))[0] ?? "null") as Record<string, unknown>
      const order = JSON.parse(shown ?? "") as Record<string, unknown>
      assert.deepStrictEqual(Object.fromEntries(Object.keys(figures).map((key) => [key, order[key]])), figures)
      assert.match(told ?? "", /^\{"events":\[\{.*"type":"refund\.created".*\{"endpoints":\[\]\}$/s)
      assert.deepStrictEqual(await shellCodes(env), [0, 1, 0, 0])
      assert.isTrue((await server.journal()).ok)
    } finally {
      await server.stop()
    }
  })

  it("decides refunds in somebody's own service", async () => {
    const [code] = await blocks("ts")
    const [output] = await blocks("text")
    const folder = await mkdtemp(join(root, "packages", "refund-testkit", ".readme-"))
    try {
      const file = join(folder, "example.ts")
      await writeFile(file, code ?? "")
      const { stdout } = await run(process.execPath, ["--conditions=refund/source", file])
      assert.strictEqual(stdout, output)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
