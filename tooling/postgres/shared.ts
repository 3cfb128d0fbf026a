/**
 * One PostgreSQL for all test files of a run: the first that asks for it has it started, and the run stops it when it
 * ends (`run.ts`). Each test opens a schema or a database of its own there.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { sharedFolder } from "./run.ts"

export { noPostgres } from "./server.ts"

/** The address of the server that this run shares. */
export const sharedPostgres = async (): Promise<string> => {
  const folder = process.env[sharedFolder]
  if (folder === undefined)
    throw new Error("a test that shares a PostgreSQL is run by vitest, with tooling/postgres/run.ts")
  mkdirSync(join(folder, "wanted"), { recursive: true })
  const told = join(folder, "url")
  while (!existsSync(told)) await setTimeout(20)
  const answer = readFileSync(told, "utf8")
  if (!answer.startsWith("postgres://")) throw new Error(answer)
  return answer
}
