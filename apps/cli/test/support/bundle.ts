/** The command line as a shell runs it: bundled, a process each, with nothing of ours in its environment. */
import { spawn } from "node:child_process"
import { inject } from "vitest"
import { type Environment, type Ran, scratch } from "./refund.ts"

export const bundle = inject("programs")["src/main.ts"] ?? ""

/** For tests that end it themselves. */
export const start = async (args: ReadonlyArray<string>, env: Environment) => {
  const child = spawn(process.execPath, [bundle, ...args], {
    cwd: scratch,
    env: { PATH: process.env["PATH"] ?? "", ...env }
  })
  child.stdout.setEncoding("utf8")
  child.stderr.setEncoding("utf8")
  return child
}

export const refundProcess = async (
  args: ReadonlyArray<string>,
  { env = {}, input = "" }: { readonly env?: Environment; readonly input?: string } = {}
): Promise<Ran> => {
  const child = await start(args, env)
  let out = ""
  let err = ""
  child.stdout.on("data", (text: string) => {
    out += text
  })
  child.stderr.on("data", (text: string) => {
    err += text
  })
  child.stdin.on("error", () => {}).end(input)
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })))
}

/** Starts a command that stays, and answers once it has printed `until`. */
export const refundStarted = async (args: ReadonlyArray<string>, env: Environment, until: RegExp) => {
  const child = await start(args, env)
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    let out = ""
    child.stdout.on("data", (text: string) => {
      out += text
      const found = until.exec(out)
      if (found !== null) resolve(found)
    })
    ended.then(
      (code) => reject(new Error(`ended with ${code} after: ${out}`)),
      (error: unknown) => reject(error)
    )
  })
  return { match, ended, signal: (signal: NodeJS.Signals) => child.kill(signal) }
}
