import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { expect, it, onTestFinished } from "vitest"

const follow = fileURLToPath(new URL("../follow.mjs", import.meta.url))

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it("a server stops by itself, cleanly, when its starter was killed without a word", async () => {
  const server = `process.on("SIGTERM", () => { console.log("stopped"); process.exit(0) }); setInterval(() => {}, 1000); console.log(process.pid)`
  const starter = spawn(
    process.execPath,
    [
      "-e",
      `require("node:child_process").spawn(process.execPath, ["--import", ${JSON.stringify(follow)}, "-e", ${JSON.stringify(server)}], { stdio: "inherit", detached: true })`
    ],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  let output = ""
  starter.stdout.on("data", (chunk) => {
    output += chunk
  })
  await expect.poll(() => output, { timeout: 10_000 }).toMatch(/^\d+\n/)
  const pid = Number.parseInt(output, 10)
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, "SIGKILL")
  })

  starter.kill("SIGKILL")
  await once(starter, "exit")

  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
  expect(output).toContain("stopped")
})
