/** The front page is followed word for word: its commands against a server, its code as it stands. */
import { execFile, spawnSync } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"
import { startServer } from "./support/server.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const run = promisify(execFile)

const blocks = async (language: string): Promise<ReadonlyArray<string>> => {
  const page = await readFile(join(root, "README.md"), "utf8")
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map((match) => match[1] ?? "")
}

/** The exit codes of the shell's commands, on the server's own file, as an installation links the command. */
const shellCodes = async (env: NodeJS.ProcessEnv): Promise<ReadonlyArray<number>> => {
  await run(process.execPath, [join(root, "tooling", "bundle.mjs"), "src/main.ts", "dist/refund.js"], {
    cwd: join(root, "apps", "cli")
  })
  const [block = ""] = (await blocks("sh")).filter((each) => each.startsWith("npx"))
  return block
    .trim()
    .split("\n")
    .map((line) => spawnSync("bash", ["-uc", line], { cwd: root, env }).status ?? -1)
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
      for (const command of commands) printed.push((await run("bash", ["-euc", command], { env })).stdout)
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
