/** A server in a process of its own, bundled, as `npm start` runs it; without its source maps, which take longest to load. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inject } from "vitest"

export const adminKey = "admin-secret"

export interface ServerProcess {
  readonly url: string
  readonly adminKey: string
  readonly stdout: () => string
  readonly signal: (signal: "SIGTERM" | "SIGINT" | "SIGKILL") => void
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>
}

const programs = inject("programs")
const server = programs["src/main.ts"] ?? programs["../apps/http/src/main.ts"] ?? ""

const shared = { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] }

const running = new Set<ChildProcess>()

export const run = (env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [server], {
    env: { ...shared, PORT: "0", LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  running.add(child)
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk
  })
  const exited = new Promise<Awaited<ServerProcess["exited"]>>((resolve) =>
    child.on("close", (code, signal) => {
      running.delete(child)
      resolve({ code, signal, stderr: output.stderr })
    })
  )
  return { child, output, exited }
}

/** Resolves when it says where it listens. */
export const startProcess = async (env: Readonly<Record<string, string>>): Promise<ServerProcess> => {
  const { child, exited, output } = run({ REFUND_API_KEYS: `admin:*:${adminKey}`, ...env })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const found = /answers at\s+(http:\S+)/.exec(output.stdout)?.[1]
      if (found !== undefined) resolve(found)
    })
    void exited.then(({ stderr }) => reject(new Error(`the server did not start: ${stderr}`)))
  })
  return {
    url,
    adminKey,
    exited,
    stdout: () => output.stdout,
    signal: (signal) => void child.kill(signal)
  }
}

/** To be called after each test: nothing that was started is left running. */
export const killAll = async (): Promise<void> => {
  const left = [...running]
  for (const child of left) child.kill("SIGKILL")
  await Promise.all(left.map((child) => new Promise((resolve) => child.once("close", resolve))))
}

/** A file for a ledger, and its removal. */
export const ledgerFile = async () => {
  const folder = await mkdtemp(join(tmpdir(), "refunds-"))
  return { database: `file:${join(folder, "refunds.db")}`, remove: () => rm(folder, { recursive: true, force: true }) }
}
