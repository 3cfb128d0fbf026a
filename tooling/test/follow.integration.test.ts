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
  const ended = once(starter.stdout, "end")
  let output = ""
  starter.stdout.on("data", (chunk) => {
    output += chunk
  })
  await expect.poll(() => output, { timeout: 60_000 }).toMatch(/^\d+\n/)
  const pid = Number.parseInt(output, 10)
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, "SIGKILL")
  })

  starter.kill("SIGKILL")
  // The server has the same output: it ends with the last of the two, and all that was written is read by then.
  await ended
  expect(output).toContain("stopped")
  await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false)
})
