/** The README's commands are run as they stand, and print what it says. */
import { execFile } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bundle, refundProcess } from "./support/bundle.ts"
import { scratch } from "./support/refund.ts"
import { adminKey, startServer } from "./support/server.ts"

const page = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8")

interface Block {
  readonly commands: string
  /** What the page says they print; null where it says nothing. */
  readonly output: string | null
}

const blocks: ReadonlyArray<Block> = [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(
  ([, commands = "", output]) => ({ commands, output: output ?? null })
)

const folder = join(scratch, "readme")
const shell = promisify(execFile)

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  mkdirSync(join(folder, "bin"), { recursive: true })
  const refund = join(folder, "bin", "refund")
  writeFileSync(refund, `#!/bin/sh\nexec "${process.execPath}" "${bundle}" "$@"\n`)
  chmodSync(refund, 0o755)
  await refundProcess(["--version"])
  server = await startServer(`file:${join(folder, "server.db")}`)
  writeFileSync(join(folder, "admin.key"), `${adminKey}\n`)
})
afterAll(() => server.stop())

describe("the README", () => {
  it("prints what it says", async () => {
    assert.strictEqual(blocks.length, 8)
    for (const { commands, output } of blocks) {
      const { stdout } = await shell("bash", ["-euc", commands.replaceAll("http://127.0.0.1:3000", server.url)], {
        cwd: folder,
        env: { PATH: `${join(folder, "bin")}:${process.env["PATH"]}` }
      })
      if (output !== null) assert.strictEqual(stdout, output)
    }
    const refund = JSON.parse(readFileSync(join(folder, "refund.json"), "utf8"))
    assert.deepInclude(refund, { amount: 100, state: "settled" })
  })
})
