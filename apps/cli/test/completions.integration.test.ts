import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { refundProcess } from "./support/bundle.ts"
import { scratch } from "./support/refund.ts"

const hasBash = spawnSync("bash", ["--version"]).status === 0

describe.skipIf(!hasBash)("completions", () => {
  it("are of commands, of their flags and choices, and of files where one is named", async () => {
    const folder = join(scratch, "completed")
    mkdirSync(folder)
    writeFileSync(join(folder, "order.json"), "{}")
    writeFileSync(join(folder, "bash"), (await refundProcess(["--completions", "bash"])).out)
    const complete = (...words: ReadonlyArray<string>): ReadonlyArray<string> => {
      const typed = ["refund", ...words]
      const line = `COMP_LINE="${typed.join(" ")}"; COMP_WORDS=(${typed.map((word) => `"${word}"`).join(" ")})`
      const asked = `source ./bash; ${line}; COMP_CWORD=${words.length}; _refund refund "${words.at(-1)}"; echo "\${COMPREPLY[@]}"`
      const { stderr, stdout } = spawnSync("bash", ["--norc", "-c", asked], { cwd: folder, encoding: "utf8" })
      assert.strictEqual(stderr, "")
      return stdout.trim().split(/\s+/)
    }
    assert.deepStrictEqual(complete("order", "p"), ["put"])
    assert.includeMembers([...complete("list", "--state", "")], ["settled", "failed"])
    for (const before of [
      ["order", "put"],
      ["import"],
      ["checkpoint"],
      ["verify", "--checkpoint"],
      ["policy", "set", "--file"],
      ["export", "refunds", "--output"]
    ]) {
      assert.deepStrictEqual(complete(...before, "or"), ["order.json"], before.join(" "))
    }
  })
})
