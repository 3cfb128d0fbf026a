import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { assertHttpLawsHold } from "refund-testkit/httpLaws"
import { afterAll, beforeAll } from "vitest"
import { startServer, type TestServer } from "./support/server.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const runs = isDeep ? 2_000 : 200

let server: TestServer
let file: DatabaseSync
beforeAll(async () => {
  server = await startServer({ keys: "second:*:second-secret" })
  file = new DatabaseSync(fileURLToPath(server.database))
  file.exec("PRAGMA busy_timeout = 5000")
})
afterAll(async () => {
  file.close()
  await server.stop()
})

/** The simulator says yes when it is asked again, minutes later: those minutes are over. */
const arrives = async () => {
  file.exec("UPDATE refunds SET due_at = 1, available_at = 1 WHERE state = 'pending' AND available_at IS NOT NULL")
}

describe("this server, seen from outside", () => {
  it(
    `keeps every law over ${runs} histories that collide with themselves`,
    async () => {
      const options = { runs, length: 12, seed: 20_261_122, late: { arrives } }
      const keys = [server.adminKey, "second-secret"] as const
      const tally = await Effect.runPromise(assertHttpLawsHold({ ...options, url: server.url, keys }))
      const names = ["refunds", "replayed", "preview", "approve", "deny", "cancel", "settle", "journal counted"]
      const codes = ["ExceedsCaptured", "ExceedsCollected", "AmountNotPositive", "IdempotencyKeyReused", "SelfApproval"]
      const states = ["pending_approval", "approved", "settled", "failed", "denied", "canceled", "late successes"]
      const rare = [...names, ...codes, ...states].filter((name) => (tally[name] ?? 0) < 3)
      assert.deepStrictEqual(rare, [], JSON.stringify(tally))
    },
    isDeep ? 1_800_000 : 300_000
  )
})
