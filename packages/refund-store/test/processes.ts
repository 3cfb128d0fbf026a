/** Starts processes that work on one file, and talks with them a line at a time. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { inject } from "vitest"

export interface Racer {
  /** The next line the process writes. */
  readonly next: () => Promise<string>
  readonly say: (line: string) => void
  readonly ask: (line: string) => Promise<string>
  readonly stop: () => Promise<void>
  readonly kill: () => Promise<void>
}

const programs = inject("programs")

/** Resumes when the process has opened the ledger. */
export const startRacer = async (file: string, program: "racer" | "messenger" = "racer"): Promise<Racer> => {
  const child = spawn(process.execPath, [programs[`test/${program}.ts`] ?? "", file], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error("the process ended")
    return value
  }
  const say = (line: string) => child.stdin.write(`${line}\n`)
  const ended = once(child, "exit").then(() => undefined)
  const begun: Racer = {
    next,
    say,
    ask: (line) => {
      say(line)
      return next()
    },
    stop: () => {
      child.stdin.end()
      return ended
    },
    kill: () => {
      child.kill("SIGKILL")
      return ended
    }
  }
  if ((await next()) !== "ready") throw new Error("the process did not open the ledger")
  return begun
}
