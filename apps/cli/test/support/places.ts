/** The two places that every command works in. */
import { join } from "node:path"
import { assert } from "vitest"
import { type Environment, refund, scratch } from "./refund.ts"
import { adminKey, startServer } from "./server.ts"

/** Where the commands work: what to add to them, and the environments of two different people. */
export interface Place {
  readonly flags: ReadonlyArray<string>
  readonly ada: Environment
  readonly bob: Environment
  /** The ledger's file, and whether a worker is at work on it. */
  readonly database: string
  readonly hasWorker: boolean
  readonly stop: () => Promise<void>
}

const onFile = async (): Promise<Place> => {
  const database = `file:${join(scratch, "ledger", "refunds.db")}`
  const ada = { REFUND_DATABASE_URL: database }
  const made = await refund(["keys", "create", "bob", "--permission", "*"], { env: ada })
  assert.strictEqual(made.code, 0, made.err)
  const bob = { ...ada, REFUND_API_KEY: made.out.trim() }
  return { flags: [], ada, bob, database, hasWorker: false, stop: async () => {} }
}

const onServer = async (): Promise<Place> => {
  const database = `file:${join(scratch, "server.db")}`
  const server = await startServer(database, "bob:*:bob-secret")
  return {
    database,
    hasWorker: true,
    flags: ["--url", server.url],
    ada: { REFUND_API_KEY: adminKey },
    bob: { REFUND_API_KEY: "bob-secret" },
    stop: server.stop
  }
}

export const places = [
  ["on a file", onFile],
  ["against a server", onServer]
] as const
